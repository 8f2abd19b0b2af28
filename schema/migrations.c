/* migrations.c: the folder of numbered files. */
#include "schema/migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

#define BYTES_MOST (1024 * 1024)

static int
choose(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL &&
	       strcmp(dot, ".sql") == 0;
}

/* "0001-name.sql" → 1; 0 when it is nothing like that. */
static int64_t
version_of(const char *file)
{
	int64_t version = 0;

	for (int i = 0; i < 4; i++) {
		if (!isdigit((unsigned char)file[i]))
			return 0;
		version = version * 10 + (file[i] - '0');
	}
	return file[4] == '-' ? version : 0;
}

static int
read_all(struct arena *arena, FILE *file, struct migration *migration,
	struct error *error)
{
	char *text = arena_alloc(arena, BYTES_MOST + 1);
	size_t length = fread(text, 1, BYTES_MOST + 1, file);

	if (ferror(file))
		return error_set(error, "%s", strerror(errno));
	if (length > BYTES_MOST)
		return error_set(error, "longer than %d bytes", BYTES_MOST);
	if (memchr(text, '\0', length) != NULL)
		return error_set(error, "holds a NUL byte");
	text[length] = '\0';
	digest_sha256(text, length, migration->sha256);
	migration->sql = text;
	return 0;
}

static int
read_file(struct arena *arena, const char *folder, const char *name,
	struct migration *migration, struct error *error)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name);
	struct arena *scratch = arena_new();
	FILE *file = fopen(path, "re");
	int result;

	if (file == NULL) {
		result = error_set(error, "%s", strerror(errno));
	} else {
		result = read_all(scratch, file, migration, error);
		fclose(file);
	}
	if (result == 0) {
		migration->file = arena_text(arena, name);
		migration->sql = arena_text(arena, migration->sql);
	} else {
		error_prefix(error, "%s", path);
	}
	arena_free(scratch);
	return result;
}

int
migrations_read(struct arena *arena, const char *folder,
	struct migrations *ret_migrations, struct error *error)
{
	struct migration *items =
		arena_array(arena, MIGRATIONS_MOST, sizeof(*items));
	struct dirent **entries;
	int count = scandir(folder, &entries, choose, alphasort);
	int result = 0;

	if (count < 0)
		return error_set(error, "%s: %s", folder, strerror(errno));
	if (count == 0 || count > MIGRATIONS_MOST)
		result = error_set(error, "%s: %d SQL files", folder, count);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (result == 0 && version_of(name) != i + 1)
			result = error_set(error,
				"%s/%s: expected a name that begins with %04d-",
				folder, name, i + 1);
		if (result == 0) {
			items[i].version = i + 1;
			result = read_file(
				arena, folder, name, &items[i], error);
		}
		free(entries[i]);
	}
	free(entries);
	if (result == 0)
		*ret_migrations = (struct migrations){items, (size_t)count};
	return result;
}

int64_t
migrations_newest(const struct migrations *migrations)
{
	return (int64_t)migrations->count;
}
