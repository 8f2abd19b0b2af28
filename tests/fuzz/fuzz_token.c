/* Tokens, ids and numbers of addresses, cookies and queries; the input is a
 * request's target and, behind a line end, its cookies. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "crypto/token.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "tenants/features.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_text(const char *text)
{
	unsigned char digest[DIGEST_SIZE];
	char again[UUID_TEXT_SIZE], written[32];
	struct timestamp time;
	struct uuid id;
	int64_t number;

	if (token_digest(text, digest) == 0 &&
		strlen(text) != TOKEN_TEXT_SIZE - 1)
		abort();
	if (uuid_parse(text, &id) == 0) {
		uuid_format(id, again);
		/* One id has one spelling, but for case. */
		if (strcasecmp(again, text) != 0)
			abort();
	}
	if (parse_integer(text, INT64_MIN + 1, INT64_MAX, &number) == 0) {
		snprintf(written, sizeof(written), "%lld", (long long)number);
		if (strlen(written) > strlen(text))
			abort();
	}
	parse_duration(text, &number);
	parse_size(text, &number);
	clock_parse(text, &time);
}

/* Every parameter of the row fits its kind. */
static void
check_parameters(struct request *request)
{
	for (size_t i = 0; i < request->parameters.count; i++) {
		const char *name = request->parameters.items[i].name;
		const char *value = request_parameter(request, name);
		char kind[80];

		if (strchr(value, '/') != NULL || value[0] == '\0')
			abort();
		snprintf(kind, sizeof(kind), "{%s:uuid}", name);
		if (strstr(request->route->path, kind) != NULL)
			request_parameter_uuid(request, name);
	}
}

/* The whole surface. */
static struct route_table *
make_table(void)
{
	static const struct route *rows[1024];
	size_t count = 0;

	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->route_count; j++)
			rows[count++] = &features[i]->routes[j];
	return route_table_new(rows, count);
}

static void
read_request(struct arena *arena, const char *text)
{
	static struct route_table *table;
	const char *line = strchrnul(text, '\n');
	const char *target = arena_copy(arena, text, (size_t)(line - text));
	const char *question = strchrnul(target, '?');
	struct http_header cookies = {"cookie", *line == '\0' ? "" : line + 1};
	struct request request = {
		.arena = arena,
		.path = arena_copy(arena, target, (size_t)(question - target)),
		.query = *question == '\0' ? "" : question + 1,
		.headers = &cookies,
		.header_count = 1,
	};
	unsigned allowed;

	if (table == NULL)
		table = make_table();
	for (unsigned method = METHOD_GET; method <= METHOD_DELETE; method++)
		if (route_find(table, (enum method)method, request.path,
			    &request.route, &request.parameters,
			    &allowed) == ROUTE_FOUND)
			check_parameters(&request);
	for (int secure = 0; secure < 2; secure++) {
		const char *value;

		request.secure = secure;
		value = request_cookie(&request, "session");
		if (value != NULL && strchr(value, ';') != NULL)
			abort();
	}
	if (request_page(&request) < 0 || request_page(&request) > 100000)
		abort();
	const char *value = request_query(&request, "next");
	if (value != NULL && !utf8_valid(value, strlen(value)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);

	read_text(text);
	read_request(arena, text);
	arena_free(arena);
	return 0;
}
