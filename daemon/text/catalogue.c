#include "text/catalogue.h"

#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "text/mo.h"

struct language_row {
	const char *code;
	const char *name;
	/* Whether a count takes the first of the two forms. */
	bool (*singular)(int64_t count);
};

static bool
is_one(int64_t count)
{
	return count == 1;
}

static bool
is_below_two(int64_t count)
{
	return count > -2 && count < 2;
}

static const struct language_row languages[LANGUAGE_COUNT] = {
	[LANGUAGE_ENGLISH] = {"en", "English", is_one},
	[LANGUAGE_FRENCH] = {"fr", "Français", is_below_two},
};

struct texts {
	struct mo *files[LANGUAGE_COUNT]; /* English: NULL */
};

/* Two generations, so that texts given out survive one load. */
static struct texts current, previous;

const char *
language_code(enum language language)
{
	return languages[language].code;
}

const char *
language_name(enum language language)
{
	return languages[language].name;
}

int
language_parse(const char *code, enum language *language)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		if (strcmp(languages[i].code, code) != 0)
			continue;
		*language = (enum language)i;
		return 0;
	}
	return -1;
}

bool
language_is_singular(enum language language, int64_t count)
{
	return languages[language].singular(count);
}

static void
texts_free(struct texts *texts)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++)
		mo_free(texts->files[i]);
}

int
catalogue_load(const char *directory, struct error *error)
{
	struct texts loaded = {{NULL}};

	for (unsigned i = LANGUAGE_ENGLISH + 1; i < LANGUAGE_COUNT; i++) {
		struct buffer path = BUFFER_EMPTY;

		buffer_printf(&path, "%s/%s.mo", directory, languages[i].code);
		loaded.files[i] = mo_load(buffer_text(&path), error);
		buffer_release(&path);
		if (!loaded.files[i]) {
			texts_free(&loaded);
			return -1;
		}
	}
	texts_free(&previous);
	previous = current;
	current = loaded;
	return 0;
}

const char *
text_get(enum language language, const char *english)
{
	const struct mo *file = current.files[language];
	const char *text = file ? mo_find(file, english, 0) : NULL;

	return text ? text : english;
}

const char *
text_plural(enum language language, const char *one, const char *many,
	int64_t count)
{
	const struct mo *file = current.files[language];
	unsigned form = languages[language].singular(count) ? 0 : 1;
	const char *text = file ? mo_find(file, one, form) : NULL;

	if (text)
		return text;
	/* Untranslated, the English rule applies to the English forms. */
	return is_one(count) ? one : many;
}

/* The value that follows `name` in the pairs; NULL when it is not there. */
static const char *
find_pair(const char *name, size_t length, va_list pairs)
{
	const char *value = NULL, *key;
	va_list again;

	va_copy(again, pairs);
	while ((key = va_arg(again, const char *))) {
		const char *candidate = va_arg(again, const char *);

		if (strlen(key) == length && memcmp(key, name, length) == 0) {
			value = candidate;
			break;
		}
	}
	va_end(again);
	return value;
}

char *
text_fill(struct arena *arena, const char *text, ...)
{
	struct buffer filled = BUFFER_EMPTY;
	const char *open, *close;
	va_list pairs;
	char *copy;

	va_start(pairs, text);
	while ((open = strstr(text, "{{")) && (close = strstr(open, "}}"))) {
		const char *value =
			find_pair(open + 2, (size_t)(close - open - 2), pairs);

		buffer_add(&filled, text, (size_t)(open - text));
		/* A name nobody gave stays visible rather than vanish. */
		if (value)
			buffer_add_text(&filled, value);
		else
			buffer_add(&filled, open, (size_t)(close + 2 - open));
		text = close + 2;
	}
	va_end(pairs);
	buffer_add_text(&filled, text);
	copy = arena_copy(arena, filled.data, filled.length);
	buffer_release(&filled);
	return copy;
}
