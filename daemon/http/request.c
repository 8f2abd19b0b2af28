#include "http/request.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "http/body.h"
#include "http/reply_state.h"

#define PAGE_MOST 100000

void
request_name(struct request *request)
{
	uuid_format(uuid_new(), request->id);
	request->log.request = request->id;
}

const char *
request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (strcmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

/* The value after "name=" in one Cookie header (RFC 6265, 4.2.1). */
static const char *
find_cookie(struct arena *arena, const char *header, const char *name)
{
	size_t length = strlen(name);

	while (*header != '\0') {
		header += strspn(header, " \t;");
		if (strncmp(header, name, length) == 0 && header[length] == '=')
			return arena_copy(arena, header + length + 1,
				strcspn(header + length + 1, ";"));
		header += strcspn(header, ";");
	}
	return NULL;
}

const char *
request_cookie(const struct request *request, const char *name)
{
	const char *full = cookie_name(request, name);
	const char *value = NULL;

	for (size_t i = 0; i < request->header_count && value == NULL; i++)
		if (strcmp(request->headers[i].name, "cookie") == 0)
			value = find_cookie(request->arena,
				request->headers[i].value, full);
	return value;
}

const char *
request_parameter(const struct request *request, const char *name)
{
	const struct route_parameters *parameters = &request->parameters;

	for (size_t i = 0; i < parameters->count; i++)
		if (strcmp(parameters->items[i].name, name) == 0)
			return arena_copy(request->arena,
				parameters->items[i].value,
				parameters->items[i].length);
	log_defect("request", "route %s has no parameter %s",
		request->route->name, name);
}

struct uuid
request_parameter_uuid(const struct request *request, const char *name)
{
	struct uuid id = UUID_NONE;

	/* The route matched, so this cannot fail. */
	if (uuid_parse(request_parameter(request, name), &id) < 0)
		log_defect("request", "parameter %s is no uuid", name);
	return id;
}

struct wanted {
	const char *name;
	const char *value;
};

static int
take_wanted(const struct body_part *part, void *argument)
{
	struct wanted *wanted = argument;

	if (strcmp(part->name, wanted->name) != 0)
		return 0;
	if (utf8_valid((const char *)part->value.data, part->value.length))
		wanted->value = (const char *)part->value.data;
	return 1;
}

const char *
request_query(const struct request *request, const char *name)
{
	struct wanted wanted = {name, NULL};

	if (body_urlencoded(arena_text(request->arena, request->query),
		    strlen(request->query), take_wanted, &wanted) < 0)
		return NULL;
	return wanted.value;
}

int64_t
request_page(const struct request *request)
{
	const char *text = request_query(request, "page");
	int64_t page;

	if (text == NULL)
		return 1;
	return parse_integer(text, 1, PAGE_MOST, &page) < 0 ? 0 : page;
}

bool
request_is_api(const struct request *request)
{
	return request->route != NULL &&
	       (request->route->flags & ROUTE_API) != 0;
}
