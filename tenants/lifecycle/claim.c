#include "tenants/lifecycle/claim.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "crypto/token.h"
#include "db/db.h"
#include "http/template.h"
#include "tenants/epoch.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/tenant_statements.h"
#include "tenants/lifecycle/work.h"
#include "tenants/outbox/outbox.h"
#include "text/catalogue.h"
#include "text/zone.h"

#define HAS_FOUNDER 1

struct claim_mail_view {
	const char *name; /* of the founder */
	const char *community;
	const char *organisation;
	const char *address;
	const char *link;
	struct timestamp until; /* the link works */
};

static const struct field view_fields[] = {
	FIELD_TEXT(struct claim_mail_view, name),
	FIELD_TEXT(struct claim_mail_view, community),
	FIELD_TEXT(struct claim_mail_view, organisation),
	FIELD_TEXT(struct claim_mail_view, address),
	FIELD_TEXT(struct claim_mail_view, link),
	FIELD_TIME(struct claim_mail_view, until),
};
static const struct record view_record =
	RECORD(struct claim_mail_view, view_fields);

const struct page mail_claim_link = {"lifecycle/mail-claim.txt", &view_record};

/* A link and its mail, to be written in a transaction, which may run more than
 * once. */
struct claim_draft {
	struct arena *arena;
	struct tenant_claim row;
	const struct outbox_new *mail; /* NULL: none */
};

/* An id that the same job gets again: a UUIDv7 of the job's time, the rest from
 * a hash. (Of UUIDv8 the server's UUID type refuses one in fifty.) */
static struct uuid
derive_id(struct uuid job, const char *purpose)
{
	unsigned char digest[DIGEST_SIZE];
	struct uuid id;

	digest_hmac_sha256(
		job.bytes, sizeof(job.bytes), purpose, strlen(purpose), digest);
	memcpy(id.bytes, digest, sizeof(id.bytes));
	memcpy(id.bytes, job.bytes, 6);
	id.bytes[6] = (unsigned char)((id.bytes[6] & 0x0f) | 0x70);
	id.bytes[8] = (unsigned char)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

int
claim_is_made(struct db *db, const struct claim_draft *draft)
{
	const struct tenant_claim_key key = {draft->row.id};
	struct db_query questions[] = {
		{.statement = &tenant_founder_statement},
		{.statement = &tenant_claim_find_statement, .parameters = &key},
	};

	if (db_queries(db, questions, COUNT_OF(questions), draft->arena) < 0)
		return -1;
	return questions[0].rows.count + questions[1].rows.count > 0;
}

int
claim_add(struct batch *batch, const struct claim_draft *draft)
{
	if (batch_add(batch, &tenant_claims_end_statement, NULL) < 0 ||
		batch_add(batch, &tenant_claim_insert_statement, &draft->row) <
			0)
		return -1;
	return draft->mail == NULL
		       ? 0
		       : batch_add(batch, &outbox_put_statement, draft->mail);
}

/* 0; 1 when the founder or this very link is there already; -1. */
static int
link_in_transaction(struct db *db, void *argument)
{
	const struct claim_draft *draft = argument;
	struct batch batch = {.db = db};
	int found = claim_is_made(db, draft);

	if (found != 0)
		return found < 0 ? -1 : HAS_FOUNDER;
	return claim_add(&batch, draft) < 0 ? -1 : batch_send(&batch);
}

static enum language
language_of(const struct work_community *community)
{
	enum language language = LANGUAGE_ENGLISH;

	language_parse(community->config.language, &language);
	return language;
}

static const char *
render(const struct work_community *community, struct arena *arena,
	const char *link)
{
	const struct tenant_config *config = &community->config;
	const struct claim_mail_view view = {
		.name = config->founder.name,
		.community = config->name,
		.organisation = config->founder.organisation,
		.address = work_origin(community, arena),
		.link = link,
		.until = {clock_now().microseconds +
			  CLAIM_LINK_DAYS * CLOCK_DAY},
	};
	struct zone *zone = zone_new(config->time_zone);
	struct buffer body = BUFFER_EMPTY;
	const char *text;

	template_render(community->settings->templates, &mail_claim_link, &view,
		NULL, language_of(community), zone, &body);
	zone_free(zone);
	text = arena_copy(arena, body.data, body.length);
	buffer_release(&body);
	return text;
}

/* The mail with the link, under this id. */
static struct outbox_new
write_mail(const struct work_community *community, struct arena *arena,
	struct uuid id, const char *link)
{
	const struct tenant_config *config = &community->config;
	enum language language = language_of(community);

	return (struct outbox_new){
		.id = id,
		.recipient = config->founder.email,
		.recipient_name = config->founder.name,
		.language = language_code(language),
		.subject = text_fill(arena,
			text_get(language,
				N_("{{community}} is ready: take it over")),
			"community", config->name, NULL),
		.body = render(community, arena, link),
	};
}

/* Draws a token; its digest for the table, its link for the mail. */
static const char *
draw(const struct work_community *community, struct arena *arena,
	unsigned char digest[DIGEST_SIZE])
{
	char token[TOKEN_TEXT_SIZE];
	const char *link;

	token_new(token);
	token_digest(token, digest);
	link = arena_printf(
		arena, "%s/claim/%s", work_origin(community, arena), token);
	digest_wipe(token, sizeof(token));
	return link;
}

struct claim_draft *
claim_draw(
	struct work_community *community, struct arena *arena, struct uuid job)
{
	struct claim_draft *draft = ARENA_NEW(arena, struct claim_draft);
	struct outbox_new *mail = ARENA_NEW(arena, struct outbox_new);
	unsigned char *digest = arena_alloc(arena, DIGEST_SIZE);
	const char *link = draw(community, arena, digest);

	*mail = write_mail(
		community, arena, derive_id(job, "claim mail"), link);
	*draft = (struct claim_draft){
		.arena = arena,
		.row = {derive_id(job, "claim link"), {digest, DIGEST_SIZE},
			community->config.founder.email, CLAIM_LINK_DAYS},
		.mail = mail,
	};
	return draft;
}

/* 0, 1 or -1 as claim_link(). */
static int
find_community(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const char *slug,
	struct work_community *ret_community, struct error *refusal)
{
	struct control_community row;
	int found = control_find(control, arena, slug, &row);

	if (found < 0)
		return -1;
	if (found == 0) {
		error_set(refusal, "there is no community \"%s\"", slug);
		return 1;
	}
	if (strcmp(row.state, "active") != 0) {
		error_set(refusal,
			"the community \"%s\" is %s: only an active one can "
			"be claimed",
			slug, row.state);
		return 1;
	}
	return work_community_open(
		ret_community, settings, arena, &row, refusal);
}

static int
note(struct db *control, const struct claim_order *order,
	const struct work_community *community)
{
	const struct control_audit row = {
		.operator= order->operator,
		.action = "community.claim-link",
		.community = community->row.id,
		.details = order->mail ? "mailed to the founder" : NULL,
	};

	return control_audit(control, &row);
}

static int
ring_courier(struct db *control, struct arena *arena, struct uuid community)
{
	char id[UUID_HYPHENATED_SIZE];
	const struct control_moved moved = {
		arena_printf(arena, "[{\"community\":\"%s\",\"kinds\":%d}]",
			(uuid_format_hyphenated(community, id), id),
			EPOCH_MAIL),
	};

	return db_execute(control, &control_moved_statement, &moved) < 0 ? -1
									 : 0;
}

int
claim_link(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const struct claim_order *order,
	const char **ret_link, struct error *refusal)
{
	struct work_community *community =
		ARENA_NEW(arena, struct work_community);
	unsigned char digest[DIGEST_SIZE];
	struct claim_draft draft = {.arena = arena};
	struct outbox_new mail;
	const char *link;
	int outcome = find_community(
		settings, control, arena, order->slug, community, refusal);

	if (outcome != 0)
		return outcome;
	link = draw(community, arena, digest);
	draft.row = (struct tenant_claim){uuid_new(), {digest, sizeof(digest)},
		community->config.founder.email, CLAIM_LINK_DAYS};
	if (order->mail) {
		mail = write_mail(community, arena, uuid_new(), link);
		draft.mail = &mail;
	}
	/* Before the link, so that there is none that nobody asked for. */
	if (note(control, order, community) < 0)
		return -1;
	outcome = db_transaction(community->db, link_in_transaction, &draft);
	if (outcome == HAS_FOUNDER) {
		error_set(refusal, "the community \"%s\" has a founder already",
			order->slug);
		return 1;
	}
	if (outcome == 0 && order->mail)
		outcome = ring_courier(control, arena, community->row.id);
	if (outcome == 0)
		*ret_link = link;
	return outcome;
}

int
claim_standing(const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row,
	struct claim_standing *ret_standing)
{
	struct work_community *community =
		ARENA_NEW(arena, struct work_community);
	struct tenant_claim_standing found;
	struct error error = {0};

	if (strcmp(row->state, "active") != 0 ||
		work_community_open(community, settings, arena, row, &error) !=
			0 ||
		db_row(community->db, &tenant_claim_standing_statement, NULL,
			arena, &found) != 1)
		return 1;
	ret_standing->open_until = TIME_NONE;
	if (found.founders > 0) {
		ret_standing->word = "claimed";
		return 0;
	}
	ret_standing->open_until = found.open_until;
	ret_standing->word =
		found.open_until.microseconds == TIME_NONE.microseconds
			? "lapsed"
			: "open";
	return 0;
}
