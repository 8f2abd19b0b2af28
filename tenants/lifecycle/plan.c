#include "tenants/lifecycle/plan.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/config.h"
#include "tenants/config_difference.h"
#include "tenants/lifecycle/plan_moved.h"
#include "tenants/lifecycle/registry_write.h"

static const struct field file_fields[] = {
	FIELD_TEXT(struct plan_file, name),
	FIELD_TEXT(struct plan_file, path),
	FIELD_TEXT(struct plan_file, text),
};
const struct record plan_file_record = RECORD(struct plan_file, file_fields);

static const struct field line_fields[] = {
	FIELD_TEXT(struct plan_line, file),
	FIELD_TEXT(struct plan_line, slug),
	FIELD_TEXT(struct plan_line, change),
	FIELD_TEXTS(struct plan_line, details),
	FIELD_TEXT(struct plan_line, applied_file),
	FIELD_TEXT(struct plan_line, place),
};
const struct record plan_line_record = RECORD(struct plan_line, line_fields);

static const struct field plan_fields[] = {
	FIELD_LIST(struct plan, lines, plan_line_record),
	FIELD_INTEGER(struct plan, creates),
	FIELD_INTEGER(struct plan, updates),
	FIELD_INTEGER(struct plan, unchanged),
	FIELD_INTEGER(struct plan, missing),
	FIELD_INTEGER(struct plan, wrong),
	FIELD_TEXT(struct plan, errors),
};
const struct record plan_record = RECORD(struct plan, plan_fields);

/* A file, its tree once it was parsed, and what the registry says then. */
struct planned {
	const struct plan_file *file;
	const struct conf_node *root;
	const struct control_community *known; /* of its slug, or NULL */
	const char **owners;		       /* of its domains, or NULL */
};

/* What is being compared. Maps know slugs, domains and digests. */
struct planning {
	struct db *db;
	struct arena *arena;
	const struct plan_cluster *cluster;
	const struct record_list *files;
	bool whole; /* the files are all there are */
	struct conf_errors errors;
	struct map *by_digest; /* hexadecimal → struct control_line, if whole */
	struct map *slugs;     /* slug → struct planned that has it first */
	struct map *domains;   /* domain → the same, of changed files */
	struct plan_line *lines;
	size_t count;
	struct plan *plan;
	const struct control_line **known;
	size_t known_count;
};

static int
read_known(struct planning *planning)
{
	const char *after = "";
	struct record_list page;
	size_t room = 0;

	do {
		const struct control_line *lines;

		if (control_list(planning->db, planning->arena, after, &page) <
			0)
			return -1;
		lines = page.items;
		if (planning->known_count + page.count > room) {
			size_t more = room * 2 + CONTROL_PAGE;
			const struct control_line **bigger = arena_array(
				planning->arena, more, sizeof(*bigger));

			if (planning->known_count > 0)
				memcpy(bigger, planning->known,
					planning->known_count *
						sizeof(*bigger));
			planning->known = bigger;
			room = more;
		}
		for (size_t i = 0; i < page.count; i++) {
			char hex[DIGEST_HEX_SIZE];

			planning->known[planning->known_count++] = &lines[i];
			if (lines[i].applied_sha256.length != DIGEST_SIZE)
				continue;
			digest_hex(lines[i].applied_sha256.data, hex);
			map_set(planning->by_digest, hex, (void *)&lines[i]);
		}
		if (page.count > 0)
			after = lines[page.count - 1].slug;
	} while (page.count == CONTROL_PAGE);
	return 0;
}

/* The tree of a file; NULL when it is none. One that is known by its digest is
 * read only now: the registry has its values, an error needs their places. */
static const struct conf_node *
tree_of(struct planning *planning, struct planned *planned)
{
	struct conf_errors ignored = {0};

	if (planned->root == NULL)
		planned->root = conf_parse(planning->arena, planned->file->name,
			planned->file->text, strlen(planned->file->text),
			&ignored);
	conf_errors_release(&ignored);
	return planned->root;
}

/* Where the file has the slug, or the domain when that is not NULL. */
static struct conf_place
place_in(struct planning *planning, struct planned *planned, const char *domain)
{
	const struct conf_node *root = tree_of(planning, planned);
	const struct conf_node *list = conf_get(root, "domains");

	if (root == NULL)
		return (struct conf_place){planned->file->name, 0, 0};
	if (domain == NULL)
		return *conf_place_of(root, "slug");
	if (list != NULL && list->kind == CONF_SEQUENCE)
		for (size_t i = 0; i < list->count; i++)
			if (list->items[i]->kind == CONF_SCALAR &&
				strcmp(list->items[i]->text, domain) == 0)
				return list->items[i]->place;
	return *conf_place_of(root, "domains");
}

/* Told at the second place, with the first. */
static int
tell_twice(struct planning *planning, struct planned *second,
	struct planned *first, const char *what, const char *value,
	const char *domain)
{
	struct conf_place here = place_in(planning, second, domain);
	struct conf_place there = place_in(planning, first, domain);

	return conf_error(&planning->errors, &here,
		"the %s %s stands twice, expected it once (first in "
		"%s:%zu:%zu)",
		what, value, there.file, there.line, there.column);
}

static int
claim_slug(struct planning *planning, const char *slug, struct planned *planned)
{
	struct planned *first = map_get(planning->slugs, slug);

	if (first != NULL)
		return tell_twice(planning, planned, first, "slug", slug, NULL);
	map_set(planning->slugs, slug, planned);
	return 0;
}

/* A domain belongs to one community: -1 when the registry says that it is
 * another's. */
static int
check_owner(struct planning *planning, const char *domain, const char *owner,
	const char *slug, struct planned *planned)
{
	struct conf_place place;

	if (owner == NULL || (slug != NULL && strcmp(owner, slug) == 0))
		return 0;
	place = place_in(planning, planned, domain);
	return conf_error(&planning->errors, &place,
		"the domain %s belongs to the community %s, expected it free: "
		"take it away there and apply that first",
		domain, owner);
}

/* In these files and in the registry. Those that could not be read are NULL. */
static int
claim_domains(struct planning *planning, const struct tenant_config *config,
	struct planned *planned)
{
	const char *const *domains = config->domains.items;
	int outcome = 0;

	for (size_t i = 0; i < config->domains.count; i++) {
		struct planned *first;

		if (domains[i] == NULL)
			continue;
		first = map_get(planning->domains, domains[i]);
		if (first == planned)
			continue; /* twice in the file: told already */
		if (first != NULL) {
			outcome = tell_twice(planning, planned, first, "domain",
				domains[i], domains[i]);
			continue;
		}
		map_set(planning->domains, domains[i], planned);
		outcome |= check_owner(planning, domains[i], planned->owners[i],
			config->slug, planned);
	}
	return outcome;
}

/* Whether data that may not leave the one region may be stored in the other:
 * what is in the EU is in the EEA too. */
static bool
stays_within(const char *residency, const char *region)
{
	return strcmp(residency, "any") == 0 ||
	       strcmp(residency, region) == 0 ||
	       (strcmp(residency, "eea") == 0 && strcmp(region, "eu") == 0);
}

/* The host has the cluster, and it stands where the data may be. */
static int
check_placement(struct planning *planning, const struct tenant_config *config,
	const struct conf_node *root)
{
	const struct plan_cluster *cluster = planning->cluster;

	if (config->cluster == NULL)
		return -1;
	if (strcmp(config->cluster, cluster->name) != 0)
		return conf_error(&planning->errors,
			conf_place_of(root, "cluster"),
			"the cluster %s is not known here, expected %s "
			"(database.name in missiond.yaml)",
			config->cluster, cluster->name);
	if (config->residency != NULL &&
		!stays_within(config->residency, cluster->region))
		return conf_error(&planning->errors,
			conf_place_of(root, "residency"),
			"residency is %s but the cluster %s stands in %s "
			"(database.region in missiond.yaml), expected a "
			"residency that allows it",
			config->residency, cluster->name, cluster->region);
	return 0;
}

/* A file of another place speaks of a community: that may be a mistake in its
 * slug. */
static void
note_move(struct planning *planning, struct planned *planned,
	struct plan_line *line, const char *applied_file)
{
	struct conf_place place;

	if (!plan_moved(planning->arena, planning->files, planned->file,
		    applied_file))
		return;
	place = place_in(planning, planned, NULL);
	line->applied_file = applied_file;
	line->place = arena_printf(planning->arena, "%s:%zu:%zu", place.file,
		place.line, place.column);
}

static void
compare(struct planning *planning, struct planned *planned,
	struct plan_line *line)
{
	const struct control_community *known = planned->known;
	struct tenant_config before = {0};
	struct error error = {0};

	line->change = known != NULL ? "update" : "create";
	if (known == NULL) {
		planning->plan->creates++;
		return;
	}
	planning->plan->updates++;
	note_move(planning, planned, line, known->applied_file);
	if (tenant_config_read(planning->arena, known->configuration,
		    strlen(known->configuration), &before, &error) == 0)
		line->details = config_difference(
			planning->arena, &before, line->config);
}

/* Also of a file that is wrong: all that is to be said of it. */
static int
check_against_others(struct planning *planning,
	const struct tenant_config *config, struct planned *planned)
{
	int outcome = 0;

	if (config->slug != NULL)
		outcome = claim_slug(planning, config->slug, planned);
	outcome |= check_placement(planning, config, planned->root);
	return outcome | claim_domains(planning, config, planned);
}

static int
ask_registry(struct planning *planning, const struct tenant_config *config,
	struct planned *planned)
{
	planned->owners = arena_array(planning->arena, config->domains.count,
		sizeof(*planned->owners));
	return control_find_with_owners(planning->db, planning->arena,
		config->slug, &config->domains, &planned->known,
		planned->owners);
}

/* `outcome` is that of parsing it. */
static int
plan_parsed(struct planning *planning, struct planned *planned,
	struct plan_line *line, const struct tenant_config *config, int outcome)
{
	line->slug = config->slug;
	if (planned->root != NULL) {
		if (planned->owners == NULL &&
			ask_registry(planning, config, planned) < 0)
			return -1;
		outcome |= check_against_others(planning, config, planned);
	}
	if (outcome < 0) {
		line->change = "wrong";
		planning->plan->wrong++;
		return 0;
	}
	line->config = config;
	line->source = planned->file;
	compare(planning, planned, line);
	return 0;
}

static int
parse(struct planning *planning, struct planned *planned,
	struct tenant_config *config, struct conf_errors *errors)
{
	const struct plan_file *file = planned->file;

	return tenant_config_parse(planning->arena, file->name, file->text,
		strlen(file->text), config, &planned->root, errors);
}

static int
plan_changed(struct planning *planning, struct planned *planned,
	struct plan_line *line)
{
	struct tenant_config *config =
		ARENA_NEW(planning->arena, struct tenant_config);
	int outcome = parse(planning, planned, config, &planning->errors);

	return plan_parsed(planning, planned, line, config, outcome);
}

/* The community whose applied file was just this one. */
static void
plan_unchanged(struct planning *planning, struct planned *planned,
	struct plan_line *line, const char *slug)
{
	line->slug = slug;
	line->change = "unchanged";
	if (claim_slug(planning, slug, planned) < 0) {
		line->change = "wrong";
		planning->plan->wrong++;
	} else {
		planning->plan->unchanged++;
	}
}

/* One of some files: read first, so that the registry is asked once for all
 * that is to be known. */
static int
plan_some(struct planning *planning, struct planned *planned,
	struct plan_line *line, const unsigned char digest[DIGEST_SIZE])
{
	struct tenant_config *config =
		ARENA_NEW(planning->arena, struct tenant_config);
	struct conf_errors errors = {0};
	const struct control_community *known;
	struct control_line applied;
	int found, outcome = parse(planning, planned, config, &errors);

	conf_errors_release(&errors);
	if (outcome < 0) {
		/* Maybe not when it was applied. */
		found = control_find_applied(
			planning->db, planning->arena, digest, &applied);
		if (found < 0)
			return -1;
		if (found == 0)
			return plan_changed(planning, planned, line);
		plan_unchanged(planning, planned, line, applied.slug);
		return 0;
	}
	if (ask_registry(planning, config, planned) < 0)
		return -1;
	known = planned->known;
	if (known == NULL || !control_has_applied(known, digest))
		return plan_parsed(planning, planned, line, config, 0);
	plan_unchanged(planning, planned, line, known->slug);
	return 0;
}

static int
plan_file(struct planning *planning, const struct plan_file *file)
{
	struct plan_line *line = &planning->lines[planning->count++];
	struct planned *planned = ARENA_NEW(planning->arena, struct planned);
	unsigned char digest[DIGEST_SIZE];
	const struct control_line *known;
	char hex[DIGEST_HEX_SIZE];

	planned->file = file;
	line->file = file->name;
	digest_sha256(file->text, strlen(file->text), digest);
	if (!planning->whole)
		return plan_some(planning, planned, line, digest);
	digest_hex(digest, hex);
	known = map_get(planning->by_digest, hex);
	if (known == NULL)
		return plan_changed(planning, planned, line);
	plan_unchanged(planning, planned, line, known->slug);
	return 0;
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* A file so wrong that its slug cannot be read is known by its name. */
static bool
has_wrong_file(
	const struct planning *planning, const struct control_line *known)
{
	for (size_t i = 0; i < planning->count; i++) {
		const struct plan_line *line = &planning->lines[i];

		if (line->slug == NULL && line->file != NULL &&
			known->applied_file != NULL &&
			strcmp(last_part(line->file),
				last_part(known->applied_file)) == 0)
			return true;
	}
	return false;
}

static void
add_missing(struct planning *planning)
{
	for (size_t i = 0; i < planning->known_count; i++) {
		const struct control_line *known = planning->known[i];
		struct plan_line *line;

		if (map_get(planning->slugs, known->slug) != NULL ||
			strcmp(known->state, "purged") == 0 ||
			has_wrong_file(planning, known))
			continue;
		line = &planning->lines[planning->count++];
		line->slug = known->slug;
		line->change = "missing";
		line->applied_file = known->applied_file;
		planning->plan->missing++;
	}
}

int
plan_make(struct db *db, struct arena *arena,
	const struct plan_cluster *cluster, const struct record_list *files,
	bool whole, struct plan *ret_plan)
{
	const struct plan_file *items = files->items;
	struct planning planning = {
		.db = db,
		.arena = arena,
		.cluster = cluster,
		.files = files,
		.whole = whole,
		.by_digest = map_new(),
		.slugs = map_new(),
		.domains = map_new(),
		.plan = ret_plan,
	};
	int outcome = whole ? read_known(&planning) : 0;

	*ret_plan = (struct plan){0};
	planning.lines = arena_array(arena, files->count + planning.known_count,
		sizeof(*planning.lines));
	for (size_t i = 0; outcome == 0 && i < files->count; i++)
		outcome = plan_file(&planning, &items[i]);
	if (outcome == 0 && whole)
		add_missing(&planning);
	ret_plan->lines = (struct record_list){planning.lines, planning.count};
	ret_plan->errors =
		arena_text(arena, conf_errors_text(&planning.errors));
	conf_errors_release(&planning.errors);
	map_free(planning.by_digest);
	map_free(planning.slugs);
	map_free(planning.domains);
	return outcome;
}
