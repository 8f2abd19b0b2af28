#include "tenants/lifecycle/registry_write.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/config.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/job_statements.h"
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

struct control_community
control_community_copy(
	struct arena *arena, const struct control_community *community)
{
	struct control_community copy = *community;

	copy.slug = arena_text(arena, community->slug);
	copy.key = arena_text(arena, community->key);
	copy.state = arena_text(arena, community->state);
	copy.cluster = arena_text(arena, community->cluster);
	copy.configuration = arena_text(arena, community->configuration);
	copy.applied_sha256.data = (const unsigned char *)arena_copy(arena,
		community->applied_sha256.data,
		community->applied_sha256.length);
	copy.applied_file = arena_text(arena, community->applied_file);
	copy.applied_by = arena_text(arena, community->applied_by);
	return copy;
}

bool
control_has_applied(const struct control_community *community,
	const unsigned char sha256[DIGEST_SIZE])
{
	return community->applied_sha256.length == DIGEST_SIZE &&
	       memcmp(community->applied_sha256.data, sha256, DIGEST_SIZE) == 0;
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

/* Questions with one round trip. */
#define TOGETHER_MOST 16

/* Asks `count` questions, fewer than TOGETHER_MOST, and with them whose each of
 * the domains is: a slug, or NULL where it is nobody's. 0 or -1. */
static int
ask_with_owners(struct db *db, struct arena *arena, struct db_query *questions,
	size_t count, const struct record_list *domains, const char **owners)
{
	const char *const *texts = domains->items;
	struct db_query asked[TOGETHER_MOST];
	struct control_domain keys[TOGETHER_MOST];
	size_t next = 0, first = count;

	memcpy(asked, questions, count * sizeof(*questions));
	do {
		size_t begin = next, end = first;

		while (next < domains->count && end < TOGETHER_MOST) {
			keys[end].domain = texts[next++];
			asked[end] = (struct db_query){
				.statement = &control_owner_statement,
				.parameters = &keys[end],
			};
			end++;
		}
		if (db_queries(db, asked, end, arena) < 0)
			return -1;
		if (begin == 0)
			memcpy(questions, asked, count * sizeof(*questions));
		for (size_t i = first; i < end; i++) {
			const struct control_slug *owner = asked[i].rows.items;

			owners[begin + i - first] =
				asked[i].rows.count == 0 ? NULL : owner->slug;
		}
		first = 0;
	} while (next < domains->count);
	return 0;
}

int
control_find_with_owners(struct db *db, struct arena *arena, const char *slug,
	const struct record_list *domains,
	const struct control_community **ret_community, const char **owners)
{
	const struct control_slug key = {slug};
	struct db_query question = {
		.statement = &control_find_statement, .parameters = &key};

	if (ask_with_owners(db, arena, &question, slug == NULL ? 0 : 1, domains,
		    owners) < 0)
		return -1;
	*ret_community = question.rows.count == 0 ? NULL : question.rows.items;
	return 0;
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

/* Whether none of the domains is another community's: 0 or 1. */
static int
check_domains(struct applying *applying, const char *const *owners)
{
	const struct tenant_config *config = applying->apply->config;
	const char *const *domains = config->domains.items;

	for (size_t i = 0; i < config->domains.count; i++) {
		if (owners[i] == NULL || strcmp(owners[i], config->slug) == 0)
			continue;
		error_set(applying->refusal,
			"the domain %s belongs to the community \"%s\"",
			domains[i], owners[i]);
		return 1;
	}
	return 0;
}

static int
add_domains(struct applying *applying, struct batch *batch)
{
	const struct record_list *list = &applying->apply->config->domains;
	const char *const *domains = list->items;
	struct control_domain_new *rows =
		arena_array(applying->arena, list->count, sizeof(*rows));

	for (size_t i = 0; i < list->count; i++) {
		rows[i] = (struct control_domain_new){domains[i],
			applying->applied.community, (int64_t)i + 1};
		if (batch_add(batch, &control_domain_insert_statement,
			    &rows[i]) < 0)
			return -1;
	}
	return 0;
}

/* All at once, so that positions may change places. */
static int
replace_domains(struct applying *applying, struct batch *batch)
{
	struct control_id *community =
		ARENA_NEW(applying->arena, struct control_id);

	community->id = applying->applied.community;
	if (batch_add(batch, &control_domains_clear_statement, community) < 0)
		return -1;
	return add_domains(applying, batch);
}

/* Of this kind; the rest is the applying's. */
static struct job_new *
draw_job(struct applying *applying, const char *kind, int64_t step,
	int64_t steps, const char *payload)
{
	struct job_new *job = ARENA_NEW(applying->arena, struct job_new);

	*job = (struct job_new){.id = applying->job,
		.kind = kind,
		.community = applying->applied.community,
		.step = step,
		.steps = steps,
		.payload = payload,
		.requested_by = applying->apply->operator, };
	return job;
}

static struct job_new *
draw_provision(struct applying *applying, int64_t step)
{
	return draw_job(applying, PROVISION_KIND, step, PROVISION_STEPS, NULL);
}

/* What the settings were made from: where they still say so, they follow. */
static struct job_new *
draw_update(
	struct applying *applying, const struct control_community *community)
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
	return draw_job(applying, UPDATE_KIND, 0, UPDATE_STEPS, text);
}

/* The job, as what was applied, and the host's audit row. */
static int
add_job(struct applying *applying, struct batch *batch,
	const struct job_new *job, const char *action)
{
	struct control_audit *row =
		ARENA_NEW(applying->arena, struct control_audit);
	char hex[DIGEST_HEX_SIZE];

	*row = (struct control_audit){
		.operator= applying->apply->operator,
		.action = action,
		.community = applying->applied.community,
		.details = arena_printf(applying->arena, "file %s, SHA-256 %s",
			applying->apply->file,
			(digest_hex(applying->sha256.data, hex), hex)),
	};
	applying->applied.job = job->id;
	if (batch_add(batch, job_enqueue_with(job), job) < 0)
		return -1;
	return batch_add(batch, &control_audit_statement, row);
}

static int
add_community(struct applying *applying, struct batch *batch)
{
	const struct control_apply *apply = applying->apply;
	struct control_new *row =
		ARENA_NEW(applying->arena, struct control_new);
	char *key = arena_alloc(applying->arena, UUID_TEXT_SIZE);

	uuid_format(applying->applied.community, key);
	*row = (struct control_new){.id = applying->applied.community,
		.slug = apply->config->slug,
		.key = key,
		.cluster = apply->config->cluster,
		.configuration = applying->configuration,
		.text = apply->text,
		.sha256 = applying->sha256,
		.file = apply->file,
		.operator= apply->operator, };
	return batch_add(batch, &control_insert_statement, row);
}

/* It has a schema already where one was made ahead. Nobody else has work to do
 * in a new community, so its job may be claimed at once. */
static int
create(struct applying *applying, struct db *db,
	const struct db_query *schema_made)
{
	const struct control_apply *apply = applying->apply;
	struct batch batch = {.db = db};
	const struct db_query *made;
	struct control_id key;
	struct job_new *job;
	int taken;

	applying->applied.created = true;
	applying->applied.community = applying->new_id;
	taken = warm_take(schema_made, &batch, &applying->applied.community);
	if (taken < 0)
		return -1;
	job = draw_provision(applying, taken > 0 ? PROVISION_FIRST_ROWS : 0);
	job->holder = apply->holder;
	job->lease = apply->lease;
	if (add_community(applying, &batch) < 0 ||
		add_domains(applying, &batch) < 0 ||
		add_job(applying, &batch, job, "community.created") < 0)
		return -1;
	key.id = applying->applied.community;
	made = batch_ask(
		&batch, &control_find_id_statement, &key, applying->arena);
	if (made == NULL || made->rows.count != 1)
		return -1;
	applying->applied.row = made->rows.items;
	applying->applied.claimed = job_claimed_new(job);
	return 0;
}

static int
add_change(struct applying *applying, struct batch *batch)
{
	const struct control_apply *apply = applying->apply;
	struct control_change *row =
		ARENA_NEW(applying->arena, struct control_change);

	*row = (struct control_change){
		.cluster = apply->config->cluster,
		.configuration = applying->configuration,
		.text = apply->text,
		.sha256 = applying->sha256,
		.file = apply->file,
		.operator= apply->operator,
		.id = applying->applied.community,
	};
	return batch_add(batch, &control_change_statement, row);
}

/* A community whose provisioning has given up is provisioned again. */
static const struct job_new *
draw_change(struct applying *applying, struct db *db,
	const struct control_community *community)
{
	const struct control_id key = {community->id};
	struct control_open_jobs open;

	if (strcmp(community->state, "pending") != 0)
		return draw_update(applying, community);
	if (db_row(db, &control_open_provision_statement, &key, applying->arena,
		    &open) != 1)
		return NULL;
	return open.count == 0 ? draw_provision(applying, 0)
			       : draw_update(applying, community);
}

static bool
is_same(const struct applying *applying,
	const struct control_community *community)
{
	return control_has_applied(community, applying->sha256.data) &&
	       strcmp(community->configuration, applying->configuration) == 0 &&
	       strcmp(community->applied_file, applying->apply->file) == 0 &&
	       strcmp(community->state, "pending") != 0;
}

static int
change(struct applying *applying, struct db *db,
	const struct control_community *community, const char *const *owners)
{
	struct batch batch = {.db = db};
	const struct job_new *job;

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
	if (check_domains(applying, owners) != 0)
		return 1;
	job = draw_change(applying, db, community);
	if (job == NULL || add_change(applying, &batch) < 0 ||
		replace_domains(applying, &batch) < 0 ||
		add_job(applying, &batch, job, "community.changed") < 0)
		return -1;
	return batch_send(&batch);
}

static int
apply_in_transaction(struct db *db, void *argument)
{
	struct applying *applying = argument;
	const struct control_apply *apply = applying->apply;
	const struct record_list *domains = &apply->config->domains;
	const struct control_slug key = {apply->config->slug};
	struct db_query questions[] = {
		{.statement = &control_lock_statement, .parameters = &key},
		warm_question(applying->arena, apply->schema_version, key.slug),
	};
	const char **owners =
		arena_array(applying->arena, domains->count, sizeof(*owners));
	const struct control_community *community;

	applying->applied = (struct control_applied){.job = UUID_NONE};
	if (ask_with_owners(db, applying->arena, questions, COUNT_OF(questions),
		    domains, owners) < 0)
		return -1;
	if (questions[0].rows.count == 0)
		return check_domains(applying, owners) != 0
			       ? 1
			       : create(applying, db, &questions[1]);
	community = questions[0].rows.items;
	if (strcmp(community->state, "purge-scheduled") == 0 ||
		strcmp(community->state, "purged") == 0) {
		error_set(applying->refusal, "the community \"%s\" is %s",
			community->slug, community->state);
		return 1;
	}
	return change(applying, db, community, owners);
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
