#include "ctl/visit.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Limits of rate count by address, and on the loopback there are many: a new
 * one after so many visits. Elsewhere one has to wait. */
#define VISITS_OF_ADDRESS 15
#define PATIENCE	  300 /* seconds */

int
visitor_open(struct visitor *visitor)
{
	visitor->curl = curl_easy_init();
	return visitor->curl == NULL ? -1 : 0;
}

void
visitor_close(struct visitor *visitor)
{
	curl_easy_cleanup(visitor->curl);
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
	curl_easy_setopt(visitor->curl, CURLOPT_INTERFACE, address);
}

static void
set_target(struct visitor *visitor, const struct visit *visit, char *url,
	size_t size)
{
	if (visitor->server_name != NULL)
		snprintf(url, size, "https://%s/", visitor->server_name);
	else
		snprintf(url, size, "http://%s/", visit->host);
	curl_easy_setopt(visitor->curl, CURLOPT_URL, url);
	curl_easy_setopt(visitor->curl, CURLOPT_REQUEST_TARGET, visit->target);
	curl_easy_setopt(visitor->curl, CURLOPT_CUSTOMREQUEST, visit->method);
	if (visit->body != NULL) {
		curl_easy_setopt(
			visitor->curl, CURLOPT_POSTFIELDS, visit->body);
		curl_easy_setopt(visitor->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)strlen(visit->body));
	}
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
	ways = curl_slist_append(NULL, way);
	/* Connections are kept. */
	curl_easy_reset(curl);
	choose_own_address(visitor);
	set_target(visitor, visit, url, sizeof(url));
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, ways);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
	/* It is our own listener, whatever its certificate says. */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, answer_collect);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &visit->answer);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &visit->answer);
	code = ways == NULL ? CURLE_OUT_OF_MEMORY : curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &visit->status);
	curl_slist_free_all(ways);
	return code;
}

static CURLcode
perform_with_headers(struct visitor *visitor, struct visit *visit)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	char host[200];
	CURLcode code;

	snprintf(host, sizeof(host), "Host: %s", visit->host);
	headers = curl_slist_append(headers, host);

	for (size_t i = 0; i < VISIT_HEADERS && visit->headers[i] != NULL; i++)
		headers = curl_slist_append(headers, visit->headers[i]);
	code = perform(visitor, visit, headers);
	curl_slist_free_all(headers);
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
				curl_easy_strerror(code));
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
