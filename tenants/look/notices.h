/*
 * notices.h: what a page says after a redirect (reply_redirect_notice). The
 * redirect carries the name only, so that no one can put words on a page.
 */
#ifndef MISSIOND_TENANTS_LOOK_NOTICES_H
#define MISSIOND_TENANTS_LOOK_NOTICES_H

/* The cookie that reply_redirect_notice() leaves. */
#define NOTICE_COOKIE "notice"

struct notice {
	const char *name;  /* "listing-posted" */
	const char *class; /* "notice-good", "notice-warn", "notice-bad" */
	const char *icon;  /* in assets/icons.svg */
	const char *text;  /* N_() */
};

/* NULL when there is none of that name. */
const struct notice *notice_find(const char *name);

#endif
