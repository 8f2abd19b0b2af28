/* tenant_statements.h: what the steward asks a community's schema, under the
 * community's own account. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_TENANT_STATEMENTS_H
#define MISSIOND_TENANTS_LIFECYCLE_TENANT_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

struct tenant_settings {
	const char *name;
	const char *description;
	const char *colour;
};

/* `forced`: whatever stands there now. */
struct tenant_follow {
	const char *now;
	bool forced;
	const char *before;
};

struct tenant_legal {
	struct slice sha256;
	const char *kind;
	const char *version;
	const char *language;
	const char *title;
	const char *body;
};

struct tenant_claim {
	struct uuid id;
	struct slice digest;
	const char *email;
	int64_t days;
};

struct tenant_claim_key {
	struct uuid id;
};

/* How far the claim is; nothing of who made it. */
struct tenant_claim_standing {
	int64_t founders;
	struct timestamp open_until; /* of the link that is good, if any */
};

/* How many rows there are in the tables a new community begins with. */
struct tenant_count {
	int64_t count;
};

extern const struct db_statement tenant_open_statement;
extern const struct db_statement tenant_settings_statement;
extern const struct db_statement tenant_legal_statement;
extern const struct db_statement tenant_follow_name_statement;
extern const struct db_statement tenant_follow_description_statement;
extern const struct db_statement tenant_follow_colour_statement;
extern const struct db_statement tenant_founder_statement;
extern const struct db_statement tenant_claim_standing_statement;
extern const struct db_statement tenant_claim_find_statement;
extern const struct db_statement tenant_claims_end_statement;
extern const struct db_statement tenant_claim_insert_statement;

#endif
