#include "ctl/call.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/output.h"

/* A job's answer waits for 20 s, an apply of a thousand files works longer. */
#define TIME_LIMIT_SECONDS 600L

json_t *
call_string(const char *text)
{
	json_t *string = json_string(text);
	char *line;

	if (string != NULL)
		return string;
	line = output_line(text);
	string = json_string(line);
	free(line);
	return string;
}

int
call_problem(bool json, int code, const char *title, const char *detail)
{
	char *line = output_line(title);
	json_t *document;

	if (detail != NULL && detail[0] == '\0')
		detail = NULL;
	fprintf(stderr, "missionctl: %s\n", line);
	if (detail != NULL)
		fprintf(stderr, "%s\n", detail);
	if (json) {
		document = json_object();
		json_object_set_new(document, "title", call_string(title));
		if (detail != NULL)
			json_object_set_new(
				document, "detail", call_string(detail));
		call_print_tree(document);
		json_decref(document);
	}
	free(line);
	return code;
}

int
call_unreachable(const struct call *call)
{
	return call_problem(call->json, CTL_UNREACHABLE,
		"missiond cannot be reached", call->reason);
}

/* Why the socket does not answer: curl only says that it could not connect. */
static void
find_reason(struct call *call, const char *otherwise)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int number = ENAMETOOLONG;

	if (strlen(call->socket) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, call->socket,
			strlen(call->socket) + 1);
		number = connect(descriptor, (struct sockaddr *)&address,
				 sizeof(address)) == 0
				 ? 0
				 : errno;
	}
	if (descriptor >= 0)
		close(descriptor);
	snprintf(call->reason, sizeof(call->reason), "%.110s: %s\n%s",
		call->socket, number == 0 ? otherwise : strerror(number),
		number == EACCES || number == EPERM
			? "Only root and the socket's owner and group may use it."
			: "Is missiond running? Name another socket with "
			  "--socket PATH.");
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
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &call->answer);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (body != NULL) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)strlen(body));
	}
	return curl_easy_perform(curl);
}

int
call_try(struct call *call, const char *method, const char *path,
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
	call->cut = code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
		    code == CURLE_SEND_ERROR || code == CURLE_PARTIAL_FILE;
	if (code != CURLE_OK) {
		find_reason(call, curl_easy_strerror(code));
		return CTL_UNREACHABLE;
	}
	if (call->answer.length > 0)
		call->tree = json_loadb(
			call->answer.text, call->answer.length, 0, NULL);
	return CTL_OK;
}

int
call_make(struct call *call, const char *method, const char *path,
	const char *body)
{
	int code = call_try(call, method, path, body);

	return code == CTL_OK ? CTL_OK : call_unreachable(call);
}

void
call_release(struct call *call)
{
	json_decref(call->tree);
	answer_release(&call->answer);
	call->tree = NULL;
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
	const char *title = call_text(call->tree, "title");
	bool read_only = strcmp(call_text(call->tree, "type"),
				 "urn:missiond:problem:read-only") == 0;

	return call_problem(call->json, read_only ? CTL_READ_ONLY : CTL_FAILED,
		title[0] == '\0' ? "an answer that cannot be read" : title,
		call_text(call->tree, "detail"));
}

void
call_print_json(const struct call *call)
{
	const struct answer *answer = &call->answer;

	fputs(answer->text == NULL ? "{}" : answer->text, stdout);
	if (answer->length == 0 || answer->text[answer->length - 1] != '\n')
		putchar('\n');
}

void
call_print_tree(const json_t *tree)
{
	if (json_dumpf(tree, stdout, JSON_COMPACT) == 0)
		putchar('\n');
}
