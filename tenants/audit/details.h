/* details.h: the details of an audit row in the reader's language. What was
 * stored and hashed stays as it is, and the API gives it so. */
#ifndef MISSIOND_TENANTS_AUDIT_DETAILS_H
#define MISSIOND_TENANTS_AUDIT_DETAILS_H

#include "text/catalogue.h"

struct arena;

/* `details` may be NULL; people's own words come back as they are. Of a listing
 * they are what comes after its title: the fields that changed, a line each. */
const char *audit_details_text(struct arena *arena, enum language language,
	const char *action, const char *details);

#endif
