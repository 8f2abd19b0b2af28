/* settings_check.h: what single values and the whole of missiond.yaml must
 * satisfy. The checks of values give NULL, or what was expected. */
#ifndef MISSIOND_SETTINGS_CHECK_H
#define MISSIOND_SETTINGS_CHECK_H

struct conf_errors;
struct conf_node;
struct settings;

const char *settings_check_path(const char *text);     /* absolute */
const char *settings_check_endpoint(const char *text); /* address:port */
const char *settings_check_network(const char *text);  /* address[/bits] */
const char *settings_check_address(const char *text);  /* numeric */
const char *settings_check_domain(const char *text);   /* may begin "*." */
const char *settings_check_word(const char *text);     /* [a-z0-9-]+ */
const char *settings_check_email(const char *text);
const char *settings_check_contact(const char *text); /* mailto:, https: */

/* Keys that need each other. 0 or -1. */
int settings_check_whole(const struct settings *settings,
	const struct conf_node *root, struct conf_errors *errors);

#endif
