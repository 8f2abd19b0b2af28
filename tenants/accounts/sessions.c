#include "tenants/accounts/sessions.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/accounts/browser.h"
#include "tenants/accounts/statements.h"
#include "tenants/actor.h"

struct session_view {
	struct uuid id;
	struct timestamp created;
	struct timestamp seen;
	const char *address;
	const char *browser; /* "Firefox, Linux", or NULL */
	bool present;	     /* the one this page is shown in */
};

static const struct field session_view_fields[] = {
	FIELD_UUID(struct session_view, id),
	FIELD_TIME(struct session_view, created),
	FIELD_TIME(struct session_view, seen),
	FIELD_TEXT(struct session_view, address),
	FIELD_TEXT(struct session_view, browser),
	FIELD_BOOLEAN(struct session_view, present),
};
static const struct record session_view_record =
	RECORD(struct session_view, session_view_fields);

struct sessions_view {
	struct record_list sessions;
	bool others; /* there are some to end */
};

static const struct field sessions_view_fields[] = {
	FIELD_LIST(struct sessions_view, sessions, session_view_record),
	FIELD_BOOLEAN(struct sessions_view, others),
};
static const struct record sessions_view_record =
	RECORD(struct sessions_view, sessions_view_fields);

const struct page sessions_page = {
	"accounts/sessions.html", &sessions_view_record};

int
sessions_list(struct request *request, struct record_list *ret_sessions)
{
	struct session_list_key key = {request->actor->member, request->now};

	return db_rows(request->db, &session_list_statement, &key,
		       request->arena, ret_sessions) < 0
		       ? -1
		       : 0;
}

int
sessions_end_one(struct request *request, struct uuid session)
{
	struct session_own_key key = {session, request->actor->member};

	return (int)db_execute(request->db, &session_end_own_statement, &key);
}

int
sessions_end_others(struct request *request)
{
	struct session_others_key key = {
		request->actor->member, request->actor->session};

	return db_execute(request->db, &session_end_others_statement, &key) < 0
		       ? -1
		       : 0;
}

int
sessions_page_show(struct request *request)
{
	struct sessions_view view = {.others = false};
	struct record_list rows;
	struct session_view *sessions;

	if (sessions_list(request, &rows) < 0)
		return -1;
	sessions = arena_array(request->arena, rows.count, sizeof(*sessions));
	for (size_t i = 0; i < rows.count; i++) {
		const struct session_row *row =
			(const struct session_row *)rows.items + i;

		sessions[i] = (struct session_view){
			.id = row->id,
			.created = row->created,
			.seen = row->seen,
			.address = row->address,
			.browser = browser_name(request->arena, row->browser),
			.present = uuid_equal(row->id, request->actor->session),
		};
	}
	view.sessions = (struct record_list){sessions, rows.count};
	view.others = rows.count > 1;
	return reply_page(request, 200, &sessions_page, &view);
}

int
sessions_page_end(struct request *request)
{
	int ended = sessions_end_one(
		request, request_parameter_uuid(request, "id"));

	if (ended < 0)
		return -1;
	if (ended == 0)
		return reply_not_found(request);
	return reply_redirect_notice(
		request, "/account/sessions", "session-ended");
}

int
sessions_page_end_others(struct request *request)
{
	if (sessions_end_others(request) < 0)
		return -1;
	return reply_redirect_notice(
		request, "/account/sessions", "sessions-ended");
}

struct sessions_answer {
	struct record_list sessions;
};

static const struct field sessions_answer_fields[] = {
	FIELD_LIST(struct sessions_answer, sessions, session_row_record),
};
static const struct record sessions_answer_record =
	RECORD(struct sessions_answer, sessions_answer_fields);

int
sessions_api_list(struct request *request)
{
	struct sessions_answer answer;

	if (sessions_list(request, &answer.sessions) < 0)
		return -1;
	return reply_record(request, 200, &sessions_answer_record, &answer);
}

/* Who asks has a token, which is none of them. */
int
sessions_api_end_all(struct request *request)
{
	return sessions_end_others(request) < 0 ? -1 : reply_empty(request);
}

int
sessions_api_end(struct request *request)
{
	int ended = sessions_end_one(
		request, request_parameter_uuid(request, "id"));

	if (ended < 0)
		return -1;
	return ended == 0 ? reply_not_found(request) : reply_empty(request);
}
