#include "tenants/site_view.h"

static const struct field notice_fields[] = {
	FIELD_TEXT(struct site_notice, class),
	FIELD_TEXT(struct site_notice, icon),
	FIELD_TEXT(struct site_notice, text),
};
static const struct record notice_record =
	RECORD(struct site_notice, notice_fields);

static const struct field member_fields[] = {
	FIELD_TEXT(struct site_member, username),
	FIELD_TEXT(struct site_member, name),
};
static const struct record member_record =
	RECORD(struct site_member, member_fields);

static const struct field language_fields[] = {
	FIELD_TEXT(struct site_language, code),
	FIELD_TEXT(struct site_language, label),
	FIELD_TEXT(struct site_language, to),
};
static const struct record language_record =
	RECORD(struct site_language, language_fields);

static const struct field site_view_fields[] = {
	FIELD_TEXT(struct site_view, language),
	FIELD_TEXT(struct site_view, community),
	FIELD_TEXT(struct site_view, tagline),
	FIELD_TEXT(struct site_view, theme),
	FIELD_TEXT(struct site_view, assets),
	FIELD_TEXT(struct site_view, csrf),
	FIELD_TEXT(struct site_view, author),
	FIELD_TEXT(struct site_view, path),
	FIELD_OPTIONAL(
		struct site_view, member, struct site_member, member_record),
	FIELD_OPTIONAL(
		struct site_view, notice, struct site_notice, notice_record),
	FIELD_LIST(struct site_view, languages, language_record),
	FIELD_BOOLEAN(struct site_view, joinable),
	FIELD_BOOLEAN(struct site_view, readable),
	FIELD_BOOLEAN(struct site_view, active),
	FIELD_BOOLEAN(struct site_view, suspended),
	FIELD_BOOLEAN(struct site_view, may_browse),
	FIELD_BOOLEAN(struct site_view, may_post),
	FIELD_TEXT(struct site_view, contact),
	FIELD_BOOLEAN(struct site_view, staff),
	FIELD_BOOLEAN(struct site_view, founder),
	FIELD_BOOLEAN(struct site_view, manages_members),
	FIELD_BOOLEAN(struct site_view, manages_content),
	FIELD_BOOLEAN(struct site_view, manages_settings),
	FIELD_BOOLEAN(struct site_view, manages_handover),
	FIELD_BOOLEAN(struct site_view, manages_legal),
	FIELD_BOOLEAN(struct site_view, at_offers),
	FIELD_BOOLEAN(struct site_view, at_requests),
	FIELD_BOOLEAN(struct site_view, at_post),
	FIELD_BOOLEAN(struct site_view, at_manage),
	FIELD_BOOLEAN(struct site_view, at_account),
	FIELD_BOOLEAN(struct site_view, at_login),
};
const struct record site_view_record =
	RECORD(struct site_view, site_view_fields);
