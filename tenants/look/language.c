#include "tenants/look/look.h"

#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "text/catalogue.h"

#define YEAR_SECONDS (365 * 24 * 3600)

struct language_choice {
	const char *language;
	struct uuid member;
};

static const struct field choice_fields[] = {
	FIELD_TEXT(struct language_choice, language),
	FIELD_UUID(struct language_choice, member),
};
static const struct record choice_record =
	RECORD(struct language_choice, choice_fields);

const struct db_statement look_language_statement = {
	.name = "look.language",
	.sql = "UPDATE member "
	       "SET language = ? "
	       "WHERE id = ?",
	.parameters = &choice_record,
	.kind = DB_WRITE,
};

/* The language of the path, when the community has it: 0, else -1. */
static int
read_choice(const struct request *request, enum language *language)
{
	if (language_parse(request_parameter(request, "code"), language) < 0)
		return -1;
	return community_speaks(request->community, *language) ? 0 : -1;
}

static int
keep_here(struct request *request, enum language language, const char *to)
{
	reply_cookie(request, LOOK_LANGUAGE_COOKIE, language_code(language),
		YEAR_SECONDS);
	return reply_redirect(request, to == NULL ? "/" : to);
}

int
look_language(struct request *request)
{
	enum language language;

	if (read_choice(request, &language) < 0)
		return reply_not_found(request);
	return keep_here(request, language, request_query(request, "to"));
}

static int
store(struct request *request, struct db *db, void *argument)
{
	const enum language *language = argument;
	struct language_choice choice = {
		language_code(*language), request->actor->member};

	return db_execute(db, &look_language_statement, &choice) < 0 ? -1 : 0;
}

int
look_language_store(struct request *request)
{
	enum language language;

	if (read_choice(request, &language) < 0)
		return reply_not_found(request);
	if (community_change(request, 0, store, &language) < 0)
		return -1;
	/* Before the next log-in this browser speaks it, too. */
	return keep_here(request, language, form_value(request, "to"));
}
