#include "tenants/lifecycle/registry_write.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/config.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/provision.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/update.h"
#include "tenants/lifecycle/warm.h"
#include "text/json.h"

static const struct field before_fields[] = {
	FIELD_TEXT(struct control_before, name),
	FIELD_TEXT(struct control_before, description),
	FIELD_TEXT(struct control_before, colour),
};
const struct record control_before_record =
	RECORD(struct control_before, before_fields);

/* An apply in its transaction, which may run more than once. */
struct applying {
	struct arena *arena;
	const struct control_apply *apply;
	const char *configuration;
	struct slice sha256;
	struct uuid new_id; /* should it be made */
	struct uuid job;
	struct control_applied applied;
	struct error *refusal;
};

int
control_find(struct db *db, struct arena *arena, const char *slug,
	struct control_community *ret_community)
{
	const struct control_slug key = {slug};

	return db_row(db, &control_find_statement, &key, arena, ret_community);
}

int
control_find_id(struct db *db, struct arena *arena, struct uuid id,
	struct control_community *ret_community)
{
	const struct control_id key = {id};

	return db_row(
		db, &control_find_id_statement, &key, arena, ret_community);
}

int
control_list(struct db *db, struct arena *arena, const char *after,
	struct record_list *ret_lines)
{
	const struct control_slug key = {after};
	int64_t count =
		db_rows(db, &control_list_statement, &key, arena, ret_lines);

	return count < 0 ? -1 : 0;
}

int
control_find_applied(struct db *db, struct arena *arena,
	const unsigned char sha256[DIGEST_SIZE], struct control_line *ret_line)
{
	const struct control_applied_key key = {{sha256, DIGEST_SIZE}};

	return db_row(db, &control_applied_statement, &key, arena, ret_line);
}

int
control_domain_owner(struct db *db, struct arena *arena, const char *domain,
	const char **ret_slug)
{
	const struct control_domain key = {domain};
	struct control_slug row;
	int found = db_row(db, &control_owner_statement, &key, arena, &row);

	if (found > 0)
		*ret_slug = row.slug;
	return found;
}

int
control_domains(struct db *db, struct arena *arena, struct uuid community,
	struct record_list *ret_domains)
{
	const struct control_id key = {community};
	struct record_list rows;
	const struct control_domain *domains;
	const char **texts;

	if (db_rows(db, &control_domains_statement, &key, arena, &rows) < 0)
		return -1;
	domains = rows.items;
	texts = arena_array(arena, rows.count, sizeof(*texts));
	for (size_t i = 0; i < rows.count; i++)
		texts[i] = domains[i].domain;
	*ret_domains = (struct record_list){texts, rows.count};
	return 0;
}

int
control_audit(struct db *db, const struct control_audit *row)
{
	return db_execute(db, &control_audit_statement, row) == 1 ? 0 : -1;
}

static int
refuse_domain(struct applying *applying, const char *domain, const char *slug)
{
	error_set(applying->refusal,
		"the domain %s belongs to the community \"%s\"", domain, slug);
	return 1;
}

/* All at once, so that positions may change places. 0, 1 or -1. */
static int
write_domains(struct applying *applying, struct db *db)
{
	const struct record_list *list = &applying->apply->config->domains;
	const char *const *domains = list->items;
	const struct control_id community = {applying->applied.community};

	if (db_execute(db, &control_domains_clear_statement, &community) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		const struct control_domain_new row = {
			domains[i], community.id, (int64_t)i + 1};
		const char *owner;
		int found = control_domain_owner(
			db, applying->arena, domains[i], &owner);

		if (found > 0)
			return refuse_domain(applying, domains[i], owner);
		if (found < 0 ||
			db_execute(db, &control_domain_insert_statement, &row) <
				0)
			return -1;
	}
	return 0;
}

static int
enqueue(struct applying *applying, struct db *db, const char *kind,
	int64_t step, int64_t steps, const char *payload)
{
	const struct job_new job = {.id = applying->job,
		.kind = kind,
		.community = applying->applied.community,
		.step = step,
		.steps = steps,
		.payload = payload,
		.requested_by = applying->apply->operator, };

	applying->applied.job = applying->job;
	return job_enqueue(db, &job);
}

static int
enqueue_provision(struct applying *applying, struct db *db, int64_t step)
{
	return enqueue(
		applying, db, PROVISION_KIND, step, PROVISION_STEPS, NULL);
}

/* What the settings were made from: where they still say so, they follow. */
static int
enqueue_update(struct applying *applying, struct db *db,
	const struct control_community *community)
{
	struct arena *arena = applying->arena;
	struct tenant_config old;
	struct buffer payload = BUFFER_EMPTY;
	struct control_before before;
	struct error error;
	const char *text;

	if (tenant_config_read(arena, community->configuration,
		    strlen(community->configuration), &old, &error) < 0)
		before = (struct control_before){0};
	else
		before = (struct control_before){
			old.name, old.description, old.theme.colour};
	json_add_record(&payload, &control_before_record, &before);
	text = arena_copy(arena, payload.data, payload.length);
	buffer_release(&payload);
	return enqueue(applying, db, UPDATE_KIND, 0, UPDATE_STEPS, text);
}

static int
audit(struct applying *applying, struct db *db, const char *action)
{
	char hex[DIGEST_HEX_SIZE];
	const struct control_audit row = {
		.operator= applying->apply->operator,
		.action = action,
		.community = applying->applied.community,
		.details = arena_printf(applying->arena, "file %s, SHA-256 %s",
			applying->apply->file,
			(digest_hex(applying->sha256.data, hex), hex)),
	};

	return control_audit(db, &row);
}

static int
create(struct applying *applying, struct db *db)
{
	const struct control_apply *apply = applying->apply;
	struct uuid id = applying->new_id;
	int taken = warm_take(
		db, applying->arena, applying->apply->schema_version, &id);
	char key[UUID_TEXT_SIZE];
	const struct control_new row = {.id = id,
		.slug = apply->config->slug,
		.key = key,
		.cluster = apply->config->cluster,
		.configuration = applying->configuration,
		.text = apply->text,
		.sha256 = applying->sha256,
		.file = apply->file,
		.operator= apply->operator, };
	int outcome;

	uuid_format(id, key);
	applying->applied.created = true;
	applying->applied.community = id;
	if (taken < 0 || db_execute(db, &control_insert_statement, &row) < 0)
		return -1;
	outcome = write_domains(applying, db);
	if (outcome == 0)
		outcome = enqueue_provision(
			applying, db, taken > 0 ? PROVISION_TABLES : 0);
	if (outcome == 0)
		outcome = audit(applying, db, "community.created");
	return outcome;
}

static int
change_row(struct applying *applying, struct db *db)
{
	const struct control_apply *apply = applying->apply;
	const struct control_change row = {
		.cluster = apply->config->cluster,
		.configuration = applying->configuration,
		.text = apply->text,
		.sha256 = applying->sha256,
		.file = apply->file,
		.operator= apply->operator,
		.id = applying->applied.community,
	};

	return db_execute(db, &control_change_statement, &row) < 0 ? -1 : 0;
}

/* A community whose provisioning has given up is provisioned again. */
static int
enqueue_change(struct applying *applying, struct db *db,
	const struct control_community *community)
{
	const struct control_id key = {community->id};
	struct control_open_jobs open;

	if (strcmp(community->state, "pending") != 0)
		return enqueue_update(applying, db, community);
	if (db_row(db, &control_open_provision_statement, &key, applying->arena,
		    &open) != 1)
		return -1;
	return open.count == 0 ? enqueue_provision(applying, db, 0)
			       : enqueue_update(applying, db, community);
}

static bool
is_same(const struct applying *applying,
	const struct control_community *community)
{
	return community->applied_sha256.length == DIGEST_SIZE &&
	       memcmp(community->applied_sha256.data, applying->sha256.data,
		       DIGEST_SIZE) == 0 &&
	       strcmp(community->configuration, applying->configuration) == 0 &&
	       strcmp(community->applied_file, applying->apply->file) == 0 &&
	       strcmp(community->state, "pending") != 0;
}

static int
change(struct applying *applying, struct db *db,
	const struct control_community *community)
{
	int outcome;

	applying->applied.created = false;
	applying->applied.community = community->id;
	applying->applied.job = UUID_NONE;
	if (is_same(applying, community))
		return 0;
	if (strcmp(community->cluster, applying->apply->config->cluster) != 0) {
		error_set(applying->refusal,
			"the community \"%s\" is on the cluster \"%s\": its "
			"cluster cannot be changed by applying a file",
			community->slug, community->cluster);
		return 1;
	}
	outcome = change_row(applying, db);
	if (outcome == 0)
		outcome = write_domains(applying, db);
	if (outcome == 0)
		outcome = enqueue_change(applying, db, community);
	if (outcome == 0)
		outcome = audit(applying, db, "community.changed");
	return outcome;
}

static int
apply_in_transaction(struct db *db, void *argument)
{
	struct applying *applying = argument;
	const struct control_slug key = {applying->apply->config->slug};
	struct control_community community;
	int found = db_row(
		db, &control_lock_statement, &key, applying->arena, &community);

	if (found < 0)
		return -1;
	if (found == 0)
		return create(applying, db);
	if (strcmp(community.state, "purge-scheduled") == 0 ||
		strcmp(community.state, "purged") == 0) {
		error_set(applying->refusal, "the community \"%s\" is %s",
			community.slug, community.state);
		return 1;
	}
	return change(applying, db, &community);
}

int
control_apply(struct db *db, struct arena *arena,
	const struct control_apply *apply, struct control_applied *ret_applied,
	struct error *refusal)
{
	struct buffer configuration = BUFFER_EMPTY;
	unsigned char digest[DIGEST_SIZE];
	struct applying applying = {
		.arena = arena,
		.apply = apply,
		.sha256 = {digest, sizeof(digest)},
		.new_id = uuid_new(),
		.job = uuid_new(),
		.refusal = refusal,
	};
	int outcome;

	tenant_config_write(apply->config, &configuration);
	applying.configuration =
		arena_copy(arena, configuration.data, configuration.length);
	buffer_release(&configuration);
	digest_sha256(apply->text, strlen(apply->text), digest);
	outcome = db_transaction(db, apply_in_transaction, &applying);
	/* Somebody was faster with the slug or a domain: now it is there to be
	 * seen. */
	if (outcome < 0 && db_failure(db) == DB_FAILURE_DUPLICATE)
		outcome = db_transaction(db, apply_in_transaction, &applying);
	if (outcome == 0)
		*ret_applied = applying.applied;
	return outcome;
}
