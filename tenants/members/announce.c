#include "tenants/members/announce.h"

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/community.h"
#include "tenants/mail.h"
#include "tenants/members/mails.h"
#include "tenants/members/statements.h"
#include "tenants/service.h"

static int
tell(struct request *request, struct db *db,
	const struct application_reader *reader)
{
	struct member_mail view = {
		.name = reader->name,
		.community = request->community->settings.name,
		.address = service_origin(request),
	};
	struct mail_message message = {
		.to = reader->email,
		.to_name = reader->name,
		.language = request->language,
		.subject = N_("Somebody applies to join {{community}}"),
		.page = &mail_application_waits,
		.view = &view,
		.member = reader->id,
	};

	if (reader->language != NULL)
		language_parse(reader->language, &message.language);
	return mail_queue(request, db, &message);
}

int
application_announce(
	struct request *request, struct db *db, struct uuid applicant)
{
	struct application_recent_key recent = {
		.id = applicant,
		.since = {request->now.microseconds - CLOCK_HOUR},
	};
	struct member_key other;
	struct record_list readers;
	int rows = db_row(db, &application_recent_statement, &recent,
		request->arena, &other);

	if (rows != 0)
		return rows < 0 ? -1 : 0;
	if (db_rows(db, &application_readers_statement, NULL, request->arena,
		    &readers) < 0)
		return -1;
	/* A handful: the limit of the statement. */
	for (size_t i = 0; i < readers.count; i++)
		if (tell(request, db,
			    &((const struct application_reader *)
					    readers.items)[i]) < 0)
			return -1;
	return 0;
}
