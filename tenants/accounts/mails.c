#include "tenants/accounts/mails.h"

#include "base/record.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/statements.h"
#include "tenants/community.h"
#include "tenants/mail.h"
#include "tenants/service.h"

struct account_mail_view {
	const char *name;
	const char *username;
	const char *community;
	const char *address; /* https://… of the community */
	const char *link;
	struct timestamp until; /* the link works; or none */
};

static const struct field view_fields[] = {
	FIELD_TEXT(struct account_mail_view, name),
	FIELD_TEXT(struct account_mail_view, username),
	FIELD_TEXT(struct account_mail_view, community),
	FIELD_TEXT(struct account_mail_view, address),
	FIELD_TEXT(struct account_mail_view, link),
	FIELD_TIME(struct account_mail_view, until),
};
static const struct record view_record =
	RECORD(struct account_mail_view, view_fields);

const struct page mail_confirm = {"accounts/mail-confirm.txt", &view_record};
const struct page mail_address_known = {
	"accounts/mail-address-known.txt", &view_record};
const struct page mail_reset = {"accounts/mail-reset.txt", &view_record};
const struct page mail_password_changed = {
	"accounts/mail-password-changed.txt", &view_record};
const struct page mail_claimed = {"accounts/mail-claimed.txt", &view_record};

int
account_mail(struct request *request, struct db *db,
	const struct account *account, const struct page *page,
	const char *subject, const struct link *link)
{
	struct account_mail_view view = {
		.name = account->name,
		.username = account->username,
		.community = request->community->settings.name,
		.address = service_origin(request),
		.link = link->address,
		.until = link->until,
	};
	struct mail_message message = {
		.to = account->email,
		.to_name = account->name,
		.language = request->language,
		.subject = subject,
		.page = page,
		.view = &view,
		.member = account->id,
	};

	if (account->language != NULL)
		language_parse(account->language, &message.language);
	return mail_queue(request, db, &message);
}
