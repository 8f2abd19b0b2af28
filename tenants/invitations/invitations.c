#include "tenants/invitations/invitations.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/invitations/statements.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"
#include "tenants/settings/marks.h"

struct making {
	struct invitation_row row;
	const char *details; /* for the audit list */
	const char **ret_reason;
};

int
invitations_list(struct request *request, struct record_list *ret_list)
{
	struct invitation_time now = {request->now};

	return db_rows(request->db, &invitations_list_statement, &now,
		       request->arena, ret_list) < 0
		       ? -1
		       : 0;
}

static int
make(struct request *request, struct db *db, void *argument)
{
	struct making *making = argument;
	struct invitation_time now = {request->now};
	struct invitation_count count = {0};
	struct audit_event event = {
		.action = "invitation.made",
		.thing = making->row.id,
		.details = making->details,
	};

	if (change_queue(request, db) < 0 ||
		db_row(db, &invitations_count_statement, &now, request->arena,
			&count) < 0)
		return -1;
	if (count.open >= INVITATION_LIMIT) {
		*making->ret_reason =
			N_("There are too many open invitations: withdraw "
			   "some first.");
		return 1;
	}
	if (db_execute(db, &invitation_make_statement, &making->row) < 0 ||
		settings_mark(request, db, MARK_INVITED) < 0)
		return -1;
	return audit_append(request, db, &event);
}

int
invitation_make(struct request *request, const struct invitation_draft *draft,
	struct uuid *ret_id, const char **ret_path, const char **ret_reason)
{
	char token[TOKEN_TEXT_SIZE];
	unsigned char digest[DIGEST_SIZE];
	struct making making = {.ret_reason = ret_reason};
	int outcome;

	if (!roles_may_pass(request->actor, draft->scopes)) {
		*ret_reason =
			N_("You can pass on only the scopes that you hold.");
		return 1;
	}
	token_new(token);
	if (token_digest(token, digest) < 0)
		return -1;
	making.row = (struct invitation_row){
		.id = uuid_new(),
		.digest = {digest, sizeof(digest)},
		.note = draft->note,
		.scopes = scopes_text(request->arena, draft->scopes),
		.uses = draft->uses,
		.expires = {request->now.microseconds +
			    draft->days * CLOCK_DAY},
		.created = request->now,
		.created_by = request->actor->member,
	};
	making.details = arena_printf(request->arena,
		"%" PRId64 " × %" PRId64 " d%s%s", draft->uses, draft->days,
		draft->scopes == 0 ? "" : ": ", making.row.scopes);
	outcome = community_change(request, 0, make, &making);
	if (outcome == 0) {
		*ret_id = making.row.id;
		*ret_path = arena_printf(request->arena, "/join/%s", token);
	}
	digest_wipe(token, sizeof(token));
	return outcome;
}

struct withdrawing {
	struct uuid id;
	const char **ret_reason;
};

static int
withdraw(struct request *request, struct db *db, void *argument)
{
	const struct withdrawing *withdrawing = argument;
	struct invitation_key key = {withdrawing->id, request->now};
	struct invitation_end end = {request->now, withdrawing->id};
	struct invitation_scopes found = {0};
	struct audit_event event = {
		.action = "invitation.withdrawn",
		.thing = withdrawing->id,
	};
	int rows = db_row(
		db, &invitation_lock_statement, &key, request->arena, &found);

	if (rows < 0)
		return -1;
	*withdrawing->ret_reason = NULL;
	if (rows == 0)
		return 1;
	if (!roles_may_pass(request->actor, scopes_parse(found.scopes))) {
		*withdrawing->ret_reason =
			N_("This invitation gives scopes that you do not "
			   "hold: ask the founder.");
		return 1;
	}
	if (db_execute(db, &invitation_withdraw_statement, &end) < 0)
		return -1;
	event.details = found.scopes[0] == '\0' ? NULL : found.scopes;
	return audit_append(request, db, &event);
}

int
invitation_withdraw(
	struct request *request, struct uuid id, const char **ret_reason)
{
	struct withdrawing withdrawing = {id, ret_reason};

	return community_change(request, 0, withdraw, &withdrawing);
}
