/*
 * manage_fixture.h: the site of site_fixture.h with a founder of SITE_OPEN, and
 * members whom a test gives an office. Each test uses members of its own.
 */
#ifndef MISSIOND_TESTS_MANAGE_FIXTURE_H
#define MISSIOND_TESTS_MANAGE_FIXTURE_H

#include <stddef.h>

struct browser;

#define PASSWORD "correct horse battery" /* everybody's */

/* Of SITE_OPEN: "fay", logged in. */
extern struct browser *founder;

int manage_start(void **state);
int manage_stop(void **state);

/* The text between `before` and the next quote, in a buffer of the caller's. */
void cut(const char *text, const char *before, char *value, size_t size);

/* Sends the form at `path`, and the status; with join_at() the address is
 * confirmed, too. */
int send_join(struct browser *browser, const char *path, const char *username);
void join_at(const char *host, const char *path, const char *username);

struct browser *log_in_at(const char *host, const char *username);

/* A member of SITE_OPEN with these scopes ("" for none), logged in. */
struct browser *member_with(const char *username, const char *scopes);

/* The member's id as it stands in addresses, asked for by the founder, between
 * the two. */
void path_of(char path[96], const char *before, const char *username,
	const char *after);

/* A new access token. */
void token_of(char token[64], struct browser *browser);

#endif
