#include "tenants/audit/audit.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/token.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/actions.h"
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
	bool office;
	struct uuid subject;
	const char *details_sha256; /* hex */
};

static const struct field canonical_fields[] = {
	FIELD_UUID(struct canonical, id),
	FIELD_TIME(struct canonical, at),
	FIELD_UUID(struct canonical, actor),
	FIELD_TEXT(struct canonical, action),
	FIELD_BOOLEAN(struct canonical, office),
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
		.office = row->office,
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

/* What the list calls a member; none when there is no such member (any more).
 * 0 or -1. */
static int
find_pseudonym(struct request *request, struct db *db, struct uuid member,
	struct uuid *ret_pseudonym)
{
	struct audit_member key = {member};
	struct audit_pseudonym found = {UUID_NONE};

	if (db_row(db, &audit_pseudonym_statement, &key, request->arena,
		    &found) < 0)
		return -1;
	*ret_pseudonym = found.pseudonym;
	return 0;
}

/* Who acted and on whom. A session says its member's pseudonym; who has just
 * been made a member has none. */
static int
name_people(struct request *request, struct db *db,
	const struct audit_event *event, struct audit_row *row)
{
	const struct actor *actor = request->actor;

	row->subject = event->thing;
	if (!uuid_is_none(event->member) &&
		find_pseudonym(request, db, event->member, &row->subject) < 0)
		return -1;
	if (actor == NULL)
		return 0;
	row->actor = actor->pseudonym;
	return uuid_is_none(row->actor)
		       ? find_pseudonym(request, db, actor->member, &row->actor)
		       : 0;
}

int
audit_append_with(struct request *request, struct db *db,
	const struct audit_event *event, struct db_query *acts, size_t count)
{
	unsigned char salt[SALT_SIZE], digest[DIGEST_SIZE];
	struct audit_row row = {
		.id = uuid_new(),
		.at = clock_now(),
		.action = event->action,
		.office = audit_action_is_office(event->action),
		.details_sha256 = {digest, sizeof(digest)},
	};
	struct audit_detail_row detail = {
		.audit = row.id,
		.salt = {salt, sizeof(salt)},
		.address = request->peer,
		.details = event->details,
		.expires = TIME_NONE,
	};
	struct db_query queries[AUDIT_ACTS + 2];

	if (count > AUDIT_ACTS)
		log_defect("audit_append_with", "%zu at once", count);
	if (name_people(request, db, event, &row) < 0)
		return -1;
	if (!row.office)
		detail.expires.microseconds =
			row.at.microseconds + AUDIT_MEMBER_DAYS * CLOCK_DAY;
	token_random(salt, sizeof(salt));
	hash_details(&detail, digest);
	row.canonical = write_canonical(request->arena, &row);
	if (count > 0)
		memcpy(queries, acts, count * sizeof(*acts));
	queries[count] = (struct db_query){
		.statement = &audit_insert_statement, .parameters = &row};
	queries[count + 1] =
		(struct db_query){.statement = &audit_detail_insert_statement,
			.parameters = &detail};
	if (db_queries(db, queries, count + 2, request->arena) < 0)
		return -1;
	if (count > 0)
		memcpy(acts, queries, count * sizeof(*acts));
	return 0;
}

int
audit_append(
	struct request *request, struct db *db, const struct audit_event *event)
{
	return audit_append_with(request, db, event, NULL, 0);
}

int
audit_expire(struct db *db)
{
	return db_execute(db, &audit_expire_statement, NULL) < 0 ? -1 : 0;
}
