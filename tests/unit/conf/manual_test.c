/*
 * The manual and the tables say the same: every key of missiond.yaml(5) and
 * tenant.yaml(5) has an entry at its place, with its sentence, default, choices
 * and whether a reload changes it, and no entry is of a key that is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/record.h"
#include "conf/table.h"
#include "installed.h"
#include "settings.h"
#include "tenants/config.h"

#define PAGE_LIMIT ((size_t)200 * 1024)

/* Lines of a page from `start` up to `end`. */
struct part {
	const char *start, *end;
};

struct reading {
	const char *page;
	bool reloads; /* the page tells what a reload changes */
	unsigned problems;
};

static char *
read_page(const char *name)
{
	const char *folder = getenv("MISSIOND_MANUALS");
	char path[1100], *text = memory_new(1, PAGE_LIMIT);
	size_t length;
	FILE *file;

	assert_non_null(folder);
	snprintf(path, sizeof(path), "%.1000s/%.60s", folder, name);
	file = fopen(path, "re");
	assert_non_null(file);
	length = fread(text, 1, PAGE_LIMIT - 1, file);
	assert_true(feof(file) != 0);
	fclose(file);
	text[length] = '\0';
	return text;
}

static const char *
next_line(const char *line, const char *end)
{
	const char *stop = memchr(line, '\n', (size_t)(end - line));

	return stop == NULL ? end : stop + 1;
}

static bool
begins(const char *line, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - line) >= length &&
	       memcmp(line, word, length) == 0;
}

/* The entry of that name in the first list of `part`; `ret_count` gets the
 * number of the list's entries. */
static bool
find_entry(struct part part, const char *name, struct part *ret_entry,
	size_t *ret_count)
{
	char wanted[100];
	unsigned depth = 0;
	bool found = false, inside = false;

	*ret_count = 0;
	snprintf(wanted, sizeof(wanted), ".It Ic %s\n", name);
	for (const char *line = part.start; line < part.end;
		line = next_line(line, part.end)) {
		if (begins(line, part.end, ".Bl "))
			depth++;
		if (depth == 1 && (begins(line, part.end, ".It ") ||
					  begins(line, part.end, ".El"))) {
			if (inside)
				ret_entry->end = line;
			inside = begins(line, part.end, wanted);
			if (inside)
				*ret_entry = (struct part){line, part.end};
			found |= inside;
			*ret_count += line[1] == 'I';
		}
		if (begins(line, part.end, ".El") && --depth == 0)
			break;
	}
	return found;
}

/* The entry without the list of the keys below it. */
static struct part
own_words(struct part entry)
{
	const char *line = next_line(entry.start, entry.end);

	while (line < entry.end && !begins(line, entry.end, ".Bl "))
		line = next_line(line, entry.end);
	return (struct part){entry.start, line};
}

/* Line breaks of the page count as spaces. */
static bool
says(struct part part, const char *text)
{
	size_t length = strlen(text);

	for (const char *place = part.start; place + length <= part.end;
		place++) {
		size_t same = 0;

		while (same < length &&
			(place[same] == text[same] ||
				(place[same] == '\n' && text[same] == ' ')))
			same++;
		if (same == length)
			return true;
	}
	return false;
}

static void
expect(struct reading *reading, const char *key, struct part words,
	const char *text)
{
	if (says(words, text))
		return;
	print_error("%s: %s does not say \"%s\"\n", reading->page, key, text);
	reading->problems++;
}

static void
check_words(struct reading *reading, const struct conf_key *key,
	const char *path, struct part words)
{
	char text[200];

	expect(reading, path, words, key->help);
	if (key->required)
		expect(reading, path, words, "required");
	if (key->otherwise != NULL && key->otherwise[0] == '\0') {
		expect(reading, path, words, "Default: empty.");
	} else if (key->otherwise != NULL &&
		   strcmp(key->otherwise, installed_share) != 0) {
		snprintf(text, sizeof(text), "Default: .Ql %s .",
			key->otherwise);
		expect(reading, path, words, text);
	}
	if (key->unit == CONF_UNIT_NONE && key->most != 0) {
		snprintf(text, sizeof(text), "from %lld to %lld",
			(long long)key->least, (long long)key->most);
		expect(reading, path, words, text);
	}
	if (key->longest != 0) {
		snprintf(text, sizeof(text), "at most %zu characters",
			key->longest);
		expect(reading, path, words, text);
	}
	if (key->entries != 0) {
		snprintf(text, sizeof(text), "at most %zu entries",
			key->entries);
		expect(reading, path, words, text);
	}
	for (size_t i = 0; key->choices != NULL && key->choices[i] != NULL;
		i++) {
		snprintf(text, sizeof(text), ".Ic %s ", key->choices[i]);
		expect(reading, path, words, text);
	}
	if (reading->reloads && key->table == NULL)
		expect(reading, path, words,
			key->at_start_only ? "Changes at the next start only."
					   : "A reload changes it.");
}

static void
check_table(struct reading *reading, const struct conf_table *table,
	const char *prefix, struct part part)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct conf_key *key = &table->keys[i];
		struct part entry = part;
		char path[200];

		snprintf(path, sizeof(path), "%.90s%s%.90s", prefix,
			prefix[0] == '\0' ? "" : ".", key->name);
		if (!find_entry(part, key->name, &entry, &count)) {
			print_error("%s: no entry %s\n", reading->page, path);
			reading->problems++;
			continue;
		}
		check_words(reading, key, path, own_words(entry));
		if (key->table != NULL)
			check_table(reading, key->table, path,
				(struct part){next_line(entry.start, entry.end),
					entry.end});
	}
	if (count != table->count) {
		print_error("%s: %zu entries below \"%s\", but %zu keys\n",
			reading->page, count, prefix, table->count);
		reading->problems++;
	}
}

static void
check_page(const char *name, const struct conf_table *table, bool reloads)
{
	struct reading reading = {.page = name, .reloads = reloads};
	char *text = read_page(name);
	const char *keys = strstr(text, "keys are:\n");

	assert_non_null(keys);
	check_table(
		&reading, table, "", (struct part){keys, text + strlen(text)});
	free(text);
	assert_int_equal(reading.problems, 0);
}

static void
missiond_yaml_names_every_key(void **state)
{
	(void)state;
	check_page("missiond.yaml.5", &settings_table, true);
}

static void
tenant_yaml_names_every_key(void **state)
{
	(void)state;
	check_page("tenant.yaml.5", &tenant_config_table, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missiond_yaml_names_every_key),
		cmocka_unit_test(tenant_yaml_names_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
