#include "tenants/settings/statements.h"

#include "db/db.h"
#include "tenants/settings/settings.h"

static const struct field row_fields[] = {
	FIELD_TEXT(struct settings_row, name),
	FIELD_TEXT(struct settings_row, tagline),
	FIELD_TEXT(struct settings_row, description),
	FIELD_TEXT(struct settings_row, colour),
	FIELD_TIME(struct settings_row, described),
	FIELD_TIME(struct settings_row, coloured),
	FIELD_TIME(struct settings_row, appointed),
	FIELD_TIME(struct settings_row, invited),
};
static const struct record row_record = RECORD(struct settings_row, row_fields);

static const struct field update_fields[] = {
	FIELD_TEXT(struct settings_update_row, name),
	FIELD_TEXT(struct settings_update_row, tagline),
	FIELD_TEXT(struct settings_update_row, description),
	FIELD_TEXT(struct settings_update_row, colour),
	FIELD_TIME(struct settings_update_row, changed),
	FIELD_UUID(struct settings_update_row, changed_by),
};
static const struct record update_record =
	RECORD(struct settings_update_row, update_fields);

#define SETTINGS                                                               \
	"SELECT name, tagline, description, colour, "                          \
	"described_at AS described, coloured_at AS coloured, "                 \
	"appointed_at AS appointed, invited_at AS invited "                    \
	"FROM settings "                                                       \
	"WHERE id = 1"

const struct db_statement settings_read_statement = {
	.name = "settings.read",
	.sql = SETTINGS,
	.row = &row_record,
	.kind = DB_READ,
};

/* Two who change at once: the later one sees what the earlier one did. */
const struct db_statement settings_lock_statement = {
	.name = "settings.lock",
	.sql = SETTINGS " FOR UPDATE",
	.row = &row_record,
	.kind = DB_WRITE,
};

const struct db_statement settings_update_statement = {
	.name = "settings.update",
	.sql = "UPDATE settings "
	       "SET name = ?, tagline = ?, description = ?, colour = ?, "
	       "changed_at = ?, changed_by = ? "
	       "WHERE id = 1",
	.parameters = &update_record,
	.kind = DB_WRITE,
};
