/* JSON: stored configurations, and bodies into a record with every type. What
 * was read and is written again reads as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
#include "tenants/config.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
	const char *name;
	struct record_list words;
};
static const struct field part_fields[] = {
	FIELD_TEXT(struct part, name),
	FIELD_TEXTS(struct part, words),
};
static const struct record part_record = RECORD(struct part, part_fields);

struct all {
	const char *text;
	bool open;
	int64_t count;
	struct timestamp at;
	struct uuid id;
	struct slice bytes;
	struct part part;
	const struct part *best;
	struct record_list parts;
	struct record_list words;
};
static const struct field all_fields[] = {
	FIELD_TEXT(struct all, text),
	FIELD_BOOLEAN(struct all, open),
	FIELD_INTEGER(struct all, count),
	FIELD_TIME(struct all, at),
	FIELD_UUID(struct all, id),
	FIELD_BYTES(struct all, bytes),
	FIELD_RECORD(struct all, part, struct part, part_record),
	FIELD_OPTIONAL(struct all, best, struct part, part_record),
	FIELD_LIST(struct all, parts, part_record),
	FIELD_TEXTS(struct all, words),
};
static const struct record all_record = RECORD(struct all, all_fields);

/* Reads, and appends what was read as JSON. 0 or -1. */
static int
read_and_write(struct arena *arena, const char *data, size_t length,
	bool strict, struct buffer *output)
{
	struct all all = {0};
	struct error error = {0};
	const struct json_t *tree = json_parse(arena, data, length, &error);

	if (tree == NULL || json_read_record(arena, tree, &all_record, strict,
				    &all, &error) < 0) {
		if (error.text[0] == '\0')
			abort();
		return -1;
	}
	json_add_record(output, &all_record, &all);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct tenant_config config = {0};
	struct buffer once = BUFFER_EMPTY, twice = BUFFER_EMPTY;
	struct error error;

	tenant_config_read(arena, (const char *)data, size, &config, &error);
	if (read_and_write(arena, (const char *)data, size, size & 1, &once) ==
			0 &&
		(read_and_write(arena, once.data, once.length, true, &twice) <
				0 ||
			once.length != twice.length ||
			memcmp(once.data, twice.data, once.length) != 0))
		abort();
	buffer_release(&once);
	buffer_release(&twice);
	arena_free(arena);
	return 0;
}
