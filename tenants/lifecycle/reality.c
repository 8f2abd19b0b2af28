#include "tenants/lifecycle/reality.h"

#include "base/arena.h"
#include "db/db.h"

/* More differences than this are not told apart any more. */
#define REALITY_MOST 500

struct newest_key {
	int64_t newest;
};

static const struct field newest_fields[] = {
	FIELD_INTEGER(struct newest_key, newest),
};
static const struct record newest_record =
	RECORD(struct newest_key, newest_fields);

struct behind {
	const char *slug;
	int64_t schema_version;
};

static const struct field behind_fields[] = {
	FIELD_TEXT(struct behind, slug),
	FIELD_INTEGER(struct behind, schema_version),
};
static const struct record behind_record = RECORD(struct behind, behind_fields);

struct named {
	const char *name;
	const char *reason;
};

static const struct field named_fields[] = {
	FIELD_TEXT(struct named, name),
	FIELD_TEXT(struct named, reason),
};
static const struct record named_record = RECORD(struct named, named_fields);

static const struct db_statement find_behind = {
	.name = "reality.behind",
	.sql = "SELECT slug, schema_version\n"
	       "FROM community\n"
	       "WHERE schema_version < ?\n"
	       "	AND state IN ('active', 'suspended', 'archived')\n"
	       "ORDER BY schema_version\n"
	       "LIMIT 500",
	.parameters = &newest_record,
	.row = &behind_record,
	.kind = DB_READ,
	.limit = REALITY_MOST,
};

/* Which schemas there are is asked by name only: other columns of
 * information_schema would open files of every schema. */
static const struct db_statement find_without_schema = {
	.name = "reality.without-schema",
	.sql = "SELECT community.slug AS name, '' AS reason\n"
	       "FROM community\n"
	       "LEFT JOIN information_schema.SCHEMATA AS schemata\n"
	       "	ON schemata.SCHEMA_NAME\n"
	       "		= CONCAT('community', community.`key`)\n"
	       "WHERE community.state IN ('active', 'suspended', 'archived')\n"
	       "	AND schemata.SCHEMA_NAME IS NULL\n"
	       "LIMIT 500",
	.row = &named_record,
	.kind = DB_READ,
	.limit = REALITY_MOST,
};

static const struct db_statement find_orphans = {
	.name = "reality.orphans",
	.sql = "SELECT schemata.SCHEMA_NAME AS name, '' AS reason\n"
	       "FROM information_schema.SCHEMATA AS schemata\n"
	       "LEFT JOIN community\n"
	       "	ON CONCAT('community', community.`key`)\n"
	       "		= schemata.SCHEMA_NAME\n"
	       "LEFT JOIN warm_schema\n"
	       "	ON CONCAT('community', warm_schema.`key`)\n"
	       "		= schemata.SCHEMA_NAME\n"
	       "WHERE schemata.SCHEMA_NAME\n"
	       "	LIKE CONCAT('community', REPEAT('_', 26))\n"
	       "	AND community.id IS NULL\n"
	       "	AND warm_schema.community IS NULL\n"
	       "LIMIT 500",
	.row = &named_record,
	.kind = DB_READ,
	.limit = REALITY_MOST,
};

static const struct db_statement find_cold = {
	.name = "reality.cold",
	.sql = "SELECT CONCAT('community', warm_schema.`key`) AS name,\n"
	       "	'' AS reason\n"
	       "FROM warm_schema\n"
	       "LEFT JOIN information_schema.SCHEMATA AS schemata\n"
	       "	ON schemata.SCHEMA_NAME\n"
	       "		= CONCAT('community', warm_schema.`key`)\n"
	       "WHERE warm_schema.state = 'ready'\n"
	       "	AND schemata.SCHEMA_NAME IS NULL\n"
	       "LIMIT 500",
	.row = &named_record,
	.kind = DB_READ,
	.limit = REALITY_MOST,
};

/* Of communities, and of schemas made ahead. */
static const struct db_statement find_failed = {
	.name = "reality.failed-jobs",
	.sql = "SELECT COALESCE(community.slug,\n"
	       "		CONCAT('community', warm_schema.`key`)) AS name,\n"
	       "	CONCAT(job.kind, ': ', COALESCE(job.error, '')) AS reason\n"
	       "FROM job\n"
	       "LEFT JOIN community ON community.id = job.community\n"
	       "LEFT JOIN warm_schema\n"
	       "	ON warm_schema.community = job.community\n"
	       "WHERE job.state = 'failed'\n"
	       "	AND (community.id IS NOT NULL\n"
	       "		OR warm_schema.community IS NOT NULL)\n"
	       "	AND NOT EXISTS (SELECT 1 FROM job AS later\n"
	       "		WHERE later.community = job.community\n"
	       "			AND later.created_at > job.created_at\n"
	       "			AND later.state = 'done')\n"
	       "ORDER BY job.due_at\n"
	       "LIMIT 500",
	.row = &named_record,
	.kind = DB_READ,
	.limit = REALITY_MOST,
};

const struct db_statement *const reality_statements[] = {&find_behind,
	&find_without_schema, &find_orphans, &find_cold, &find_failed, NULL};

struct texts {
	const char **items;
	size_t count;
};

static int
add_named(struct db *db, struct arena *arena,
	const struct db_statement *statement, const char *format,
	struct texts *texts)
{
	struct record_list rows;
	const struct named *named;

	if (db_rows(db, statement, NULL, arena, &rows) < 0)
		return -1;
	named = rows.items;
	for (size_t i = 0; i < rows.count; i++)
		texts->items[texts->count++] = arena_printf(arena, "%s%s%s",
			named[i].name, format, named[i].reason);
	return 0;
}

int
reality_check(struct db *db, struct arena *arena, int64_t newest,
	struct record_list *ret_texts)
{
	struct newest_key key = {newest};
	struct record_list rows;
	const struct behind *behind;
	struct texts texts = {0};

	texts.items = arena_array(
		arena, (size_t)5 * REALITY_MOST, sizeof(*texts.items));
	if (db_rows(db, &find_behind, &key, arena, &rows) < 0)
		return -1;
	behind = rows.items;
	for (size_t i = 0; i < rows.count; i++)
		texts.items[texts.count++] = arena_printf(arena,
			"%s: its schema has version %lld, newest is %lld",
			behind[i].slug, (long long)behind[i].schema_version,
			(long long)newest);
	if (add_named(db, arena, &find_without_schema,
		    ": its schema is missing", &texts) < 0 ||
		add_named(db, arena, &find_orphans,
			": a schema that belongs to no community",
			&texts) < 0 ||
		add_named(db, arena, &find_cold,
			": made ahead, and its schema is missing",
			&texts) < 0 ||
		add_named(db, arena, &find_failed, ": a job failed: ", &texts) <
			0)
		return -1;
	*ret_texts = (struct record_list){texts.items, texts.count};
	return 0;
}
