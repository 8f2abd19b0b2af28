#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/files.h"
#include "ctl/origin.h"

/* In place of the file that there is not. */
static void
print_origin(const json_t *line)
{
	const json_t *exists = json_object_get(line, "applied_file_exists");
	const char *file = call_text(line, "applied_file");

	if (file[0] != '/')
		printf("(no file; applied as %s)\n", file);
	else
		printf("(no file; applied from %s%s)\n", file,
			json_is_true(exists)	? ", which is still there"
			: json_is_false(exists) ? ", which is gone"
						: "");
}

static void
print_line(const json_t *line)
{
	static const char signs[][2][12] = {{"create", "+"}, {"update", "~"},
		{"missing", "-"}, {"wrong", "!"}, {"unchanged", " "}};
	const char *change = call_text(line, "change");
	const char *sign = " ", *file = call_text(line, "file");
	size_t index;
	json_t *detail;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(signs[i][0], change) == 0)
			sign = signs[i][1];
	printf("%s %-10s %-24s ", sign, change, call_text(line, "slug"));
	if (file[0] == '\0')
		print_origin(line);
	else
		printf("%s\n", file);
	json_array_foreach(json_object_get(line, "details"), index, detail)
		printf("      %s\n", json_string_value(detail));
}

static long long
number(const json_t *tree, const char *key)
{
	return json_integer_value(json_object_get(tree, key));
}

/* What apply would refuse is wrong here, too. */
static int
end_of(const json_t *tree, const struct command_options *options)
{
	size_t index;
	json_t *line;

	if (number(tree, "wrong") > 0)
		return CTL_WRONG;
	json_array_foreach(json_object_get(tree, "lines"), index,
		line) if (!options->replace &&
			  origin_is_taken(line)) return CTL_WRONG;
	return CTL_OK;
}

static int
print_plan(const struct call *call, const struct command_options *options,
	bool with_unchanged)
{
	const json_t *tree = call->tree;
	size_t index;
	json_t *line;

	fputs(call_text(tree, "errors"), stderr);
	if (!options->replace)
		origin_complain(json_object_get(tree, "lines"), stderr);
	json_array_foreach(json_object_get(tree, "lines"), index,
		line) if (with_unchanged ||
			  strcmp(call_text(line, "change"), "unchanged") != 0)
		print_line(line);
	printf("%lld to create, %lld to update, %lld unchanged, %lld without "
	       "a file, %lld wrong\n",
		number(tree, "creates"), number(tree, "updates"),
		number(tree, "unchanged"), number(tree, "missing"),
		number(tree, "wrong"));
	return end_of(tree, options);
}

static int
ask(struct call *call, const struct command_options *options, const char *path,
	char **arguments)
{
	int code;
	char *request = files_request(call, arguments, options, &code);

	if (request == NULL)
		return code;
	code = call_make(call, "POST", path, request);
	free(request);
	if (code != CTL_OK)
		return code;
	if (call->status != 200)
		return call_print_problem(call);
	origin_look(json_object_get(call->tree, "lines"));
	if (options->json) {
		call_print_tree(call->tree);
		return end_of(call->tree, options);
	}
	return print_plan(call, options, arguments[0] != NULL);
}

static int
run_plan(struct call *call, const struct command_options *options,
	char **arguments)
{
	int code = ask(call, options, "/api/v1/plan", arguments);

	if (code == CTL_OK && options->exit_code &&
		number(call->tree, "creates") + number(call->tree, "updates") >
			0)
		return CTL_DIFFERENT;
	return code;
}

static int
run_drift(struct call *call, const struct command_options *options,
	char **arguments)
{
	int code = ask(call, options, "/api/v1/drift", arguments);
	size_t index;
	json_t *line;

	if (code != CTL_OK)
		return code;
	if (!options->json)
		json_array_foreach(json_object_get(call->tree, "reality"),
			index, line) printf("! %s\n", json_string_value(line));
	return number(call->tree, "creates") + number(call->tree, "updates") +
				       number(call->tree, "missing") +
				       (long long)json_array_size(
					       json_object_get(
						       call->tree, "reality")) >
			       0
		       ? CTL_DIFFERENT
		       : CTL_OK;
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "[FILE|FOLDER…]",
	.summary = "show what apply would change",
	.help = "Compares the files with what is applied and changes nothing. "
		"Without files it takes\nall *.yaml of the tenants folder; - is standard input.\n",
	.most = -1,
	.options = COMMAND_EXIT_CODE | COMMAND_REPLACE | COMMAND_TENANTS,
	.run = run_plan,
};

const struct command command_drift = {
	.name = "drift",
	.arguments = "[FILE|FOLDER…]",
	.summary = "show where files, registry and database differ",
	.help = "Like plan, and also lists communities without a file, "
		"communities whose schema is\nmissing or behind, schemas that "
		"belong to no community, and jobs that failed.\nA folder "
		"stands for all communities; files alone do not. Ends with 5 "
		"when\nanything differs.\n",
	.most = -1,
	.options = COMMAND_TENANTS,
	.run = run_drift,
};
