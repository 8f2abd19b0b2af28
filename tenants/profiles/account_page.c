#include "tenants/profiles/pages.h"

#include "http/form.h"
#include "http/form_view.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/look/look.h"
#include "tenants/profiles/form.h"
#include "tenants/profiles/profiles.h"

struct account_view {
	const char *username;
	const char *email;
	int64_t login_count;
	struct timestamp last_login;
	const struct form_view *form;
};

static const struct field account_fields[] = {
	FIELD_TEXT(struct account_view, username),
	FIELD_TEXT(struct account_view, email),
	FIELD_INTEGER(struct account_view, login_count),
	FIELD_TIME(struct account_view, last_login),
	FIELD_OPTIONAL(
		struct account_view, form, struct form_view, form_view_record),
};
static const struct record account_record =
	RECORD(struct account_view, account_fields);

const struct page profiles_account_page = {
	"profiles/account.html", &account_record};

static int
show(struct request *request, int status)
{
	struct profile profile;

	if (profile_own(request, &profile) < 0)
		return -1;
	struct profile_input start = profile_input_of(&profile);
	struct account_view view = {
		.username = profile.username,
		.email = profile.email,
		.login_count = profile.login_count,
		.last_login = profile.last_login,
		.form = form_show(request, &profile_form, "/account", &start),
	};
	return reply_page(request, status, &profiles_account_page, &view);
}

int
profiles_page_account(struct request *request)
{
	return show(request, 200);
}

int
profiles_page_change(struct request *request)
{
	struct profile_input input = {0};
	int outcome = form_read(request, &profile_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return show(request, 422);
	if (profile_edit(request, &input) < 0)
		return -1;
	/* Without a choice the browser's own wish counts, not what was chosen
	 * on it before. */
	if (request_cookie(request, LOOK_LANGUAGE_COOKIE) != NULL)
		reply_cookie(request, LOOK_LANGUAGE_COOKIE, "", -1);
	return reply_redirect_notice(request, "/account", "profile-changed");
}
