#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

/* In a path: slugs need no escaping, anything else is refused here. */
static bool
is_slug(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= 63 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static int
wrong_slug(const struct call *call, const char *text)
{
	char title[200];

	snprintf(title, sizeof(title),
		"\"%.60s\" is no slug, expected lower-case letters, digits and "
		"'-' as missionctl list shows them",
		text);
	return call_problem(call->json, CTL_USAGE, title, NULL);
}

/* All pages; CTL_OK or an exit code. */
static int
read_list(struct call *call, json_t *communities)
{
	char path[200] = "/api/v1/communities", next[64];

	do {
		int code = call_make(call, "GET", path, NULL);

		if (code != CTL_OK)
			return code;
		if (call->status != 200)
			return call_print_problem(call);
		json_array_extend(communities,
			json_object_get(call->tree, "communities"));
		snprintf(next, sizeof(next), "%.63s",
			call_text(call->tree, "next"));
		snprintf(path, sizeof(path), "/api/v1/communities?after=%s",
			next);
	} while (next[0] != '\0');
	return CTL_OK;
}

static void
print_list(const json_t *communities)
{
	size_t index;
	json_t *item;

	if (json_array_size(communities) == 0) {
		puts("There are no communities yet: write a file and run "
		     "missionctl apply FILE.");
		return;
	}
	printf("%-24s %-10s %-7s %s\n", "COMMUNITY", "STATE", "SCHEMA",
		"DOMAIN");
	json_array_foreach(communities, index, item)
		printf("%-24s %-10s %-7lld %s\n", call_text(item, "slug"),
			call_text(item, "state"),
			(long long)json_integer_value(
				json_object_get(item, "schema_version")),
			call_text(item, "domain"));
}

static int
run_list(struct call *call, const struct command_options *options,
	char **arguments)
{
	json_t *communities = json_array();
	int code = read_list(call, communities);

	(void)arguments;
	if (code == CTL_OK && options->json) {
		json_t *document =
			json_pack("{s:O}", "communities", communities);

		call_print_tree(document);
		json_decref(document);
	} else if (code == CTL_OK) {
		print_list(communities);
	}
	json_decref(communities);
	return code;
}

static void
print_value(const char *label, const json_t *value)
{
	size_t index;
	json_t *item;

	if (json_is_string(value))
		printf("%-16s %s\n", label, json_string_value(value));
	else if (json_is_integer(value))
		printf("%-16s %lld\n", label,
			(long long)json_integer_value(value));
	else
		json_array_foreach(value, index, item) printf("%-16s %s\n",
			index == 0 ? label : "", json_string_value(item));
}

static int
run_show(struct call *call, const struct command_options *options,
	char **arguments)
{
	char path[200];
	const char *key;
	json_t *value;
	int code;

	if (!is_slug(arguments[0]))
		return wrong_slug(call, arguments[0]);
	snprintf(path, sizeof(path), "/api/v1/communities/%s", arguments[0]);
	code = call_make(call, "GET", path, NULL);
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	if (options->json) {
		call_print_json(call);
		return CTL_OK;
	}
	json_object_foreach(call->tree, key, value)
	{
		char label[40];

		snprintf(label, sizeof(label), "%s", key);
		for (char *letter = label; *letter != '\0'; letter++)
			if (*letter == '_')
				*letter = ' ';
		print_value(label, value);
	}
	value = json_object_get(call->tree, "job");
	if (json_is_object(value))
		printf("%-16s %s %s%s%s\n", "latest job",
			call_text(value, "kind"), call_text(value, "state"),
			*call_text(value, "error") == '\0' ? "" : ": ",
			call_text(value, "error"));
	return CTL_OK;
}

static int
run_claim_link(struct call *call, const struct command_options *options,
	char **arguments)
{
	char path[200];
	int code;

	if (!is_slug(arguments[0]))
		return wrong_slug(call, arguments[0]);
	snprintf(path, sizeof(path), "/api/v1/communities/%s/claim-link",
		arguments[0]);
	code = call_make(call, "POST", path, "{}");
	if (code != CTL_OK)
		return code;
	if (call->status != 201)
		return call_print_problem(call);
	if (options->json) {
		call_print_json(call);
		return CTL_OK;
	}
	printf("%s\n", call_text(call->tree, "link"));
	fprintf(stderr,
		"It works once, for %lld days. Earlier claim links no longer "
		"work.\n",
		(long long)json_integer_value(
			json_object_get(call->tree, "days")));
	return CTL_OK;
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "list the communities",
	.help = "",
	.run = run_list,
};

const struct command command_show = {
	.name = "show",
	.arguments = "COMMUNITY",
	.summary = "show one community",
	.help = "",
	.least = 1,
	.most = 1,
	.run = run_show,
};

const struct command command_claim_link = {
	.name = "claim-link",
	.arguments = "COMMUNITY",
	.summary = "make a new claim link for the founder",
	.help = "Prints a link with which the founder claims the community. "
		"Links made before stop\nworking. Refused when the community "
		"has been claimed.\n",
	.least = 1,
	.most = 1,
	.run = run_claim_link,
};
