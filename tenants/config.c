#include "tenants/config.h"

#include "base/buffer.h"
#include "base/error.h"
#include "tenants/config_records.h"
#include "text/json.h"

static const struct field founder_fields[] = {
	FIELD_TEXT(struct tenant_founder, name),
	FIELD_TEXT(struct tenant_founder, email),
	FIELD_TEXT(struct tenant_founder, organisation),
};
const struct record tenant_founder_record =
	RECORD(struct tenant_founder, founder_fields);

static const struct field text_fields[] = {
	FIELD_TEXT(struct tenant_text, language),
	FIELD_TEXT(struct tenant_text, title),
	FIELD_TEXT(struct tenant_text, body),
};
const struct record tenant_text_record =
	RECORD(struct tenant_text, text_fields);

static const struct field terms_fields[] = {
	FIELD_TEXT(struct tenant_terms, version),
	FIELD_LIST(struct tenant_terms, texts, tenant_text_record),
};
const struct record tenant_terms_record =
	RECORD(struct tenant_terms, terms_fields);

static const struct field register_fields[] = {
	FIELD_TEXT(struct tenant_register, name),
	FIELD_TEXT(struct tenant_register, controller),
	FIELD_TEXT(struct tenant_register, contact),
	FIELD_TEXT(struct tenant_register, authority),
	FIELD_TEXT(struct tenant_register, authority_address),
	FIELD_TEXTS(struct tenant_register, processors),
};
const struct record tenant_register_record =
	RECORD(struct tenant_register, register_fields);

static const struct field category_fields[] = {
	FIELD_TEXT(struct tenant_category, slug),
	FIELD_TEXT(struct tenant_category, name_en),
	FIELD_TEXT(struct tenant_category, name_fr),
};
const struct record tenant_category_record =
	RECORD(struct tenant_category, category_fields);

static const struct field bounds_fields[] = {
	FIELD_BOOLEAN(struct tenant_bounds, name),
	FIELD_BOOLEAN(struct tenant_bounds, description),
	FIELD_BOOLEAN(struct tenant_bounds, theme),
};
const struct record tenant_bounds_record =
	RECORD(struct tenant_bounds, bounds_fields);

static const struct field theme_fields[] = {
	FIELD_TEXT(struct tenant_theme, colour),
};
const struct record tenant_theme_record =
	RECORD(struct tenant_theme, theme_fields);

static const struct field config_fields[] = {
	FIELD_TEXT(struct tenant_config, slug),
	FIELD_TEXT(struct tenant_config, name),
	FIELD_TEXT(struct tenant_config, description),
	FIELD_TEXTS(struct tenant_config, domains),
	FIELD_RECORD(struct tenant_config, founder, struct tenant_founder,
		tenant_founder_record),
	FIELD_TEXT(struct tenant_config, cluster),
	FIELD_TEXT(struct tenant_config, residency),
	FIELD_TEXT(struct tenant_config, joining),
	FIELD_TEXT(struct tenant_config, reading),
	FIELD_TEXT(struct tenant_config, language),
	FIELD_TEXTS(struct tenant_config, languages),
	FIELD_TEXT(struct tenant_config, currency),
	FIELD_TEXT(struct tenant_config, time_zone),
	FIELD_RECORD(struct tenant_config, theme, struct tenant_theme,
		tenant_theme_record),
	FIELD_RECORD(struct tenant_config, founder_may_change,
		struct tenant_bounds, tenant_bounds_record),
	FIELD_LIST(struct tenant_config, categories, tenant_category_record),
	FIELD_RECORD(struct tenant_config, terms, struct tenant_terms,
		tenant_terms_record),
	FIELD_RECORD(struct tenant_config, privacy, struct tenant_terms,
		tenant_terms_record),
	FIELD_RECORD(struct tenant_config, register_identity,
		struct tenant_register, tenant_register_record),
	FIELD_INTEGER(struct tenant_config, member_quota),
	FIELD_INTEGER(struct tenant_config, listing_quota),
	FIELD_RECORD(struct tenant_config, limits, struct limit_words,
		limit_words_record),
};
const struct record tenant_config_record =
	RECORD(struct tenant_config, config_fields);

int
tenant_config_read(struct arena *arena, const char *json, size_t length,
	struct tenant_config *config, struct error *error)
{
	const struct json_t *tree = json_parse(arena, json, length, error);

	if (tree == NULL)
		return -1;
	/* Not strict: a newer steward may have stored more. */
	return json_read_record(
		arena, tree, &tenant_config_record, false, config, error);
}

void
tenant_config_write(const struct tenant_config *config, struct buffer *output)
{
	json_add_record(output, &tenant_config_record, config);
}
