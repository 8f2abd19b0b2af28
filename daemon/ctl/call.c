#include "ctl/call.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A job's answer waits for 20 s, an apply of a thousand files works longer. */
#define TIME_LIMIT_SECONDS 600L

static size_t
collect(char *data, size_t size, size_t count, void *argument)
{
	struct call *call = argument;
	size_t length = size * count;
	char *bigger = realloc(call->text, call->length + length + 1);

	if (bigger == NULL)
		return 0;
	call->text = bigger;
	memcpy(call->text + call->length, data, length);
	call->length += length;
	call->text[call->length] = '\0';
	return length;
}

static int
unreachable(const struct call *call, const char *why)
{
	fprintf(stderr,
		"missionctl: no answer on %s: %s\n"
		"Is missiond running? Name another socket with --socket PATH.\n",
		call->socket, why);
	return CTL_UNREACHABLE;
}

static CURLcode
perform(CURL *curl, struct call *call, const char *method, const char *path,
	const char *body, struct curl_slist *headers)
{
	char url[1100];

	snprintf(url, sizeof(url), "http://missiond%s", path);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->socket);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIME_LIMIT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)strlen(body));
	}
	return curl_easy_perform(curl);
}

int
call_make(struct call *call, const char *method, const char *path,
	const char *body)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	CURLcode code = CURLE_OUT_OF_MEMORY;

	call_release(call);
	if (curl != NULL && headers != NULL) {
		/* No question before the body: the limit is known. */
		struct curl_slist *more = curl_slist_append(headers, "Expect:");

		if (more != NULL)
			code = perform(curl, call, method, path, body, more);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &call->status);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return unreachable(call, curl_easy_strerror(code));
	if (call->length > 0)
		call->tree = json_loadb(call->text, call->length, 0, NULL);
	return CTL_OK;
}

void
call_release(struct call *call)
{
	json_decref(call->tree);
	free(call->text);
	call->tree = NULL;
	call->text = NULL;
	call->length = 0;
	call->status = 0;
}

const char *
call_text(const struct json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

int
call_print_problem(const struct call *call)
{
	const char *detail = call_text(call->tree, "detail");

	fprintf(stderr, "missionctl: %s\n",
		call->tree == NULL ? "an answer that cannot be read"
				   : call_text(call->tree, "title"));
	if (detail[0] != '\0')
		fprintf(stderr, "%s\n", detail);
	return CTL_FAILED;
}
