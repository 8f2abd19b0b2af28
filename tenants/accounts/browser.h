/* browser.h: what to call a browser in a list of sessions. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_BROWSER_H
#define MISSIOND_TENANTS_ACCOUNTS_BROWSER_H

struct arena;

/* "Firefox, Linux" from a User-Agent header; NULL when it says nothing that is
 * known. A help to recognise one's own devices, not evidence. */
const char *browser_name(struct arena *arena, const char *agent);

#endif
