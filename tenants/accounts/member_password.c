#include "tenants/accounts/member_password.h"

#include <stddef.h>

#include "base/arena.h"
#include "crypto/password.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/accounts/statements.h"
#include "tenants/service.h"
#include "tenants/turns.h"
#include "text/normal.h"

static int
work(struct request *request, void (*run)(void *argument), void *argument)
{
	return turn_work(request, service_limits(request).waiting_passwords,
		run, argument);
}

struct hashing {
	const struct password_cost *cost;
	const char *password;
	char phc[PASSWORD_PHC_SIZE];
	int result;
};

static void
hash(void *argument)
{
	struct hashing *hashing = argument;

	hashing->result =
		password_hash(hashing->password, hashing->cost, hashing->phc);
}

int
member_password_hash(
	struct request *request, const char *password, const char **ret_phc)
{
	struct hashing hashing = {
		.cost = service_password_cost(request),
		.password = normal_nfkc(request->arena, password),
	};

	if (work(request, hash, &hashing) < 0 || hashing.result < 0)
		return -1;
	*ret_phc = arena_text(request->arena, hashing.phc);
	return 0;
}

struct verifying {
	const char *phc;
	const char *password;
	bool fits;
};

static void
verify(void *argument)
{
	struct verifying *verifying = argument;

	verifying->fits = password_verify(verifying->phc, verifying->password);
}

int
member_password_verify(struct request *request, const char *phc,
	const char *password, bool *ret_fits, const char **ret_better)
{
	struct verifying verifying = {
		.phc = phc,
		.password = normal_nfkc(request->arena, password),
	};
	const char *unused;

	*ret_fits = false;
	*ret_better = NULL;
	if (phc == NULL)
		return member_password_hash(request, password, &unused);
	if (work(request, verify, &verifying) < 0)
		return -1;
	*ret_fits = verifying.fits;
	if (verifying.fits &&
		password_outdated(phc, service_password_cost(request)))
		return member_password_hash(request, password, ret_better);
	return 0;
}

int
member_password_store(struct request *request, struct db *db,
	struct uuid member, const char *phc)
{
	struct account_password password = {member, phc, request->now};

	return db_execute(db, &account_set_password_statement, &password) < 0
		       ? -1
		       : 0;
}

struct db_query
member_password_keep(struct request *request, struct uuid member,
	const char *phc, const char *better)
{
	struct account_keep_password *keep =
		ARENA_NEW(request->arena, struct account_keep_password);

	*keep = (struct account_keep_password){
		better == NULL ? phc : better, member, phc};
	return (struct db_query){
		.statement = &account_keep_password_statement,
		.parameters = keep,
	};
}
