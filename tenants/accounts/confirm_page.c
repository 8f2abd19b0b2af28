#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/confirm.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/settle.h"
#include "tenants/actor.h"

struct confirm_view {
	const struct form_view *form;
};

static const struct field confirm_view_fields[] = {
	FIELD_OPTIONAL(
		struct confirm_view, form, struct form_view, form_view_record),
};
static const struct record confirm_view_record =
	RECORD(struct confirm_view, confirm_view_fields);

const struct page confirm_page = {
	"accounts/confirm.html", &confirm_view_record};
const struct page unconfirmed_page = {
	"accounts/unconfirmed.html", &confirm_view_record};

/* A form that is only its button. */
static const struct form confirm_form = {
	.submit = N_("Confirm my address"),
};
static const struct form again_form = {
	.submit = N_("Send me a new link"),
};

static int
reply_dead_link(struct request *request)
{
	return reply_error(request, 410, N_("This link no longer works"),
		N_("It is incomplete, was used already or has expired. Log "
		   "in to get a new one."));
}

/* What confirm() returned. */
static int
reply_refused(struct request *request, int outcome)
{
	return outcome == 2 ? address_reply_taken(request)
			    : reply_dead_link(request);
}

int
confirm_page_show(struct request *request)
{
	const char *token = request_parameter(request, "token");
	struct confirm_view view = {NULL};
	struct uuid member;
	int found =
		link_find(request, request->db, token, LINK_CONFIRM, &member);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_dead_link(request);
	view.form = form_show(request, &confirm_form, request->path, NULL);
	return reply_page(request, 200, &confirm_page, &view);
}

int
confirm_page_send(struct request *request)
{
	bool pending;
	int outcome =
		confirm(request, request_parameter(request, "token"), &pending);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_refused(request, outcome);
	return reply_redirect_notice(request,
		request->actor == NULL ? "/login" : "/",
		pending ? "address-confirmed-pending" : "address-confirmed");
}

int
unconfirmed_page_show(struct request *request)
{
	struct confirm_view view = {NULL};

	if (request->actor->state != MEMBER_UNCONFIRMED)
		return reply_redirect(request, "/");
	view.form = form_show(request, &again_form, "/confirm", NULL);
	return reply_page(request, 200, &unconfirmed_page, &view);
}

int
unconfirmed_page_send(struct request *request)
{
	if (confirm_again(request) < 0)
		return -1;
	settle(request);
	return reply_redirect_notice(request, "/confirm", "link-sent");
}

struct confirm_answer {
	const char *state;
};

static const struct field confirm_answer_fields[] = {
	FIELD_TEXT(struct confirm_answer, state),
};
static const struct record confirm_answer_record =
	RECORD(struct confirm_answer, confirm_answer_fields);

int
confirm_api(struct request *request)
{
	struct confirm_answer answer;
	bool pending;
	int outcome =
		confirm(request, request_parameter(request, "token"), &pending);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_refused(request, outcome);
	answer.state = pending ? "pending" : "active";
	return reply_record(request, 200, &confirm_answer_record, &answer);
}

int
confirm_again_api(struct request *request)
{
	if (confirm_again(request) < 0)
		return -1;
	settle(request);
	return reply_empty(request);
}
