#include "tenants/look/again.h"

#include "http/form_view.h"
#include "http/template.h"

static const struct field again_fields[] = {
	FIELD_INTEGER(struct again_view, status),
	FIELD_TEXT(struct again_view, title),
	FIELD_TEXT(struct again_view, detail),
	FIELD_TEXT(struct again_view, action),
	FIELD_LIST(struct again_view, fields, form_hidden_view_record),
};
static const struct record again_record =
	RECORD(struct again_view, again_fields);

const struct page look_again_page = {"look/again.html", &again_record};
const struct page look_again_plain_page = {
	"look/again-plain.html", &again_record};
