#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

struct browser {
	CURL *curl;
	const char *host;
	struct buffer head, body;
	long status;
	char location[512];
	char token[64];
	char terms[80];
	char author[80];
	char address[64]; /* the header that says where this visitor is */
	const char *header;
	void (*between)(void);
	struct buffer sent; /* the body that waits for it */
	size_t taken;	    /* of that */
};

static uint16_t port;

void
browser_library_start(uint16_t server_port)
{
	curl_global_init(CURL_GLOBAL_ALL);
	port = server_port;
}

void
browser_library_stop(void)
{
	curl_global_cleanup();
}

static size_t
take_body(char *data, size_t size, size_t count, void *argument)
{
	struct browser *browser = argument;

	buffer_add(&browser->body, data, size * count);
	return size * count;
}

static size_t
take_header(char *data, size_t size, size_t count, void *argument)
{
	static const char name[] = "Location: ";
	struct browser *browser = argument;
	size_t length = size * count;

	buffer_add(&browser->head, data, length);
	if (length > strlen(name) && strncmp(data, name, strlen(name)) == 0)
		snprintf(browser->location, sizeof(browser->location), "%.*s",
			(int)(length - strlen(name) - 2), data + strlen(name));
	return length;
}

struct browser *
browser_open(const char *host)
{
	static unsigned count;
	struct browser *browser = calloc(1, sizeof(*browser));

	count++;
	snprintf(browser->address, sizeof(browser->address),
		"X-Forwarded-For: 10.0.%u.%u", count / 250, count % 250 + 1);
	browser->curl = curl_easy_init();
	browser->host = host;
	curl_easy_setopt(browser->curl, CURLOPT_COOKIEFILE, "");
	return browser;
}

void
browser_close(struct browser *browser)
{
	curl_easy_cleanup(browser->curl);
	buffer_release(&browser->head);
	buffer_release(&browser->body);
	buffer_release(&browser->sent);
	free(browser);
}

int
browser_status(const struct browser *browser)
{
	return (int)browser->status;
}

const char *
browser_body(const struct browser *browser)
{
	return buffer_text(&browser->body);
}

const char *
browser_head(const struct browser *browser)
{
	return buffer_text(&browser->head);
}

const char *
browser_location(const struct browser *browser)
{
	return browser->location;
}

bool
browser_shows(const struct browser *browser, const char *text)
{
	return strstr(browser_body(browser), text) != NULL;
}

void
browser_header(struct browser *browser, const char *header)
{
	browser->header = header;
}

/* Called when the server asks for the body. */
static size_t
give_body(char *data, size_t size, size_t count, void *argument)
{
	struct browser *browser = argument;
	size_t length = browser->sent.length - browser->taken;

	if (browser->between != NULL)
		browser->between();
	browser->between = NULL;
	if (length > size * count)
		length = size * count;
	memcpy(data, browser->sent.data + browser->taken, length);
	browser->taken += length;
	return length;
}

void
browser_between(struct browser *browser, void (*happens)(void))
{
	browser->between = happens;
}

static int
perform(struct browser *browser, const char *path, struct curl_slist *headers)
{
	char url[1024], resolve[256];
	struct curl_slist *addresses;
	CURLcode result;

	snprintf(url, sizeof(url), "http://%s:%u%s", browser->host, port, path);
	snprintf(resolve, sizeof(resolve), "%s:%u:127.0.0.1", browser->host,
		port);
	addresses = curl_slist_append(NULL, resolve);
	headers = curl_slist_append(headers, browser->address);
	if (browser->header != NULL)
		headers = curl_slist_append(headers, browser->header);
	buffer_clear(&browser->head);
	buffer_clear(&browser->body);
	browser->location[0] = '\0';
	curl_easy_setopt(browser->curl, CURLOPT_URL, url);
	curl_easy_setopt(browser->curl, CURLOPT_RESOLVE, addresses);
	curl_easy_setopt(browser->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(browser->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(browser->curl, CURLOPT_WRITEDATA, browser);
	curl_easy_setopt(browser->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(browser->curl, CURLOPT_HEADERDATA, browser);
	curl_easy_setopt(browser->curl, CURLOPT_TIMEOUT, 120L);
	result = curl_easy_perform(browser->curl);
	curl_easy_getinfo(
		browser->curl, CURLINFO_RESPONSE_CODE, &browser->status);
	curl_slist_free_all(headers);
	curl_slist_free_all(addresses);
	if (result != CURLE_OK)
		fail_msg("%s: %s", url, curl_easy_strerror(result));
	return (int)browser->status;
}

/* The value of the page's first hidden field of that name; kept when there is
 * none. */
static void
find_hidden(
	const struct browser *browser, const char *name, char *value, int size)
{
	char start[64];
	const char *found;

	snprintf(start, sizeof(start), "name=\"%s\" value=\"", name);
	found = strstr(browser_body(browser), start);
	if (found == NULL)
		return;
	found += strlen(start);
	snprintf(value, (size_t)size, "%.*s", (int)strcspn(found, "\""), found);
}

int
browser_get(struct browser *browser, const char *path)
{
	curl_easy_setopt(browser->curl, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(browser->curl, CURLOPT_HTTPGET, 1L);
	perform(browser, path, NULL);
	find_hidden(browser, "csrf", browser->token, sizeof(browser->token));
	find_hidden(browser, "terms", browser->terms, sizeof(browser->terms));
	find_hidden(
		browser, "author", browser->author, sizeof(browser->author));
	return browser_status(browser);
}

static void
send_form(struct browser *browser, const char *path, const struct buffer *form)
{
	CURL *curl = browser->curl;
	struct curl_slist *headers = NULL;

	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
	if (browser->between == NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, -1L);
		curl_easy_setopt(
			curl, CURLOPT_COPYPOSTFIELDS, buffer_text(form));
		perform(browser, path, NULL);
		return;
	}
	buffer_clear(&browser->sent);
	buffer_add(&browser->sent, form->data, form->length);
	browser->taken = 0;
	headers = curl_slist_append(headers, "Expect: 100-continue");
	curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, 120000L);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form->length);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(curl, CURLOPT_READDATA, browser);
	perform(browser, path, headers);
}

int
browser_post(struct browser *browser, const char *path, ...)
{
	struct buffer form = BUFFER_EMPTY;
	const char *name;
	va_list pairs;

	buffer_printf(&form, "csrf=%s", browser->token);
	if (browser->terms[0] != '\0')
		buffer_printf(&form, "&terms=%s", browser->terms);
	if (browser->author[0] != '\0')
		buffer_printf(&form, "&author=%s&kept.author=%s",
			browser->author, browser->author);
	va_start(pairs, path);
	while ((name = va_arg(pairs, const char *)) != NULL) {
		buffer_printf(&form, "&%s=", name);
		buffer_add_url(&form, va_arg(pairs, const char *));
	}
	va_end(pairs);
	send_form(browser, path, &form);
	buffer_release(&form);
	if (browser->status != 303)
		find_hidden(browser, "csrf", browser->token,
			sizeof(browser->token));
	return browser_status(browser);
}

void
browser_join(
	struct browser *browser, const char *username, const char *password)
{
	char email[64];
	const char *link;

	snprintf(email, sizeof(email), "%s@mail.example", username);
	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Ada Lovelace",
			      "email", email, "username", username, "password",
			      password, "accept", "1", NULL),
		303, browser);
	link = site_link(browser->host, email);
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);
}

void
site_join(const char *host, const char *username, const char *password)
{
	struct browser *browser = browser_open(host);

	browser_join(browser, username, password);
	browser_close(browser);
}

int
browser_log_in(struct browser *browser, const char *login, const char *password)
{
	browser_get(browser, "/login");
	return browser_post(
		browser, "/login", "login", login, "password", password, NULL);
}

void
browser_spoil(struct browser *browser)
{
	memset(browser->token, 'A', 43);
	browser->token[43] = '\0';
}

int
browser_api(struct browser *browser, const char *method, const char *path,
	const char *token, const char *json)
{
	struct curl_slist *headers = NULL;
	char authorization[128];

	if (token != NULL) {
		snprintf(authorization, sizeof(authorization),
			"Authorization: Bearer %s", token);
		headers = curl_slist_append(headers, authorization);
	}
	curl_easy_setopt(browser->curl, CURLOPT_HTTPGET, 1L);
	if (json != NULL) {
		headers = curl_slist_append(
			headers, "Content-Type: application/json");
		curl_easy_setopt(browser->curl, CURLOPT_POSTFIELDSIZE, -1L);
		curl_easy_setopt(browser->curl, CURLOPT_COPYPOSTFIELDS, json);
	}
	curl_easy_setopt(browser->curl, CURLOPT_CUSTOMREQUEST, method);
	return perform(browser, path, headers);
}
