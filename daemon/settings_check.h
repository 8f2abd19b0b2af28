/* settings_check.h: keys of missiond.yaml that need each other. */
#ifndef MISSIOND_SETTINGS_CHECK_H
#define MISSIOND_SETTINGS_CHECK_H

#define SETTINGS_SAMPLE_MOST 1000000
#define SETTINGS_IDLE_MOST   10000

struct conf_errors;
struct conf_node;
struct settings;

/* For a key's `check`: an address and a port, not all addresses there are. */
const char *settings_check_named_endpoint(const char *text);

/* The same: how many requests share a line of the log, or "off". */
const char *settings_check_sample(const char *text);

/* The same: how many connections may be open besides those at work. */
const char *settings_check_idle(const char *text);

/* 0 or -1. */
int settings_check_whole(const struct settings *settings,
	const struct conf_node *root, struct conf_errors *errors);

#endif
