#include "tenants/listings/statements.h"

#include "db/db.h"

static const struct field key_fields[] = {
	FIELD_UUID(struct listing_key, id),
};
static const struct record key_record = RECORD(struct listing_key, key_fields);

static const struct field summary_fields[] = {
	FIELD_UUID(struct listing_summary, id),
	FIELD_TEXT(struct listing_summary, kind),
	FIELD_TEXT(struct listing_summary, category),
	FIELD_TEXT(struct listing_summary, title),
	FIELD_TEXT(struct listing_summary, excerpt),
	FIELD_INTEGER(struct listing_summary, price),
	FIELD_TEXT(struct listing_summary, currency),
	FIELD_TEXT(struct listing_summary, exchange),
	FIELD_TEXT(struct listing_summary, place),
	FIELD_TIME(struct listing_summary, until),
	FIELD_TEXT(struct listing_summary, state),
	FIELD_TIME(struct listing_summary, posted),
	FIELD_TEXT(struct listing_summary, username),
	FIELD_TEXT(struct listing_summary, name),
};
const struct record listing_summary_record =
	RECORD(struct listing_summary, summary_fields);

static const struct field listing_fields[] = {
	FIELD_UUID(struct listing, id),
	FIELD_UUID(struct listing, author),
	FIELD_TEXT(struct listing, kind),
	FIELD_TEXT(struct listing, category),
	FIELD_TEXT(struct listing, title),
	FIELD_TEXT(struct listing, body),
	FIELD_INTEGER(struct listing, price),
	FIELD_TEXT(struct listing, currency),
	FIELD_TEXT(struct listing, exchange),
	FIELD_TEXT(struct listing, place),
	FIELD_TIME(struct listing, until),
	FIELD_TEXT(struct listing, state),
	FIELD_TIME(struct listing, posted),
	FIELD_TIME(struct listing, changed),
	FIELD_TEXT(struct listing, username),
	FIELD_TEXT(struct listing, name),
	FIELD_TEXT(struct listing, author_state),
	FIELD_TIME(struct listing, author_joined),
};
const struct record listing_record = RECORD(struct listing, listing_fields);

/*
 * The index that ends with (posted_at, id) is read backwards: no sorting, and
 * it stops when the page is full. STRAIGHT_JOIN keeps the optimizer from
 * beginning with the members of a small community.
 */
// clang-format off
#define SUMMARIES                                                              \
	"SELECT STRAIGHT_JOIN listing.id, listing.kind, listing.category,"     \
	" listing.title, listing.excerpt, listing.price, listing.currency,"    \
	" listing.exchange, listing.place,"                                    \
	" listing.until, listing.state, listing.posted_at AS posted,"          \
	" member.username, member.name "                                       \
	"FROM listing "                                                        \
	"JOIN member ON member.id = listing.author "
#define OPEN                                                                   \
	"listing.state = 'open' "
#define CURRENT                                                                \
	"AND (listing.until IS NULL OR listing.until > ?) "                    \
	"AND member.state = 'active' "
#define NEWEST_FIRST                                                           \
	"ORDER BY listing.posted_at DESC, listing.id DESC "
#define ONE_PAGE                                                               \
	"LIMIT 25 OFFSET ?"
// clang-format on
_Static_assert(LISTINGS_PER_PAGE == 24 && LISTINGS_LATEST == 6 &&
		       LISTINGS_OF_AUTHOR == 100,
	"the limits stand in the SQL as well");

static const struct field newest_fields[] = {
	FIELD_TIME(struct listing_filter, over),
	FIELD_INTEGER(struct listing_filter, offset),
};
static const struct record newest_record =
	RECORD(struct listing_filter, newest_fields);

const struct db_statement listings_newest = {
	.name = "listings.newest",
	.sql = SUMMARIES "WHERE " OPEN CURRENT NEWEST_FIRST ONE_PAGE,
	.parameters = &newest_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_PER_PAGE + 1,
};

static const struct field of_kind_fields[] = {
	FIELD_TEXT(struct listing_filter, kind),
	FIELD_TIME(struct listing_filter, over),
	FIELD_INTEGER(struct listing_filter, offset),
};
static const struct record of_kind_record =
	RECORD(struct listing_filter, of_kind_fields);

const struct db_statement listings_of_kind = {
	.name = "listings.of_kind",
	.sql = SUMMARIES "WHERE " OPEN
			 "AND listing.kind = ? " CURRENT NEWEST_FIRST ONE_PAGE,
	.parameters = &of_kind_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_PER_PAGE + 1,
};

static const struct field of_category_fields[] = {
	FIELD_TEXT(struct listing_filter, category),
	FIELD_TIME(struct listing_filter, over),
	FIELD_INTEGER(struct listing_filter, offset),
};
static const struct record of_category_record =
	RECORD(struct listing_filter, of_category_fields);

const struct db_statement listings_of_category = {
	.name = "listings.of_category",
	.sql = SUMMARIES
	"WHERE " OPEN "AND listing.category = ? " CURRENT NEWEST_FIRST ONE_PAGE,
	.parameters = &of_category_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_PER_PAGE + 1,
};

static const struct field of_both_fields[] = {
	FIELD_TEXT(struct listing_filter, kind),
	FIELD_TEXT(struct listing_filter, category),
	FIELD_TIME(struct listing_filter, over),
	FIELD_INTEGER(struct listing_filter, offset),
};
static const struct record of_both_record =
	RECORD(struct listing_filter, of_both_fields);

const struct db_statement listings_of_kind_and_category = {
	.name = "listings.of_kind_and_category",
	.sql = SUMMARIES
	"WHERE " OPEN "AND listing.kind = ? "
	"AND listing.category = ? " CURRENT NEWEST_FIRST ONE_PAGE,
	.parameters = &of_both_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_PER_PAGE + 1,
};

static const struct field latest_fields[] = {
	FIELD_TEXT(struct listing_filter, kind),
	FIELD_TIME(struct listing_filter, over),
};
static const struct record latest_record =
	RECORD(struct listing_filter, latest_fields);

const struct db_statement listings_latest = {
	.name = "listings.latest",
	.sql = SUMMARIES "WHERE " OPEN
			 "AND listing.kind = ? " CURRENT NEWEST_FIRST "LIMIT 6",
	.parameters = &latest_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_LATEST,
};

static const struct field of_author_fields[] = {
	FIELD_UUID(struct listing_filter, author),
	FIELD_BOOLEAN(struct listing_filter, all),
	FIELD_TIME(struct listing_filter, over),
};
static const struct record of_author_record =
	RECORD(struct listing_filter, of_author_fields);

const struct db_statement listings_of_author = {
	.name = "listings.of_author",
	.sql = SUMMARIES
	"WHERE listing.author = ? "
	"AND (? OR (listing.state = 'open'"
	" AND (listing.until IS NULL OR listing.until > ?))) " NEWEST_FIRST
	"LIMIT 100",
	.parameters = &of_author_record,
	.row = &listing_summary_record,
	.kind = DB_READ,
	.limit = LISTINGS_OF_AUTHOR,
};

const struct db_statement listings_find = {
	.name = "listings.find",
	.sql = "SELECT listing.id, listing.author, listing.kind,"
	       " listing.category, listing.title, listing.body, listing.price,"
	       " listing.currency, listing.exchange, listing.place,"
	       " listing.until, listing.state, listing.posted_at AS posted,"
	       " listing.changed_at AS changed, member.username, member.name,"
	       " member.state AS author_state,"
	       " member.joined_at AS author_joined "
	       "FROM listing "
	       "JOIN member ON member.id = listing.author "
	       "WHERE listing.id = ?",
	.parameters = &key_record,
	.row = &listing_record,
	.kind = DB_READ,
};

static const struct field count_parameter_fields[] = {
	FIELD_UUID(struct listing_filter, author),
	FIELD_TIME(struct listing_filter, over),
};
static const struct record count_parameter_record =
	RECORD(struct listing_filter, count_parameter_fields);
static const struct field count_fields[] = {
	FIELD_INTEGER(struct listing_count, count),
};
static const struct record count_record =
	RECORD(struct listing_count, count_fields);

const struct db_statement listings_count_open = {
	.name = "listings.count_open",
	.sql = "SELECT COUNT(*) AS count "
	       "FROM listing "
	       "WHERE author = ? "
	       "AND state = 'open' "
	       "AND (until IS NULL OR until > ?)",
	.parameters = &count_parameter_record,
	.row = &count_record,
	.kind = DB_READ,
};

static const struct field new_fields[] = {
	FIELD_UUID(struct listing_new, id),
	FIELD_UUID(struct listing_new, author),
	FIELD_TEXT(struct listing_new, kind),
	FIELD_TEXT(struct listing_new, category),
	FIELD_TEXT(struct listing_new, title),
	FIELD_TEXT(struct listing_new, body),
	FIELD_TEXT(struct listing_new, excerpt),
	FIELD_INTEGER(struct listing_new, price),
	FIELD_TEXT(struct listing_new, currency),
	FIELD_TEXT(struct listing_new, exchange),
	FIELD_TEXT(struct listing_new, place),
	FIELD_TIME(struct listing_new, until),
	FIELD_TIME(struct listing_new, posted),
	FIELD_TIME(struct listing_new, changed),
};
static const struct record new_record = RECORD(struct listing_new, new_fields);

const struct db_statement listings_insert = {
	.name = "listings.insert",
	.sql = "INSERT INTO listing (id, author, kind, category, title, body,"
	       " excerpt, price, currency, exchange, place, until, state,"
	       " posted_at, changed_at) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

static const struct field change_fields[] = {
	FIELD_TEXT(struct listing_change, category),
	FIELD_TEXT(struct listing_change, title),
	FIELD_TEXT(struct listing_change, body),
	FIELD_TEXT(struct listing_change, excerpt),
	FIELD_INTEGER(struct listing_change, price),
	FIELD_TEXT(struct listing_change, currency),
	FIELD_TEXT(struct listing_change, exchange),
	FIELD_TEXT(struct listing_change, place),
	FIELD_TIME(struct listing_change, until),
	FIELD_TIME(struct listing_change, changed),
	FIELD_UUID(struct listing_change, id),
	FIELD_UUID(struct listing_change, author),
};
static const struct record change_record =
	RECORD(struct listing_change, change_fields);

const struct db_statement listings_update = {
	.name = "listings.update",
	.sql = "UPDATE listing "
	       "SET category = ?, title = ?, body = ?, excerpt = ?,"
	       " price = ?, currency = ?, exchange = ?, place = ?, until = ?,"
	       " changed_at = ? "
	       "WHERE id = ? "
	       "AND author = ? "
	       "AND state = 'open'",
	.parameters = &change_record,
	.kind = DB_WRITE,
};

static const struct field withdrawal_fields[] = {
	FIELD_TIME(struct listing_withdrawal, at),
	FIELD_UUID(struct listing_withdrawal, by),
	FIELD_UUID(struct listing_withdrawal, id),
};
static const struct record withdrawal_record =
	RECORD(struct listing_withdrawal, withdrawal_fields);

const struct db_statement listings_withdraw = {
	.name = "listings.withdraw",
	.sql = "UPDATE listing "
	       "SET state = 'withdrawn', withdrawn_at = ?, withdrawn_by = ? "
	       "WHERE id = ? "
	       "AND state = 'open'",
	.parameters = &withdrawal_record,
	.kind = DB_WRITE,
};

static const struct field recipient_fields[] = {
	FIELD_TEXT(struct listing_recipient, name),
	FIELD_TEXT(struct listing_recipient, email),
	FIELD_TEXT(struct listing_recipient, language),
};
static const struct record recipient_record =
	RECORD(struct listing_recipient, recipient_fields);

const struct db_statement listings_recipient = {
	.name = "listings.recipient",
	.sql = "SELECT name, email, language "
	       "FROM member "
	       "WHERE id = ?",
	.parameters = &key_record,
	.row = &recipient_record,
	.kind = DB_READ,
};
