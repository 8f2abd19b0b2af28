#include "tenants/outbox/outbox.h"

#include "tenants/outbox/statements.h"

static const struct db_statement *const statements[] = {
	&outbox_put_statement,
	&outbox_candidate_statement,
	&outbox_claim_statement,
	&outbox_reclaim_statement,
	&outbox_read_statement,
	&outbox_sent_statement,
	&outbox_failed_statement,
	&outbox_later_statement,
	&outbox_release_statement,
	&outbox_next_statement,
	&outbox_expire_statement,
};

const struct feature outbox_feature = {
	.name = "outbox",
	.statements = statements,
	.statement_count = COUNT_OF(statements),
};
