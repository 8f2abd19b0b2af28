#include "ctl/selftest.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "ctl/command.h"

void
selftest_note(struct selftest *selftest, const char *community,
	const char *other, const char *attempt, const char *refused_by,
	const char *detail)
{
	json_array_append_new(selftest->attempts,
		json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "community", community,
			"other", other, "attempt", attempt, "refused_by",
			refused_by, "detail",
			refused_by == NULL ? detail : NULL));
}

/* Both directions, by the steward. */
static int
attack_database(struct selftest *selftest, const char *slug, const char *other)
{
	struct call *call = selftest->call;
	char path[240];
	int code;

	snprintf(path, sizeof(path), "/api/v1/selftest/database/%.63s/%.63s",
		slug, other);
	code = call_make(call, "POST", path, "{}");
	if (code != CTL_OK || call->status != 200)
		return code != CTL_OK ? code : call_print_problem(call);
	json_array_extend(
		selftest->attempts, json_object_get(call->tree, "attempts"));
	return CTL_OK;
}

static int
read_surface(struct selftest *selftest)
{
	int code = call_make(selftest->call, "GET", "/api/v1/selftest", NULL);

	if (code != CTL_OK || selftest->call->status != 200)
		return code != CTL_OK ? code
				      : call_print_problem(selftest->call);
	selftest->surface = json_incref(selftest->call->tree);
	selftest->visitor.address = call_text(selftest->surface, "address");
	if (strcmp(call_text(selftest->surface, "scheme"), "https") == 0)
		selftest->visitor.server_name =
			call_text(selftest->surface, "server_name");
	if (selftest->visitor.address[0] == '\0') {
		fputs("missionctl: missiond listens nowhere for visitors\n",
			stderr);
		return CTL_FAILED;
	}
	return visitor_open(&selftest->visitor) < 0 ? CTL_FAILED : CTL_OK;
}

static int
attack_all(struct selftest *selftest)
{
	const struct selftest_site *sites = selftest->sites;
	int code = selftest_make(selftest);

	if (code == CTL_OK)
		code = selftest_attack_unclaimed(selftest);
	if (code == CTL_OK)
		code = selftest_settle(selftest);
	if (code == CTL_OK)
		code = attack_database(selftest, sites[0].slug, sites[1].slug);
	if (code == CTL_OK)
		code = selftest_attack_http(selftest);
	if (code == CTL_OK && selftest->named[0].slug[0] != '\0')
		code = selftest_read_named(selftest);
	if (code == CTL_OK)
		code = selftest_attack_by_job(selftest);
	return code;
}

/* With two communities of its own, before and after which there are none. */
static int
attack_isolation(struct selftest *selftest, char **communities)
{
	int code = read_surface(selftest), removed;

	if (code == CTL_OK && communities[0] != NULL)
		code = selftest_find_named(selftest, communities);
	if (code == CTL_OK && communities[0] != NULL)
		code = attack_database(
			selftest, communities[0], communities[1]);
	if (code == CTL_OK)
		code = selftest_discard(selftest);
	if (code != CTL_OK)
		return code;
	code = attack_all(selftest);
	removed = selftest_discard(selftest);
	return code == CTL_OK ? removed : code;
}

static size_t
print_table(const struct selftest *selftest)
{
	size_t index, through = 0;
	const json_t *item;

	printf("%-12s %-12s %-36s %s\n", "COMMUNITY", "AGAINST", "REFUSED BY",
		"ATTEMPT");
	json_array_foreach(selftest->attempts, index, item)
	{
		const char *by = call_text(item, "refused_by");

		printf("%-12s %-12s %-36s %s\n", call_text(item, "community"),
			call_text(item, "other"), by[0] == '\0' ? "NOBODY" : by,
			call_text(item, "attempt"));
		if (by[0] != '\0')
			continue;
		through++;
		printf("%-25s %s\n", "", call_text(item, "detail"));
	}
	return through;
}

static size_t
print_json(const struct selftest *selftest)
{
	size_t index, through = 0;
	const json_t *item;
	json_t *answer;

	json_array_foreach(selftest->attempts, index, item) through +=
		json_is_null(json_object_get(item, "refused_by"));
	answer = json_pack("{s:O, s:I}", "attempts", selftest->attempts,
		"through", (json_int_t)through);
	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
	return through;
}

static int
run_isolation(struct call *call, const struct command_options *options,
	char **communities)
{
	struct selftest selftest = {
		.call = call,
		.attempts = json_array(),
		.json = options->json,
	};
	size_t count, through;
	int code = attack_isolation(&selftest, communities);

	count = json_array_size(selftest.attempts);
	through =
		options->json ? print_json(&selftest) : print_table(&selftest);
	if (!options->json)
		printf("\n%zu attempts, %zu refused by nobody\n", count,
			through);
	if (code == CTL_OK && (through > 0 || count == 0))
		code = CTL_FAILED;
	visitor_close(&selftest.visitor);
	json_decref(selftest.surface);
	json_decref(selftest.attempts);
	return code;
}

static int
run_selftest(struct call *call, const struct command_options *options,
	char **arguments)
{
	if (strcmp(arguments[0], "isolation") != 0 ||
		(arguments[1] != NULL && arguments[2] == NULL)) {
		fputs("missionctl: expected: missionctl selftest isolation "
		      "[COMMUNITY COMMUNITY]\n",
			stderr);
		return CTL_USAGE;
	}
	return run_isolation(call, options, arguments + 1);
}

const struct command command_selftest = {
	.name = "selftest",
	.arguments = "isolation [COMMUNITY COMMUNITY]",
	.summary = "attack the walls between communities",
	.help = "Makes two communities, tries to reach one from the other in "
		"every way there is,\nprints each attempt with who refused it, "
		"and removes them. With two communities\nnamed, their "
		"database accounts are tried too, and every page of theirs is "
		"read\nwith what is another's; nothing of theirs is "
		"changed.\n",
	.least = 1,
	.most = 3,
	.run = run_selftest,
};
