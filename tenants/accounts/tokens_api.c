#include <string.h>

#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/accounts/token_form.h"
#include "tenants/accounts/tokens.h"
#include "tenants/admit.h"
#include "tenants/permission.h"

struct tokens_answer {
	struct record_list tokens;
};

static const struct field tokens_answer_fields[] = {
	FIELD_LIST(struct tokens_answer, tokens, token_row_record),
};
static const struct record tokens_answer_record =
	RECORD(struct tokens_answer, tokens_answer_fields);

/* Who is suspended may log in and read why; a program could do nothing. */
#define SUSPENDED 7

static int
make(struct request *request, struct db *db, const struct account *account,
	void *draft)
{
	if (strcmp(account->state, "suspended") == 0)
		return SUSPENDED;
	return token_insert(request, db, account->id, draft);
}

int
tokens_api_log_in(struct request *request)
{
	struct token_login_input input = {0};
	struct token_draft draft;
	const struct login_purpose purpose = {.make = make, .argument = &draft};
	int outcome = form_read(request, &token_login_form, &input);

	if (outcome < 0)
		return 0;
	token_draft(request, input.name, input.days, &draft);
	if (outcome == 0)
		outcome = login_enter(
			request, input.login, input.password, &purpose);
	if (outcome < 0)
		return -1;
	if (outcome == THROTTLED || outcome == LOGIN_REFUSED)
		return 0;
	if (outcome == SUSPENDED) {
		admit_refuse(request, VERDICT_SUSPENDED);
		return 0;
	}
	if (outcome > 0)
		return reply_form_errors(request);
	return reply_record(request, 201, &token_answer_record,
		&(struct token_answer){draft.id, draft.token});
}

int
tokens_api_list(struct request *request)
{
	struct tokens_answer answer;

	if (tokens_list(request, &answer.tokens) < 0)
		return -1;
	return reply_record(request, 200, &tokens_answer_record, &answer);
}

int
tokens_api_end(struct request *request)
{
	int ended = token_end(request, request_parameter_uuid(request, "id"));

	if (ended < 0)
		return -1;
	return ended == 0 ? reply_not_found(request) : reply_empty(request);
}
