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
		return call_problem(call->json, CTL_USAGE,
			"that is no slug, expected lower-case letters, digits "
			"and '-'",
			slug);
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
	if (!options->json)
		printf("%-24s rotated\n", slug);
	return CTL_OK;
}

/* What the next community would be answered, too. */
static bool
ends_all(int code)
{
	return code == CTL_UNREACHABLE || code == CTL_READ_ONLY;
}

/* A page of the list at a time; those that have no account yet are left out.
 * `jobs` gets those that have ended. */
static int
rotate_all(
	struct call *call, const struct command_options *options, json_t *jobs)
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
			if (code != CTL_UNREACHABLE)
				json_array_append(jobs, call->tree);
			if (ends_all(code))
				break;
		}
		snprintf(next, sizeof(next), "%.63s", call_text(page, "next"));
		json_decref(page);
		snprintf(path, sizeof(path), "/api/v1/communities?after=%s",
			next);
	} while (next[0] != '\0' && !ends_all(worst));
	return worst;
}

/* {"jobs": […]} for programs: one document, whatever fails on the way. */
static int
print_all(struct call *call, const struct command_options *options)
{
	json_t *document = json_pack("{s:[]}", "jobs");
	int code;

	call->json = false;
	code = rotate_all(call, options, json_object_get(document, "jobs"));
	if (options->json)
		call_print_tree(document);
	json_decref(document);
	return code;
}

static int
run_rotate(struct call *call, const struct command_options *options,
	char **arguments)
{
	int code;

	if (options->all == (arguments[0] != NULL)) {
		return call_problem(call->json, CTL_USAGE,
			"expected: missionctl rotate-credentials COMMUNITY, or "
			"--all",
			NULL);
	}
	if (options->all)
		return print_all(call, options);
	code = rotate(call, options, arguments[0]);
	if (code == CTL_OK && options->json)
		call_print_json(call);
	return code;
}

const struct command command_rotate_credentials = {
	.name = "rotate-credentials",
	.arguments = "COMMUNITY|--all",
	.summary = "change passwords of communities' database accounts",
	.help = "The community is served meanwhile, and no request fails. "
		"Waits until the job has\nended.\n",
	.least = 0,
	.most = 1,
	.options = COMMAND_ALL,
	.run = run_rotate,
};
