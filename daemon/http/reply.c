#include "http/reply.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/log.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "text/json.h"

/* HSTS for a year, once a visitor came over TLS (RFC 6797). */
#define HSTS "Strict-Transport-Security: max-age=31536000\r\n"

static const char security_headers[] =
	"Content-Security-Policy: default-src 'none'; style-src 'self'; "
	"script-src 'self'; img-src 'self'; font-src 'self'; "
	"connect-src 'self'; form-action 'self'; base-uri 'none'; "
	"frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: same-origin\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n"
	"Permissions-Policy: camera=(), geolocation=(), microphone=(), "
	"payment=(), usb=()\r\n";

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{303, "See Other"},
	{304, "Not Modified"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *
reply_phrase(int status)
{
	for (size_t i = 0; i < COUNT_OF(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

static void
release_headers(void *object)
{
	struct reply *reply = object;

	buffer_release(&reply->headers);
}

void
reply_start(struct request *request)
{
	request->reply = ARENA_NEW(request->arena, struct reply);
	request->reply->cache = "no-store";
	arena_on_free(request->arena, release_headers, request->reply);
}

void
reply_restart(struct request *request)
{
	struct buffer headers = request->reply->headers;

	buffer_clear(&headers);
	*request->reply =
		(struct reply){.cache = "no-store", .headers = headers};
}

int
reply_bytes(struct request *request, int status, const char *type,
	const void *data, size_t length)
{
	struct reply *reply = request->reply;

	reply->status = status;
	reply->type = type;
	reply->body = data;
	reply->length = length;
	return 0;
}

int
reply_empty(struct request *request)
{
	return reply_bytes(request, 204, NULL, NULL, 0);
}

int
reply_record(struct request *request, int status, const struct record *record,
	const void *structure)
{
	struct buffer buffer = BUFFER_EMPTY;
	const char *body;
	size_t length;

	json_add_record(&buffer, record, structure);
	buffer_add_byte(&buffer, '\n');
	length = buffer.length;
	body = arena_copy(request->arena, buffer.data, length);
	buffer_release(&buffer);
	return reply_bytes(request, status, "application/json", body, length);
}

/* "//host" and "/\host" would lead away from this site; so would they with a
 * tab or a line end between, which browsers leave out. */
static bool
is_own_path(const char *path)
{
	if (path[0] != '/' || path[1] == '/')
		return false;
	for (const char *byte = path; *byte != '\0'; byte++)
		if ((unsigned char)*byte <= ' ' || *byte == 0x7f ||
			*byte == '\\')
			return false;
	return true;
}

int
reply_redirect(struct request *request, const char *path)
{
	reply_header(request, "Location", is_own_path(path) ? path : "/");
	return reply_bytes(request, 303, NULL, NULL, 0);
}

/* Long enough to follow the redirect. */
#define NOTICE_SECONDS 60

int
reply_redirect_notice(
	struct request *request, const char *path, const char *notice)
{
	reply_cookie(request, "notice", notice, NOTICE_SECONDS);
	return reply_redirect(request, path);
}

void
reply_header(struct request *request, const char *name, const char *value)
{
	if (strpbrk(name, "\r\n:") != NULL || strpbrk(value, "\r\n") != NULL)
		log_defect("reply", "header %s breaks the line", name);
	buffer_printf(&request->reply->headers, "%s: %s\r\n", name, value);
}

const char *
cookie_name(const struct request *request, const char *name)
{
	return request->secure ? arena_printf(request->arena, "__Host-%s", name)
			       : name;
}

/* The last word counts: browsers may keep either of two (RFC 6265, 4.1.1). */
static void
drop_cookie(struct request *request, const char *name)
{
	struct buffer *headers = &request->reply->headers;
	const char *line =
		arena_printf(request->arena, "Set-Cookie: %s=", name);
	const char *at = buffer_text(headers);
	struct buffer kept = BUFFER_EMPTY;

	while (*at != '\0') {
		size_t length = strcspn(at, "\n") + 1;

		if (strncmp(at, line, strlen(line)) != 0)
			buffer_add(&kept, at, length);
		at += length;
	}
	buffer_release(headers);
	*headers = kept;
}

void
reply_cookie(struct request *request, const char *name, const char *value,
	int64_t seconds)
{
	const char *age =
		seconds == 0 ? ""
			     : arena_printf(request->arena, "; Max-Age=%lld",
				       seconds < 0 ? 0LL : (long long)seconds);

	name = cookie_name(request, name);
	drop_cookie(request, name);
	reply_header(request, "Set-Cookie",
		arena_printf(request->arena,
			"%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name,
			value, request->secure ? "; Secure" : "", age));
}

void
reply_cache(struct request *request, const char *control)
{
	request->reply->cache = control;
}

void
reply_etag(struct request *request, const char *etag)
{
	request->reply->etag = etag;
}

bool
reply_sets_headers(const struct request *request)
{
	return request->reply->headers.length > 0;
}

int
reply_made(const struct request *request, const char **ret_type,
	struct slice *ret_body)
{
	const struct reply *reply = request->reply;

	*ret_type = reply->type;
	*ret_body = (struct slice){reply->body, reply->length};
	return reply->status;
}

/* Whether If-None-Match names the tag; weak comparison (RFC 9110, 8.8.3.2). */
static bool
matches(const char *header, const char *etag)
{
	size_t length = strlen(etag);

	if (strcmp(header, "*") == 0)
		return true;
	while (*header != '\0') {
		header += strspn(header, " \t,");
		if (strncmp(header, "W/", 2) == 0)
			header += 2;
		if (*header == '"' && strncmp(header + 1, etag, length) == 0 &&
			header[length + 1] == '"')
			return true;
		header += strcspn(header, ",");
	}
	return false;
}

void
reply_apply_conditions(struct request *request)
{
	struct reply *reply = request->reply;
	const char *known = request_header(request, "if-none-match");

	if (reply->status != 200 || reply->etag == NULL || known == NULL ||
		request->method != METHOD_GET || !matches(known, reply->etag))
		return;
	reply->status = 304;
	reply->body = NULL;
	reply->length = 0;
	reply->type = NULL;
}

void
reply_add_security_headers(struct buffer *output, bool secure)
{
	buffer_add(output, security_headers, sizeof(security_headers) - 1);
	if (secure)
		buffer_add_text(output, HSTS);
}

static void
add_line(struct buffer *output, const char *name, const char *value)
{
	buffer_add_text(output, name);
	buffer_add_text(output, ": ");
	buffer_add_text(output, value);
	buffer_add_text(output, "\r\n");
}

/* Most heads fit. */
#define HEAD_SIZE_USUAL 1000

void
reply_write_head(
	const struct request *request, bool close, struct buffer *output)
{
	const struct reply *reply = request->reply;
	char date[CLOCK_HTTP_SIZE], length[DIGITS_SIZE];

	clock_format_http(clock_now(), date);
	buffer_reserve(output, HEAD_SIZE_USUAL);
	buffer_add_text(output, "HTTP/1.1 ");
	buffer_add_integer(output, reply->status);
	buffer_add_text(output, " ");
	buffer_add_text(output, reply_phrase(reply->status));
	buffer_add_text(output, "\r\n");
	add_line(output, "Date", date);
	if (reply->type != NULL)
		add_line(output, "Content-Type", reply->type);
	if (reply->status != 204 && reply->status != 304 &&
		reply->stream == NULL)
		add_line(output, "Content-Length",
			digits_text((int64_t)reply->length, length));
	add_line(output, "Cache-Control", reply->cache);
	if (reply->etag != NULL)
		buffer_printf(output, "ETag: \"%s\"\r\n", reply->etag);
	reply_add_security_headers(output, request->secure);
	buffer_add(output, buffer_text(&reply->headers), reply->headers.length);
	if (close)
		buffer_add_text(output, "Connection: close\r\n");
	buffer_add_text(output, "\r\n");
}
