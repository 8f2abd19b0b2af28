#include "tenants/listings/mails.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/community.h"
#include "tenants/listings/statements.h"
#include "tenants/mail.h"
#include "tenants/service.h"

struct withdrawn_mail {
	const char *name;
	const char *community;
	const char *title;
	const char *address; /* of the listing: its author may still read it */
	const char *contact; /* of those who run the community, or NULL */
};

static const struct field withdrawn_fields[] = {
	FIELD_TEXT(struct withdrawn_mail, name),
	FIELD_TEXT(struct withdrawn_mail, community),
	FIELD_TEXT(struct withdrawn_mail, title),
	FIELD_TEXT(struct withdrawn_mail, address),
	FIELD_TEXT(struct withdrawn_mail, contact),
};
static const struct record withdrawn_record =
	RECORD(struct withdrawn_mail, withdrawn_fields);

const struct page listings_withdrawn_mail = {
	"listings/mail-withdrawn.txt", &withdrawn_record};

int
listing_tell_withdrawn(
	struct request *request, struct db *db, const struct listing *listing)
{
	struct listing_recipient author = {0};
	char id[UUID_TEXT_SIZE];
	struct withdrawn_mail view = {
		.community = request->community->settings.name,
		.title = listing->title,
		.contact =
			request->community->config->register_identity.contact,
	};
	struct mail_message message = {
		.subject = N_("What you posted in {{community}} was withdrawn"),
		.page = &listings_withdrawn_mail,
		.view = &view,
		.member = listing->author,
	};
	int rows = db_row(db, &listings_recipient,
		&(struct listing_key){listing->author}, request->arena,
		&author);

	if (rows <= 0)
		return rows;
	uuid_format(listing->id, id);
	view.name = author.name;
	view.address = arena_printf(
		request->arena, "%s/listings/%s", service_origin(request), id);
	message.to = author.email;
	message.to_name = author.name;
	if (author.language == NULL ||
		language_parse(author.language, &message.language) < 0)
		message.language = request->language;
	return mail_queue(request, db, &message);
}
