/* migrations.c: the folder of numbered files and the baseline. */
#include "schema/migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

#define BYTES_MOST (1024 * 1024)

#define BASELINE "baseline-"

static int
choose(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL &&
	       strcmp(dot, ".sql") == 0;
}

/* "0001-name.sql" → 1, and so "0001.sql" with '.' as what follows; 0 when it is
 * nothing like that. */
static int64_t
version_of(const char *file, char follows)
{
	int64_t version = 0;

	for (int i = 0; i < 4; i++) {
		if (!isdigit((unsigned char)file[i]))
			return 0;
		version = version * 10 + (file[i] - '0');
	}
	return file[4] == follows ? version : 0;
}

bool
migration_is_baseline(const char *file)
{
	return strncmp(file, BASELINE, strlen(BASELINE)) == 0;
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

/* A folder being read. */
struct reading {
	struct arena *arena;
	const char *folder;
	struct error *error;
	struct migration *items;
	struct migration *baseline; /* NULL: none yet */
	size_t count;
};

static int
add_baseline(struct reading *reading, const char *name)
{
	struct migration *baseline =
		ARENA_NEW(reading->arena, struct migration);

	if (reading->baseline != NULL)
		return error_set(reading->error,
			"%s/%s: there is a baseline already: %s",
			reading->folder, name, reading->baseline->file);
	baseline->version = version_of(name + strlen(BASELINE), '.');
	if (baseline->version == 0)
		return error_set(reading->error,
			"%s/%s: expected a name like " BASELINE "0001.sql",
			reading->folder, name);
	reading->baseline = baseline;
	return read_file(reading->arena, reading->folder, name, baseline,
		reading->error);
}

static int
add(struct reading *reading, const char *name)
{
	struct migration *item = &reading->items[reading->count];
	int64_t version = (int64_t)reading->count + 1;

	if (migration_is_baseline(name))
		return add_baseline(reading, name);
	if (version_of(name, '-') != version)
		return error_set(reading->error,
			"%s/%s: expected a name that begins with %04lld-",
			reading->folder, name, (long long)version);
	item->version = version;
	reading->count++;
	return read_file(
		reading->arena, reading->folder, name, item, reading->error);
}

/* What is there as a whole. */
static int
finish(const struct reading *reading, struct migrations *ret_migrations)
{
	const struct migration *baseline = reading->baseline;

	if (baseline != NULL && baseline->version > (int64_t)reading->count)
		return error_set(reading->error,
			"%s/%s: the numbered files end with %04zu",
			reading->folder, baseline->file, reading->count);
	*ret_migrations =
		(struct migrations){reading->items, reading->count, baseline};
	return 0;
}

int
migrations_read(struct arena *arena, const char *folder,
	struct migrations *ret_migrations, struct error *error)
{
	struct reading reading = {
		.arena = arena,
		.folder = folder,
		.error = error,
	};
	struct dirent **entries;
	int count = scandir(folder, &entries, choose, alphasort);
	int result = 0;

	if (count < 0)
		return error_set(error, "%s: %s", folder, strerror(errno));
	if (count == 0 || count > MIGRATIONS_MOST)
		result = error_set(error, "%s: %d SQL files", folder, count);
	else
		reading.items = arena_array(
			arena, (size_t)count, sizeof(*reading.items));
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = add(&reading, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return result == 0 ? finish(&reading, ret_migrations) : result;
}

int64_t
migrations_newest(const struct migrations *migrations)
{
	return (int64_t)migrations->count;
}
