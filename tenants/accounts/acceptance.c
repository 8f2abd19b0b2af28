#include "tenants/accounts/acceptance.h"

#include "db/db.h"
#include "http/request.h"
#include "tenants/accounts/statements.h"
#include "tenants/community.h"

int
acceptance_record(struct request *request, struct db *db, struct uuid member)
{
	const struct community *community = request->community;
	struct acceptance_new acceptance = {
		.member = member,
		.version = community->terms_version,
		.sha256 = {community->terms_sha256,
			sizeof(community->terms_sha256)},
		.language = language_code(request->language),
		.accepted = request->now,
		.address = request->peer,
	};

	return db_execute(db, &acceptance_insert_statement, &acceptance) < 0
		       ? -1
		       : 0;
}
