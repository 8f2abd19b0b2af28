#include "tenants/look/look.h"

#include "base/record.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "text/markdown.h"

/* As the largest of the fields whose text this can be. */
#define TEXT_MOST 10000

/* As the preview below a field. */
#define HEADING 3

struct preview_input {
	const char *text;
};

static const struct field input_fields[] = {
	FIELD_TEXT(struct preview_input, text),
};
static const struct record input_record =
	RECORD(struct preview_input, input_fields);

static const struct form_field form_fields[] = {
	{.name = "text",
		.control = FORM_MARKDOWN,
		.label = N_("Text"),
		.required = true,
		.most = TEXT_MOST},
};
static const struct form preview_form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = N_("Preview"),
};

struct preview_answer {
	const char *html;
};

static const struct field answer_fields[] = {
	FIELD_TEXT(struct preview_answer, html),
};
static const struct record answer_record =
	RECORD(struct preview_answer, answer_fields);

int
look_api_preview(struct request *request)
{
	struct preview_input input = {0};
	int outcome = form_read(request, &preview_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	return reply_record(request, 200, &answer_record,
		&(struct preview_answer){
			markdown_html(request->arena, input.text, HEADING)});
}
