#include "base/clock.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/password_rule.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/kept.h"
#include "tenants/session.h"

static const struct field login_input_fields[] = {
	FIELD_TEXT(struct login_input, login),
	FIELD_TEXT(struct login_input, password),
	FIELD_TEXT(struct login_input, next),
};
static const struct record login_input_record =
	RECORD(struct login_input, login_input_fields);

static const struct form_field login_form_fields[] = {
	{.name = "login",
		.control = FORM_LINE,
		.label = N_("User name or e-mail address"),
		.required = true,
		.most = 254,
		.autocomplete = "username"},
	{.name = "password",
		.control = FORM_PASSWORD,
		.label = N_("Password"),
		.required = true,
		.most = PASSWORD_MOST,
		.autocomplete = "current-password"},
	{.name = "next", .control = FORM_HIDDEN, .label = "", .most = 1000},
};
static const struct form login_form = {
	.record = &login_input_record,
	.fields = login_form_fields,
	.count = COUNT_OF(login_form_fields),
	.submit = N_("Log in"),
	.carries = true,
};

struct login_view {
	const struct form_view *form;
};

static const struct field login_view_fields[] = {
	FIELD_OPTIONAL(
		struct login_view, form, struct form_view, form_view_record),
};
static const struct record login_view_record =
	RECORD(struct login_view, login_view_fields);

const struct page login_page = {"accounts/login.html", &login_view_record};

static int
show(struct request *request, int status)
{
	struct login_input start = {.next = request_query(request, "next")};
	struct login_view view = {NULL};

	view.form = form_show(request, &login_form, "/login", &start);
	return reply_page(request, status, &login_page, &view);
}

int
login_page_show(struct request *request)
{
	return show(request, 200);
}

/* 1 when what was kept was shown, 0 or -1. */
static int
resume(struct request *request, const struct session_draft *session)
{
	if (form_value(request, FORM_KEPT_PATH) == NULL)
		return 0;
	if (session_enter(request, session) < 0)
		return -1;
	return kept_resume(request);
}

_Static_assert(LOGIN_ACTS >= SESSION_ACTS, "a log-in begins a session");

static size_t
begin(struct request *request, const struct account *account, void *session,
	struct db_query *acts)
{
	return session_begin(request, session, account->id, acts);
}

int
login_page_send(struct request *request)
{
	struct login_input input = {0};
	struct session_draft session;
	const struct login_purpose purpose = {
		.begin = begin, .argument = &session};
	int outcome = form_read(request, &login_form, &input);

	session_draft(&session);
	if (outcome < 0)
		return 0;
	if (outcome == 0)
		outcome = login_enter(
			request, input.login, input.password, &purpose);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return show(request, outcome == THROTTLED ? 429 : 422);
	session_send(request, &session);
	outcome = resume(request, &session);
	if (outcome != 0)
		return outcome < 0 ? -1 : 0;
	return reply_redirect(request, login_next(input.next));
}

int
logout_send(struct request *request)
{
	if (session_end(request) < 0)
		return -1;
	return reply_redirect_notice(request, "/", "logged-out");
}
