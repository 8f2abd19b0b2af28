#include <jansson.h>
#include <stdio.h>

#include "ctl/command.h"

static long long
number(const json_t *tree, const char *key)
{
	return json_integer_value(json_object_get(tree, key));
}

static void
print_process(const json_t *process)
{
	char id[40] = "";

	if (number(process, "process") > 0)
		snprintf(id, sizeof(id), ", process %lld",
			number(process, "process"));
	printf("%-12s %-8s since %s%s", call_text(process, "name"),
		call_text(process, "state"), call_text(process, "since"), id);
	if (number(process, "starts") > 1)
		printf(", started %lld times", number(process, "starts"));
	putchar('\n');
}

static void
print_status(const json_t *tree, bool answers)
{
	static const char *const jobs[] = {"waiting", "running", "failed"};
	const json_t *mails = json_object_get(tree, "mails");
	size_t index;
	json_t *process;

	printf("missiond %s is running %s.\n", call_text(tree, "version"),
		answers ? "and its database answers"
		: json_is_true(json_object_get(tree, "starting"))
			? "and still starting: its database is away or not "
			  "prepared yet"
			: "but its database is away");
	if (json_is_true(json_object_get(tree, "read_only")))
		puts("There is little space left: communities are read-only.");
	json_array_foreach(json_object_get(tree, "processes"), index, process)
		print_process(process);
	if (json_is_object(mails))
		printf("%-12s %lld waiting; %lld sent, %lld put off, %lld "
		       "given up since %s\n",
			"mails", number(mails, "waiting"),
			number(mails, "sent"), number(mails, "put_off"),
			number(mails, "given_up"), call_text(mails, "since"));
	if (!answers)
		return;
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		printf("jobs %-7s %lld\n", jobs[i], number(tree, jobs[i]));
	printf("schemas made ahead: %lld of %lld\n",
		number(tree, "schemas_ahead"),
		number(tree, "schemas_ahead_wanted"));
}

static int
run(struct call *call, const struct command_options *options, char **arguments)
{
	int code = call_make(call, "GET", "/api/v1/status", NULL);
	bool answers;

	(void)arguments;
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	answers = json_is_true(json_object_get(call->tree, "database"));
	if (options->json)
		call_print_json(call);
	else
		print_status(call->tree, answers);
	return answers ? CTL_OK : CTL_FAILED;
}

const struct command command_status = {
	.name = "status",
	.arguments = "",
	.summary = "tell whether missiond works and what its jobs do",
	.help = "Shows each process, what became of mails, how many jobs "
		"wait, run and have failed,\nand how many schemas are made "
		"ahead.\nEnds with 1 while the database "
		"does not answer or is\nnot prepared yet.\n",
	.run = run,
};
