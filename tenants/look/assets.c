#include "tenants/look/assets.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "crypto/digest.h"

static const struct {
	const char *name;
	const char *type;
} files[] = {
	{"community.css", "text/css; charset=utf-8"},
	{"pieces.css", "text/css; charset=utf-8"},
	{"community.js", "text/javascript; charset=utf-8"},
	{"icons.svg", "image/svg+xml"},
};

/* Far above what stands there; a larger file is a mistake. */
#define FILE_LIMIT ((size_t)1024 * 1024)

struct asset_set {
	struct arena *arena;
	struct asset items[COUNT_OF(files)];
	char version[17];
};

static struct asset_set *current, *previous;

static int
read_all(struct asset_set *set, const char *directory, struct error *error)
{
	struct buffer buffer = BUFFER_EMPTY;
	unsigned char digests[COUNT_OF(files)][DIGEST_SIZE];
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const char *path = arena_printf(set->arena, "%s/look/assets/%s",
			directory, files[i].name);

		buffer_clear(&buffer);
		if (file_read(path, FILE_LIMIT, &buffer) < 0) {
			buffer_release(&buffer);
			return error_set(
				error, "%s: %s", path, strerror(errno));
		}
		set->items[i] = (struct asset){
			files[i].name,
			files[i].type,
			arena_copy(set->arena, buffer_text(&buffer),
				buffer.length),
			buffer.length,
		};
		digest_sha256(buffer_text(&buffer), buffer.length, digests[i]);
	}
	buffer_release(&buffer);
	digest_sha256(digests, sizeof(digests), digest);
	digest_hex(digest, hex);
	memcpy(set->version, hex, sizeof(set->version) - 1);
	return 0;
}

static void
release(struct asset_set **set)
{
	if (*set != NULL)
		arena_free((*set)->arena);
	*set = NULL;
}

int
assets_load(const char *directory, struct error *error)
{
	struct arena *arena = arena_new();
	struct asset_set *set = ARENA_NEW(arena, struct asset_set);

	set->arena = arena;
	if (read_all(set, directory, error) < 0) {
		arena_free(arena);
		return -1;
	}
	release(&previous);
	previous = current;
	current = set;
	return 0;
}

void
assets_release(void)
{
	release(&previous);
	release(&current);
}

const struct asset *
assets_find(const char *name)
{
	for (size_t i = 0; current != NULL && i < COUNT_OF(files); i++)
		if (strcmp(current->items[i].name, name) == 0)
			return &current->items[i];
	return NULL;
}

const char *
assets_version(void)
{
	return current == NULL ? "" : current->version;
}
