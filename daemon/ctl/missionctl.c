/* missionctl(1): the host's command line. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/guess.h"
#include "ctl/command.h"
#include "ctl/output.h"

#define SOCKET "/run/missiond/control.sock"

static const struct command *const commands[] = {
	&command_apply,
	&command_plan,
	&command_drift,
	&command_list,
	&command_show,
	&command_claim_link,
	&command_rotate_credentials,
	&command_selftest,
	&command_jobs,
	&command_status,
	&command_metrics,
	&command_reload,
	&command_version,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* Long options' values, apart from all letters. */
enum option_value {
	OPTION_JSON = 256,
	OPTION_SOCKET,
	OPTION_TENANTS,
	OPTION_EXIT_CODE,
	OPTION_NO_WAIT,
	OPTION_ALL,
	OPTION_REPLACE,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{"no-wait", no_argument, NULL, OPTION_NO_WAIT},
	{"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
	{"all", no_argument, NULL, OPTION_ALL},
	{"replace", no_argument, NULL, OPTION_REPLACE},
	{"tenants", required_argument, NULL, OPTION_TENANTS},
	{"json", no_argument, NULL, OPTION_JSON},
	{"socket", required_argument, NULL, OPTION_SOCKET},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

/* Options of some commands, and of all; in the order of the help. */
static const struct {
	unsigned flag; /* enum command_option; 0: of every command */
	const char *name, *help;
} options_help[] = {
	{COMMAND_NO_WAIT, "--no-wait",
		"      --no-wait       do not wait until the work is done\n"},
	{COMMAND_EXIT_CODE, "--exit-code",
		"      --exit-code     end with 5 when something would change\n"},
	{COMMAND_REPLACE, "--replace",
		"      --replace       let files take communities over from "
		"others that are\n"
		"                      still there\n"},
	{COMMAND_ALL, "--all", "      --all           every community\n"},
	{COMMAND_TENANTS, "--tenants",
		"      --tenants DIR   folder of the communities' files (that "
		"of\n"
		"                      missiond.yaml, or $MISSIOND_TENANTS)\n"},
	{0, "--json",
		"      --json          print one JSON document, for programs\n"},
	{0, "--socket",
		"      --socket PATH   missiond's control socket\n"
		"                      (" SOCKET ",\n"
		"                      or $MISSIOND_SOCKET)\n"},
};
#define OPTION_COUNT (sizeof(options_help) / sizeof(options_help[0]))

static bool
has_option(unsigned allowed, size_t option)
{
	return options_help[option].flag == 0 ||
	       (options_help[option].flag & allowed) != 0;
}

static void
print_options(FILE *stream, unsigned allowed, bool of_all)
{
	fputs("\nOptions:\n", stream);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (has_option(allowed, i))
			fputs(options_help[i].help, stream);
	fputs("  -h, --help          print this\n", stream);
	if (of_all)
		fputs("      --version       print the version\n", stream);
	fputs("\nExit codes: 0 good, 1 failed, 2 wrong command line, 3 "
	      "missiond not reachable,\n4 a file is wrong and nothing was "
	      "changed, 5 something differs, 6 there is little\nspace and "
	      "nothing was changed.\n",
		stream);
}

static void
print_help(FILE *stream)
{
	fputs("Usage: missionctl [options] COMMAND [arguments]\n\nCommands:\n",
		stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-11s %s\n", commands[i]->name,
			commands[i]->summary);
	fputs("\nmissionctl COMMAND --help says more of one.\n", stream);
	print_options(stream, COMMAND_TENANTS, true);
}

static void
print_command_help(const struct command *command)
{
	printf("Usage: missionctl %s [options]%s%s\n\n%c%s.\n%s%s",
		command->name, command->arguments[0] == '\0' ? "" : " ",
		command->arguments, command->summary[0] - 'a' + 'A',
		command->summary + 1, command->help[0] == '\0' ? "" : "\n",
		command->help);
	print_options(stdout, command->options, false);
}

/* "a, b or c" of those allowed. */
static void
join_options(unsigned allowed, char *text, size_t size)
{
	size_t count = 0, length = 0, told = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		count += has_option(allowed, i);
	text[0] = '\0';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!has_option(allowed, i))
			continue;
		told++;
		length += (size_t)snprintf(text + length, size - length, "%s%s",
			told == 1	? ""
			: told == count ? " or "
					: ", ",
			options_help[i].name);
	}
}

static const struct command *
find_command(const char *name, bool json)
{
	const char *names[COMMAND_COUNT], *guess;
	char title[400];
	size_t length;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		names[i] = commands[i]->name;
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	guess = guess_word(name, names, COMMAND_COUNT);
	length = (size_t)snprintf(title, sizeof(title),
		"there is no command \"%.60s\"%s", name,
		guess == NULL ? ", expected one of " : ": did you mean \"");
	if (guess != NULL)
		snprintf(
			title + length, sizeof(title) - length, "%s\"?", guess);
	for (size_t i = 0; guess == NULL && i < COMMAND_COUNT; i++)
		length += (size_t)snprintf(title + length,
			sizeof(title) - length, "%s%s",
			i == 0			 ? ""
			: i + 1 == COMMAND_COUNT ? " or "
						 : ", ",
			names[i]);
	call_problem(json, CTL_USAGE, title, "Try missionctl --help.");
	return NULL;
}

/* What getopt refused, in our words. */
static int
wrong_option(bool json, int outcome, const char *word)
{
	const char *names[sizeof(long_options) / sizeof(long_options[0])];
	char texts[sizeof(long_options) / sizeof(long_options[0])][20];
	char title[300], hint[100] = "Try missionctl --help.";
	const char *guess;
	size_t count = 0;

	for (; long_options[count].name != NULL; count++) {
		snprintf(texts[count], sizeof(texts[count]), "--%s",
			long_options[count].name);
		names[count] = texts[count];
	}
	guess = guess_word(word, names, count);
	if (outcome == ':')
		snprintf(title, sizeof(title), "%.100s needs a value", word);
	else if (optopt >= OPTION_JSON)
		snprintf(title, sizeof(title), "%.*s takes no value",
			(int)strcspn(word, "="), word);
	else if (strncmp(word, "--", 2) != 0)
		snprintf(
			title, sizeof(title), "there is no option -%c", optopt);
	else if (guess != NULL)
		snprintf(title, sizeof(title),
			"there is no option %.100s: did you mean \"%s\"?", word,
			guess);
	else
		snprintf(title, sizeof(title), "there is no option %.100s",
			word);
	return call_problem(json, CTL_USAGE, title, hint);
}

/* A command line, taken apart. */
struct line {
	struct command_options options;
	const char *socket;
	unsigned given; /* enum command_option */
	bool help, version;
};

static int
check_line(const struct line *line, const struct command *command, int count)
{
	char title[300], allowed[150];

	join_options(command->options, allowed, sizeof(allowed));
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if ((options_help[i].flag & line->given) == 0 ||
			has_option(command->options, i))
			continue;
		snprintf(title, sizeof(title),
			"%s has no option %s, expected %s", command->name,
			options_help[i].name, allowed);
		return call_problem(line->options.json, CTL_USAGE, title, NULL);
	}
	if (count >= command->least &&
		(command->most < 0 || count <= command->most))
		return CTL_OK;
	snprintf(title, sizeof(title),
		"%d argument%s, expected: missionctl %s%s%s", count,
		count == 1 ? "" : "s", command->name,
		command->arguments[0] == '\0' ? "" : " ", command->arguments);
	return call_problem(line->options.json, CTL_USAGE, title, NULL);
}

static int
run(const struct line *line, const struct command *command, char **arguments)
{
	struct call call = {.socket = line->socket, .json = line->options.json};
	int code = command->run(&call, &line->options, arguments);

	call_release(&call);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? code : CTL_FAILED;
}

static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? otherwise : value;
}

static void
take(struct line *line, int option)
{
	switch (option) {
	case OPTION_JSON:
		line->options.json = true;
		break;
	case OPTION_SOCKET:
		line->socket = optarg;
		break;
	case OPTION_TENANTS:
		line->options.tenants = optarg;
		line->given |= COMMAND_TENANTS;
		break;
	case OPTION_EXIT_CODE:
		line->options.exit_code = true;
		line->given |= COMMAND_EXIT_CODE;
		break;
	case OPTION_ALL:
		line->options.all = true;
		line->given |= COMMAND_ALL;
		break;
	case OPTION_REPLACE:
		line->options.replace = true;
		line->given |= COMMAND_REPLACE;
		break;
	case OPTION_NO_WAIT:
		line->options.no_wait = true;
		line->given |= COMMAND_NO_WAIT;
		break;
	case OPTION_VERSION:
		line->version = true;
		break;
	default:
		line->help = true;
		break;
	}
}

/* What stands after the options: a command, or "help" and perhaps one. */
static int
run_words(struct line *line, char **words)
{
	const struct command *command;
	int count = 0, code;

	if (words[0] != NULL && strcmp(words[0], "help") == 0) {
		line->help = true;
		words++;
	}
	if (words[0] == NULL) {
		print_help(line->help ? stdout : stderr);
		return line->help ? CTL_OK : CTL_USAGE;
	}
	command = find_command(words[0], line->options.json);
	if (command == NULL)
		return CTL_USAGE;
	if (line->help) {
		print_command_help(command);
		return CTL_OK;
	}
	while (words[1 + count] != NULL)
		count++;
	code = check_line(line, command, count);
	return code == CTL_OK ? run(line, command, words + 1) : code;
}

/* Also when it stands behind what is wrong. */
static bool
asks_for_json(char **arguments)
{
	for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++)
		if (strcmp(*arguments, "--json") == 0)
			return true;
	return false;
}

int
main(int count, char **arguments)
{
	struct line line = {
		.options.tenants = from_environment("MISSIOND_TENANTS", NULL),
		.socket = from_environment("MISSIOND_SOCKET", SOCKET),
	};
	int option;

	line.options.json = asks_for_json(arguments);
	output_open();
	while ((option = getopt_long(
			count, arguments, ":h", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return wrong_option(line.options.json, option,
				arguments[optind - 1]);
		take(&line, option);
	}
	if (line.version)
		return command_version.run(NULL, &line.options, NULL);
	return run_words(&line, arguments + optind);
}
