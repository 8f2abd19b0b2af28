#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/password.h"
#include "tenants/accounts/password_form.h"
#include "tenants/accounts/settle.h"
#include "tenants/accounts/throttle.h"
#include "tenants/session.h"

struct password_view {
	const struct form_view *form;
};

static const struct field password_view_fields[] = {
	FIELD_OPTIONAL(
		struct password_view, form, struct form_view, form_view_record),
};
static const struct record password_view_record =
	RECORD(struct password_view, password_view_fields);

const struct page forgot_page = {"accounts/forgot.html", &password_view_record};
const struct page forgot_sent_page = {
	"accounts/forgot-sent.html", &password_view_record};
const struct page reset_page = {"accounts/reset.html", &password_view_record};
const struct page password_page = {
	"accounts/password.html", &password_view_record};

static int
show(struct request *request, int status, const struct page *page,
	const struct form *form)
{
	struct password_view view = {
		.form = form_show(request, form, request->path, NULL),
	};

	return reply_page(request, status, page, &view);
}

static int
reply_dead_link(struct request *request)
{
	return reply_error(request, 410, N_("This link no longer works"),
		N_("It is incomplete, was used already or has expired. Ask "
		   "for a new one."));
}

/* What password_reset() returned. */
static int
reply_refused(struct request *request, int outcome)
{
	return outcome == PASSWORD_ADDRESS_TAKEN ? address_reply_taken(request)
						 : reply_dead_link(request);
}

int
forgot_page_show(struct request *request)
{
	return show(request, 200, &forgot_page, &forgot_form);
}

int
forgot_page_send(struct request *request)
{
	struct forgot_input input = {0};
	int outcome = form_read(request, &forgot_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return show(request, 422, &forgot_page, &forgot_form);
	if (password_forgot(request, input.login) < 0)
		return -1;
	settle(request);
	return reply_redirect(request, "/forgot/sent");
}

int
forgot_sent_page_show(struct request *request)
{
	struct password_view view = {NULL};

	return reply_page(request, 200, &forgot_sent_page, &view);
}

int
reset_page_show(struct request *request)
{
	struct uuid member;
	int found = link_find(request, request->db,
		request_parameter(request, "token"), LINK_RESET, &member);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_dead_link(request);
	return show(request, 200, &reset_page, &reset_form);
}

int
reset_page_send(struct request *request)
{
	struct reset_input input = {0};
	int outcome = form_read(request, &reset_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome == 0)
		outcome = password_reset(request,
			request_parameter(request, "token"), input.password);
	if (outcome < 0)
		return -1;
	if (outcome > 1)
		return reply_refused(request, outcome);
	if (outcome > 0)
		return show(request, 422, &reset_page, &reset_form);
	return reply_redirect_notice(request, "/login", "password-set");
}

int
password_page_show(struct request *request)
{
	return show(request, 200, &password_page, &password_form);
}

int
password_page_send(struct request *request)
{
	struct password_input input = {0};
	struct session_draft session;
	int outcome = form_read(request, &password_form, &input);

	if (outcome < 0)
		return 0;
	session_draft(&session);
	if (outcome == 0)
		outcome = password_change(
			request, input.current, input.password, &session);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return show(request, outcome == THROTTLED ? 429 : 422,
			&password_page, &password_form);
	session_send(request, &session);
	return reply_redirect_notice(
		request, "/account/password", "password-changed");
}

int
forgot_api(struct request *request)
{
	struct forgot_input input = {0};
	int outcome = form_read(request, &forgot_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	if (password_forgot(request, input.login) < 0)
		return -1;
	settle(request);
	return reply_empty(request);
}

int
reset_api(struct request *request)
{
	struct reset_input input = {0};
	int outcome = form_read(request, &reset_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome == 0)
		outcome = password_reset(request,
			request_parameter(request, "token"), input.password);
	if (outcome < 0)
		return -1;
	if (outcome > 1)
		return reply_refused(request, outcome);
	return outcome > 0 ? reply_form_errors(request) : reply_empty(request);
}

int
password_api(struct request *request)
{
	struct password_input input = {0};
	int outcome = form_read(request, &password_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome == 0)
		outcome = password_change(
			request, input.current, input.password, NULL);
	if (outcome < 0)
		return -1;
	if (outcome == THROTTLED)
		return 0;
	return outcome > 0 ? reply_form_errors(request) : reply_empty(request);
}
