#include "tenants/mail_statements.h"

#include "db/db.h"

static const struct field row_fields[] = {
	FIELD_UUID(struct mail_row, id),
	FIELD_UUID(struct mail_row, member),
	FIELD_TEXT(struct mail_row, recipient),
	FIELD_TEXT(struct mail_row, recipient_name),
	FIELD_TEXT(struct mail_row, language),
	FIELD_TEXT(struct mail_row, subject),
	FIELD_TEXT(struct mail_row, body),
	FIELD_TIME(struct mail_row, created),
	FIELD_TIME(struct mail_row, due),
};
static const struct record row_record = RECORD(struct mail_row, row_fields);

const struct db_statement mail_queue_statement = {
	.name = "mail.queue",
	.sql = "INSERT INTO outbox (id, member, recipient, recipient_name, "
	       "language, subject, body, created_at, due_at) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &row_record,
	.kind = DB_WRITE,
};
