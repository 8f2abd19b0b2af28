/* statements.h: the SQL of listings. */
#ifndef MISSIOND_TENANTS_LISTINGS_STATEMENTS_H
#define MISSIOND_TENANTS_LISTINGS_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

/* A page shows 24; the row after them says that there is a next page. */
#define LISTINGS_PER_PAGE 24
/* How many of each kind the front page shows. */
#define LISTINGS_LATEST 6
/* Characters of an excerpt, without the ellipsis; the column has more room. */
#define LISTING_EXCERPT 150
/* An author's listings on the profile, newest first. */
#define LISTINGS_OF_AUTHOR 100

struct listing_key {
	struct uuid id;
};

/* An author, to be written to. */
struct listing_recipient {
	const char *name;
	const char *email;
	const char *language; /* or NULL */
};

/* Of the statements that list, each takes what it needs. `over` is the day
 * that `until` must be after, the community's yesterday: a listing is shown
 * through its last day. */
struct listing_filter {
	const char *kind;
	const char *category;
	struct timestamp over;
	int64_t offset;
	struct uuid author;
	bool all; /* also those withdrawn or over */
};

/* A row of a list. */
struct listing_summary {
	struct uuid id;
	const char *kind;
	const char *category;
	const char *title;
	const char *excerpt; /* how the body begins, plain text */
	int64_t price;	     /* or none */
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	const char *state;
	struct timestamp posted;
	const char *username;
	const char *name;
};

/* One listing in full. */
struct listing {
	struct uuid id;
	struct uuid author;
	const char *kind;
	const char *category;
	const char *title;
	const char *body;
	int64_t price;
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	const char *state;
	struct timestamp posted;
	struct timestamp changed;
	const char *username;
	const char *name;
	const char *author_state;
	struct timestamp author_joined;
};

struct listing_new {
	struct uuid id;
	struct uuid author;
	const char *kind;
	const char *category;
	const char *title;
	const char *body;
	const char *excerpt;
	int64_t price;
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	struct timestamp posted;
	struct timestamp changed;
};

struct listing_change {
	const char *category;
	const char *title;
	const char *body;
	const char *excerpt;
	int64_t price;
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	struct timestamp changed;
	struct uuid id;
	struct uuid author;
};

struct listing_withdrawal {
	struct timestamp at;
	struct uuid by;
	struct uuid id;
};

struct listing_count {
	int64_t count;
};

extern const struct record listing_record;
extern const struct record listing_summary_record;

extern const struct db_statement listings_newest;
extern const struct db_statement listings_of_kind;
extern const struct db_statement listings_of_category;
extern const struct db_statement listings_of_kind_and_category;
extern const struct db_statement listings_latest;
extern const struct db_statement listings_of_author;
extern const struct db_statement listings_find;
extern const struct db_statement listings_count_open;
extern const struct db_statement listings_insert;
extern const struct db_statement listings_update;
extern const struct db_statement listings_withdraw;
extern const struct db_statement listings_recipient;

#endif
