#include <stdio.h>

#include "ctl/command.h"

static int
run(struct call *call, const struct command_options *options, char **arguments)
{
	int code = call_make(call, "GET", "/metrics", NULL);

	(void)options;
	(void)arguments;
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	fwrite(call->answer.text, 1, call->answer.length, stdout);
	return CTL_OK;
}

const struct command command_metrics = {
	.name = "metrics",
	.arguments = "",
	.summary = "print figures as Prometheus reads them",
	.help = "Text of Prometheus' format 0.0.4, also with --json. Where "
		"Prometheus can\nread it by itself stands in missiond.yaml(5), "
		"listen.metrics.\n",
	.run = run,
};
