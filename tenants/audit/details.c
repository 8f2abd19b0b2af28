#include "tenants/audit/details.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/record.h"

// clang-format off
static const struct {
	const char *word; /* as stored */
	const char *text;
} words[] = {
	{"name", N_("name")},
	{"tagline", N_("tagline")},
	{"description", N_("description")},
	{"colour", N_("colour")},
	{"members", N_("members")},
	{"content", N_("content")},
	{"settings", N_("settings")},
	{"handover", N_("handover")},
	{"legal", N_("legal")},
	{"d", N_("days")},
};
// clang-format on

static const char *
word_text(struct arena *arena, enum language language, const char *word,
	size_t length)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strlen(words[i].word) == length &&
			memcmp(words[i].word, word, length) == 0)
			return text_get(language, words[i].text);
	return arena_copy(arena, word, length);
}

/* "members,content" */
static const char *
scopes_in(struct arena *arena, enum language language, const char *scopes)
{
	const char *said = "";

	while (*scopes != '\0') {
		size_t length = strcspn(scopes, ",");

		said = arena_printf(arena, "%s%s%s", said,
			said[0] == '\0' ? "" : ", ",
			word_text(arena, language, scopes, length));
		scopes += length;
		scopes += *scopes == ',';
	}
	return said;
}

/* "3 × 14 d: members,content": uses, days, scopes. */
static const char *
invitation_in(struct arena *arena, enum language language, const char *details)
{
	size_t length = strcspn(details, ":");
	const char *numbers = arena_copy(arena, details, length);
	const char *days = strstr(numbers, " d");

	if (days != NULL)
		numbers = arena_printf(arena, "%.*s %s", (int)(days - numbers),
			numbers, word_text(arena, language, "d", 1));
	if (details[length] == '\0')
		return numbers;
	return arena_printf(arena, "%s – %s", numbers,
		scopes_in(arena, language,
			details + length + strspn(details + length, ": ")));
}

/* Lines such as "name: old → new", or the name of a field alone. */
static const char *
settings_in(struct arena *arena, enum language language, const char *details)
{
	const char *said = "";

	while (*details != '\0') {
		size_t line = strcspn(details, "\n");
		size_t field = strcspn(details, ":\n");

		said = arena_printf(arena, "%s%s%s%.*s", said,
			said[0] == '\0' ? "" : "\n",
			word_text(arena, language, details, field),
			(int)(line - field), details + field);
		details += line;
		details += *details == '\n';
	}
	return said;
}

const char *
audit_details_text(struct arena *arena, enum language language,
	const char *action, const char *details)
{
	if (details == NULL)
		return NULL;
	if (strncmp(action, "appointment.", strlen("appointment.")) == 0 ||
		strcmp(action, "invitation.withdrawn") == 0)
		return scopes_in(arena, language, details);
	if (strcmp(action, "invitation.made") == 0)
		return invitation_in(arena, language, details);
	if (strcmp(action, "settings.changed") == 0)
		return settings_in(arena, language, details);
	return details;
}
