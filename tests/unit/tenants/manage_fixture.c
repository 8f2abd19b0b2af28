#include "manage_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../db/server.h"
#include "site_fixture.h"

struct browser *founder;

void
cut(const char *text, const char *before, char *value, size_t size)
{
	const char *found = strstr(text, before);

	if (found == NULL)
		fail_msg("no %s in %s", before, text);
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
}

int
send_join(struct browser *browser, const char *path, const char *username)
{
	char email[64];

	snprintf(email, sizeof(email), "%s@mail.example", username);
	browser_get(browser, path);
	return browser_post(browser, path, "name", "Ada Lovelace", "email",
		email, "username", username, "password", PASSWORD, "accept",
		"1", NULL);
}

void
join_at(const char *host, const char *path, const char *username)
{
	struct browser *browser = browser_open(host);
	char email[64];
	const char *link;

	assert_status(send_join(browser, path, username), 303, browser);
	snprintf(email, sizeof(email), "%s@mail.example", username);
	link = site_link(host, email);
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	browser_close(browser);
}

struct browser *
log_in_at(const char *host, const char *username)
{
	struct browser *browser = browser_open(host);

	assert_status(
		browser_log_in(browser, username, PASSWORD), 303, browser);
	return browser;
}

struct browser *
member_with(const char *username, const char *scopes)
{
	char sql[256];

	join_at(SITE_OPEN, "/join", username);
	if (scopes[0] != '\0') {
		snprintf(sql, sizeof(sql),
			"INSERT INTO appointment (member, scopes, appointed_at)"
			" SELECT id, '%s', UTC_TIMESTAMP(6) FROM member "
			"WHERE username = '%s'",
			scopes, username);
		site_sql(SITE_OPEN, sql);
	}
	return log_in_at(SITE_OPEN, username);
}

void
path_of(char path[96], const char *before, const char *username,
	const char *after)
{
	char page[96], id[32];

	snprintf(page, sizeof(page), "/manage/members?search=%s", username);
	assert_status(browser_get(founder, page), 200, founder);
	cut(browser_body(founder), "<a href=\"/manage/members/", id,
		sizeof(id));
	snprintf(path, 96, "%s/%s%s", before, id, after);
}

void
token_of(char token[64], struct browser *browser)
{
	browser_get(browser, "/account/tokens");
	assert_status(browser_post(browser, "/account/tokens", "name", "script",
			      "days", "5", NULL),
		201, browser);
	cut(browser_body(browser), "<code class=\"copy\">", token, 64);
	token[43] = '\0';
}

int
manage_start(void **state)
{
	(void)state;
	site_start();
	/* Read at the first visit, which is still to come. */
	server_sql("UPDATE missiond_registry.community SET configuration = "
		   "JSON_SET(configuration, '$.founder_may_change.name', "
		   "false, '$.founder_may_change.theme', false, '$.languages', "
		   "JSON_ARRAY('en', 'fr')) WHERE slug = "
		   "'site3'");
	join_at(SITE_OPEN, "/join", "fay");
	site_sql(SITE_OPEN,
		"UPDATE member SET founder = TRUE WHERE username = 'fay'");
	founder = log_in_at(SITE_OPEN, "fay");
	return 0;
}

int
manage_stop(void **state)
{
	(void)state;
	browser_close(founder);
	site_stop();
	return 0;
}
