/* settings_check.h: keys of missiond.yaml that need each other. */
#ifndef MISSIOND_SETTINGS_CHECK_H
#define MISSIOND_SETTINGS_CHECK_H

struct conf_errors;
struct conf_node;
struct settings;

/* 0 or -1. */
int settings_check_whole(const struct settings *settings,
	const struct conf_node *root, struct conf_errors *errors);

#endif
