/*
 * catalogue.h: messages in the languages of the product. The English text is
 * the key (gettext's habit); the other languages come from .po files beside
 * each feature, compiled with python3-polib into one .mo file per language
 * when building and loaded (and reloaded) from the text folder.
 *
 * In C, mark a text that is translated later with N_("…") and translate with
 * text_get(). tests/lint extracts both and the templates' texts.
 */
#ifndef MISSIOND_TEXT_CATALOGUE_H
#define MISSIOND_TEXT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* Marks a text for extraction; no effect. */
#define N_(text) text

enum language {
	LANGUAGE_ENGLISH, /* the source texts: needs no file */
	LANGUAGE_FRENCH,
	LANGUAGE_COUNT
};

/* "en", "fr". */
const char *language_code(enum language language);
/* "English", "Français". */
const char *language_name(enum language language);
/* By code; -1 when unknown. */
int language_parse(const char *code, enum language *language);

/*
 * The best of the languages in `allowed` (bit per language) for an
 * Accept-Language header (RFC 9110, 12.5.4), or `otherwise` when none fits or
 * the header is NULL.
 */
enum language language_negotiate(
	const char *header, unsigned allowed, enum language otherwise);

/*
 * Loads DIRECTORY/<code>.mo for every language but English. On failure the
 * texts loaded before stay. Texts given out earlier stay valid until the second
 * successful load after them (a request never sees two).
 */
int catalogue_load(const char *directory, struct error *error);

/* The translation, or the English text itself. Never NULL. */
const char *text_get(enum language language, const char *english);

/* Whether `count` takes the first form (of one thing) in the language. */
bool language_is_singular(enum language language, int64_t count);

/* The form for `count`: English has two, French counts 0 as singular. */
const char *text_plural(enum language language, const char *one,
	const char *many, int64_t count);

/*
 * Replaces {{name}} in an already translated text by the pairs that follow
 * (name, value, …, NULL), unescaped. For mails and messages; templates do
 * their own.
 */
char *text_fill(struct arena *arena, const char *text, ...)
	__attribute__((sentinel));

#endif
