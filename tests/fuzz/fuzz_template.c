/*
 * Template texts: compiled or refused with a message, and run with values that
 * are full and with none. What was compiled as HTML never shows a value's < or
 * quote as it is. A second file stands behind a line "====".
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
#include "http/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define BAD "<q7\"'&>"

struct part {
	const char *name;
	int64_t count;
	struct record_list words;
};
static const struct field part_fields[] = {
	FIELD_TEXT(struct part, name),
	FIELD_INTEGER(struct part, count),
	FIELD_TEXTS(struct part, words),
};
static const struct record part_record = RECORD(struct part, part_fields);

struct view {
	const char *title;
	const char *body;
	bool open;
	int64_t count;
	const char *currency;
	struct timestamp at;
	struct uuid id;
	struct slice bytes;
	struct part part;
	const struct part *best;
	struct record_list parts;
	struct record_list words;
};
static const struct field view_fields[] = {
	FIELD_TEXT(struct view, title),
	FIELD_HTML(struct view, body),
	FIELD_BOOLEAN(struct view, open),
	FIELD_INTEGER(struct view, count),
	FIELD_TEXT(struct view, currency),
	FIELD_TIME(struct view, at),
	FIELD_UUID(struct view, id),
	FIELD_BYTES(struct view, bytes),
	FIELD_RECORD(struct view, part, struct part, part_record),
	FIELD_OPTIONAL(struct view, best, struct part, part_record),
	FIELD_LIST(struct view, parts, part_record),
	FIELD_TEXTS(struct view, words),
};
static const struct record view_record = RECORD(struct view, view_fields);

struct common {
	const char *site;
};
static const struct field common_fields[] = {
	FIELD_TEXT(struct common, site),
};
static const struct record common_record = RECORD(struct common, common_fields);

static const char *const words[] = {BAD, "", "b"};
static const struct part parts[] = {{BAD, 0, {words, 3}},
	{NULL, INTEGER_NONE, {NULL, 0}}, {"c", 2, {words, 1}}};
static const struct view full = {
	.title = BAD,
	.body = "<p>safe</p>",
	.open = true,
	.count = INT64_MAX,
	.currency = BAD,
	.at = {INT64_C(1763892000000000)},
	.id = {{1}},
	.bytes = {(const unsigned char *)BAD, 4},
	.part = {BAD, INT64_MIN + 1, {words, 2}},
	.best = &parts[0],
	.parts = {parts, COUNT_OF(parts)},
	.words = {words, COUNT_OF(words)},
};
static const struct common common = {BAD};
static char directory[] = "/tmp/fuzz-template-XXXXXX";

static void
remove_all(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", directory);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (mkdtemp(directory) == NULL || chdir(directory) < 0)
		abort();
	atexit(remove_all);
	return 0;
}

static void
write_file(const char *name, const uint8_t *data, size_t size)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	close(file);
}

static void
render(const struct template_set *set, const struct page *page, bool escaped)
{
	struct view none = {0};
	struct buffer output = BUFFER_EMPTY;

	record_set_none(&view_record, &none);
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		template_render(set, page, &full, escaped ? &common : NULL,
			(enum language)i, NULL, &output);
		template_render(set, page, &none, escaped ? &common : NULL,
			(enum language)i, NULL, &output);
	}
	if (escaped && (strstr(buffer_text(&output), "<q7") != NULL ||
			       strstr(buffer_text(&output), "q7\"") != NULL)) {
		fprintf(stderr, "not escaped: %s\n", buffer_text(&output));
		abort();
	}
	buffer_release(&output);
}

static void
try_as(const char *file)
{
	const struct page page = {file, &view_record};
	const struct page *pages[] = {&page};
	bool html = strstr(file, ".html") != NULL;
	struct error error = {0};
	struct template_set *set = template_set_load(
		directory, pages, 1, html ? &common_record : NULL, &error);

	if (set == NULL && error.text[0] == '\0')
		abort();
	if (set != NULL)
		render(set, &page, html);
	template_set_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *second = memmem(data, size, "\n====\n", 6);
	size_t first = second == NULL ? size : (size_t)(second - data);

	/* A template may write itself what must not come from a value. */
	if (memmem(data, size, "q7", 2) != NULL)
		return 0;
	write_file("page.html", data, first);
	write_file("page.txt", data, first);
	write_file("other.html", second == NULL ? data : second + 6,
		second == NULL ? 0 : size - first - 6);
	try_as("page.html");
	try_as("page.txt");
	return 0;
}
