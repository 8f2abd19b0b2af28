#include "ctl/call.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/exchange.h"
#include "ctl/output.h"

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

/* Why there was no answer; `number` is the error where nobody listens. */
static void
note_reason(struct call *call, enum exchange_end end, int number)
{
	const char *why = end == EXCHANGE_REFUSED ? strerror(number)
			  : end == EXCHANGE_LATE
				  ? "no answer in ten minutes"
				  : "broke off before the answer was whole";

	snprintf(call->reason, sizeof(call->reason), "%.110s: %s\n%s",
		call->socket, why,
		end == EXCHANGE_REFUSED && (number == EACCES || number == EPERM)
			? "Only root and the socket's owner and group may use it."
			: "Is missiond running? Name another socket with "
			  "--socket PATH.");
}

int
call_try(struct call *call, const char *method, const char *path,
	const char *body)
{
	struct exchange exchange = {
		.socket = call->socket,
		.method = method,
		.target = path,
		.body = body,
	};
	enum exchange_end end;

	call_release(call);
	end = exchange_make(&exchange);
	call->answer = exchange.answer;
	call->cut = end == EXCHANGE_CUT;
	if (end != EXCHANGE_DONE) {
		note_reason(call, end, errno);
		return CTL_UNREACHABLE;
	}
	call->status = exchange.status;
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
