/*
 * Accounts: programs' access tokens, made by API and on pages.
 */
#include "accounts_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "site_fixture.h"

void
programs_log_in_with_tokens(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char token[64], id[32], path[96];

	(void)state;
	site_join(SITE_OPEN, "ned", PASSWORD);
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      NULL, NULL),
		401, browser);
	assert_shows(browser, "\"title\":\"A valid token is needed\"");
	assert_status(browser_api(browser, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"ned\", \"password\": \"wrong "
			      "password\", \"name\": \"x\", \"days\": 5}"),
		401, browser);
	assert_shows(browser, "urn:missiond:problem:wrong-password");
	assert_non_null(
		strstr(browser_head(browser), "www-authenticate: Bearer\r\n"));
	assert_status(browser_api(browser, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"ned\", \"password\": \"" PASSWORD
			      "\", \"name\": \"script\", \"days\": 5}"),
		201, browser);
	cut(browser_body(browser), "\"token\":\"", token, sizeof(token));
	cut(browser_body(browser), "\"id\":\"", id, sizeof(id));
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		200, browser);
	assert_shows(browser, "\"name\":\"script\"");
	assert_status(browser_api(browser, "GET", "/api/v1/account/sessions",
			      token, NULL),
		200, browser);
	assert_status(
		browser_api(browser, "PUT", "/api/v1/account/password", token,
			"{\"current\": \"" PASSWORD
			"\", \"password\": \"yet another one\"}"),
		204, browser);
	snprintf(path, sizeof(path), "/api/v1/account/tokens/%s", id);
	assert_status(browser_api(browser, "DELETE", path, token, NULL), 204,
		browser);
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		401, browser);
	browser_close(browser);
}

void
pages_make_and_end_tokens(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char token[64];

	(void)state;
	site_join(SITE_OPEN, "pat", PASSWORD);
	browser_log_in(browser, "pat", PASSWORD);
	browser_get(browser, "/account/tokens");
	assert_status(browser_post(browser, "/account/tokens", "name",
			      "my script", "days", "30", NULL),
		201, browser);
	const char *code = strstr(browser_body(browser), "<code");
	assert_non_null(code);
	snprintf(token, sizeof(token), "%.43s", strchr(code, '>') + 1);
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	assert_false(browser_shows(browser, token));
	assert_shows(browser, "my script");
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		200, browser);
	browser_close(browser);
}
