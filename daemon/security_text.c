#include "security_text.h"

#include "base/arena.h"
#include "base/clock.h"
#include "settings.h"

const char *
security_text(struct arena *arena, const struct settings_security *security)
{
	const char *const *contacts = security->contact.items;
	struct timestamp expires = clock_now();
	char time[CLOCK_TEXT_SIZE];
	const char *text = "";

	if (security->contact.count == 0)
		return NULL;
	for (size_t i = 0; i < security->contact.count; i++)
		text = arena_printf(
			arena, "%sContact: %s\n", text, contacts[i]);
	if (security->policy != NULL)
		text = arena_printf(
			arena, "%sPolicy: %s\n", text, security->policy);
	expires.microseconds += 365 * CLOCK_DAY;
	clock_format(expires, time);
	return arena_printf(arena,
		"%sExpires: %s\nPreferred-Languages: en, fr\n", text, time);
}
