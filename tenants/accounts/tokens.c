#include "tenants/accounts/tokens.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "crypto/token.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/statements.h"
#include "tenants/actor.h"
#include "tenants/change.h"

int
tokens_list(struct request *request, struct record_list *ret_tokens)
{
	struct token_list_key key = {request->actor->member, request->now};

	return db_rows(request->db, &token_list_statement, &key, request->arena,
		       ret_tokens) < 0
		       ? -1
		       : 0;
}

static int
insert(struct request *request, struct db *db, void *argument)
{
	(void)request;
	return db_execute(db, &token_insert_statement, argument) < 0 ? -1 : 0;
}

int
token_make(struct request *request, struct uuid member, const char *name,
	int64_t days, struct uuid *ret_id, const char **ret_token)
{
	unsigned char digest[DIGEST_SIZE];
	char token[TOKEN_TEXT_SIZE];
	struct timestamp now = request->now;
	struct token_list_key key = {member, now};
	struct account_count count;
	struct token_insert row = {
		.id = uuid_new(),
		.digest = {digest, sizeof(digest)},
		.member = member,
		.name = name,
		.created = now,
		.expires = {now.microseconds + days * CLOCK_DAY},
	};

	if (db_row(request->db, &token_count_statement, &key, request->arena,
		    &count) < 0)
		return -1;
	if (count.count >= TOKENS_MOST)
		return form_fail(request, "",
			N_("You have as many tokens as one may have: end one "
			   "of them first."));
	token_new(token);
	token_digest(token, digest);
	if (community_change(request, 0, insert, &row) != 0)
		return -1;
	*ret_id = row.id;
	*ret_token = arena_text(request->arena, token);
	digest_wipe(token, sizeof(token));
	return 0;
}

int
token_end(struct request *request, struct uuid token)
{
	struct token_own_key key = {token, request->actor->member};

	return (int)db_execute(request->db, &token_end_statement, &key);
}
