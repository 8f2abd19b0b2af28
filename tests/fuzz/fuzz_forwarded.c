/* X-Forwarded-For and -Proto: each line is a header's value. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/connection.h"
#include "http/forwarded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES 16

static struct network trusted[2];
static struct server_options options = {
	.trusted = trusted,
	.trusted_count = 2,
};
static struct server server = {.options = &options};

static size_t
read_lines(struct arena *arena, const uint8_t *data, size_t size,
	struct http_header headers[LINES])
{
	char *text = arena_copy(arena, data, size);
	size_t count = 0;

	for (char *line = text; line != NULL && count < LINES; count++) {
		char *value = strsep(&text, "\n");

		headers[count] = (struct http_header){
			*value == 'p' ? "x-forwarded-proto" : "x-forwarded-for",
			*value == '\0' ? value : value + 1};
		line = text;
	}
	return count;
}

static void
check_from(const char *peer, bool is_proxy, struct request *request)
{
	struct http_connection connection = {.server = &server};
	char normal[NETWORK_TEXT_SIZE];

	snprintf(connection.visitor, sizeof(connection.visitor), "%s", peer);
	forwarded_read(&connection, request);
	/* Each visitor has one spelling. */
	if (network_normalise(request->peer, normal) < 0 ||
		strcmp(request->peer, normal) != 0)
		abort();
	if (!is_proxy && (strcmp(request->peer, peer) != 0 || request->secure))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct http_header headers[LINES];
	struct request request = {
		.arena = arena,
		.headers = headers,
		.header_count = read_lines(arena, data, size, headers),
	};

	if (network_parse("10.0.0.0/8", &trusted[0]) < 0 ||
		network_parse("2001:db8::/32", &trusted[1]) < 0)
		abort();
	check_from("10.1.2.3", true, &request);
	check_from("2001:db8::7", true, &request);
	check_from("192.0.2.7", false, &request);
	arena_free(arena);
	return 0;
}
