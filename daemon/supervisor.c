#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "configuration.h"
#include "confine.h"
#include "crew.h"
#include "database.h"
#include "descriptors.h"
#include "listeners.h"
#include "log_settings.h"
#include "loop/loop.h"
#include "machine.h"
#include "mail_directory.h"
#include "notify.h"
#include "secret.h"
#include "tenants/allowance.h"
#include "tenants/epoch.h"
#include "tenants/metrics.h"

/* How often the free space is looked at. */
#define SPACE_INTERVAL CLOCK_SECOND

struct supervisor {
	struct loop *loop;
	const char *path;
	struct configuration *configuration;
	struct accounts accounts;
	struct crew *crew;
	struct listeners listeners;
	struct mail_directory_start mails;
	bool read_only;
};

static void
report(const char *errors)
{
	fputs(errors, stderr);
	while (*errors != '\0') {
		size_t length = strcspn(errors, "\n");
		char line[600];

		snprintf(line, sizeof(line), "%.*s", (int)length, errors);
		log_event(LOG_ERR, NULL, "configuration.error", "text", line,
			NULL);
		errors += length;
		errors += *errors == '\n';
	}
}

static int
make_folders(const struct settings *settings, struct error *error)
{
	const char *const folders[] = {
		settings->paths.data, settings->paths.run};

	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (mkdir(folders[i], 0755) < 0 && errno != EEXIST)
			return error_set(
				error, "%s: %s", folders[i], strerror(errno));
	/* A worker may read below what is there when it starts. Where it
	 * cannot be made, whoever answers challenges makes it. */
	(void)mkdir(settings->paths.acme, 0755);
	return 0;
}

static int
check_reach(const struct settings *settings, const struct accounts *accounts,
	struct error *error)
{
	const struct account *all[] = {&accounts->worker, &accounts->steward,
		&accounts->courier, &accounts->database};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (account_can_reach(all[i], settings->paths.data, error) <
				0 ||
			account_can_reach(all[i], settings->paths.run, error) <
				0 ||
			account_can_reach(
				all[i], settings->paths.share, error) < 0)
			return -1;
	return 0;
}

/* Everything that can fail before the first child is started. */
static int
prepare(struct supervisor *supervisor, unsigned char secret[DIGEST_SIZE],
	struct error *error)
{
	const struct settings *settings = &supervisor->configuration->settings;
	const char *control = settings_control_socket(
		supervisor->configuration->arena, settings);

	if (accounts_find(settings, &supervisor->accounts, error) < 0 ||
		make_folders(settings, error) < 0 ||
		check_reach(settings, &supervisor->accounts, error) < 0 ||
		mail_directory_make(
			settings, &supervisor->accounts.courier, error) < 0 ||
		secret_load(settings->paths.data, secret, error) < 0 ||
		machine_mark(settings->paths.data, error) < 0 ||
		listeners_open(
			settings, control, &supervisor->listeners, error) < 0)
		return -1;
	mail_directory_note(settings, &supervisor->mails);
	if (accounts_limit_supervisor() < 0)
		return error_set(error, "capabilities: %s", strerror(errno));
	if (confine_supervisor(settings, error) < 0)
		return -1;
	if (!settings->database.private_server)
		return 0;
	return database_prepare(
		settings, &supervisor->accounts.database, error);
}

/* NULL after all that is wrong with it. */
static struct configuration *
load_next(struct supervisor *supervisor, struct buffer *errors)
{
	struct configuration *next =
		configuration_load(supervisor->path, errors);
	struct error error = {0};

	if (next == NULL ||
		mail_directory_change(&supervisor->mails, &next->settings,
			&supervisor->accounts.courier, &error) == 0)
		return next;
	buffer_printf(errors, "%s\n", error.text);
	configuration_free(next);
	return NULL;
}

static void
reload(struct supervisor *supervisor, bool asked)
{
	struct buffer errors = BUFFER_EMPTY;
	struct configuration *next = load_next(supervisor, &errors);
	const char *fixed;

	if (next == NULL) {
		report(buffer_text(&errors));
		log_event(LOG_ERR, NULL, "reload.refused", NULL);
		if (asked)
			crew_answer_reload(
				supervisor->crew, buffer_text(&errors));
		buffer_release(&errors);
		return;
	}
	fixed = settings_fixed_changes(next->arena,
		&supervisor->configuration->settings, &next->settings);
	if (fixed[0] != '\0')
		log_event(LOG_WARNING, NULL, "reload.needs_restart", "keys",
			fixed, NULL);
	notify_send("RELOADING=1\nSTATUS=Reloading");
	crew_configure(supervisor->crew, next);
	configuration_free(supervisor->configuration);
	supervisor->configuration = next;
	log_event(LOG_NOTICE, NULL, "reload.done", NULL);
	notify_send("READY=1\nSTATUS=Serving");
	if (asked)
		crew_answer_reload(supervisor->crew,
			fixed[0] == '\0' ? ""
					 : arena_printf(next->arena,
						   "note: these keys change at "
						   "the next start only: %s\n",
						   fixed));
	buffer_release(&errors);
}

static void
on_hangup(void *argument)
{
	reload(argument, false);
}

static void
on_reload_asked(void *argument)
{
	reload(argument, true);
}

static void
on_dump(void *argument)
{
	struct supervisor *supervisor = argument;

	crew_dump(supervisor->crew);
}

static void
on_stop(void *argument)
{
	struct supervisor *supervisor = argument;

	notify_send("STOPPING=1\nSTATUS=Stopping");
	crew_stop(supervisor->crew);
	/* When the workers have closed theirs, visitors are refused at once
	 * instead of waiting for nobody. The control socket stays to the end:
	 * until the database is closed, another missiond must not start. */
	listeners_refuse(&supervisor->listeners);
}

static void
on_child(void *argument)
{
	struct supervisor *supervisor = argument;
	pid_t process;
	int status;

	while ((process = waitpid(-1, &status, WNOHANG)) > 0)
		crew_reaped(supervisor->crew, process, status);
}

static void
on_stopped(void *argument)
{
	struct supervisor *supervisor = argument;

	log_event(LOG_NOTICE, NULL, "stopped", NULL);
	loop_stop(supervisor->loop);
}

static void
on_ready(void *argument)
{
	(void)argument;
	log_event(LOG_NOTICE, NULL, "serving", NULL);
	notify_send("READY=1\nSTATUS=Serving");
}

/* Below the mark nothing is written any more while there is still room for
 * what the database itself needs. */
static void
watch_space(void *argument)
{
	struct supervisor *supervisor = argument;
	const struct settings *settings = &supervisor->configuration->settings;
	struct statvfs space;
	bool read_only;

	if (statvfs(settings->paths.data, &space) < 0)
		return;
	read_only = (uint64_t)space.f_bavail * space.f_frsize <
		    (uint64_t)settings->limits.free_space;
	if (read_only == supervisor->read_only)
		return;
	supervisor->read_only = read_only;
	log_event(read_only ? LOG_ERR : LOG_NOTICE, NULL,
		read_only ? "space.low" : "space.back", NULL);
	crew_set_read_only(supervisor->crew, read_only);
}

static int
run(struct supervisor *supervisor, const unsigned char secret[DIGEST_SIZE],
	bool foreground)
{
	struct crew_options options = {
		.loop = supervisor->loop,
		.configuration = supervisor->configuration,
		.accounts = &supervisor->accounts,
		.listeners = &supervisor->listeners,
		.epochs = epoch_create(),
		.allowances = allowance_create(),
		.metrics = metrics_create(),
		.foreground = foreground,
		.ready = on_ready,
		.stopped = on_stopped,
		.reload_asked = on_reload_asked,
		.argument = supervisor,
	};
	struct loop_timer *watch;

	if (options.epochs < 0)
		log_defect("supervisor", "epochs: %s", strerror(errno));
	if (options.allowances < 0)
		log_defect("supervisor", "allowances: %s", strerror(errno));
	if (options.metrics < 0)
		log_defect("supervisor", "metrics: %s", strerror(errno));
	memcpy(options.secret, secret, DIGEST_SIZE);
	supervisor->crew = crew_new(&options);
	if (loop_signal(supervisor->loop, SIGCHLD, on_child, supervisor) < 0 ||
		loop_signal(supervisor->loop, SIGHUP, on_hangup, supervisor) <
			0 ||
		loop_signal(supervisor->loop, SIGTERM, on_stop, supervisor) <
			0 ||
		loop_signal(supervisor->loop, SIGINT, on_stop, supervisor) <
			0 ||
		loop_signal(supervisor->loop, SIGUSR1, on_dump, supervisor) < 0)
		log_defect("supervisor", "signals: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	watch = loop_timer_new(
		supervisor->loop, 0, SPACE_INTERVAL, watch_space, supervisor);
	crew_start(supervisor->crew);
	loop_run(supervisor->loop);
	loop_timer_free(watch);
	crew_free(supervisor->crew);
	digest_wipe(options.secret, sizeof(options.secret));
	return 0;
}

static struct configuration *
load_or_report(const char *path)
{
	struct buffer errors = BUFFER_EMPTY;
	struct configuration *configuration = configuration_load(path, &errors);

	if (configuration == NULL)
		fputs(buffer_text(&errors), stderr);
	buffer_release(&errors);
	return configuration;
}

int
supervisor_run(const struct supervisor_options *options)
{
	struct supervisor supervisor = {.path = options->configuration};
	unsigned char secret[DIGEST_SIZE];
	struct error error = {0};
	int status = 1;

	prctl(PR_SET_DUMPABLE, 0);
	supervisor.configuration = load_or_report(options->configuration);
	if (supervisor.configuration == NULL)
		return 2;
	log_settings_open(&supervisor.configuration->settings, "supervisor",
		options->foreground);
	descriptors_raise();
	supervisor.loop = loop_new();
	if (supervisor.loop == NULL)
		log_defect("supervisor", "loop: %s", strerror(errno));
	if (prepare(&supervisor, secret, &error) < 0) {
		fprintf(stderr, "missiond: %s\n", error.text);
		log_event(LOG_ERR, NULL, "start.refused", "reason", error.text,
			NULL);
	} else {
		if (!supervisor.accounts.separate)
			log_event(LOG_WARNING, NULL, "start.one_account",
				"cost",
				"started without the capabilities to change "
				"users: all processes run as one, and only "
				"their confinement separates them",
				NULL);
		log_event(LOG_NOTICE, NULL, "start", "version",
			MISSIOND_VERSION, NULL);
		status = run(&supervisor, secret, options->foreground);
	}
	digest_wipe(secret, sizeof(secret));
	listeners_close(&supervisor.listeners);
	loop_free(supervisor.loop);
	configuration_free(supervisor.configuration);
	return status;
}

int
supervisor_check(const struct supervisor_options *options)
{
	struct configuration *configuration =
		load_or_report(options->configuration);

	if (configuration == NULL)
		return 2;
	configuration_free(configuration);
	printf("%s is good.\n", options->configuration);
	return 0;
}

int
supervisor_print_bootstrap(const struct supervisor_options *options)
{
	struct configuration *configuration =
		load_or_report(options->configuration);
	unsigned char secret[DIGEST_SIZE];
	struct buffer sql = BUFFER_EMPTY;
	struct error error = {0};
	int status = 1;

	if (configuration == NULL)
		return 2;
	if (make_folders(&configuration->settings, &error) == 0 &&
		secret_load(configuration->settings.paths.data, secret,
			&error) == 0 &&
		database_bootstrap_sql(configuration->settings.paths.share,
			secret, &sql, &error) == 0)
		status = fwrite(sql.data, 1, sql.length, stdout) == sql.length
				 ? 0
				 : 1;
	else
		fprintf(stderr, "missiond: %s\n", error.text);
	digest_wipe(secret, sizeof(secret));
	buffer_release(&sql);
	configuration_free(configuration);
	return status;
}
