#include "tenants/settings/marks.h"

#include "base/record.h"
#include "db/db.h"
#include "http/request.h"

struct mark_time {
	struct timestamp at;
};

static const struct field time_fields[] = {
	FIELD_TIME(struct mark_time, at),
};
static const struct record time_record = RECORD(struct mark_time, time_fields);

// clang-format off
#define MARK(word, column)                                                     \
	{                                                                      \
		.name = "settings.mark_" word,                                 \
		.sql = "UPDATE settings "                                      \
		       "SET " column " = ? "                                   \
		       "WHERE id = 1 "                                         \
		       "AND " column " IS NULL",                               \
		.parameters = &time_record,                                    \
		.kind = DB_WRITE,                                              \
	}
// clang-format on

const struct db_statement settings_mark_statements[SETTINGS_MARK_COUNT] = {
	[MARK_DESCRIBED] = MARK("described", "described_at"),
	[MARK_COLOURED] = MARK("coloured", "coloured_at"),
	[MARK_APPOINTED] = MARK("appointed", "appointed_at"),
	[MARK_INVITED] = MARK("invited", "invited_at"),
};

int
settings_mark(struct request *request, struct db *db, enum settings_mark mark)
{
	struct mark_time now = {request->now};

	return db_execute(db, &settings_mark_statements[mark], &now) < 0 ? -1
									 : 0;
}
