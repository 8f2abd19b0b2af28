/* log_settings.h: missiond.yaml's word on logging, for every process. */
#ifndef MISSIOND_LOG_SETTINGS_H
#define MISSIOND_LOG_SETTINGS_H

#include <stdbool.h>

struct settings;

/* log_open() as the settings say; `role` must outlive the process. */
void log_settings_open(
	const struct settings *settings, const char *role, bool foreground);

#endif
