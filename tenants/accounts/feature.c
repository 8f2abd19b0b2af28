#include "tenants/accounts/accounts.h"

#include "http/form.h"
#include "http/route.h"
#include "tenants/accounts/claim.h"
#include "tenants/accounts/confirm.h"
#include "tenants/accounts/join_page.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/mails.h"
#include "tenants/accounts/password.h"
#include "tenants/accounts/sessions.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/accounts/tokens.h"
#include "tenants/change.h"
#include "tenants/kept.h"
#include "tenants/permission.h"
#include "tenants/session_statements.h"

#define OPEN	 ROUTE_BEFORE_TERMS
#define OPEN_API (ROUTE_API | ROUTE_BEFORE_TERMS)
#define REFILLS	 (ROUTE_BEFORE_TERMS | ROUTE_REFILLS)
#define FORM	 ROUTE_FORM_LIMIT

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/join", "accounts.join_page", PERMIT_VISITOR,
		RATE_PAGE, OPEN, 0, join_page_show, NULL},
	{METHOD_POST, "/join", "accounts.join", PERMIT_VISITOR,
		RATE_LOGIN, REFILLS, FORM, join_page_send, NULL},
	{METHOD_GET, "/join/{token:word}", "accounts.join_invited_page",
		PERMIT_VISITOR, RATE_PAGE, OPEN, 0, join_page_show, NULL},
	{METHOD_POST, "/join/{token:word}", "accounts.join_invited",
		PERMIT_VISITOR, RATE_LOGIN, REFILLS, FORM, join_page_send,
		NULL},
	{METHOD_GET, "/joined", "accounts.joined", PERMIT_ANYONE,
		RATE_PAGE, OPEN, 0, joined_page_show, NULL},

	{METHOD_GET, "/confirm", "accounts.unconfirmed", PERMIT_SIGNED_IN,
		RATE_PAGE, OPEN, 0, unconfirmed_page_show, NULL},
	{METHOD_POST, "/confirm", "accounts.confirm_again", PERMIT_SIGNED_IN,
		RATE_LOGIN, OPEN, FORM, unconfirmed_page_send, NULL},
	{METHOD_GET, "/confirm/{token:word}", "accounts.confirm_page",
		PERMIT_ANYONE, RATE_PAGE, OPEN, 0, confirm_page_show, NULL},
	{METHOD_POST, "/confirm/{token:word}", "accounts.confirm",
		PERMIT_ANYONE, RATE_LOGIN, OPEN, FORM, confirm_page_send,
		NULL},

	{METHOD_GET, "/login", "accounts.login_page", PERMIT_VISITOR,
		RATE_PAGE, OPEN, 0, login_page_show, NULL},
	{METHOD_POST, "/login", "accounts.login", PERMIT_VISITOR,
		RATE_LOGIN, REFILLS, KEPT_FORM_LIMIT, login_page_send, NULL},
	{METHOD_POST, "/logout", "accounts.logout", PERMIT_ANYONE,
		RATE_WRITE, OPEN, FORM, logout_send, NULL},

	{METHOD_GET, "/forgot", "accounts.forgot_page", PERMIT_ANYONE,
		RATE_PAGE, OPEN, 0, forgot_page_show, NULL},
	{METHOD_POST, "/forgot", "accounts.forgot", PERMIT_ANYONE,
		RATE_LOGIN, REFILLS, FORM, forgot_page_send, NULL},
	{METHOD_GET, "/forgot/sent", "accounts.forgot_sent", PERMIT_ANYONE,
		RATE_PAGE, OPEN, 0, forgot_sent_page_show, NULL},
	{METHOD_GET, "/reset/{token:word}", "accounts.reset_page",
		PERMIT_ANYONE, RATE_PAGE, OPEN, 0, reset_page_show, NULL},
	{METHOD_POST, "/reset/{token:word}", "accounts.reset",
		PERMIT_ANYONE, RATE_LOGIN, REFILLS, FORM, reset_page_send,
		NULL},

	{METHOD_GET, "/account/password", "accounts.password_page",
		PERMIT_SIGNED_IN, RATE_PAGE, OPEN, 0, password_page_show,
		NULL},
	{METHOD_POST, "/account/password", "accounts.password",
		PERMIT_SIGNED_IN, RATE_LOGIN, OPEN, FORM, password_page_send,
		NULL},
	{METHOD_GET, "/account/sessions", "accounts.sessions",
		PERMIT_SIGNED_IN, RATE_PAGE, OPEN, 0, sessions_page_show,
		NULL},
	{METHOD_POST, "/account/sessions/{id:uuid}/end",
		"accounts.session_end", PERMIT_SIGNED_IN, RATE_WRITE, OPEN,
		FORM, sessions_page_end, NULL},
	{METHOD_POST, "/account/sessions/end-others",
		"accounts.sessions_end_others", PERMIT_SIGNED_IN, RATE_WRITE,
		OPEN, FORM, sessions_page_end_others, NULL},
	{METHOD_GET, "/account/tokens", "accounts.tokens", PERMIT_MEMBER,
		RATE_PAGE, 0, 0, tokens_page_show, NULL},
	{METHOD_POST, "/account/tokens", "accounts.token_make",
		PERMIT_MEMBER, RATE_WRITE, ROUTE_REFILLS, FORM,
		tokens_page_make, NULL},
	{METHOD_POST, "/account/tokens/{id:uuid}/end", "accounts.token_end",
		PERMIT_MEMBER, RATE_WRITE, 0, FORM, tokens_page_end, NULL},

	{METHOD_GET, "/claim/{token:word}", "accounts.claim_page",
		PERMIT_ANYONE, RATE_PAGE, OPEN, 0, claim_page_show, NULL},
	{METHOD_POST, "/claim/{token:word}", "accounts.claim",
		PERMIT_VISITOR, RATE_LOGIN, REFILLS, FORM, claim_page_send,
		NULL},
	{METHOD_POST, "/claim/{token:word}/own", "accounts.claim_own",
		PERMIT_MEMBER, RATE_LOGIN, 0, FORM, claim_page_send_own,
		NULL},

	{METHOD_POST, "/api/v1/members", "accounts.api.join",
		PERMIT_VISITOR, RATE_LOGIN, OPEN_API, FORM, join_api, NULL},
	{METHOD_POST, "/api/v1/join/{token:token}",
		"accounts.api.join_invited", PERMIT_VISITOR, RATE_LOGIN,
		OPEN_API, FORM, join_api, NULL},
	{METHOD_POST, "/api/v1/confirmations/{token:token}",
		"accounts.api.confirm", PERMIT_ANYONE, RATE_LOGIN, OPEN_API,
		FORM, confirm_api, NULL},
	{METHOD_POST, "/api/v1/account/confirmation",
		"accounts.api.confirm_again", PERMIT_SIGNED_IN, RATE_LOGIN,
		OPEN_API, FORM, confirm_again_api, NULL},
	{METHOD_POST, "/api/v1/password-resets", "accounts.api.forgot",
		PERMIT_ANYONE, RATE_LOGIN, OPEN_API, FORM, forgot_api, NULL},
	{METHOD_POST, "/api/v1/password-resets/{token:token}",
		"accounts.api.reset", PERMIT_ANYONE, RATE_LOGIN, OPEN_API,
		FORM, reset_api, NULL},
	{METHOD_PUT, "/api/v1/account/password", "accounts.api.password",
		PERMIT_SIGNED_IN, RATE_LOGIN, OPEN_API, FORM, password_api,
		NULL},
	{METHOD_GET, "/api/v1/account/sessions", "accounts.api.sessions",
		PERMIT_SIGNED_IN, RATE_PAGE, OPEN_API, 0, sessions_api_list,
		NULL},
	{METHOD_DELETE, "/api/v1/account/sessions",
		"accounts.api.sessions_end", PERMIT_SIGNED_IN, RATE_WRITE,
		OPEN_API, 0, sessions_api_end_all, NULL},
	{METHOD_DELETE, "/api/v1/account/sessions/{id:uuid}",
		"accounts.api.session_end", PERMIT_SIGNED_IN, RATE_WRITE,
		OPEN_API, 0, sessions_api_end, NULL},
	{METHOD_POST, "/api/v1/tokens", "accounts.api.log_in",
		PERMIT_ANYONE, RATE_LOGIN, OPEN_API, FORM, tokens_api_log_in,
		NULL},
	{METHOD_GET, "/api/v1/account/tokens", "accounts.api.tokens",
		PERMIT_SIGNED_IN, RATE_PAGE, OPEN_API, 0, tokens_api_list,
		NULL},
	{METHOD_DELETE, "/api/v1/account/tokens/{id:uuid}",
		"accounts.api.token_end", PERMIT_SIGNED_IN, RATE_WRITE,
		OPEN_API, 0, tokens_api_end, NULL},
	{METHOD_POST, "/api/v1/claims/{token:token}", "accounts.api.claim",
		PERMIT_VISITOR, RATE_LOGIN, OPEN_API, FORM, claim_api, NULL},
	{METHOD_POST, "/api/v1/claims/{token:token}/own",
		"accounts.api.claim_own", PERMIT_MEMBER, RATE_LOGIN,
		ROUTE_API, FORM, claim_api_own, NULL},
};
// clang-format on

/* With those of the core that every request runs. */
static const struct db_statement *const statements[] = {
	&session_find_statement,
	&session_find_bearer_statement,
	&session_standing_statement,
	&session_standing_bearer_statement,
	&session_touch_statement,
	&session_touch_bearer_statement,
	&session_insert_statement,
	&session_renew_statement,
	&session_member_seen_statement,
	&session_end_statement,
	&account_by_email_statement,
	&account_by_username_statement,
	&account_by_id_statement,
	&change_queue_statement,
	&change_queue_member_statement,
	&account_count_statement,
	&account_insert_statement,
	&account_set_password_statement,
	&account_keep_password_statement,
	&account_confirm_statement,
	&account_release_statement,
	&account_make_founder_statement,
	&founder_find_statement,
	&link_insert_statement,
	&link_find_statement,
	&link_use_statement,
	&link_end_statement,
	&session_list_statement,
	&session_end_own_statement,
	&session_end_others_statement,
	&session_end_all_statement,
	&token_list_statement,
	&token_count_statement,
	&token_insert_statement,
	&token_end_statement,
	&token_end_others_statement,
	&token_end_all_statement,
	&session_expire_statement,
	&token_expire_statement,
	&link_expire_statement,
	&unconfirmed_expire_statement,
	&attempt_charge_statement,
	&attempt_return_statement,
	&attempt_expire_statement,
	&place_find_statement,
	&place_store_statement,
	&place_expire_statement,
};

static const struct page *const pages[] = {
	&join_page,
	&joined_page,
	&confirm_page,
	&unconfirmed_page,
	&login_page,
	&forgot_page,
	&forgot_sent_page,
	&reset_page,
	&password_page,
	&sessions_page,
	&tokens_page,
	&claim_page,
	&mail_confirm,
	&mail_address_known,
	&mail_reset,
	&mail_password_changed,
	&mail_claimed,
};

const struct feature accounts_feature = {
	.name = "accounts",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};
