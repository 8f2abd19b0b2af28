/*
 * site_view.h: what every page's layout (look/layout.html) knows: the common
 * record of all templates, filled once per request, without waiting.
 */
#ifndef MISSIOND_TENANTS_SITE_VIEW_H
#define MISSIOND_TENANTS_SITE_VIEW_H

#include <stdbool.h>

#include "base/record.h"

struct request;

/* A message that the page before this one left (tenants/look/notices.h). */
struct site_notice {
	const char *class; /* CSS class of its kind */
	const char *icon;  /* in assets/icons.svg */
	const char *text;  /* translated */
};

/* The person logged in. */
struct site_member {
	const char *username;
	const char *name;
};

/* Another language that this page can be had in. */
struct site_language {
	const char *code;
	const char *label; /* in that language */
	const char *to;	   /* this page's path and query */
};

struct site_view {
	const char *language;  /* code of the page's language */
	const char *community; /* its name */
	const char *tagline;   /* or NULL */
	const char *theme;     /* version of /theme.css and /favicon.svg */
	const char *assets;    /* version of /assets/… */
	const char *csrf;      /* the form token */
	const char *author;    /* who fills in a form */
	const char *path;      /* of this page */
	const struct site_member *member; /* NULL: anonymous */
	const struct site_notice *notice;
	struct record_list languages; /* of site_language: the others */
	bool joinable; /* visitors may join without an invitation */
	bool readable; /* this visitor may read the listings */
	bool active;   /* an active member who accepted the terms */
	bool suspended;
	bool may_browse; /* readable, or once they logged in or confirmed … */
	bool may_post;	 /* the same of posting: no button is refused */
	const char *contact; /* of those who run the community, or NULL */
	bool staff;	     /* founder or any admin */
	bool founder;
	bool manages_members; /* the scopes */
	bool manages_content;
	bool manages_settings;
	bool manages_handover;
	bool manages_legal;
	bool at_offers; /* where in the menu this page is */
	bool at_requests;
	bool at_post;
	bool at_manage;
	bool at_account;
	bool at_login;
};

extern const struct record site_view_record;

/* The view, made at first use in the request's arena. */
const void *site_view_make(struct request *request);

#endif
