#include "tenants/accounts/links.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/token.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/accounts/statements.h"
#include "tenants/service.h"

static const struct {
	const char *purpose; /* in SQL */
	const char *path;
	int64_t lifetime;
} kinds[] = {
	[LINK_CONFIRM] = {"confirm", "/confirm/", LINK_CONFIRM_LIFETIME},
	[LINK_CLAIM] = {"claim", "/claim/", 0},
	[LINK_RESET] = {"reset", "/reset/", LINK_RESET_LIFETIME},
};

int
link_make(struct request *request, struct db *db, struct uuid member,
	enum link_purpose purpose, struct link *ret_link)
{
	unsigned char digest[DIGEST_SIZE];
	char token[TOKEN_TEXT_SIZE];
	struct timestamp now = request->now;
	struct link_member older = {now, member, kinds[purpose].purpose};
	struct link_new row = {
		.id = uuid_new(),
		.digest = {digest, sizeof(digest)},
		.purpose = kinds[purpose].purpose,
		.member = member,
		.created = now,
		.expires = {now.microseconds + kinds[purpose].lifetime},
	};

	token_new(token);
	token_digest(token, digest);
	if (db_execute(db, &link_end_statement, &older) < 0 ||
		db_execute(db, &link_insert_statement, &row) < 0)
		return -1;
	*ret_link = (struct link){
		.address = arena_printf(request->arena, "%s%s%s",
			service_origin(request), kinds[purpose].path, token),
		.until = row.expires,
	};
	digest_wipe(token, sizeof(token));
	return 0;
}

int
link_find(struct request *request, struct db *db, const char *token,
	enum link_purpose purpose, struct uuid *ret_member)
{
	unsigned char digest[DIGEST_SIZE];
	struct link_key key = {
		.digest = {digest, sizeof(digest)},
		.purpose = kinds[purpose].purpose,
		.now = request->now,
	};
	struct link_row row;
	int rows;

	if (token_digest(token, digest) < 0)
		return 0;
	rows = db_row(db, &link_find_statement, &key, request->arena, &row);
	if (rows == 1)
		*ret_member = row.member;
	return rows;
}

int
link_use(struct request *request, struct db *db, const char *token)
{
	unsigned char digest[DIGEST_SIZE];
	struct link_used used = {request->now, {digest, sizeof(digest)}};

	if (token_digest(token, digest) < 0)
		return 0;
	return (int)db_execute(db, &link_use_statement, &used);
}
