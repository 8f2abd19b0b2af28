#include "tenants/members/members.h"

#include <string.h>

#include "base/uuid.h"
#include "db/db.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/mail.h"
#include "tenants/members/mails.h"
#include "tenants/members/statements.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"
#include "tenants/service.h"

/* One of the four acts on one member. The transaction may run twice, so only
 * the refusal is written. */
struct act {
	struct uuid member;
	const char *from; /* the state it starts in */
	const char *to;
	const char *action; /* in the audit list */
	const char *wrong_state;
	const char *subject; /* of the mail */
	const struct page *mail;
	const char *reason; /* the admin's words, or NULL */
	bool ends_access;   /* sessions, tokens, links of the address */
	const char **ret_refusal;
};

static const char *
refusal(const struct act *act, const struct request *request,
	const struct member_subject *subject)
{
	if (strcmp(subject->state, act->from) != 0)
		return act->wrong_state;
	if (subject->founder)
		return N_("The founder’s membership cannot be changed here.");
	if (uuid_equal(subject->id, request->actor->member))
		return N_("You cannot do this to yourself.");
	if (!roles_may_pass(request->actor, scopes_parse(subject->scopes)))
		return N_("This administrator holds scopes that you do not: "
			  "ask the founder.");
	return NULL;
}

static int
tell_by_mail(struct request *request, struct db *db, const struct act *act,
	const struct member_subject *subject)
{
	struct member_mail view = {
		.name = subject->name,
		.community = request->community->settings.name,
		.address = service_origin(request),
		.reason = act->reason,
		.contact =
			request->community->config->register_identity.contact,
	};
	struct mail_message message = {
		.to = subject->email,
		.to_name = subject->name,
		.subject = act->subject,
		.page = act->mail,
		.view = &view,
		.member = subject->id,
	};

	if (subject->language == NULL ||
		language_parse(subject->language, &message.language) < 0)
		message.language = request->language;
	return mail_queue(request, db, &message);
}

/* Also links of another account that was made with the address: by them one
 * could come in who has just been refused. */
static int
end_access(struct request *request, struct db *db,
	const struct member_subject *subject)
{
	struct member_key key = {subject->id};
	struct member_links links = {request->now, subject->id, subject->email};

	if (db_execute(db, &member_end_sessions_statement, &key) < 0 ||
		db_execute(db, &member_end_tokens_statement, &key) < 0)
		return -1;
	return db_execute(db, &member_end_links_statement, &links) < 0 ? -1 : 0;
}

static int
carry_out(struct request *request, struct db *db, void *argument)
{
	struct act *act = argument;
	struct member_key key = {act->member};
	struct member_subject subject = {0};
	struct member_state_change change = {act->to, act->member};
	struct audit_event event = {
		.action = act->action,
		.member = act->member,
		.details = act->reason,
	};
	int rows = db_row(
		db, &member_subject_statement, &key, request->arena, &subject);

	if (rows < 0)
		return -1;
	*act->ret_refusal = rows == 0 ? N_("There is no such member.")
				      : refusal(act, request, &subject);
	if (*act->ret_refusal != NULL)
		return 1;
	if (db_execute(db, &member_set_state_statement, &change) < 0)
		return -1;
	if (act->ends_access && end_access(request, db, &subject) < 0)
		return -1;
	if (tell_by_mail(request, db, act, &subject) < 0)
		return -1;
	return audit_append(request, db, &event);
}

int
member_suspend(struct request *request, struct uuid member, const char *reason,
	const char **ret_refusal)
{
	struct act act = {
		.member = member,
		.from = "active",
		.to = "suspended",
		.action = "member.suspended",
		.wrong_state = N_("Only active members can be suspended."),
		.subject = N_("Your membership is suspended"),
		.mail = &mail_member_suspended,
		.reason = reason,
		.ends_access = true,
		.ret_refusal = ret_refusal,
	};

	return community_change(
		request, EPOCH_CONTENT | EPOCH_MAIL, carry_out, &act);
}

int
member_readmit(
	struct request *request, struct uuid member, const char **ret_refusal)
{
	struct act act = {
		.member = member,
		.from = "suspended",
		.to = "active",
		.action = "member.readmitted",
		.wrong_state = N_("This member is not suspended."),
		.subject = N_("Welcome back"),
		.mail = &mail_member_readmitted,
		.ret_refusal = ret_refusal,
	};

	return community_change(
		request, EPOCH_CONTENT | EPOCH_MAIL, carry_out, &act);
}

int
application_approve(
	struct request *request, struct uuid member, const char **ret_refusal)
{
	struct act act = {
		.member = member,
		.from = "pending",
		.to = "active",
		.action = "application.approved",
		.wrong_state = N_("This application has been answered."),
		.subject = N_("You are in"),
		.mail = &mail_application_approved,
		.ret_refusal = ret_refusal,
	};

	return community_change(
		request, EPOCH_CONTENT | EPOCH_MAIL, carry_out, &act);
}

int
application_decline(
	struct request *request, struct uuid member, const char **ret_refusal)
{
	struct act act = {
		.member = member,
		.from = "pending",
		.to = "declined",
		.action = "application.declined",
		.wrong_state = N_("This application has been answered."),
		.subject = N_("Your application"),
		.mail = &mail_application_declined,
		.ends_access = true,
		.ret_refusal = ret_refusal,
	};

	return community_change(request, EPOCH_MAIL, carry_out, &act);
}
