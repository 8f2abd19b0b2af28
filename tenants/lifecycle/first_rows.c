#include "tenants/lifecycle/first_rows.h"

#include <string.h>

#include "base/arena.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/config.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/registry_write.h"
#include "tenants/lifecycle/tenant_statements.h"

struct writing {
	struct arena *arena;
	const struct tenant_config *config;
	const struct control_before *before;
};

static const char *
description_of(const struct tenant_config *config)
{
	return config->description == NULL ? "" : config->description;
}

static int
add_texts(struct batch *batch, struct arena *arena, const char *kind,
	const struct tenant_terms *terms)
{
	const struct tenant_text *texts = terms->texts.items;

	for (size_t i = 0; i < terms->texts.count; i++) {
		unsigned char *digest = arena_alloc(arena, DIGEST_SIZE);
		struct tenant_legal *row =
			ARENA_NEW(arena, struct tenant_legal);

		digest_sha256(texts[i].body, strlen(texts[i].body), digest);
		*row = (struct tenant_legal){
			.sha256 = {digest, DIGEST_SIZE},
			.kind = kind,
			.version = terms->version,
			.language = texts[i].language,
			.title = texts[i].title,
			.body = texts[i].body,
		};
		if (batch_add(batch, &tenant_legal_statement, row) < 0)
			return -1;
	}
	return 0;
}

int
first_rows_add(struct batch *batch, struct arena *arena,
	const struct tenant_config *config)
{
	struct tenant_settings *settings =
		ARENA_NEW(arena, struct tenant_settings);

	*settings = (struct tenant_settings){
		.name = config->name,
		.description = description_of(config),
		.colour = config->theme.colour,
	};
	if (batch_add(batch, &tenant_settings_statement, settings) < 0 ||
		add_texts(batch, arena, "terms", &config->terms) < 0)
		return -1;
	return add_texts(batch, arena, "privacy", &config->privacy);
}

/* About as much as the default texts of two languages. */
#define ROOM_FOR_TEXTS 8000

#define UNDO 1

/* A table's file grows by a page at a time at first, and each time is synced;
 * what was undone leaves the pages free. */
static int
prepare_in_transaction(struct db *db, void *argument)
{
	static const unsigned char digest[DIGEST_SIZE];
	const struct tenant_legal row = {
		.sha256 = {digest, sizeof(digest)},
		.kind = "terms",
		.version = "none",
		.language = "en",
		.title = "None",
		.body = argument,
	};

	return db_execute(db, &tenant_legal_statement, &row) < 0 ? -1 : UNDO;
}

int
first_rows_prepare(struct db *db)
{
	struct arena *arena = arena_new();
	struct tenant_count rows;
	char *text = arena_alloc(arena, ROOM_FOR_TEXTS + 1);
	int result = db_row(db, &tenant_open_statement, NULL, arena, &rows);

	memset(text, '-', ROOM_FOR_TEXTS);
	text[ROOM_FOR_TEXTS] = '\0';
	if (result == 1)
		result = db_transaction(db, prepare_in_transaction, text);
	arena_free(arena);
	return result == UNDO ? 0 : -1;
}

static int
follow_in_transaction(struct db *db, void *argument)
{
	const struct writing *writing = argument;
	const struct tenant_config *config = writing->config;
	const struct control_before *before = writing->before;
	const struct tenant_bounds *may = &config->founder_may_change;
	struct batch batch = {.db = db};
	const struct tenant_follow rows[] = {
		{config->name, !may->name, before->name},
		{description_of(config), !may->description,
			before->description == NULL ? "" : before->description},
		{config->theme.colour, !may->theme, before->colour},
	};
	const struct db_statement *const statements[] = {
		&tenant_follow_name_statement,
		&tenant_follow_description_statement,
		&tenant_follow_colour_statement,
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (batch_add(&batch, statements[i], &rows[i]) < 0)
			return -1;
	if (first_rows_add(&batch, writing->arena, config) < 0)
		return -1;
	return batch_send(&batch);
}

int
first_rows_follow(struct db *db, struct arena *arena,
	const struct tenant_config *config, const struct control_before *before)
{
	struct writing writing = {arena, config, before};

	return db_transaction(db, follow_in_transaction, &writing);
}
