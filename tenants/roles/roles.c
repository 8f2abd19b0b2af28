#include "tenants/roles/roles.h"

#include <string.h>

#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/epoch.h"
#include "tenants/roles/statements.h"
#include "tenants/scopes.h"
#include "tenants/settings/marks.h"

/* What one appointment or withdrawal is about; the transaction may run twice,
 * so only ret_reason is written. */
struct act {
	const char *username;
	struct uuid member;
	unsigned scopes;
	const char **ret_reason;
};

static int
refuse(const char **ret_reason, const char *reason)
{
	*ret_reason = reason;
	return 1;
}

bool
roles_may_pass(const struct actor *actor, unsigned scopes)
{
	return actor->founder || actor_holds(actor, scopes);
}

int
roles_list(struct request *request, struct record_list *ret_admins)
{
	return db_rows(request->db, &roles_list_statement, NULL, request->arena,
		       ret_admins) < 0
		       ? -1
		       : 0;
}

int
roles_grant(struct request *request, struct uuid member, unsigned scopes,
	struct uuid by)
{
	struct roles_grant_row row = {
		.member = member,
		.scopes = scopes_text(request->arena, scopes),
		.appointed_by = by,
		.appointed = request->now,
	};
	struct audit_event event = {
		.action = "appointment.granted",
		.member = member,
		.details = row.scopes,
	};

	if (db_execute(request->db, &roles_grant_statement, &row) < 0 ||
		settings_mark(request, request->db, MARK_APPOINTED) < 0)
		return -1;
	return audit_append(request, request->db, &event);
}

int
roles_are_full(struct request *request, struct db *db)
{
	struct roles_count admins = {0};

	if (change_queue(request, db) < 0 ||
		db_row(db, &roles_count_statement, NULL, request->arena,
			&admins) < 0)
		return -1;
	return admins.count >= ROLES_ADMIN_LIMIT;
}

static int
appoint(struct request *request, struct db *db, void *argument)
{
	struct act *act = argument;
	struct roles_username_key key = {act->username};
	struct roles_candidate found = {0};
	unsigned held;
	int full;
	int rows = db_row(db, &roles_find_by_username_statement, &key,
		request->arena, &found);

	if (rows < 0)
		return -1;
	if (rows == 0 || strcmp(found.state, "active") != 0)
		return refuse(act->ret_reason,
			N_("There is no active member of that user name."));
	if (found.founder)
		return refuse(act->ret_reason,
			N_("The founder holds every scope already."));
	held = scopes_parse(found.scopes);
	if (!roles_may_pass(request->actor, act->scopes | held))
		return refuse(act->ret_reason,
			N_("You can pass on only the scopes that you hold."));
	if (found.scopes == NULL) {
		full = roles_are_full(request, db);
		if (full < 0)
			return -1;
		if (full > 0)
			return refuse(act->ret_reason,
				N_("There are too many administrators: "
				   "withdraw an appointment first."));
	}
	return roles_grant(
		request, found.member, act->scopes, request->actor->member);
}

int
roles_appoint(struct request *request, const char *username, unsigned scopes,
	const char **ret_reason)
{
	struct act act = {
		.username = username,
		.scopes = scopes,
		.ret_reason = ret_reason,
	};

	if (scopes == 0)
		return refuse(ret_reason, N_("Choose at least one scope."));
	return community_change(request, EPOCH_SETTINGS, appoint, &act);
}

static int
withdraw(struct request *request, struct db *db, void *argument)
{
	struct act *act = argument;
	struct roles_member_key key = {act->member};
	struct roles_candidate found = {0};
	struct audit_event event = {
		.action = "appointment.withdrawn",
		.member = act->member,
	};
	int rows =
		db_row(db, &roles_find_statement, &key, request->arena, &found);

	if (rows < 0)
		return -1;
	if (found.founder)
		return refuse(act->ret_reason,
			N_("The founder’s role cannot be taken away."));
	if (rows == 0 || found.scopes == NULL)
		return refuse(act->ret_reason,
			N_("This member is not an administrator."));
	if (!uuid_equal(act->member, request->actor->member) &&
		!roles_may_pass(request->actor, scopes_parse(found.scopes)))
		return refuse(act->ret_reason,
			N_("This administrator holds scopes that you do not: "
			   "ask the founder."));
	event.details = found.scopes;
	if (db_execute(db, &roles_withdraw_statement, &key) < 0)
		return -1;
	return audit_append(request, db, &event);
}

int
roles_withdraw(
	struct request *request, struct uuid member, const char **ret_reason)
{
	struct act act = {.member = member, .ret_reason = ret_reason};

	return community_change(request, EPOCH_SETTINGS, withdraw, &act);
}
