#include "http/form_view.h"

static const struct field option_fields[] = {
	FIELD_TEXT(struct form_option_view, id),
	FIELD_TEXT(struct form_option_view, value),
	FIELD_TEXT(struct form_option_view, label),
	FIELD_BOOLEAN(struct form_option_view, selected),
};
static const struct record option_record =
	RECORD(struct form_option_view, option_fields);

static const struct field field_fields[] = {
	FIELD_TEXT(struct form_field_view, id),
	FIELD_TEXT(struct form_field_view, name),
	FIELD_TEXT(struct form_field_view, label),
	FIELD_TEXT(struct form_field_view, help),
	FIELD_TEXT(struct form_field_view, error),
	FIELD_TEXT(struct form_field_view, help_id),
	FIELD_TEXT(struct form_field_view, error_id),
	FIELD_TEXT(struct form_field_view, describedby),
	FIELD_BOOLEAN(struct form_field_view, required),
	FIELD_BOOLEAN(struct form_field_view, is_input),
	FIELD_BOOLEAN(struct form_field_view, is_textarea),
	FIELD_BOOLEAN(struct form_field_view, is_markdown),
	FIELD_BOOLEAN(struct form_field_view, is_select),
	FIELD_BOOLEAN(struct form_field_view, is_radio),
	FIELD_BOOLEAN(struct form_field_view, is_checkbox),
	FIELD_BOOLEAN(struct form_field_view, is_choices),
	FIELD_TEXT(struct form_field_view, type),
	FIELD_TEXT(struct form_field_view, inputmode),
	FIELD_TEXT(struct form_field_view, autocomplete),
	FIELD_TEXT(struct form_field_view, value),
	FIELD_INTEGER(struct form_field_view, maxlength),
	FIELD_BOOLEAN(struct form_field_view, is_name),
	FIELD_BOOLEAN(struct form_field_view, is_colour),
	FIELD_TEXT(struct form_field_view, preview_id),
	FIELD_HTML(struct form_field_view, preview),
	FIELD_BOOLEAN(struct form_field_view, checked),
	FIELD_LIST(struct form_field_view, options, option_record),
};
static const struct record field_record =
	RECORD(struct form_field_view, field_fields);

static const struct field group_fields[] = {
	FIELD_TEXT(struct form_group_view, heading),
	FIELD_LIST(struct form_group_view, fields, field_record),
};
static const struct record group_record =
	RECORD(struct form_group_view, group_fields);

static const struct field hidden_fields[] = {
	FIELD_TEXT(struct form_hidden_view, name),
	FIELD_TEXT(struct form_hidden_view, value),
};
const struct record form_hidden_view_record =
	RECORD(struct form_hidden_view, hidden_fields);

static const struct field error_fields[] = {
	FIELD_TEXT(struct form_error_view, id),
	FIELD_TEXT(struct form_error_view, label),
	FIELD_TEXT(struct form_error_view, message),
};
static const struct record error_record =
	RECORD(struct form_error_view, error_fields);

static const struct field form_fields[] = {
	FIELD_TEXT(struct form_view, id),
	FIELD_TEXT(struct form_view, action),
	FIELD_TEXT(struct form_view, submit),
	FIELD_TEXT(struct form_view, notice),
	FIELD_BOOLEAN(struct form_view, failed),
	FIELD_LIST(struct form_view, errors, error_record),
	FIELD_LIST(struct form_view, hidden, form_hidden_view_record),
	FIELD_LIST(struct form_view, groups, group_record),
};
const struct record form_view_record = RECORD(struct form_view, form_fields);
