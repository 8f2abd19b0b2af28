#include "ctl/visit.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Limits of rate count by address, and on the loopback there are many: a new
 * one after so many visits. Elsewhere one has to wait. */
#define VISITS_OF_ADDRESS 15
#define PATIENCE	  300 /* seconds */

/* The name that has been libcurl's since 2006. */
#define LIBRARY "libcurl.so.4"

/* What of libcurl is used here. It is loaded for the first visit: no other
 * command has use for it. */
static struct {
	void *handle;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
} library;

static int
load_library(void)
{
	const struct {
		const char *name;
		void *place; /* a pointer to a function, as POSIX has them */
	} symbols[] = {
		{"curl_easy_init", &library.easy_init},
		{"curl_easy_cleanup", &library.easy_cleanup},
		{"curl_easy_reset", &library.easy_reset},
		{"curl_easy_setopt", &library.easy_setopt},
		{"curl_easy_perform", &library.easy_perform},
		{"curl_easy_getinfo", &library.easy_getinfo},
		{"curl_easy_strerror", &library.easy_strerror},
		{"curl_slist_append", &library.slist_append},
		{"curl_slist_free_all", &library.slist_free_all},
	};

	if (library.handle != NULL)
		return 0;
	/* It reads names of hosts as the locale has them. */
	setlocale(LC_CTYPE, "");
	library.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *found = library.handle == NULL
				      ? NULL
				      : dlsym(library.handle, symbols[i].name);

		if (found == NULL) {
			fprintf(stderr, "missionctl: %s\n", dlerror());
			return -1;
		}
		memcpy(symbols[i].place, &found, sizeof(found));
	}
	return 0;
}

int
visitor_open(struct visitor *visitor)
{
	if (load_library() < 0)
		return -1;
	visitor->curl = library.easy_init();
	return visitor->curl == NULL ? -1 : 0;
}

void
visitor_close(struct visitor *visitor)
{
	library.easy_cleanup(visitor->curl);
	visitor->curl = NULL;
}

void
visit_release(struct visit *visit)
{
	answer_release(&visit->answer);
	visit->content = NULL;
	visit->status = 0;
}

static void
choose_own_address(struct visitor *visitor)
{
	unsigned turn = visitor->visits++ / VISITS_OF_ADDRESS;
	char address[40];

	if (strncmp(visitor->address, "127.", 4) != 0)
		return;
	snprintf(address, sizeof(address), "127.9.%u.%u", turn / 250 % 250 + 1,
		turn % 250 + 1);
	library.easy_setopt(visitor->curl, CURLOPT_INTERFACE, address);
}

static void
set_target(struct visitor *visitor, const struct visit *visit, char *url,
	size_t size)
{
	if (visitor->server_name != NULL)
		snprintf(url, size, "https://%s/", visitor->server_name);
	else
		snprintf(url, size, "http://%s/", visit->host);
	library.easy_setopt(visitor->curl, CURLOPT_URL, url);
	library.easy_setopt(
		visitor->curl, CURLOPT_REQUEST_TARGET, visit->target);
	library.easy_setopt(
		visitor->curl, CURLOPT_CUSTOMREQUEST, visit->method);
	if (visit->body != NULL) {
		library.easy_setopt(
			visitor->curl, CURLOPT_POSTFIELDS, visit->body);
		library.easy_setopt(visitor->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)strlen(visit->body));
	}
}

/* 0 ends the transfer. */
static size_t
collect_body(char *data, size_t size, size_t count, void *argument)
{
	struct visit *visit = argument;
	size_t taken = answer_collect(data, size, count, &visit->answer);
	const char *type = NULL;

	library.easy_getinfo(visit->curl, CURLINFO_CONTENT_TYPE, &type);
	visit->cut = type != NULL && strcmp(type, "text/event-stream") == 0 &&
		     strstr(visit->answer.text, "\n\n") != NULL;
	return visit->cut ? 0 : taken;
}

static CURLcode
perform(struct visitor *visitor, struct visit *visit,
	struct curl_slist *headers)
{
	CURL *curl = visitor->curl;
	char url[600], way[200];
	struct curl_slist *ways;
	CURLcode code;

	snprintf(way, sizeof(way), "::%.180s", visitor->address);
	ways = library.slist_append(NULL, way);
	/* Connections are kept. */
	library.easy_reset(curl);
	choose_own_address(visitor);
	set_target(visitor, visit, url, sizeof(url));
	library.easy_setopt(curl, CURLOPT_CONNECT_TO, ways);
	library.easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	library.easy_setopt(curl, CURLOPT_PROXY, "");
	library.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	library.easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
	/* It is our own listener, whatever its certificate says. */
	library.easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	library.easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	library.easy_setopt(curl, CURLOPT_HEADERFUNCTION, answer_collect);
	library.easy_setopt(curl, CURLOPT_HEADERDATA, &visit->answer);
	library.easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect_body);
	library.easy_setopt(curl, CURLOPT_WRITEDATA, visit);
	visit->curl = curl;
	visit->cut = false;
	code = ways == NULL ? CURLE_OUT_OF_MEMORY : library.easy_perform(curl);
	library.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &visit->status);
	library.slist_free_all(ways);
	return code == CURLE_WRITE_ERROR && visit->cut ? CURLE_OK : code;
}

static CURLcode
perform_with_headers(struct visitor *visitor, struct visit *visit)
{
	struct curl_slist *headers = library.slist_append(NULL, "Expect:");
	char host[200];
	CURLcode code;

	snprintf(host, sizeof(host), "Host: %s", visit->host);
	headers = library.slist_append(headers, host);

	for (size_t i = 0; i < VISIT_HEADERS && visit->headers[i] != NULL; i++)
		headers = library.slist_append(headers, visit->headers[i]);
	code = perform(visitor, visit, headers);
	library.slist_free_all(headers);
	return code;
}

int
visit_make(struct visitor *visitor, struct visit *visit)
{
	for (unsigned second = 0;; second++) {
		CURLcode code;

		visit_release(visit);
		code = perform_with_headers(visitor, visit);
		if (code != CURLE_OK || visit->answer.text == NULL) {
			fprintf(stderr, "missionctl: %s %s on %s: %s\n",
				visit->method, visit->target, visitor->address,
				library.easy_strerror(code));
			return -1;
		}
		if (visit->status != 429 || second == PATIENCE)
			break;
		sleep(1);
	}
	visit->content = strstr(visit->answer.text, "\r\n\r\n");
	visit->content = visit->content == NULL
				 ? visit->answer.text + visit->answer.length
				 : visit->content + 4;
	return 0;
}
