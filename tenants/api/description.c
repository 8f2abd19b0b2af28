#include "tenants/api/description.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/api/api.h"

/* Several times what it has; a larger file is a mistake. */
#define FILE_LIMIT ((size_t)512 * 1024)

struct description {
	struct arena *arena;
	const char *text;
	size_t length;
	char etag[DIGEST_HEX_SIZE];
};

static struct description *current, *previous;

static void
replace(const struct buffer *text)
{
	struct arena *arena = arena_new();
	struct description *next = ARENA_NEW(arena, struct description);
	unsigned char digest[DIGEST_SIZE];

	next->arena = arena;
	next->text = arena_copy(arena, text->data, text->length);
	next->length = text->length;
	digest_sha256(text->data, text->length, digest);
	digest_hex(digest, next->etag);
	if (previous != NULL)
		arena_free(previous->arena);
	previous = current;
	current = next;
}

int
api_description_load(const char *share, struct error *error)
{
	struct buffer text = BUFFER_EMPTY;
	char path[1100];
	int outcome;

	snprintf(path, sizeof(path), "%.1000s/openapi.yaml", share);
	outcome = file_read(path, FILE_LIMIT, &text);
	if (outcome < 0)
		error_set(error, "%s: %s", path, strerror(errno));
	else
		replace(&text);
	buffer_release(&text);
	return outcome;
}

int
api_description_show(struct request *request)
{
	if (current == NULL)
		return reply_not_found(request);
	reply_cache(request, "public, max-age=300");
	reply_etag(request, current->etag);
	/* RFC 9512 */
	return reply_bytes(request, 200, "application/yaml", current->text,
		current->length);
}
