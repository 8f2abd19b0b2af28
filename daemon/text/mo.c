#include "text/mo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"

#define MAGIC	       UINT32_C(0x950412de)
#define HEADER_SIZE    ((size_t)20)
#define MOST_FILE_SIZE ((size_t)1024 * 1024)

/* A translation; its forms stand one after another, each with a NUL. */
struct message {
	const char *text;
	size_t length; /* without the last NUL */
};

struct mo {
	struct buffer file;
	bool swapped;
	struct message *messages;
	struct map *map; /* source text → message */
};

static uint32_t
word_at(const struct mo *mo, size_t offset)
{
	uint32_t word;

	memcpy(&word, mo->file.data + offset, sizeof(word));
	return mo->swapped ? __builtin_bswap32(word) : word;
}

/* The string that entry `index` of the table at `table` describes; -1 when it
 * does not lie within the file, is not ended by NUL or is not UTF-8. */
static int
read_string(
	const struct mo *mo, size_t table, size_t index, struct message *string)
{
	size_t length = word_at(mo, table + index * 8);
	size_t offset = word_at(mo, table + index * 8 + 4);

	if (offset >= mo->file.length || length >= mo->file.length - offset)
		return -1;
	string->text = mo->file.data + offset;
	string->length = length;
	if (string->text[length] != '\0')
		return -1;
	for (size_t start = 0; start <= length;
		start += strlen(string->text + start) + 1)
		if (!utf8_valid(
			    string->text + start, strlen(string->text + start)))
			return -1;
	return 0;
}

static int
index_messages(struct mo *mo)
{
	size_t count, sources, translations;

	if (mo->file.length < HEADER_SIZE)
		return -1;
	mo->swapped = word_at(mo, 0) == __builtin_bswap32(MAGIC);
	if (word_at(mo, 0) != MAGIC || word_at(mo, 4) >> 16 != 0)
		return -1;
	count = word_at(mo, 8);
	sources = word_at(mo, 12);
	translations = word_at(mo, 16);
	if (count > mo->file.length / 8 ||
		sources > mo->file.length - count * 8 ||
		translations > mo->file.length - count * 8)
		return -1;
	mo->messages = memory_new(count, sizeof(*mo->messages));
	for (size_t i = 0; i < count; i++) {
		struct message source;

		if (read_string(mo, sources, i, &source) ||
			read_string(mo, translations, i, &mo->messages[i]))
			return -1;
		/* A plural's source goes on after a NUL: the key ends there. */
		map_set(mo->map, source.text, &mo->messages[i]);
	}
	return 0;
}

struct mo *
mo_load(const char *path, struct error *error)
{
	struct mo *mo = memory_new(1, sizeof(*mo));

	mo->map = map_new();
	if (file_read(path, MOST_FILE_SIZE, &mo->file) < 0)
		error_set(error, "%s: %s", path, strerror(errno));
	else if (index_messages(mo) < 0)
		error_set(error, "%s: not a message catalogue", path);
	else
		return mo;
	mo_free(mo);
	return NULL;
}

void
mo_free(struct mo *mo)
{
	if (!mo)
		return;
	map_free(mo->map);
	free(mo->messages);
	buffer_release(&mo->file);
	free(mo);
}

const char *
mo_find(const struct mo *mo, const char *text, unsigned form)
{
	/* The empty text is the file's header, not a translation. */
	const struct message *message = *text ? map_get(mo->map, text) : NULL;
	size_t start = 0;

	if (!message)
		return NULL;
	for (; form > 0; form--) {
		start += strlen(message->text + start) + 1;
		if (start > message->length)
			return NULL;
	}
	return message->text[start] ? message->text + start : NULL;
}
