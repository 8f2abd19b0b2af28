#include "ctl/job.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/patience.h"

/* What fits on a line: one that wraps could not be cleared. */
static size_t
line_limit(void)
{
	struct winsize size = {0};

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1
		       ? size.ws_col - 1U
		       : 79;
}

static void
show_progress(const struct call *call, const char *slug)
{
	const json_t *tree = call->tree;
	const char *error = call_text(tree, "error");
	char line[1000];

	if (isatty(STDERR_FILENO) == 0)
		return;
	snprintf(line, sizeof(line), "%-24s %lld/%lld %.60s%s%.600s", slug,
		(long long)json_integer_value(json_object_get(tree, "step")),
		(long long)json_integer_value(json_object_get(tree, "steps")),
		call_text(tree, "step_name"),
		error[0] == '\0' ? "" : " — will try again: ", error);
	line[utf8_cut(line, line_limit())] = '\0';
	output_clear_line();
	fputs(line, stderr);
}

int
job_follow(struct call *call, const char *slug, const char *job, bool quiet)
{
	char path[200];
	const char *state;
	int code;

	snprintf(path, sizeof(path), "/api/v1/jobs/%.40s?wait=1", job);
	do {
		/* The job goes on without us. */
		code = patience_call(call, "GET", path, NULL, slug);
		if (code != CTL_OK)
			return code;
		if (call->status != 200)
			return call_print_problem(call);
		show_progress(call, slug);
		state = call_text(call->tree, "state");
	} while (strcmp(state, "done") != 0 && strcmp(state, "failed") != 0);
	if (isatty(STDERR_FILENO) != 0)
		output_clear_line();
	if (strcmp(state, "failed") == 0) {
		fprintf(stderr, "%-24s failed: %s\n", slug,
			call_text(call->tree, "error"));
		return CTL_FAILED;
	}
	if (!quiet)
		printf("%-24s %s\n", slug,
			strcmp(call_text(call->tree, "kind"), "provision") == 0
				? "created"
				: "updated");
	return CTL_OK;
}

static int
run_jobs(struct call *call, const struct command_options *options,
	char **arguments)
{
	int code = call_make(call, "GET", "/api/v1/jobs", NULL);
	size_t index;
	json_t *job;

	(void)arguments;
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	if (options->json) {
		call_print_json(call);
		return CTL_OK;
	}
	json_array_foreach(json_object_get(call->tree, "jobs"), index,
		job) printf("%s  %-10s %-8s %-24s %lld/%lld %s\n",
		call_text(job, "id"), call_text(job, "kind"),
		call_text(job, "state"), call_text(job, "slug"),
		(long long)json_integer_value(json_object_get(job, "step")),
		(long long)json_integer_value(json_object_get(job, "steps")),
		call_text(job, "error"));
	if (index == 0)
		puts("No job waits, runs or has failed.");
	return CTL_OK;
}

const struct command command_jobs = {
	.name = "jobs",
	.arguments = "",
	.summary = "list jobs that wait, run or have failed",
	.help = "",
	.run = run_jobs,
};
