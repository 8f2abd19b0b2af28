#include "log_settings.h"

#include <string.h>

#include "base/log.h"
#include "base/record.h"
#include "settings.h"

struct word {
	const char *text;
	int value;
};

static int
value_of(const struct word *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i].text, text) == 0)
			return words[i].value;
	log_defect("log", "no value for %s", text);
}

void
log_settings_open(
	const struct settings *settings, const char *role, bool foreground)
{
	static const struct word levels[] = {
		{"debug", LOG_DEBUG},
		{"info", LOG_INFO},
		{"notice", LOG_NOTICE},
		{"warning", LOG_WARNING},
	};
	static const struct word facilities[] = {
		{"daemon", LOG_DAEMON},
		{"user", LOG_USER},
		{"local0", LOG_LOCAL0},
		{"local1", LOG_LOCAL1},
		{"local2", LOG_LOCAL2},
		{"local3", LOG_LOCAL3},
		{"local4", LOG_LOCAL4},
		{"local5", LOG_LOCAL5},
		{"local6", LOG_LOCAL6},
		{"local7", LOG_LOCAL7},
	};

	log_open(role,
		value_of(facilities, COUNT_OF(facilities),
			settings->log.facility),
		value_of(levels, COUNT_OF(levels), settings->log.level),
		foreground);
}
