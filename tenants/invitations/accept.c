#include "tenants/invitations/accept.h"

#include <string.h>

#include "crypto/digest.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/invitations/invitations.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"

struct digest_key {
	struct slice digest;
	struct timestamp now;
};

static const struct field key_fields[] = {
	FIELD_BYTES(struct digest_key, digest),
	FIELD_TIME(struct digest_key, now),
};
static const struct record key_record = RECORD(struct digest_key, key_fields);

static const struct field invitation_fields[] = {
	FIELD_UUID(struct invitation, id),
	FIELD_TEXT(struct invitation, note),
	FIELD_TEXT(struct invitation, scopes),
	FIELD_INTEGER(struct invitation, uses),
	FIELD_INTEGER(struct invitation, used),
	FIELD_TIME(struct invitation, expires),
	FIELD_TIME(struct invitation, created),
	FIELD_TEXT(struct invitation, created_by),
};
const struct record invitation_record =
	RECORD(struct invitation, invitation_fields);

/* What accepting needs: the row locked, and what its maker still holds. */
struct offer {
	struct uuid id;
	const char *scopes;
	struct uuid created_by;
	bool maker_is_founder;	  /* false when the maker left */
	const char *maker_state;  /* NULL when the maker left */
	const char *maker_scopes; /* NULL when not appointed */
};

static const struct field offer_fields[] = {
	FIELD_UUID(struct offer, id),
	FIELD_TEXT(struct offer, scopes),
	FIELD_UUID(struct offer, created_by),
	FIELD_BOOLEAN(struct offer, maker_is_founder),
	FIELD_TEXT(struct offer, maker_state),
	FIELD_TEXT(struct offer, maker_scopes),
};
static const struct record offer_record = RECORD(struct offer, offer_fields);

struct use {
	struct uuid id;
};

static const struct field use_fields[] = {
	FIELD_UUID(struct use, id),
};
static const struct record use_record = RECORD(struct use, use_fields);

/* Those of a suspended member rest: through a link kept for that day they
 * would come back under another name. */
#define IS_OPEN                                                                \
	"WHERE invitation.digest = ? AND invitation.expires_at > ? "           \
	"AND invitation.withdrawn_at IS NULL "                                 \
	"AND invitation.used < invitation.uses "                               \
	"AND (maker.state IS NULL OR maker.state <> 'suspended')"

const struct db_statement invitation_find_statement = {
	.name = "invitations.find",
	.sql = "SELECT invitation.id, invitation.note, invitation.scopes, "
	       "invitation.uses, invitation.used, "
	       "invitation.expires_at AS expires, "
	       "invitation.created_at AS created, "
	       "maker.username AS created_by "
	       "FROM invitation "
	       "LEFT JOIN member AS maker "
	       "ON maker.id = invitation.created_by " IS_OPEN,
	.parameters = &key_record,
	.row = &invitation_record,
	.kind = DB_READ,
};

const struct db_statement invitation_offer_statement = {
	.name = "invitations.offer",
	.sql = "SELECT invitation.id, invitation.scopes, "
	       "invitation.created_by, "
	       "IFNULL(maker.founder, FALSE) AS maker_is_founder, "
	       "maker.state AS maker_state, "
	       "appointment.scopes AS maker_scopes "
	       "FROM invitation "
	       "LEFT JOIN member AS maker "
	       "ON maker.id = invitation.created_by "
	       "LEFT JOIN appointment "
	       "ON appointment.member = invitation.created_by " IS_OPEN
	       " FOR UPDATE",
	.parameters = &key_record,
	.row = &offer_record,
	.kind = DB_WRITE,
};

const struct db_statement invitation_use_statement = {
	.name = "invitations.use",
	.sql = "UPDATE invitation "
	       "SET used = used + 1 "
	       "WHERE id = ? AND used < uses",
	.parameters = &use_record,
	.kind = DB_WRITE,
};

int
invitation_find(struct request *request, const char *token,
	struct invitation *ret_invitation)
{
	unsigned char digest[DIGEST_SIZE];
	struct digest_key key = {{digest, sizeof(digest)}, request->now};

	if (token_digest(token, digest) < 0)
		return 0;
	return db_row(request->db, &invitation_find_statement, &key,
		request->arena, ret_invitation);
}

/* The scopes of an offer, if its maker could still pass them on: an admin who
 * lost a scope must not hand it out through an old link. */
static unsigned
scopes_still_good(const struct offer *offer)
{
	unsigned offered = scopes_parse(offer->scopes);

	if (offer->maker_state == NULL ||
		strcmp(offer->maker_state, "active") != 0)
		return 0;
	if (offer->maker_is_founder)
		return offered;
	return (offered & ~scopes_parse(offer->maker_scopes)) == 0 ? offered
								   : 0;
}

int
invitation_accept(
	struct request *request, const char *token, struct uuid member)
{
	unsigned char digest[DIGEST_SIZE];
	struct digest_key key = {{digest, sizeof(digest)}, request->now};
	struct offer offer;
	unsigned scopes;
	int64_t used;
	int rows, full;

	if (token_digest(token, digest) < 0)
		return 1;
	rows = db_row(request->db, &invitation_offer_statement, &key,
		request->arena, &offer);
	if (rows <= 0)
		return rows < 0 ? -1 : 1;
	used = db_execute(request->db, &invitation_use_statement,
		&(struct use){offer.id});
	if (used <= 0)
		return used < 0 ? -1 : 1;
	scopes = scopes_still_good(&offer);
	if (scopes == 0)
		return 0;
	/* There are as many admins as the founder sees. */
	full = roles_are_full(request, request->db);
	if (full != 0)
		return full < 0 ? -1 : 0;
	return roles_grant(request, member, scopes, offer.created_by);
}
