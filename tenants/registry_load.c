#include "tenants/registry_load.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "db/pool.h"
#include "tenants/community.h"
#include "tenants/config.h"
#include "tenants/credentials.h"
#include "tenants/epoch.h"
#include "tenants/legal_text.h"
#include "tenants/registry.h"
#include "tenants/registry_names.h"
#include "text/zone.h"

struct host_key {
	const char *domain;
};

static const struct field host_key_fields[] = {
	FIELD_TEXT(struct host_key, domain),
};
static const struct record host_key_record =
	RECORD(struct host_key, host_key_fields);

static const struct field registry_row_fields[] = {
	FIELD_TEXT(struct registry_row, domain),
	FIELD_UUID(struct registry_row, id),
	FIELD_TEXT(struct registry_row, slug),
	FIELD_TEXT(struct registry_row, key),
	FIELD_TEXT(struct registry_row, state),
	FIELD_INTEGER(struct registry_row, generation),
	FIELD_INTEGER(struct registry_row, schema_version),
	FIELD_TEXT(struct registry_row, configuration),
};
const struct record registry_row_record =
	RECORD(struct registry_row, registry_row_fields);

static const struct db_statement find_by_host = {
	.name = "registry.find",
	.sql = REGISTRY_SELECT "WHERE domain.domain = ?",
	.parameters = &host_key_record,
	.row = &registry_row_record,
	.kind = DB_READ,
};

static const struct field settings_fields[] = {
	FIELD_TEXT(struct community_settings, name),
	FIELD_TEXT(struct community_settings, tagline),
	FIELD_TEXT(struct community_settings, description),
	FIELD_TEXT(struct community_settings, colour),
	{"changed_at", FIELD_TYPE_TIME,
		FIELD_OFFSET(
			struct community_settings, changed, struct timestamp),
		NULL},
};
static const struct record settings_record =
	RECORD(struct community_settings, settings_fields);

static const struct db_statement read_settings = {
	.name = "registry.settings",
	.sql = "SELECT name, tagline, description, colour, changed_at\n"
	       "FROM settings\n"
	       "WHERE id = 1",
	.row = &settings_record,
	.kind = DB_READ,
};

const struct db_statement *const registry_statements[] = {
	&find_by_host, &registry_names_statement, &read_settings, NULL};

/* A snapshot and what it needs to live; the arena holds all of it. */
struct snapshot {
	struct community community;
	struct arena *arena;
	unsigned holders;
	struct db_account account;
	struct credentials credentials;
	unsigned char tenant_key[DIGEST_SIZE];
};

static struct snapshot *
snapshot_of(const struct community *community)
{
	return (struct snapshot *)community;
}

const struct community *
community_hold(const struct community *community)
{
	snapshot_of(community)->holders++;
	return community;
}

void
community_drop(const struct community *community)
{
	struct snapshot *snapshot;

	if (community == NULL)
		return;
	snapshot = snapshot_of(community);
	if (--snapshot->holders > 0)
		return;
	digest_wipe(snapshot->tenant_key, sizeof(snapshot->tenant_key));
	arena_free(snapshot->arena);
}

bool
community_is_public(const struct community *community)
{
	return strcmp(community->config->reading, "public") == 0;
}

bool
community_speaks(const struct community *community, enum language language)
{
	return (community->languages & (1U << language)) != 0;
}

static int
read_state(const char *text, enum community_state *state)
{
	static const char *const names[] = {
		[COMMUNITY_PENDING] = "pending",
		[COMMUNITY_ACTIVE] = "active",
		[COMMUNITY_SUSPENDED] = "suspended",
		[COMMUNITY_ARCHIVED] = "archived",
		[COMMUNITY_PURGE_SCHEDULED] = "purge-scheduled",
		[COMMUNITY_PURGED] = "purged",
	};

	for (unsigned i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], text) == 0) {
			*state = (enum community_state)i;
			return 0;
		}
	return -1;
}

static void
derive(struct community *community)
{
	const struct tenant_config *config = community->config;
	const char *const *codes = config->languages.items;
	enum language language;

	for (size_t i = 0; i < config->languages.count; i++)
		if (language_parse(codes[i], &language) == 0)
			community->languages |= 1U << language;
	community->limits = limits_read(&config->limits);
	community->terms_version = config->terms.version;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		const struct tenant_text *text =
			legal_text(config, &config->terms, (enum language)i);

		digest_sha256(text->body, strlen(text->body),
			community->terms_sha256[i]);
	}
}

static void
close_zone(void *zone)
{
	zone_free(zone);
}

static void
open_zone(struct snapshot *snapshot)
{
	struct zone *zone = zone_new(snapshot->community.config->time_zone);

	snapshot->community.zone = zone;
	arena_on_free(snapshot->arena, close_zone, zone);
}

/* As struct db_account has it. */
static unsigned
connections_of(const struct limits *limits)
{
	switch (limits->connections) {
	case LIMIT_UNSET:
		return 0;
	case LIMIT_OFF:
		return LIMIT_MOST;
	default:
		return (unsigned)limits->connections;
	}
}

/* Registry row and configuration into the snapshot. 0 or −1 (a defect of the
 * stored row, logged). */
static int
fill(struct snapshot *snapshot, const struct registry_row *row)
{
	struct community *community = &snapshot->community;
	struct tenant_config *config =
		ARENA_NEW(snapshot->arena, struct tenant_config);
	struct log_context log = {row->slug, NULL};
	struct error error = {0};

	community->id = row->id;
	uuid_format(row->id, community->key);
	credentials_name(community->key, community->schema);
	community->slug = arena_text(snapshot->arena, row->slug);
	community->generation = row->generation;
	community->schema_version = row->schema_version;
	community->config = config;
	if (read_state(row->state, &community->state) < 0 ||
		tenant_config_read(snapshot->arena, row->configuration,
			strlen(row->configuration), config, &error) < 0) {
		log_event(LOG_ERR, &log, "community.unreadable", "reason",
			error.text, NULL);
		return -1;
	}
	derive(community);
	open_zone(snapshot);
	community->settings = (struct community_settings){
		.name = config->name,
		.description = config->description,
		.colour = config->theme.colour,
		.changed = TIME_NONE,
	};
	snapshot->account = (struct db_account){
		.user = community->schema,
		.schema = community->schema,
		.log_name = community->slug,
		.connections = connections_of(&community->limits),
	};
	snapshot->credentials = (struct credentials){
		.subkey = snapshot->tenant_key,
		.key = community->key,
		.generation = community->generation,
	};
	credentials_serve(&snapshot->credentials, &snapshot->account);
	community->account = &snapshot->account;
	return 0;
}

static int
read_own_settings(
	const struct registry_loader *loader, struct snapshot *snapshot)
{
	struct community *community = &snapshot->community;
	struct arena *scratch;
	struct db *db;
	int outcome;

	if (community->state != COMMUNITY_ACTIVE ||
		community->schema_version < loader->schema_oldest ||
		community->schema_version > loader->schema_newest)
		return 0;
	scratch = arena_new();
	db = db_scope_open(loader->pool, scratch, community->account);
	outcome = db_row(db, &read_settings, NULL, snapshot->arena,
		&community->settings);
	arena_free(scratch);
	return outcome < 0 ? -1 : 0;
}

static int
read_row(const struct registry_loader *loader, const char *host,
	struct arena *arena, struct registry_row *row)
{
	struct host_key key = {host};
	struct db *db = db_scope_open(loader->pool, arena, loader->account);

	return db_row(db, &find_by_host, &key, arena, row);
}

/* The row, and an epoch from before it was read: what changes meanwhile makes
 * the snapshot old. Whose epoch it is the row itself says. */
static int
read_row_at(const struct registry_loader *loader, const char *host,
	struct uuid expected, struct arena *scratch, struct registry_row *row,
	uint64_t *epoch)
{
	for (;;) {
		int found;

		*epoch = epoch_settings(loader->epochs, expected);
		found = read_row(loader, host, scratch, row);
		if (found <= 0 || uuid_equal(row->id, expected))
			return found;
		expected = row->id;
	}
}

int
registry_load(const struct registry_loader *loader, const char *host,
	const struct registry_found *known,
	const struct community **ret_community)
{
	struct arena *arena, *scratch = arena_new();
	struct registry_row row = known->row;
	struct snapshot *snapshot;
	uint64_t epoch = known->epoch;
	int found = 1;

	if (!known->current)
		found = read_row_at(
			loader, host, known->row.id, scratch, &row, &epoch);
	if (found <= 0) {
		arena_free(scratch);
		return found;
	}
	arena = arena_new();
	snapshot = ARENA_NEW(arena, struct snapshot);
	snapshot->arena = arena;
	snapshot->holders = 1;
	snapshot->community.pool = loader->pool;
	memcpy(snapshot->tenant_key, loader->tenant_key,
		sizeof(snapshot->tenant_key));
	snapshot->community.epoch = epoch;
	if (fill(snapshot, &row) < 0 ||
		read_own_settings(loader, snapshot) < 0) {
		community_drop(&snapshot->community);
		found = -1;
	} else {
		*ret_community = &snapshot->community;
	}
	arena_free(scratch);
	return found;
}
