/* statements.h: the SQL of the settings. */
#ifndef MISSIOND_TENANTS_SETTINGS_STATEMENTS_H
#define MISSIOND_TENANTS_SETTINGS_STATEMENTS_H

#include "base/record.h"

struct db_statement;

struct settings_update_row {
	const char *name;
	const char *tagline;
	const char *description;
	const char *colour;
	struct timestamp changed;
	struct uuid changed_by;
};

extern const struct db_statement settings_read_statement;
extern const struct db_statement settings_lock_statement;
extern const struct db_statement settings_update_statement;

#endif
