/*
 * site_fixture.h: a whole worker for tests: a private mariadbd with the real
 * tables of communities, the service with all features, and the HTTP server on
 * loopback in a child process. The test is a browser: libcurl with cookies.
 */
#ifndef MISSIOND_TESTS_SITE_FIXTURE_H
#define MISSIOND_TESTS_SITE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

/* Communities of the fixture, by host name. */
#define SITE_OPEN     "open.example"	 /* anyone joins; English; Paris */
#define SITE_APPROVAL "approval.example" /* admins approve */
#define SITE_INVITED  "invited.example"	 /* by invitation */
#define SITE_SPARE    "spare.example"	 /* anyone; for tests of its state */
#define SITE_SMALL                                                             \
	"small.example" /* anyone; four members at most;                       \
			 * a time zone that is not there */

void site_start(void);

/* Ends all; fails the test when the worker did not end cleanly. */
void site_stop(void);

/* The two as what cmocka calls before and after a group. */
int site_set_up(void **state);
int site_tear_down(void **state);

/* The community's schema, for server_sql() and the like. */
const char *site_schema(const char *host);

/* Runs SQL in the community's schema. */
void site_sql(const char *host, const char *sql);

/*
 * Calls `send(argument)` in a thread while SQL in the community's schema is
 * under way, and commits that when somebody waits for its locks: what is sent
 * is admitted before and carried out after. Fails the test when nobody waits,
 * with nothing held any more.
 */
void site_during(const char *host, const char *sql,
	void *(*send)(void *argument), void *argument);

/* As server_text(); "@." before a table stands for the community's schema. */
const char *site_text(const char *host, const char *sql);

/* For site_start() and site_stop(). */
void browser_library_start(uint16_t server_port);
void browser_library_stop(void);

struct browser;

/* A browser with no cookies, at an address of its own, that visits the host. */
struct browser *browser_open(const char *host);
void browser_close(struct browser *browser);

/* What came of the last request. */
int browser_status(const struct browser *browser);
const char *browser_body(const struct browser *browser);
/* Where a redirect leads ("" for none): a path. */
const char *browser_location(const struct browser *browser);

/* The head of the last answer: its status line and headers. */
const char *browser_head(const struct browser *browser);

/* Loads a page; the form token of its first form is kept. */
int browser_get(struct browser *browser, const char *path);

/*
 * Sends a form with the token kept: pairs of name and value, then NULL. The
 * hidden fields "terms" and "author" of the page are sent along when it had
 * them, the latter of a form that is carried, too.
 */
int browser_post(struct browser *browser, const char *path, ...)
	__attribute__((sentinel));

/* Joins as USERNAME@mail.example, named Ada Lovelace, and follows the link that
 * was mailed. */
void browser_join(
	struct browser *browser, const char *username, const char *password);

/* In a browser of its own that is closed again. */
void site_join(const char *host, const char *username, const char *password);

/* Sends the form to log in: its status. */
int browser_log_in(
	struct browser *browser, const char *login, const char *password);

/* What happens once between the head of the next form, when it was let in, and
 * its body. */
void browser_between(struct browser *browser, void (*happens)(void));

/* The form token kept is one that nobody was given from here on. */
void browser_spoil(struct browser *browser);

/* A request of the JSON API with a bearer token (or NULL). `json` NULL: no
 * body. */
int browser_api(struct browser *browser, const char *method, const char *path,
	const char *token, const char *json);

/* One header more for all requests, replacing the last; NULL for none. */
void browser_header(struct browser *browser, const char *header);

/* Whether the last body contains the text. */
bool browser_shows(const struct browser *browser, const char *text);

/* The body of the newest mail to the address, and the path of the link in it
 * ("/confirm/…"). Valid until the next call. */
const char *site_mail(const char *host, const char *address);
const char *site_link(const char *host, const char *address);

/* With the page in the message. */
#define assert_status(status, expected, browser)                               \
	do {                                                                   \
		int status_ = (status);                                        \
		if (status_ != (expected))                                     \
			fail_msg("%d: %s", status_, browser_body(browser));    \
	} while (0)
#define assert_shows(browser, text)                                            \
	do {                                                                   \
		if (!browser_shows(browser, text))                             \
			fail_msg("no \"%s\" in %s", text,                      \
				browser_body(browser));                        \
	} while (0)

#endif
