/*
 * config.h: the host's word on a community, as its YAML file gives it
 * (tenant.yaml(5)). The steward checks and stores it as JSON in the control
 * schema; workers read that.
 */
#ifndef MISSIOND_TENANTS_CONFIG_H
#define MISSIOND_TENANTS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/limits.h"

struct arena;
struct buffer;
struct conf_errors;
struct conf_node;
struct conf_table;
struct error;

struct tenant_founder {
	const char *name;
	const char *email;
	const char *organisation; /* the client */
};

struct tenant_text {	      /* a legal text in one language */
	const char *language; /* "en", "fr" */
	const char *title;
	const char *body; /* Markdown */
};

struct tenant_terms {
	const char *version;
	struct record_list texts; /* of struct tenant_text */
};

struct tenant_register { /* P1, P4, D2, D10, P10 */
	const char *name;
	const char *controller;
	const char *contact;
	const char *authority;	       /* supervisory authority, "CNIL" */
	const char *authority_address; /* https://… */
	struct record_list
		processors; /* texts: who rents out the server, region */
};

struct tenant_category {
	const char *slug;
	const char *name_en;
	const char *name_fr;
};

struct tenant_bounds { /* what the founder may change */
	bool name;
	bool description;
	bool theme;
};

#define TENANT_COLOUR "#2f6f5e" /* where the file gives none */

struct tenant_theme {
	const char *colour; /* "#rrggbb" to begin with */
};

struct tenant_config {
	const char *slug;
	const char *name;
	const char *description;
	struct record_list domains; /* texts; the first is the main one */
	struct tenant_founder founder;
	const char *cluster;   /* placement; "default" */
	const char *residency; /* "eu", "eea", "any": of the cluster's region */
	const char *joining;   /* "open", "approval", "invitation" */
	const char *reading;   /* "public", "members" */
	const char *language;  /* the community's own */
	struct record_list languages; /* texts */
	const char *currency;	      /* ISO 4217, "EUR" */
	const char *time_zone;	      /* "Europe/Paris": of times shown */
	struct tenant_theme theme;
	struct tenant_bounds founder_may_change;
	struct record_list categories; /* of struct tenant_category */
	struct tenant_terms terms;
	struct tenant_terms privacy;
	struct tenant_register register_identity;
	int64_t member_quota;  /* 0: none */
	int64_t listing_quota; /* per member; 0: none */
	struct limit_words limits;
};

extern const struct record tenant_config_record;

/* The keys of the YAML file, for the manual's test. */
extern const struct conf_table tenant_config_table;

/*
 * Reads a YAML file's text, fills in defaults (also the texts of
 * default_texts.h) and checks it as a whole. `file` is named in errors. 0 or
 * -1; then `config` holds what could be read and NULL for the rest.
 * `ret_root`, unless NULL, gets the tree, for places; NULL when there is none.
 */
int tenant_config_parse(struct arena *arena, const char *file, const char *text,
	size_t length, struct tenant_config *config,
	const struct conf_node **ret_root, struct conf_errors *errors);

/* Appends it as JSON, for the control schema. */
void tenant_config_write(
	const struct tenant_config *config, struct buffer *output);

/* Reads the JSON the steward stored. 0 or -1. */
int tenant_config_read(struct arena *arena, const char *json, size_t length,
	struct tenant_config *config, struct error *error);

#endif
