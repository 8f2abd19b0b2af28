#include "tenants/accounts/join_page.h"

#include <string.h>

#include "base/record.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/join.h"
#include "tenants/accounts/join_form.h"
#include "tenants/accounts/settle.h"
#include "tenants/community.h"
#include "tenants/invitations/invitations.h"
#include "tenants/legal/acceptance.h"

struct join_view {
	bool invited;
	bool approval; /* the admins approve each one */
	const struct form_view *form;
};

static const struct field join_view_fields[] = {
	FIELD_BOOLEAN(struct join_view, invited),
	FIELD_BOOLEAN(struct join_view, approval),
	FIELD_OPTIONAL(
		struct join_view, form, struct form_view, form_view_record),
};
static const struct record join_view_record =
	RECORD(struct join_view, join_view_fields);

const struct page join_page = {"accounts/join.html", &join_view_record};

struct joined_view {
	bool approval;
};

static const struct field joined_view_fields[] = {
	FIELD_BOOLEAN(struct joined_view, approval),
};
static const struct record joined_view_record =
	RECORD(struct joined_view, joined_view_fields);

const struct page joined_page = {"accounts/joined.html", &joined_view_record};

static bool
needs_approval(const struct request *request)
{
	return strcmp(request->community->config->joining, "approval") == 0;
}

/* The invitation of the path, or NULL for the plain page. */
static const char *
invitation_token(const struct request *request)
{
	return request->parameters.count == 0
		       ? NULL
		       : request_parameter(request, "token");
}

/* Whether one may join here at all: 0, 1 (replied) or -1. */
static int
admit_joining(struct request *request, const char *token)
{
	struct invitation invitation;
	int found;

	if (token == NULL &&
		strcmp(request->community->config->joining, "invitation") != 0)
		return 0;
	if (token == NULL) {
		reply_error(request, 403,
			N_("This community is joined by invitation"),
			N_("Ask a member who runs it for an invitation."));
		return 1;
	}
	found = invitation_find(request, token, &invitation);
	if (found != 0)
		return found < 0 ? -1 : 0;
	reply_error(request, 410, N_("This invitation is no longer open"),
		N_("Its address is incomplete, or it was used, withdrawn or "
		   "has expired. Ask for a new one."));
	return 1;
}

static int
show(struct request *request, int status, bool invited)
{
	struct join_input start = {.terms = acceptance_digest(request)};
	struct join_view view = {
		.invited = invited,
		.approval = !invited && needs_approval(request),
	};

	view.form = form_show(request, &join_form, request->path, &start);
	return reply_page(request, status, &join_page, &view);
}

int
join_page_show(struct request *request)
{
	const char *token = invitation_token(request);
	int outcome = admit_joining(request, token);

	if (outcome != 0)
		return outcome < 0 ? -1 : 0;
	join_form_prepare(request, token != NULL);
	return show(request, 200, token != NULL);
}

int
join_page_send(struct request *request)
{
	const char *token = invitation_token(request);
	struct join_input input = {0};
	int outcome = admit_joining(request, token);

	if (outcome != 0)
		return outcome < 0 ? -1 : 0;
	join_form_prepare(request, token != NULL);
	outcome = join_form_read(request, &join_form, &input);
	if (outcome == JOIN_REPLIED)
		return 0;
	if (outcome == 0)
		outcome = join(request, &input, token);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return show(request, 422, token != NULL);
	settle(request);
	return reply_redirect(request, token == NULL && needs_approval(request)
					       ? "/joined?approval=1"
					       : "/joined");
}

int
joined_page_show(struct request *request)
{
	struct joined_view view = {
		.approval = request_query(request, "approval") != NULL,
	};

	return reply_page(request, 200, &joined_page, &view);
}

struct join_answer {
	const char *next;
};

static const struct field join_answer_fields[] = {
	FIELD_TEXT(struct join_answer, next),
};
static const struct record join_answer_record =
	RECORD(struct join_answer, join_answer_fields);

int
join_api(struct request *request)
{
	static const struct join_answer answer = {"confirm"};
	const char *token = invitation_token(request);
	struct join_input input = {0};
	int outcome = admit_joining(request, token);

	if (outcome != 0)
		return outcome < 0 ? -1 : 0;
	join_form_prepare(request, token != NULL);
	outcome = join_form_read(request, &join_form, &input);
	if (outcome == JOIN_REPLIED)
		return 0;
	if (outcome == 0)
		outcome = join(request, &input, token);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_form_errors(request);
	settle(request);
	return reply_record(request, 202, &join_answer_record, &answer);
}
