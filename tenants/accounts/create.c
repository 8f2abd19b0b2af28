#include "tenants/accounts/create.h"

#include "db/db.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/statements.h"
#include "tenants/legal/acceptance.h"

int
account_create(struct request *request, struct db *db,
	const struct account_new *member, const char *phc)
{
	const struct account_key root = {member->id};

	if (db_execute(db, &account_insert_root_statement, &root) < 0 ||
		db_execute(db, &account_insert_statement, member) < 0 ||
		member_password_store(request, db, member->id, phc) < 0)
		return -1;
	return acceptance_record(request, db, member->id);
}
