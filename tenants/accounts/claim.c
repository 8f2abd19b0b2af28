#include "tenants/accounts/claim.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/create.h"
#include "tenants/accounts/join.h"
#include "tenants/accounts/join_form.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/mails.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/statements.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/permission.h"
#include "tenants/service.h"
#include "tenants/session.h"

/* A claim in its transaction, which may run more than once. */
struct claiming {
	const char *token;
	const struct join_input *input; /* NULL: the actor claims */
	const struct session_draft *session;
	const char *phc;
	struct uuid id;
	const char *ret_field; /* why not */
	const char *ret_reason;
};

static int
refuse(struct claiming *claiming, const char *field, const char *reason)
{
	claiming->ret_field = field;
	claiming->ret_reason = reason;
	return 1;
}

int
claim_find(struct request *request, const char *token)
{
	struct uuid nobody;
	struct founder_row founder;
	int found = link_find(request, request->db, token, LINK_CLAIM, &nobody);

	if (found <= 0)
		return found;
	found = db_row(request->db, &founder_find_statement, NULL,
		request->arena, &founder);
	return found < 0 ? -1 : found == 0;
}

/* Uses the link up; CLAIM_LINK_DEAD when it is, or when there is a founder.
 * Claims follow each other: with two links that were made at the same time two
 * would become the founder. */
static int
take_link(struct request *request, struct db *db, const char *token)
{
	struct uuid nobody;
	struct founder_row founder;
	int found;

	if (change_queue(request, db) < 0)
		return -1;
	found = link_find(request, db, token, LINK_CLAIM, &nobody);
	if (found <= 0)
		return found < 0 ? -1 : CLAIM_LINK_DEAD;
	found = db_row(
		db, &founder_find_statement, NULL, request->arena, &founder);
	if (found != 0)
		return found < 0 ? -1 : CLAIM_LINK_DEAD;
	found = link_use(request, db, token);
	if (found <= 0)
		return found < 0 ? -1 : CLAIM_LINK_DEAD;
	return 0;
}

static int
record(struct request *request, struct db *db, struct uuid member)
{
	struct audit_event event = {
		.action = "community.claimed",
		.member = member,
	};

	return audit_append(request, db, &event);
}

/* From here on the new founder is who acts: the audit row names them. */
static void
become_actor(struct request *request, const struct claiming *claiming)
{
	struct actor *actor = ARENA_NEW(request->arena, struct actor);

	actor->member = claiming->id;
	actor->username = claiming->input->username;
	actor->name = claiming->input->name;
	actor->state = MEMBER_ACTIVE;
	actor->founder = true;
	actor->scopes = SCOPE_ALL;
	actor->terms_current = true;
	request->actor = actor;
}

static int
insert_founder(
	struct request *request, struct db *db, const struct claiming *claiming)
{
	const struct join_input *input = claiming->input;
	const struct account_new member = {
		.id = claiming->id,
		.username = input->username,
		.email = request->community->config->founder.email,
		.name = input->name,
		.state = "active",
		.founder = true,
		.language = language_code(request->language),
		.joined = request->now,
		.confirmed = request->now,
		.given = request->now,
		.given_by = claiming->id,
	};

	if (account_create(request, db, &member, claiming->phc) < 0)
		return -1;
	if (claiming->session == NULL)
		return 0;
	return session_insert(request, db, claiming->session, claiming->id);
}

static int
tell(struct request *request, struct db *db, struct uuid member)
{
	struct account account;
	const struct link link = {
		.address = arena_printf(
			request->arena, "%s/manage", service_origin(request)),
		.until = TIME_NONE,
	};

	if (db_row(db, &account_by_id_statement, &(struct account_key){member},
		    request->arena, &account) <= 0)
		return -1;
	return account_mail(request, db, &account, &mail_claimed,
		N_("You are the founder of {{community}}"), &link);
}

/* 0, 1 (refused) or −1. */
static int
check_names(struct request *request, struct db *db, struct claiming *claiming)
{
	const char *email = request->community->config->founder.email;
	struct account found;
	int rows = db_row(db, &account_by_username_statement,
		&(struct account_username){claiming->input->username},
		request->arena, &found);

	if (rows < 0)
		return -1;
	if (rows > 0)
		return refuse(claiming, "username", USERNAME_TAKEN);
	rows = db_row(db, &account_by_email_statement,
		&(struct account_email){email}, request->arena, &found);
	if (rows < 0)
		return -1;
	if (rows > 0)
		return refuse(claiming, "",
			N_("You have an account here already: log in, then "
			   "open the link again."));
	return 0;
}

static int
claim_new_in_transaction(struct request *request, struct db *db, void *argument)
{
	struct claiming *claiming = argument;
	int outcome;

	request->actor = NULL;
	outcome = take_link(request, db, claiming->token);
	if (outcome == 0 &&
		address_release(db, request->community->config->founder.email) <
			0)
		return -1;
	if (outcome == 0)
		outcome = check_names(request, db, claiming);
	if (outcome == 0)
		outcome = insert_founder(request, db, claiming);
	if (outcome != 0)
		return outcome;
	become_actor(request, claiming);
	if (record(request, db, claiming->id) < 0)
		return -1;
	return tell(request, db, claiming->id);
}

int
claim_new(struct request *request, const char *token,
	const struct join_input *input, const struct session_draft *session)
{
	struct claiming claiming = {
		.token = token,
		.input = input,
		.session = session,
		.id = uuid_new(),
	};
	int outcome;

	if (member_password_hash(request, input->password, &claiming.phc) < 0)
		return -1;
	for (int try = 0; try < JOIN_TRIES; try++) {
		outcome = community_change(request,
			EPOCH_CONTENT | EPOCH_SETTINGS | EPOCH_MAIL,
			claim_new_in_transaction, &claiming);
		if (outcome >= 0 ||
			db_failure(request->db) != DB_FAILURE_DUPLICATE)
			break;
	}
	if (outcome != 0)
		request->actor = NULL;
	if (outcome == 1)
		return form_fail(
			request, claiming.ret_field, claiming.ret_reason);
	return outcome;
}

static int
claim_own_in_transaction(struct request *request, struct db *db, void *argument)
{
	const struct claiming *claiming = argument;
	struct account_key key = {request->actor->member};
	int outcome = take_link(request, db, claiming->token);

	if (outcome != 0)
		return outcome;
	if (db_execute(db, &account_make_founder_statement, &key) != 1)
		return -1;
	if (record(request, db, key.member) < 0)
		return -1;
	return tell(request, db, key.member);
}

int
claim_own(struct request *request, const char *token)
{
	struct claiming claiming = {.token = token};

	return community_change(request,
		EPOCH_CONTENT | EPOCH_SETTINGS | EPOCH_MAIL,
		claim_own_in_transaction, &claiming);
}
