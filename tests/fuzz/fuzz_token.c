/* Tokens, ids and numbers of addresses, cookies and queries. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/uuid.h"
#include "crypto/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);
	unsigned char digest[DIGEST_SIZE];
	char again[UUID_TEXT_SIZE];
	struct timestamp time;
	struct uuid id;
	int64_t number;

	token_digest(text, digest);
	if (uuid_parse(text, &id) == 0) {
		uuid_format(id, again);
		/* One id has one spelling, but for case. */
		if (strcasecmp(again, text) != 0)
			abort();
	}
	parse_integer(text, INT64_MIN + 1, INT64_MAX, &number);
	parse_duration(text, &number);
	parse_size(text, &number);
	clock_parse(text, &time);
	arena_free(arena);
	return 0;
}
