#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/kept.h"
#include "tenants/legal/acceptance.h"
#include "tenants/legal/legal.h"
#include "tenants/legal_text.h"
#include "text/markdown.h"

#define TEXT_HEADING 2

struct accept_input {
	const char *terms;
	bool accept;
};

static const struct field accept_input_fields[] = {
	FIELD_TEXT(struct accept_input, terms),
	FIELD_BOOLEAN(struct accept_input, accept),
};
static const struct record accept_input_record =
	RECORD(struct accept_input, accept_input_fields);

static const struct form_field accept_form_fields[] = {
	{.name = "terms", .control = FORM_HIDDEN, .label = "", .most = 64},
	{.name = "accept",
		.control = FORM_CHECKBOX,
		.label = N_("I have read the terms of use and accept them"),
		.required = true},
};
static const struct form accept_form = {
	.record = &accept_input_record,
	.fields = accept_form_fields,
	.count = COUNT_OF(accept_form_fields),
	.submit = N_("Go on"),
	.carries = true,
};

struct accept_view {
	const char *title;
	const char *body; /* HTML */
	const char *version;
	const struct form_view *form;
};

static const struct field accept_view_fields[] = {
	FIELD_TEXT(struct accept_view, title),
	FIELD_HTML(struct accept_view, body),
	FIELD_TEXT(struct accept_view, version),
	FIELD_OPTIONAL(
		struct accept_view, form, struct form_view, form_view_record),
};
static const struct record accept_view_record =
	RECORD(struct accept_view, accept_view_fields);

const struct page legal_accept_page = {
	"legal/accept.html", &accept_view_record};

static int
show(struct request *request, int status)
{
	const struct tenant_config *config = request->community->config;
	const struct tenant_text *text =
		legal_text(config, &config->terms, request->language);
	struct accept_input start = {.terms = acceptance_digest(request)};
	struct accept_view view = {.version = config->terms.version};

	if (text == NULL)
		return reply_not_found(request);
	view.title = text->title;
	view.body = markdown_html(request->arena, text->body, TEXT_HEADING);
	view.form = form_show(request, &accept_form, "/terms/accept", &start);
	return reply_page(request, status, &legal_accept_page, &view);
}

int
legal_accept_show(struct request *request)
{
	if (request->actor->terms_current)
		return reply_redirect(request, "/");
	return show(request, 200);
}

static int
record_acceptance(struct request *request, struct db *db, void *argument)
{
	(void)argument;
	return acceptance_record(request, db, request->actor->member);
}

/* 0, 1 (a field is wrong), −1, or 2 when a reply was made. */
static int
read_and_accept(struct request *request)
{
	struct accept_input input = {0};
	int outcome = form_read(request, &accept_form, &input);

	if (outcome < 0)
		return 2;
	if (outcome == 0)
		outcome = acceptance_check(request, input.terms, "accept");
	if (outcome > 0)
		return 1;
	return community_change(request, 0, record_acceptance, NULL);
}

int
legal_accept_send(struct request *request)
{
	int outcome = read_and_accept(request);

	if (outcome < 0)
		return -1;
	if (outcome == 1)
		return show(request, 422);
	if (outcome == 2)
		return 0;
	request->actor->terms_current = true;
	outcome = kept_resume(request);
	if (outcome != 0)
		return outcome < 0 ? -1 : 0;
	return reply_redirect(request, "/");
}

int
legal_accept_api(struct request *request)
{
	int outcome = read_and_accept(request);

	if (outcome < 0)
		return -1;
	if (outcome == 1)
		return reply_form_errors(request);
	return outcome == 2 ? 0 : reply_empty(request);
}
