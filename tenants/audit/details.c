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
	{"title", N_("title")},
	{"category", N_("category")},
	{"body", N_("text")},
	{"price", N_("price")},
	{"exchange", N_("exchange")},
	{"place", N_("place")},
	{"until", N_("last day")},
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

/* "members,content", or words with another separator. */
static const char *
words_in(struct arena *arena, enum language language, const char *stored,
	char separator)
{
	const char separators[] = {separator, '\0'};
	const char *said = "";

	while (*stored != '\0') {
		size_t length = strcspn(stored, separators);

		said = arena_printf(arena, "%s%s%s", said,
			said[0] == '\0' ? "" : ", ",
			word_text(arena, language, stored, length));
		stored += length;
		stored += *stored == separator;
	}
	return said;
}

#define BY " × "

/* "3 × 14 d: members,content", as stored: uses, days, scopes. */
static const char *
invitation_in(struct arena *arena, enum language language, const char *details)
{
	size_t length = strcspn(details, ":");
	char *numbers = arena_copy(arena, details, length);
	char *days = strstr(numbers, BY), *end = strstr(numbers, " d");

	if (days != NULL && end > days) {
		*days = '\0';
		*end = '\0';
		numbers = text_fill(arena,
			text_get(language,
				N_("people: {{uses}}, days: {{days}}")),
			"uses", numbers, "days", days + strlen(BY), NULL);
	}
	if (details[length] == '\0')
		return numbers;
	return arena_printf(arena, "%s – %s", numbers,
		words_in(arena, language,
			details + length + strspn(details + length, ": "),
			','));
}

/* Lines such as "name: old → new", or the name of a field alone. */
static const char *
settings_in(struct arena *arena, enum language language, const char *details)
{
	const char *said = "";

	while (*details != '\0') {
		size_t line = strcspn(details, "\n");
		size_t field = strcspn(details, ":\n");
		const char *word = word_text(arena, language, details, field);
		size_t value = field + strspn(details + field, ": ");

		if (field < line)
			word = text_fill(arena,
				text_get(language, N_("{{field}}: {{change}}")),
				"field", word, "change",
				arena_copy(
					arena, details + value, line - value),
				NULL);
		said = arena_printf(arena, "%s%s%s", said,
			said[0] == '\0' ? "" : "\n", word);
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
		return words_in(arena, language, details, ',');
	if (strcmp(action, "invitation.made") == 0)
		return invitation_in(arena, language, details);
	if (strcmp(action, "settings.changed") == 0)
		return settings_in(arena, language, details);
	if (strcmp(action, "listing.changed") == 0)
		return words_in(arena, language, details, '\n');
	return details;
}
