/* missionctl(1): the host's command line. */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "ctl/command.h"

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
	&command_reload,
	&command_version,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const char options_help[] =
	"\nOptions:\n"
	"      --json          print the answer as JSON\n"
	"      --socket PATH   missiond's control socket (" SOCKET ",\n"
	"                      or $MISSIOND_SOCKET)\n"
	"      --tenants DIR   folder of the communities' files (that of\n"
	"                      missiond.yaml, or $MISSIOND_TENANTS)\n"
	"  -h, --help          print this\n"
	"\nExit codes: 0 good, 1 failed, 2 wrong command line, 3 missiond not "
	"reachable,\n4 a file is wrong and nothing was changed, 5 something "
	"differs.\n";

static void
print_help(FILE *stream)
{
	fputs("Usage: missionctl [options] COMMAND [arguments]\n\nCommands:\n",
		stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-18s %s\n", commands[i]->name,
			commands[i]->summary);
	fputs(options_help, stream);
}

static void
print_command_help(const struct command *command)
{
	printf("Usage: missionctl [options] %s %s\n\n%c%s.\n\n%s",
		command->name, command->arguments,
		command->summary[0] - 'a' + 'A', command->summary + 1,
		command->help);
	fputs(options_help, stdout);
}

/* Letters that two words share in order, as a rough likeness. */
static size_t
likeness(const char *a, const char *b)
{
	size_t common = 0;

	for (; *a != '\0' && *b != '\0'; a++) {
		const char *found = strchr(b, *a);

		if (found != NULL) {
			common++;
			b = found + 1;
		}
	}
	return common;
}

static const struct command *
find_command(const char *name)
{
	const struct command *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t like = likeness(name, commands[i]->name);

		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
		if (like > most) {
			most = like;
			best = commands[i];
		}
	}
	fprintf(stderr, "missionctl: there is no command \"%s\"", name);
	if (best != NULL && most * 2 > strlen(best->name))
		fprintf(stderr, ": did you mean \"%s\"?", best->name);
	fputs("\nTry missionctl --help.\n", stderr);
	return NULL;
}

static int
run(const struct command *command, const char *socket,
	const struct command_options *options, int count, char **arguments)
{
	struct call call = {.socket = socket};
	int code;

	if (count < command->least ||
		(command->most >= 0 && count > command->most)) {
		fprintf(stderr,
			"missionctl: %d arguments, expected: missionctl %s "
			"%s\n",
			count, command->name, command->arguments);
		return CTL_USAGE;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return CTL_FAILED;
	code = command->run(&call, options, arguments);
	call_release(&call);
	curl_global_cleanup();
	return fflush(stdout) == 0 ? code : CTL_FAILED;
}

static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? otherwise : value;
}

int
main(int count, char **arguments)
{
	static const struct option long_options[] = {
		{"json", no_argument, NULL, 'j'},
		{"socket", required_argument, NULL, 's'},
		{"tenants", required_argument, NULL, 't'},
		{"exit-code", no_argument, NULL, 'e'},
		{"no-wait", no_argument, NULL, 'n'},
		{"all", no_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct command_options options = {
		.tenants = from_environment("MISSIOND_TENANTS", NULL)};
	const char *socket = from_environment("MISSIOND_SOCKET", SOCKET);
	const struct command *command;
	bool help = false;
	int option;

	setlocale(LC_CTYPE, "");
	while ((option = getopt_long(
			count, arguments, "h", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 's':
			socket = optarg;
			break;
		case 't':
			options.tenants = optarg;
			break;
		case 'e':
			options.exit_code = true;
			break;
		case 'n':
			options.no_wait = true;
			break;
		case 'a':
			options.all = true;
			break;
		case 'h':
			help = true;
			break;
		case 'V':
			printf("missionctl %s\n", MISSIOND_VERSION);
			return CTL_OK;
		default:
			fputs("Try missionctl --help.\n", stderr);
			return CTL_USAGE;
		}
	}
	if (optind == count) {
		print_help(help ? stdout : stderr);
		return help ? CTL_OK : CTL_USAGE;
	}
	command = find_command(arguments[optind]);
	if (command == NULL)
		return CTL_USAGE;
	if (help) {
		print_command_help(command);
		return CTL_OK;
	}
	return run(command, socket, &options, count - optind - 1,
		arguments + optind + 1);
}
