#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/job.h"
#include "ctl/origin.h"
#include "ctl/patience.h"

static int
print_refusals(const json_t *applied)
{
	int refused = 0;
	size_t index;
	json_t *line;

	json_array_foreach(applied, index, line)
	{
		const char *refusal = call_text(line, "refusal");

		if (refusal[0] == '\0')
			continue;
		refused++;
		fprintf(stderr, "%s: %s\n", call_text(line, "file"), refusal);
	}
	return refused;
}

/* How the job ended, for programs. */
static void
note_end(json_t *line, const json_t *job)
{
	const char *error = call_text(job, "error");

	json_object_set_new(
		line, "state", json_string(call_text(job, "state")));
	if (error[0] != '\0')
		json_object_set_new(line, "error", json_string(error));
}

static int
follow_all(struct call *call, const struct command_options *options,
	const json_t *applied)
{
	int code = CTL_OK;
	size_t index;
	json_t *line;

	json_array_foreach(applied, index, line)
	{
		const char *job = call_text(line, "job");
		int end;

		if (job[0] == '\0') {
			if (!options->json)
				printf("%-24s unchanged\n",
					call_text(line, "slug"));
			continue;
		}
		if (options->no_wait) {
			if (!options->json)
				printf("%-24s %s, job %s\n",
					call_text(line, "slug"),
					call_text(line, "change"), job);
			continue;
		}
		end = job_follow(
			call, call_text(line, "slug"), job, options->json);
		if (end == CTL_UNREACHABLE)
			return end;
		if (end != CTL_OK)
			code = CTL_FAILED;
		note_end(line, call->tree);
	}
	return code;
}

static int
act_on(struct call *call, const struct command_options *options,
	const json_t *answer)
{
	const json_t *applied = json_object_get(answer, "applied");
	int code, followed;

	if (call_text(answer, "errors")[0] != '\0') {
		fputs(call_text(answer, "errors"), stderr);
		fputs("Nothing was changed.\n", stderr);
		return CTL_WRONG;
	}
	code = print_refusals(applied) > 0 ? CTL_FAILED : CTL_OK;
	if (json_array_size(applied) == 0)
		fputs("There is no *.yaml: nothing to do.\n", stderr);
	/* The one document is the answer, whatever happens on the way. */
	call->json = false;
	followed = follow_all(call, options, applied);
	return followed == CTL_OK ? code : followed;
}

/* A steward that ends while it works may have done a part: what is there
 * already is not done again, and its jobs are followed as the others. */
static int
send_files(struct call *call, const char *request)
{
	static const char path[] = "/api/v1/apply";
	int code = call_try(call, "POST", path, request);

	if (code == CTL_OK)
		return CTL_OK;
	return call->cut ? patience_call(call, "POST", path, request, "apply")
			 : call_unreachable(call);
}

/* Why files may not take communities over, into the answer's errors; false
 * when they may: the files that these were applied from are gone. */
static bool
refuse_moves(const json_t *answer)
{
	const json_t *moved = json_object_get(answer, "moved");
	char *text = NULL;
	size_t length, count;
	FILE *stream = open_memstream(&text, &length);

	if (stream == NULL)
		abort();
	origin_look(moved);
	count = origin_complain(moved, stream);
	fclose(stream);
	if (count > 0)
		json_object_set_new(
			(json_t *)answer, "errors", json_stringn(text, length));
	free(text);
	return count > 0;
}

/* The request once more, with the files that are gone. */
static char *
with_gone(const char *request, const json_t *moved)
{
	json_t *tree = json_loads(request, 0, NULL);
	json_t *gone = json_array();
	size_t index;
	json_t *line;
	char *text;

	json_array_foreach(moved, index, line)
		json_array_append(gone, json_object_get(line, "applied_file"));
	json_object_set_new(tree, "gone", gone);
	text = json_dumps(tree, JSON_COMPACT);
	json_decref(tree);
	return text;
}

/* A file that was moved is asked about, and the files are sent again. */
static int
send_and_look(struct call *call, const char *request)
{
	int code = send_files(call, request);
	const json_t *moved = json_object_get(call->tree, "moved");
	char *again;

	if (code != CTL_OK || json_array_size(moved) == 0 ||
		call_text(call->tree, "errors")[0] != '\0' ||
		refuse_moves(call->tree))
		return code;
	again = with_gone(request, moved);
	code = send_files(call, again);
	free(again);
	/* Moved once more meanwhile, by somebody else. */
	if (code == CTL_OK)
		refuse_moves(call->tree);
	return code;
}

static int
run(struct call *call, const struct command_options *options, char **arguments)
{
	json_t *answer;
	int code;
	char *request = files_request(call, arguments, options, &code);

	if (request == NULL)
		return code;
	code = send_and_look(call, request);
	free(request);
	if (code != CTL_OK)
		return code;
	if (json_object_get(call->tree, "applied") == NULL)
		return call_print_problem(call);
	answer = json_incref(call->tree); /* following uses the same call */
	code = act_on(call, options, answer);
	if (options->json)
		call_print_tree(answer);
	json_decref(answer);
	return code;
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "[FILE|FOLDER…]",
	.summary = "make communities as their files say",
	.help = "Creates communities that are new and updates those whose file "
		"changed; it never\ndeletes. One wrong file and nothing is "
		"changed. Without files it takes all *.yaml of\nthe tenants "
		"folder; - is standard input. A file may be moved: one that "
		"stands\nelsewhere is refused only while the one that was "
		"applied before is still there,\nbut with --replace.\n",
	.most = -1,
	.options = COMMAND_NO_WAIT | COMMAND_REPLACE | COMMAND_TENANTS,
	.run = run,
};
