#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/job.h"

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
		if (job_follow(call, call_text(line, "slug"), job,
			    options->json) != CTL_OK)
			code = CTL_FAILED;
	}
	return code;
}

static int
run(struct call *call, const struct command_options *options, char **arguments)
{
	json_t *applied;
	int code;
	char *request = files_request(call, arguments, options->tenants, &code);

	if (request == NULL)
		return code;
	code = call_make(call, "POST", "/api/v1/apply", request);
	free(request);
	if (code != CTL_OK)
		return code;
	if (json_object_get(call->tree, "applied") == NULL)
		return call_print_problem(call);
	if (options->json)
		fputs(call->text, stdout);
	if (call_text(call->tree, "errors")[0] != '\0') {
		fputs(call_text(call->tree, "errors"), stderr);
		fputs("Nothing was changed.\n", stderr);
		return CTL_WRONG;
	}
	/* Following the jobs uses the same call. */
	applied = json_incref(json_object_get(call->tree, "applied"));
	code = print_refusals(applied) > 0 ? CTL_FAILED : CTL_OK;
	if (follow_all(call, options, applied) != CTL_OK)
		code = CTL_FAILED;
	json_decref(applied);
	return code;
}

const struct command command_apply = {
	.name = "apply",
	.arguments = "[FILE|FOLDER…]",
	.summary = "make communities as their files say",
	.help = "Creates communities that are new and updates those whose file "
		"changed; it never\ndeletes. One wrong file and nothing is "
		"changed. Without files it takes all *.yaml of\nthe tenants "
		"folder.\n\n"
		"  --no-wait     do not wait until the work is done\n",
	.most = -1,
	.run = run,
};
