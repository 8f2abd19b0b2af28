#include "http/forwarded.h"

#include <string.h>

#include "base/arena.h"
#include "http/connection.h"

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

	request->peer = arena_text(request->arena, connection->visitor);
	request->secure = connection->secure;
	if (!network_contains(
		    options->trusted, options->trusted_count, connection->peer))
		return;
	visitors = request_header(request, "x-forwarded-for");
	if (visitors != NULL)
		request->peer = last_visitor(
			options, request->arena, visitors, request->peer);
	scheme = request_header(request, "x-forwarded-proto");
	if (scheme != NULL)
		request->secure = strcmp(scheme, "https") == 0;
}
