/* selftest_sql.c: where a statement names its tables. */
#include "tenants/lifecycle/selftest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"

enum word { WORD_OTHER, WORD_NAMES_TABLE, WORD_KEY };

static enum word
word_kind(const char *text, size_t length)
{
	static const char *const before[] = {
		"FROM", "JOIN", "INTO", "UPDATE", "CALL"};

	for (size_t i = 0; i < COUNT_OF(before); i++)
		if (strlen(before[i]) == length &&
			strncasecmp(before[i], text, length) == 0)
			return WORD_NAMES_TABLE;
	/* ON DUPLICATE KEY UPDATE and FOR UPDATE name columns, or nothing. */
	if ((length == 3 && strncasecmp(text, "KEY", 3) == 0) ||
		(length == 3 && strncasecmp(text, "FOR", 3) == 0))
		return WORD_KEY;
	return WORD_OTHER;
}

static bool
is_of_word(char letter)
{
	return isalnum((unsigned char)letter) || letter == '_' || letter == '$';
}

static const char *
skip_space(const char *at)
{
	return at + strspn(at, " \t\n");
}

/* At a table's name: its end, past a schema before it. */
static const char *
table_end(struct arena *arena, const char *at, const char **ret_foreign)
{
	const char *start = at;

	at += strcspn(at, " \t\n(),.;");
	if (*at != '.')
		return at;
	*ret_foreign = arena_copy(arena, start, (size_t)(at - start));
	at++;
	return at + strcspn(at, " \t\n(),.;");
}

/* Quoted texts hold no names. */
static const char *
text_end(const char *at)
{
	for (at++; *at != '\0' && *at != '\''; at++)
		if (*at == '\\' && at[1] != '\0')
			at++;
	return *at == '\0' ? at : at + 1;
}

const char *
selftest_requalify(struct arena *arena, const char *sql, const char *schema,
	const char **ret_foreign)
{
	struct buffer result = BUFFER_EMPTY;
	enum word last = WORD_OTHER;
	unsigned tables = 0;
	const char *at = sql, *text;

	*ret_foreign = NULL;
	while (*at != '\0') {
		const char *start = at;

		if (*at == '\'') {
			at = text_end(at);
		} else if (is_of_word(*at) || *at == '`') {
			if (last == WORD_NAMES_TABLE) {
				buffer_printf(&result, "`%s`.", schema);
				at = table_end(arena, at, ret_foreign);
				/* JSON_TABLE(…) is no table of a schema. */
				tables++;
				last = WORD_OTHER;
			} else {
				enum word kind;

				at += strspn(at, "`");
				while (is_of_word(*at) || *at == '`')
					at++;
				kind = word_kind(start, (size_t)(at - start));
				last = last == WORD_KEY &&
						       kind == WORD_NAMES_TABLE
					       ? WORD_OTHER
					       : kind;
			}
		} else if (isspace((unsigned char)*at)) {
			at = skip_space(at);
		} else {
			at++;
			last = WORD_OTHER;
		}
		buffer_add(&result, start, (size_t)(at - start));
	}
	text = arena_copy(arena, result.data, result.length);
	buffer_release(&result);
	return tables == 0 ? NULL : text;
}
