#include <jansson.h>
#include <stdio.h>

#include "ctl/command.h"

static int
run_reload(struct call *call, const struct command_options *options,
	char **arguments)
{
	int code = call_make(call, "POST", "/api/v1/reload", "{}");

	(void)arguments;
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	if (options->json)
		call_print_json(call);
	else
		printf("Reloaded.\n%s", call_text(call->tree, "notes"));
	return CTL_OK;
}

static int
run_version(struct call *call, const struct command_options *options,
	char **arguments)
{
	(void)call;
	(void)arguments;
	if (options->json)
		printf("{\"version\":\"%s\"}\n", MISSIOND_VERSION);
	else
		printf("missionctl %s\n", MISSIOND_VERSION);
	return CTL_OK;
}

const struct command command_reload = {
	.name = "reload",
	.arguments = "",
	.summary = "take over missiond.yaml, certificates, templates, texts",
	.help = "Like SIGHUP, but tells what is wrong. No request is dropped. "
		"Communities' files are\ntaken over by apply.\n",
	.run = run_reload,
};

const struct command command_version = {
	.name = "version",
	.arguments = "",
	.summary = "print the version",
	.help = "",
	.run = run_version,
};
