#include "tenants/scopes.h"

#include <string.h>

#include "base/arena.h"
#include "tenants/permission.h"
#include "text/catalogue.h"

const struct scope_name scope_names[SCOPE_NAME_COUNT] = {
	{SCOPE_MEMBERS, "members",
		N_("Members: invite, approve, suspend and readmit")},
	{SCOPE_CONTENT, "content", N_("Content: withdraw offers and requests")},
	{SCOPE_SETTINGS, "settings",
		N_("Settings: name, description and colours")},
	{SCOPE_HANDOVER, "handover", N_("Handover: receive community data")},
	{SCOPE_LEGAL, "legal", N_("Legal: rights requests and legal notices")},
};

static unsigned
scope_of(const char *word, size_t length)
{
	for (size_t i = 0; i < SCOPE_NAME_COUNT; i++)
		if (strlen(scope_names[i].word) == length &&
			memcmp(scope_names[i].word, word, length) == 0)
			return scope_names[i].scope;
	return 0;
}

unsigned
scopes_parse(const char *words)
{
	unsigned scopes = 0;

	while (words != NULL && *words != '\0') {
		size_t length = strcspn(words, ",");

		scopes |= scope_of(words, length);
		words += length;
		words += *words == ',';
	}
	return scopes;
}

int
scopes_from_list(const struct record_list *words, unsigned *ret_scopes)
{
	const char *const *items = words->items;
	unsigned scopes = 0;

	for (size_t i = 0; i < words->count; i++) {
		unsigned scope = scope_of(items[i], strlen(items[i]));

		if (scope == 0)
			return -1;
		scopes |= scope;
	}
	*ret_scopes = scopes;
	return 0;
}

struct record_list
scopes_list(struct arena *arena, unsigned scopes)
{
	const char **items =
		arena_array(arena, SCOPE_NAME_COUNT, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < SCOPE_NAME_COUNT; i++)
		if ((scopes & scope_names[i].scope) != 0)
			items[count++] = scope_names[i].word;
	return (struct record_list){items, count};
}

const char *
scopes_text(struct arena *arena, unsigned scopes)
{
	struct record_list words = scopes_list(arena, scopes);
	const char *const *items = words.items;
	const char *text = "";

	for (size_t i = 0; i < words.count; i++)
		text = arena_printf(
			arena, "%s%s%s", text, i == 0 ? "" : ",", items[i]);
	return text;
}
