#include "http/forwarded.h"

#include <string.h>

#include "base/arena.h"
#include "http/connection.h"

/*
 * All lines of a header as one list (RFC 9110, 5.3): some proxies add a line of
 * their own behind what the visitor sent. NULL when there is none.
 */
static const char *
join_lines(const struct request *request, const char *name)
{
	const char *list = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];

		if (strcmp(header->name, name) != 0)
			continue;
		list = list == NULL ? header->value
				    : arena_printf(request->arena, "%s, %s",
					      list, header->value);
	}
	return list;
}

/* The last of "a, b, c": what the nearest proxy said. */
static const char *
last_item(const char *list)
{
	const char *comma = strrchr(list, ',');
	const char *item = comma == NULL ? list : comma + 1;

	return item + strspn(item, " \t");
}

/* The last address of "a, b, c" that is not of a trusted proxy. */
static const char *
last_visitor(const struct server_options *options, struct arena *arena,
	const char *list, const char *otherwise)
{
	char *copy = arena_text(arena, list);

	for (;;) {
		char *comma = strrchr(copy, ',');
		char *address = comma == NULL ? copy : comma + 1;
		char *end;

		address += strspn(address, " \t");
		end = address + strcspn(address, " \t");
		*end = '\0';
		if (!network_is_address(address))
			return otherwise;
		if (!network_contains(
			    options->trusted, options->trusted_count, address))
			return address;
		if (comma == NULL)
			return address;
		*comma = '\0';
	}
}

void
forwarded_read(
	const struct http_connection *connection, struct request *request)
{
	const struct server_options *options = connection->server->options;
	const char *visitors, *scheme;
	char *peer;

	request->peer = arena_text(request->arena, connection->visitor);
	request->secure = connection->secure;
	/* Behind a PROXY line it is the visitor who speaks, not the proxy. */
	if (!network_contains(options->trusted, options->trusted_count,
		    connection->visitor))
		return;
	visitors = join_lines(request, "x-forwarded-for");
	if (visitors != NULL) {
		peer = arena_alloc(request->arena, NETWORK_TEXT_SIZE);
		if (network_normalise(last_visitor(options, request->arena,
					      visitors, request->peer),
			    peer) == 0)
			request->peer = peer;
	}
	scheme = join_lines(request, "x-forwarded-proto");
	if (scheme != NULL)
		request->secure = strcmp(last_item(scheme), "https") == 0;
}
