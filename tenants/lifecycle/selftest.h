/*
 * selftest.h: attacks on the wall between two communities' schemas, for
 * missionctl selftest isolation. Under each one's own account everything is
 * tried on the other that a taken-over worker could try: every statement of
 * every feature with its tables named in the other's schema, what the server
 * tells of others, and every kind of command that none of our statements is.
 * The list is made from the features' tables (features.h), the tables of the
 * schema and those of information_schema, so what is new is attacked unasked.
 *
 * Nothing changes, whatever happens: statements are only prepared (the server
 * looks at rights then), and the commands are such that they would do no harm.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_SELFTEST_H
#define MISSIOND_TENANTS_LIFECYCLE_SELFTEST_H

#include <stdbool.h>

#include "base/record.h"

struct arena;
struct db;
struct error;
struct lifecycle_settings;

/* One attempt; also what missionctl prints for those over HTTP. */
struct selftest_attempt {
	const char *community; /* whose account tried */
	const char *other;     /* whom it tried to reach */
	const char *attempt;
	const char *refused_by; /* "MariaDB 1142"; NULL: nobody did */
	const char *detail;	/* what came instead, or NULL */
};
extern const struct record selftest_attempt_record;

struct selftest_order {
	const char *slug, *other; /* both active */
};

/*
 * Attacks in both directions, and between the first and a schema made ahead
 * (warm.h), where there is one. 0 and the attempts; 1 refused with a text; -1
 * when the database could not be asked. Waits, in a scope of missiond_control.
 */
int selftest_database(const struct lifecycle_settings *settings,
	struct db *control, struct arena *arena,
	const struct selftest_order *order, struct record_list *ret_attempts,
	struct error *refusal);

/* A digest of all that stands in the community's tables, but for mails on
 * their way: 0, 1 refused, or -1. */
int selftest_state(const struct lifecycle_settings *settings,
	struct db *control, struct arena *arena, const char *slug,
	const char **ret_digest, struct error *refusal);

/* The statement with the tables it names put into a schema; `ret_foreign` gets
 * a schema that it names by itself, or NULL. NULL when it names no table. */
const char *selftest_requalify(struct arena *arena, const char *sql,
	const char *schema, const char **ret_foreign);

#endif
