#include "http/head.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "http/body.h"

struct reading {
	struct arena *arena;
	struct head *head;
	const char *target;
	size_t target_length;
	int status; /* to refuse with */
};

/* RFC 9110, 5.6.2. */
static const bool token_bytes[UCHAR_MAX + 1] = {
	['!'] = true,
	['#' ... '\''] = true,
	['*' ... '+'] = true,
	['-' ... '.'] = true,
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['^' ... 'z'] = true,
	['|'] = true,
	['~'] = true,
};

/* One line after the first: name, colon at once, no control byte, no fold. */
static int
check_field_line(const char *line, size_t length)
{
	size_t name = 0;

	while (name < length && token_bytes[(unsigned char)line[name]])
		name++;
	if (name == 0 || name == length || line[name] != ':')
		return 400;
	for (size_t i = name + 1; i < length; i++) {
		unsigned char byte = (unsigned char)line[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return 400;
	}
	return 0;
}

/* "METHOD SP target SP HTTP/1.1", single spaces, nothing else. */
static int
check_request_line(const char *line, size_t length)
{
	const char *target = memchr(line, ' ', length);
	const char *version;
	size_t rest;

	if (target == NULL || target == line)
		return 400;
	target++;
	rest = length - (size_t)(target - line);
	version = memchr(target, ' ', rest);
	if (version == NULL || version == target)
		return 400; /* HTTP/0.9 */
	if ((size_t)(version - target) > HEAD_TARGET_LIMIT)
		return 414;
	for (const char *byte = line; byte < version; byte++)
		if ((unsigned char)*byte < 0x20 || (unsigned char)*byte >= 0x7f)
			return 400;
	rest = length - (size_t)(version + 1 - line);
	if (rest != 8 || memcmp(version + 1, "HTTP/", 5) != 0)
		return 400;
	if (memcmp(version + 6, "1.1", 3) != 0 &&
		memcmp(version + 6, "1.0", 3) != 0)
		return 505;
	return 0;
}

static int
check_lines(const char *data, size_t length)
{
	const char *line = data, *end = data + length;
	size_t count = 0;

	for (;;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size;
		int status;

		if (stop == NULL || stop == line || stop[-1] != '\r')
			return 400;
		size = (size_t)(stop - line) - 1;
		if (size == 0)
			return stop + 1 == end ? 0 : 400;
		status = count == 0 ? check_request_line(line, size)
				    : check_field_line(line, size);
		if (status != 0)
			return status;
		if (++count > HEAD_COUNT_LIMIT + 1)
			return 431;
		line = stop + 1;
	}
}

int
head_check_partial(const char *data, size_t length)
{
	const char *feed = memchr(data, '\n', length);

	if (length > HEAD_SIZE_LIMIT)
		return feed == NULL ? 414 : 431;
	if (feed == NULL && length > HEAD_TARGET_LIMIT + 100)
		return 414;
	/* A TLS or HTTP/2 client on the plain port is told at once. */
	if (length > 0 && (unsigned char)data[0] < 'A' && data[0] != '\r')
		return 400;
	for (; feed != NULL; feed = memchr(feed + 1, '\n',
				     length - (size_t)(feed + 1 - data)))
		if (feed == data || feed[-1] != '\r')
			return 400;
	return 0;
}

static int
on_url(http_parser *parser, const char *text, size_t length)
{
	struct reading *reading = parser->data;

	reading->target = text;
	reading->target_length = length;
	return 0;
}

static char
lower(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

static int
on_field(http_parser *parser, const char *text, size_t length)
{
	struct reading *reading = parser->data;
	struct head *head = reading->head;
	char *name;

	if (head->count >= HEAD_COUNT_LIMIT) {
		reading->status = 431;
		return 1;
	}
	name = arena_copy(reading->arena, text, length);
	for (size_t i = 0; i < length; i++)
		name[i] = lower(name[i]);
	head->headers[head->count++] = (struct http_header){name, ""};
	return 0;
}

static int
on_value(http_parser *parser, const char *text, size_t length)
{
	struct reading *reading = parser->data;

	while (length > 0 &&
		(text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	reading->head->headers[reading->head->count - 1].value =
		arena_copy(reading->arena, text, length);
	return 0;
}

static int
on_complete(http_parser *parser)
{
	http_parser_pause(parser, 1);
	return 0;
}

static int
run_parser(struct reading *reading, const char *data, size_t length,
	http_parser *parser)
{
	static const http_parser_settings settings = {
		.on_url = on_url,
		.on_header_field = on_field,
		.on_header_value = on_value,
		.on_headers_complete = on_complete,
	};
	enum http_errno error;

	http_parser_init(parser, HTTP_REQUEST);
	parser->data = reading;
	http_parser_execute(parser, &settings, data, length);
	error = HTTP_PARSER_ERRNO(parser);
	if (reading->status != 0)
		return reading->status;
	if (error == HPE_INVALID_METHOD)
		return 501;
	return error == HPE_PAUSED ? 0 : 400;
}

const char *
head_find(const struct head *head, const char *name)
{
	for (size_t i = 0; i < head->count; i++)
		if (strcmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	return NULL;
}

static size_t
count_of(const struct head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->count; i++)
		count += strcmp(head->headers[i].name, name) == 0;
	return count;
}

/* RFC 9112, 6: one way to say the length, or the request is refused. */
static int
read_length(struct head *head)
{
	const char *length = head_find(head, "content-length");
	const char *coding = head_find(head, "transfer-encoding");

	if (count_of(head, "content-length") > 1 ||
		count_of(head, "transfer-encoding") > 1)
		return 400;
	if (coding != NULL) {
		/* HTTP/1.0 knows no codings: framing is faulty (6.1). */
		if (length != NULL || head->parser.http_minor == 0)
			return 400;
		if (strcmp(coding, "chunked") != 0)
			return 501;
		head->length = HEAD_CHUNKED;
		return 0;
	}
	if (length == NULL)
		return 0;
	if (length[0] == '\0' || strlen(length) > 18 ||
		strspn(length, "0123456789") != strlen(length))
		return 400;
	for (; *length != '\0'; length++)
		head->length = head->length * 10 + (uint64_t)(*length - '0');
	return 0;
}

/* "name" or "name:port", IPv6 in brackets; RFC 9112, 3.2. */
static int
read_authority(struct arena *arena, const char *text, struct head *head)
{
	size_t length = strlen(text);
	const char *colon =
		text[0] == '[' ? strstr(text, "]:") : strchr(text, ':');
	char *host;

	if (length == 0 || length > 300 ||
		strspn(text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-._~[]:") != length)
		return 400;
	if (colon != NULL) {
		const char *port = colon + (text[0] == '[' ? 2 : 1);

		if (strlen(port) > 5 ||
			strspn(port, "0123456789") != strlen(port))
			return 400;
		length = (size_t)(colon - text) + (text[0] == '[');
	}
	host = arena_copy(arena, text, length);
	for (size_t i = 0; i < length; i++)
		host[i] = lower(host[i]);
	/* "example.org." is "example.org". */
	if (length > 1 && host[length - 1] == '.')
		host[length - 1] = '\0';
	head->host = host;
	head->authority = text;
	return 0;
}

static int
read_path(
	struct arena *arena, const char *path, size_t length, struct head *head)
{
	size_t decoded_length;
	char *decoded;

	if (memmem(path, length, "%2f", 3) != NULL ||
		memmem(path, length, "%2F", 3) != NULL)
		return 400;
	decoded = body_decode(arena, path, length, false, &decoded_length);
	if (decoded == NULL || !utf8_valid(decoded, decoded_length) ||
		utf8_has_control(decoded) || decoded[0] != '/')
		return 400;
	for (const char *byte = decoded; *byte != '\0'; byte++)
		if ((unsigned char)*byte < 0x20)
			return 400;
	for (const char *part = decoded; part != NULL;
		part = strchr(part + 1, '/')) {
		size_t size = strcspn(part + 1, "/");

		if ((size == 1 && part[1] == '.') ||
			(size == 2 && part[1] == '.' && part[2] == '.') ||
			(size == 0 && part[1] == '/'))
			return 400;
	}
	head->path = decoded;
	return 0;
}

/*
 * Origin form, or absolute form for the host that Host names (RFC 9112, 3.2.2
 * lets the target win; we refuse when they differ).
 */
static int
read_target(struct reading *reading)
{
	struct head *head = reading->head;
	const char *target = arena_copy(
		reading->arena, reading->target, reading->target_length);
	size_t length;

	if (target[0] != '/') {
		size_t authority = strlen(head->authority);

		if (strncmp(target, "http://", 7) == 0)
			target += 7;
		else if (strncmp(target, "https://", 8) == 0)
			target += 8;
		else
			return 400;
		if (strncasecmp(target, head->authority, authority) != 0)
			return 400;
		target += authority;
		if (target[0] == '\0')
			target = "/";
		if (target[0] != '/')
			return 400;
	}
	if (strchr(target, '#') != NULL)
		return 400;
	head->target = target;
	length = strcspn(target, "?");
	head->query = target[length] == '?'
			      ? arena_text(reading->arena, target + length + 1)
			      : "";
	return read_path(reading->arena, target, length, head);
}

static void
read_method(unsigned method, struct head *head)
{
	static const struct {
		unsigned parsed;
		enum method method;
	} methods[] = {
		{HTTP_GET, METHOD_GET},
		{HTTP_HEAD, METHOD_GET},
		{HTTP_POST, METHOD_POST},
		{HTTP_PUT, METHOD_PUT},
		{HTTP_PATCH, METHOD_PATCH},
		{HTTP_DELETE, METHOD_DELETE},
	};

	head->is_head = method == HTTP_HEAD;
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (methods[i].parsed == method) {
			head->method = methods[i].method;
			head->known_method = true;
		}
}

int
head_read(
	struct arena *arena, const char *data, size_t length, struct head *head)
{
	struct reading reading = {.arena = arena, .head = head};
	const char *expect;
	int status = check_lines(data, length);

	memset(head, 0, sizeof(*head));
	head->headers =
		arena_array(arena, HEAD_COUNT_LIMIT, sizeof(*head->headers));
	if (status == 0)
		status = run_parser(&reading, data, length, &head->parser);
	if (status != 0)
		return status;
	/* One Host, also from HTTP/1.0 clients: without it there is no
	 * community. */
	if (count_of(head, "host") != 1)
		return 400;
	status = read_authority(arena, head_find(head, "host"), head);
	if (status == 0)
		status = read_length(head);
	if (status == 0)
		status = read_target(&reading);
	if (status != 0)
		return status;
	read_method(head->parser.method, head);
	if (!head->known_method)
		return 501;
	head->keep_alive = http_should_keep_alive(&head->parser) != 0;
	expect = head_find(head, "expect");
	head->expects_continue =
		expect != NULL && strcasecmp(expect, "100-continue") == 0;
	return expect != NULL && !head->expects_continue ? 417 : 0;
}
