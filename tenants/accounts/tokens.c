#include "tenants/accounts/tokens.h"

#include <stdint.h>

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

void
token_draft(struct request *request, const char *name, int64_t days,
	struct token_draft *draft)
{
	char token[TOKEN_TEXT_SIZE];

	token_new(token);
	*draft = (struct token_draft){
		uuid_new(), arena_text(request->arena, token), name, days};
	digest_wipe(token, sizeof(token));
}

int
token_insert(struct request *request, struct db *db, struct uuid member,
	const struct token_draft *draft)
{
	unsigned char digest[DIGEST_SIZE];
	struct timestamp now = request->now;
	struct token_list_key key = {member, now};
	struct account_count count;
	struct token_insert row = {
		.id = draft->id,
		.digest = {digest, sizeof(digest)},
		.member = member,
		.name = draft->name,
		.created = now,
		.expires = {now.microseconds + draft->days * CLOCK_DAY},
	};

	if (change_queue_member(request, db, member) < 0 ||
		db_row(db, &token_count_statement, &key, request->arena,
			&count) < 0)
		return -1;
	if (count.count >= TOKENS_MOST)
		return form_fail(request, "",
			N_("You have as many tokens as one may have: end one "
			   "of them first."));
	token_digest(draft->token, digest);
	return db_execute(db, &token_insert_statement, &row) < 0 ? -1 : 0;
}

static int
make(struct request *request, struct db *db, void *argument)
{
	return token_insert(request, db, request->actor->member, argument);
}

int
token_make(struct request *request, const struct token_draft *draft)
{
	return community_change(request, 0, make, (void *)(uintptr_t)draft);
}

int
token_end(struct request *request, struct uuid token)
{
	struct token_own_key key = {token, request->actor->member};

	return (int)db_execute(request->db, &token_end_statement, &key);
}
