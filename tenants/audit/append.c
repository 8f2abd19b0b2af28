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
	const char *address;
	const char *details_sha256; /* hex, or NULL */
};

static const struct field canonical_fields[] = {
	FIELD_UUID(struct canonical, id),
	FIELD_TIME(struct canonical, at),
	FIELD_UUID(struct canonical, actor),
	FIELD_TEXT(struct canonical, action),
	FIELD_UUID(struct canonical, subject),
	FIELD_TEXT(struct canonical, address),
	FIELD_TEXT(struct canonical, details_sha256),
};
static const struct record canonical_record =
	RECORD(struct canonical, canonical_fields);

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
		.address = row->address,
	};
	struct buffer buffer = BUFFER_EMPTY;
	struct slice bytes;

	if (row->details_sha256.data != NULL) {
		digest_hex(row->details_sha256.data, hex);
		canonical.details_sha256 = hex;
	}
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
hash_details(struct arena *arena, const char *details,
	const unsigned char salt[SALT_SIZE], unsigned char digest[DIGEST_SIZE])
{
	size_t length = strlen(details);
	unsigned char *salted = arena_alloc(arena, SALT_SIZE + length);

	memcpy(salted, salt, SALT_SIZE);
	memcpy(salted + SALT_SIZE, details, length);
	digest_sha256(salted, SALT_SIZE + length, digest);
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
		.address = request->peer,
	};
	struct audit_detail_row detail = {
		.audit = row.id,
		.salt = {salt, sizeof(salt)},
		.details = event->details,
	};

	if (request->actor != NULL)
		row.actor = request->actor->member;
	if (event->details != NULL) {
		token_random(salt, sizeof(salt));
		hash_details(request->arena, event->details, salt, digest);
		row.details_sha256 = (struct slice){digest, sizeof(digest)};
	}
	row.canonical = write_canonical(request->arena, &row);
	if (db_execute(db, &audit_insert_statement, &row) < 0)
		return -1;
	if (event->details == NULL)
		return 0;
	return db_execute(db, &audit_detail_insert_statement, &detail) < 0 ? -1
									   : 0;
}
