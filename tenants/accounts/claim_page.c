#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/claim.h"
#include "tenants/accounts/join_form.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/legal/acceptance.h"
#include "tenants/session.h"

/* For who is logged in: only the button. */
static const struct form own_form = {
	.submit = N_("Become the founder"),
};

struct claim_view {
	const char *email;	  /* the account will have it */
	const char *organisation; /* the client, or NULL */
	bool own;		  /* the actor claims */
	const char *login;	  /* path, for who has an account */
	const struct form_view *form;
};

static const struct field claim_view_fields[] = {
	FIELD_TEXT(struct claim_view, email),
	FIELD_TEXT(struct claim_view, organisation),
	FIELD_BOOLEAN(struct claim_view, own),
	FIELD_TEXT(struct claim_view, login),
	FIELD_OPTIONAL(
		struct claim_view, form, struct form_view, form_view_record),
};
static const struct record claim_view_record =
	RECORD(struct claim_view, claim_view_fields);

const struct page claim_page = {"accounts/claim.html", &claim_view_record};

static int
reply_dead_link(struct request *request)
{
	return reply_error(request, 410, N_("This link no longer works"),
		N_("It is incomplete, was used already or has expired. Ask "
		   "the host for a new one."));
}

static int
show(struct request *request, int status)
{
	const struct tenant_founder *founder =
		&request->community->config->founder;
	const char *token = request_parameter(request, "token");
	struct join_input start = {
		.name = founder->name,
		.terms = acceptance_digest(request),
	};
	struct claim_view view = {
		.email = founder->email,
		.organisation = founder->organisation,
		.own = request->actor != NULL,
	};

	view.login =
		arena_printf(request->arena, "/login?next=/claim/%s", token);
	if (view.own)
		view.form = form_show(request, &own_form,
			arena_printf(request->arena, "/claim/%s/own", token),
			NULL);
	else
		view.form = form_show(request, &claim_form,
			arena_printf(request->arena, "/claim/%s", token),
			&start);
	return reply_page(request, status, &claim_page, &view);
}

int
claim_page_show(struct request *request)
{
	int found = claim_find(request, request_parameter(request, "token"));

	claim_form_prepare(request);
	if (found < 0)
		return -1;
	return found == 0 ? reply_dead_link(request) : show(request, 200);
}

/* 0, 1 (something is wrong), more when a reply was made, or −1. */
static int
read_and_claim(struct request *request, const struct session_draft *session,
	const char **ret_username)
{
	struct join_input input = {
		.email = request->community->config->founder.email,
	};
	const char *token = request_parameter(request, "token");
	int found = claim_find(request, token);
	int outcome;

	if (found < 0)
		return -1;
	claim_form_prepare(request);
	/* Who has no link learns nothing about user names. */
	outcome = found > 0 ? join_form_read(request, &claim_form, &input)
			    : form_read(request, &claim_form, &input);
	if (outcome < 0 && found == 0)
		return JOIN_REPLIED;
	if (outcome == 0)
		outcome = claim_new(request, token, &input, session);
	if (outcome == CLAIM_LINK_DEAD)
		reply_dead_link(request);
	if (outcome == 0)
		*ret_username = input.username;
	return outcome;
}

int
claim_page_send(struct request *request)
{
	struct session_draft session;
	const char *username;
	int outcome;

	session_draft(&session);
	outcome = read_and_claim(request, &session, &username);
	if (outcome < 0)
		return -1;
	if (outcome == 1)
		return show(request, 422);
	if (outcome > 1)
		return 0;
	session_send(request, &session);
	return reply_redirect_notice(request, "/manage", "claimed");
}

int
claim_page_send_own(struct request *request)
{
	int outcome = claim_own(request, request_parameter(request, "token"));

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_dead_link(request);
	return reply_redirect_notice(request, "/manage", "claimed");
}

struct claim_answer {
	const char *username;
};

static const struct field claim_answer_fields[] = {
	FIELD_TEXT(struct claim_answer, username),
};
static const struct record claim_answer_record =
	RECORD(struct claim_answer, claim_answer_fields);

int
claim_api(struct request *request)
{
	struct claim_answer answer;
	int outcome = read_and_claim(request, NULL, &answer.username);

	if (outcome < 0)
		return -1;
	if (outcome == 1)
		return reply_form_errors(request);
	if (outcome > 1)
		return 0;
	return reply_record(request, 201, &claim_answer_record, &answer);
}

int
claim_api_own(struct request *request)
{
	int outcome = claim_own(request, request_parameter(request, "token"));

	if (outcome < 0)
		return -1;
	return outcome > 0 ? reply_dead_link(request) : reply_empty(request);
}
