#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/job.h"

#define SLUG_SIZE 64

/* Queues one and waits for its end. */
static int
rotate(struct call *call, const struct command_options *options,
	const char *slug)
{
	char path[200], job[64];
	int code;

	if (strlen(slug) >= SLUG_SIZE ||
		strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
			strlen(slug)) {
		fprintf(stderr, "missionctl: \"%s\" is no slug\n", slug);
		return CTL_USAGE;
	}
	snprintf(path, sizeof(path),
		"/api/v1/communities/%s/rotate-credentials", slug);
	code = call_make(call, "POST", path, "{}");
	if (code != CTL_OK)
		return code;
	if (call->status != 202)
		return call_print_problem(call);
	snprintf(job, sizeof(job), "%.40s", call_text(call->tree, "job"));
	code = job_follow(call, slug, job, true);
	if (code != CTL_OK)
		return code;
	if (options->json)
		fputs(call->text, stdout);
	else
		printf("%-24s rotated\n", slug);
	return CTL_OK;
}

/* A page of the list at a time; those that have no account yet are left out. */
static int
rotate_all(struct call *call, const struct command_options *options)
{
	char path[200] = "/api/v1/communities", next[SLUG_SIZE];
	int worst = CTL_OK;

	do {
		int code = call_make(call, "GET", path, NULL);
		json_t *page;
		size_t index;
		json_t *item;

		if (code != CTL_OK)
			return code;
		if (call->status != 200)
			return call_print_problem(call);
		/* The next call lets go of it. */
		page = json_incref(call->tree);
		json_array_foreach(
			json_object_get(page, "communities"), index, item)
		{
			if (strcmp(call_text(item, "state"), "pending") == 0 ||
				strcmp(call_text(item, "state"), "purged") == 0)
				continue;
			code = rotate(call, options, call_text(item, "slug"));
			if (code != CTL_OK)
				worst = code;
			if (code == CTL_UNREACHABLE)
				break;
		}
		snprintf(next, sizeof(next), "%.63s", call_text(page, "next"));
		json_decref(page);
		snprintf(path, sizeof(path), "/api/v1/communities?after=%s",
			next);
	} while (next[0] != '\0' && worst != CTL_UNREACHABLE);
	return worst;
}

static int
run_rotate(struct call *call, const struct command_options *options,
	char **arguments)
{
	if (options->all == (arguments[0] != NULL)) {
		fputs("missionctl: expected: missionctl rotate-credentials "
		      "COMMUNITY, or --all\n",
			stderr);
		return CTL_USAGE;
	}
	if (options->all)
		return rotate_all(call, options);
	return rotate(call, options, arguments[0]);
}

const struct command command_rotate_credentials = {
	.name = "rotate-credentials",
	.arguments = "COMMUNITY|--all",
	.summary = "change passwords of communities' database accounts",
	.help = "The community is served meanwhile, and no request fails. "
		"Waits until the job has\nended.\n",
	.least = 0,
	.most = 1,
	.run = run_rotate,
};
