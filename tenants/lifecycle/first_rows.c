#include "tenants/lifecycle/first_rows.h"

#include <string.h>

#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/config.h"
#include "tenants/lifecycle/registry_write.h"
#include "tenants/lifecycle/tenant_statements.h"

struct writing {
	const struct tenant_config *config;
	const struct control_before *before;
};

static const char *
description_of(const struct tenant_config *config)
{
	return config->description == NULL ? "" : config->description;
}

static int
write_texts(struct db *db, const char *kind, const struct tenant_terms *terms)
{
	const struct tenant_text *texts = terms->texts.items;

	for (size_t i = 0; i < terms->texts.count; i++) {
		unsigned char digest[DIGEST_SIZE];
		const struct tenant_legal row = {
			.sha256 = {digest, sizeof(digest)},
			.kind = kind,
			.version = terms->version,
			.language = texts[i].language,
			.title = texts[i].title,
			.body = texts[i].body,
		};

		digest_sha256(texts[i].body, strlen(texts[i].body), digest);
		if (db_execute(db, &tenant_legal_statement, &row) < 0)
			return -1;
	}
	return 0;
}

static int
write_in_transaction(struct db *db, void *argument)
{
	const struct writing *writing = argument;
	const struct tenant_config *config = writing->config;
	const struct tenant_settings row = {
		.name = config->name,
		.description = description_of(config),
		.colour = config->theme.colour,
	};

	if (db_execute(db, &tenant_settings_statement, &row) < 0 ||
		write_texts(db, "terms", &config->terms) < 0)
		return -1;
	return write_texts(db, "privacy", &config->privacy);
}

int
first_rows_write(struct db *db, const struct tenant_config *config)
{
	struct writing writing = {config, NULL};

	return db_transaction(db, write_in_transaction, &writing);
}

static int
follow_in_transaction(struct db *db, void *argument)
{
	const struct writing *writing = argument;
	const struct tenant_config *config = writing->config;
	const struct control_before *before = writing->before;
	const struct tenant_bounds *may = &config->founder_may_change;
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
		if (db_execute(db, statements[i], &rows[i]) < 0)
			return -1;
	return write_in_transaction(db, argument);
}

int
first_rows_follow(struct db *db, const struct tenant_config *config,
	const struct control_before *before)
{
	struct writing writing = {config, before};

	return db_transaction(db, follow_in_transaction, &writing);
}
