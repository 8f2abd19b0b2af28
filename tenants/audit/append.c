#include "tenants/audit/audit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/token.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/statements.h"
#include "text/json.h"

#define SALT_SIZE 16

/* What the canonical bytes say, in this order: the row but for its sequence,
 * which only the database knows. */
struct canonical {
	struct uuid id;
	struct timestamp at;
	struct uuid actor;
	const char *action;
	struct uuid subject;
	const char *details_sha256; /* hex */
};

static const struct field canonical_fields[] = {
	FIELD_UUID(struct canonical, id),
	FIELD_TIME(struct canonical, at),
	FIELD_UUID(struct canonical, actor),
	FIELD_TEXT(struct canonical, action),
	FIELD_UUID(struct canonical, subject),
	FIELD_TEXT(struct canonical, details_sha256),
};
static const struct record canonical_record =
	RECORD(struct canonical, canonical_fields);

/* What the hash is over, behind the salt. */
static const struct field hashed_fields[] = {
	FIELD_TEXT(struct audit_detail_row, address),
	FIELD_TEXT(struct audit_detail_row, details),
};
static const struct record hashed_record =
	RECORD(struct audit_detail_row, hashed_fields);

/* The row as JSON without white space, in the arena. */
static struct slice
write_canonical(struct arena *arena, const struct audit_row *row)
{
	char hex[DIGEST_HEX_SIZE];
	struct canonical canonical = {
		.id = row->id,
		.at = row->at,
		.actor = row->actor,
		.action = row->action,
		.subject = row->subject,
		.details_sha256 = hex,
	};
	struct buffer buffer = BUFFER_EMPTY;
	struct slice bytes;

	digest_hex(row->details_sha256.data, hex);
	json_add_record(&buffer, &canonical_record, &canonical);
	bytes.data =
		(unsigned char *)arena_copy(arena, buffer.data, buffer.length);
	bytes.length = buffer.length;
	buffer_release(&buffer);
	return bytes;
}

/* SHA-256 over salt and details: without the salt, which goes with the
 * details, nobody can try out what they were. */
static void
hash_details(const struct audit_detail_row *detail,
	unsigned char digest[DIGEST_SIZE])
{
	struct buffer salted = BUFFER_EMPTY;

	buffer_add(&salted, detail->salt.data, detail->salt.length);
	json_add_record(&salted, &hashed_record, detail);
	digest_sha256(salted.data, salted.length, digest);
	buffer_release(&salted);
}

/* What the list calls a member; `otherwise` when it is no member's id (any
 * more). 0 or -1. */
static int
name_by_pseudonym(struct request *request, struct db *db, struct uuid *id,
	struct uuid otherwise)
{
	struct audit_member member = {*id};
	struct audit_pseudonym found = {otherwise};

	if (uuid_is_none(*id))
		return 0;
	if (db_row(db, &audit_pseudonym_statement, &member, request->arena,
		    &found) < 0)
		return -1;
	*id = found.pseudonym;
	return 0;
}

int
audit_append(
	struct request *request, struct db *db, const struct audit_event *event)
{
	unsigned char salt[SALT_SIZE], digest[DIGEST_SIZE];
	struct audit_row row = {
		.id = uuid_new(),
		.at = clock_now(),
		.action = event->action,
		.subject = event->subject,
		.details_sha256 = {digest, sizeof(digest)},
	};
	struct audit_detail_row detail = {
		.audit = row.id,
		.salt = {salt, sizeof(salt)},
		.address = request->peer,
		.details = event->details,
	};

	if (request->actor != NULL)
		row.actor = request->actor->member;
	if (name_by_pseudonym(request, db, &row.actor, UUID_NONE) < 0 ||
		name_by_pseudonym(request, db, &row.subject, row.subject) < 0)
		return -1;
	token_random(salt, sizeof(salt));
	hash_details(&detail, digest);
	row.canonical = write_canonical(request->arena, &row);
	if (db_execute(db, &audit_insert_statement, &row) < 0)
		return -1;
	return db_execute(db, &audit_detail_insert_statement, &detail) < 0 ? -1
									   : 0;
}
