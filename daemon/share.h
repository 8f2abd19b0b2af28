/* share.h: what is installed below paths.share: templates (or, in a checkout,
 * tenants/), texts, assets, SQL, the description of the JSON API. */
#ifndef MISSIOND_SHARE_H
#define MISSIOND_SHARE_H

struct error;
struct settings;
struct template_set;

/* Loads the templates of all features. NULL on error. */
struct template_set *share_templates(
	const struct settings *settings, struct error *error);

/* Loads texts, assets and the API's description into this process. 0 or −1. */
int share_texts(const struct settings *settings, struct error *error);

/* Both, for a reload: the texts first, for templates are made with those that
 * are in force. The new templates, or NULL. */
struct template_set *share_load(
	const struct settings *settings, struct error *error);

/* Whether all of it can be loaded; what it says in force stays in force. */
int share_check(const struct settings *settings, struct error *error);

#endif
