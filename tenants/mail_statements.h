/* mail_statements.h: the SQL of queueing mail. */
#ifndef MISSIOND_TENANTS_MAIL_STATEMENTS_H
#define MISSIOND_TENANTS_MAIL_STATEMENTS_H

#include "base/record.h"

struct db_statement;

struct mail_row {
	struct uuid id;
	struct uuid member; /* or none */
	const char *recipient;
	const char *recipient_name; /* or NULL */
	const char *language;
	const char *subject;
	const char *body;
	struct timestamp created;
	struct timestamp due;
};

extern const struct db_statement mail_queue_statement;

#endif
