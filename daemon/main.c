/* missiond(8): arguments → supervisor, or one of its children. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "crypto/digest.h"
#include "roles.h"
#include "supervisor.h"

#define CONFIGURATION "/etc/missiond/missiond.yaml"

static const char usage[] =
	"Usage: missiond [options] [bootstrap-sql]\n"
	"\n"
	"Hosts client-founded communities. Stops in order on SIGTERM, reloads on\n"
	"SIGHUP, lists what waits on SIGUSR1.\n"
	"\n"
	"  -c, --config FILE   configuration (" CONFIGURATION ")\n"
	"  -f, --foreground    write log lines to standard error too\n"
	"      --check         only check the configuration, with certificates,\n"
	"                      templates and texts\n"
	"      --version       print the version\n"
	"  -h, --help          print this\n"
	"\n"
	"bootstrap-sql prints the SQL that an administrator of an outside MariaDB\n"
	"runs once: accounts, schemas, procedures. It contains passwords.\n"
	"\n"
	"Manual: missiond(8), missiond.yaml(5), tenant.yaml(5), missionctl(1).\n";

static void
become_child(int count, char **arguments)
{
	const struct role *const roles[] = {
		&worker_role, &steward_role, &courier_role};

	for (size_t i = 0; i < COUNT_OF(roles); i++)
		if (strcmp(arguments[1] + strlen("--role="), roles[i]->name) ==
			0)
			child_main(roles[i], count, arguments);
}

int
main(int count, char **arguments)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"foreground", no_argument, NULL, 'f'},
		{"check", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct supervisor_options supervisor = {.configuration = CONFIGURATION};
	bool check = false;
	int option;

	umask(022);
	digest_wipe_library();
	if (count > 1 && strncmp(arguments[1], "--role=", 7) == 0)
		become_child(count, arguments);
	while ((option = getopt_long(
			count, arguments, "c:fh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			supervisor.configuration = optarg;
			break;
		case 'f':
			supervisor.foreground = true;
			break;
		case 'k':
			check = true;
			break;
		case 'V':
			printf("missiond %s\n", MISSIOND_VERSION);
			return 0;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("Try missiond --help.\n", stderr);
			return 2;
		}
	}
	if (check)
		return supervisor_check(&supervisor);
	if (optind == count)
		return supervisor_run(&supervisor);
	if (optind + 1 == count &&
		strcmp(arguments[optind], "bootstrap-sql") == 0)
		return supervisor_print_bootstrap(&supervisor);
	fprintf(stderr,
		"missiond: \"%s\" is not understood, expected bootstrap-sql or "
		"nothing. Try missiond --help.\n",
		arguments[optind]);
	return 2;
}
