#include "tenants/legal/acceptance.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/community.h"

struct acceptance {
	struct uuid member;
	const char *version;
	struct slice sha256;
	const char *language;
	struct timestamp accepted;
	const char *address;
};

static const struct field acceptance_fields[] = {
	FIELD_UUID(struct acceptance, member),
	FIELD_TEXT(struct acceptance, version),
	FIELD_BYTES(struct acceptance, sha256),
	FIELD_TEXT(struct acceptance, language),
	FIELD_TIME(struct acceptance, accepted),
	FIELD_TEXT(struct acceptance, address),
};
static const struct record acceptance_fields_record =
	RECORD(struct acceptance, acceptance_fields);

/* Accepted twice (two windows) is accepted once. */
const struct db_statement acceptance_insert_statement = {
	.name = "legal.accept_terms",
	.sql = "INSERT IGNORE INTO terms_acceptance (member, version, sha256, "
	       "language, accepted_at, address) "
	       "VALUES (?, ?, ?, ?, ?, ?)",
	.parameters = &acceptance_fields_record,
	.kind = DB_WRITE,
};

static const struct field last_fields[] = {
	FIELD_TEXT(struct acceptance, version),
	FIELD_BYTES(struct acceptance, sha256),
	FIELD_UUID(struct acceptance, member),
};
static const struct record last_record = RECORD(struct acceptance, last_fields);

/* Sessions look here. */
const struct db_statement acceptance_last_statement = {
	.name = "legal.last_terms",
	.sql = "UPDATE member "
	       "SET terms_version = ?, terms_sha256 = ? "
	       "WHERE id = ?",
	.parameters = &last_record,
	.kind = DB_WRITE,
};

const char *
acceptance_digest(struct request *request)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(request->community->terms_sha256[request->language], hex);
	return arena_text(request->arena, hex);
}

int
acceptance_check(struct request *request, const char *digest, const char *field)
{
	if (digest != NULL && strcmp(digest, acceptance_digest(request)) == 0)
		return 0;
	return form_fail(request, field,
		N_("The terms have changed meanwhile: please read them once "
		   "more."));
}

int
acceptance_record(struct request *request, struct db *db, struct uuid member)
{
	const struct community *community = request->community;
	struct acceptance acceptance = {
		.member = member,
		.version = community->terms_version,
		.sha256 = {community->terms_sha256[request->language],
			DIGEST_SIZE},
		.language = language_code(request->language),
		.accepted = request->now,
		.address = request->peer,
	};
	struct db_query changes[] = {
		{.statement = &acceptance_insert_statement,
			.parameters = &acceptance},
		{.statement = &acceptance_last_statement,
			.parameters = &acceptance},
	};

	return db_queries(db, changes, COUNT_OF(changes), request->arena);
}
