#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/token_form.h"
#include "tenants/accounts/tokens.h"
#include "tenants/actor.h"

#define DAYS_AT_FIRST 90

struct tokens_view {
	struct record_list tokens;
	const char *token; /* just made: shown this once; or NULL */
	const struct form_view *form;
};

static const struct field tokens_view_fields[] = {
	FIELD_LIST(struct tokens_view, tokens, token_row_record),
	FIELD_TEXT(struct tokens_view, token),
	FIELD_OPTIONAL(
		struct tokens_view, form, struct form_view, form_view_record),
};
static const struct record tokens_view_record =
	RECORD(struct tokens_view, tokens_view_fields);

const struct page tokens_page = {"accounts/tokens.html", &tokens_view_record};

static int
show(struct request *request, int status, const char *token)
{
	static const struct token_input start = {.days = DAYS_AT_FIRST};
	struct tokens_view view = {.token = token};

	if (tokens_list(request, &view.tokens) < 0)
		return -1;
	view.form = form_show(request, &token_form, "/account/tokens", &start);
	return reply_page(request, status, &tokens_page, &view);
}

int
tokens_page_show(struct request *request)
{
	return show(request, 200, NULL);
}

int
tokens_page_make(struct request *request)
{
	struct token_input input = {0};
	struct token_draft draft;
	int outcome = form_read(request, &token_form, &input);

	if (outcome < 0)
		return 0;
	token_draft(request, input.name, input.days, &draft);
	if (outcome == 0)
		outcome = token_make(request, &draft);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return show(request, 422, NULL);
	form_begin_again(request);
	return show(request, 201, draft.token);
}

int
tokens_page_end(struct request *request)
{
	int ended = token_end(request, request_parameter_uuid(request, "id"));

	if (ended < 0)
		return -1;
	if (ended == 0)
		return reply_not_found(request);
	return reply_redirect_notice(request, "/account/tokens", "token-ended");
}
