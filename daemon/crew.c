#include "crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "channel.h"
#include "configuration.h"
#include "database.h"
#include "listeners.h"
#include "loop/loop.h"
#include "secret.h"
#include "spawn.h"

/* Back-off of a child that dies again and again. */
#define DELAY_FIRST (CLOCK_SECOND / 10)
#define DELAY_MOST  (30 * CLOCK_SECOND)
/* A child that lived this long starts again without delay. */
#define GOOD_LIFE (20 * CLOCK_SECOND)
/* How often it is looked whether the database greets. */
#define GREETING_INTERVAL (CLOCK_SECOND / 20)
/* Beyond limits.stop_time, before a child is killed. */
/* The steward first brings the control schema up to date; should it take
 * longer (an outside database is away), the others start all the same. */
#define STEWARD_FIRST (3 * CLOCK_SECOND)
#define STOP_GRACE    (5 * CLOCK_SECOND)
#define DATABASE_STOP (60 * CLOCK_SECOND)

enum kind { KIND_WORKER, KIND_STEWARD, KIND_COURIER, KIND_DATABASE };

struct member {
	struct crew *crew;
	enum kind kind;
	unsigned number; /* of the worker */
	char name[32];
	pid_t process; /* 0: none */
	struct channel *channel;
	bool ready;
	int64_t started;
	int64_t delay; /* before the next start */
	struct loop_timer *timer;
};

struct crew {
	struct crew_options options;
	const struct configuration *configuration;
	struct member *members;
	size_t count;
	struct loop_timer *greeting; /* while the database starts */
	struct loop_timer *first;    /* until the steward is ready */
	struct loop_timer *patience; /* while stopping */
	bool served;		     /* all were ready once */
	bool read_only;
	bool stopping;
};

static void start(struct member *member);
static void start_others(void *crew);

static bool
has_database(const struct crew *crew)
{
	return crew->configuration->settings.database.private_server;
}

static struct member *
database_of(struct crew *crew)
{
	return &crew->members[crew->count - 1];
}

static const char *
role_of(enum kind kind)
{
	switch (kind) {
	case KIND_WORKER:
		return "worker";
	case KIND_STEWARD:
		return "steward";
	case KIND_COURIER:
		return "courier";
	case KIND_DATABASE:
		break;
	}
	return "database";
}

struct crew *
crew_new(const struct crew_options *options)
{
	struct crew *crew = memory_new(1, sizeof(*crew));
	unsigned workers = settings_workers(&options->configuration->settings);

	crew->options = *options;
	crew->configuration = options->configuration;
	crew->count = workers + 3;
	crew->members = memory_new(crew->count, sizeof(*crew->members));
	for (unsigned i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];

		member->crew = crew;
		member->number = i;
		member->delay = DELAY_FIRST;
		if (i >= workers)
			member->kind = (enum kind)(KIND_STEWARD + i - workers);
		if (member->kind == KIND_WORKER)
			snprintf(member->name, sizeof(member->name),
				"worker-%u", i + 1);
		else
			snprintf(member->name, sizeof(member->name), "%s",
				role_of(member->kind));
	}
	return crew;
}

void
crew_free(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++) {
		channel_free(crew->members[i].channel);
		loop_timer_free(crew->members[i].timer);
	}
	loop_timer_free(crew->greeting);
	loop_timer_free(crew->first);
	loop_timer_free(crew->patience);
	close(crew->options.epochs);
	digest_wipe(crew->options.secret, sizeof(crew->options.secret));
	free(crew->members);
	free(crew);
}

static void
send_key(struct member *member, const char *label)
{
	unsigned char message[64 + DIGEST_SIZE];
	size_t length = strlen(label) + 1;

	memcpy(message, label, length);
	digest_hkdf(member->crew->options.secret, label, message + length,
		DIGEST_SIZE);
	channel_send(
		member->channel, CHANNEL_KEY, message, length + DIGEST_SIZE);
	digest_wipe(message, sizeof(message));
}

/* Each role gets what it needs and no more. */
static void
send_keys(struct member *member)
{
	send_key(member, SECRET_TENANT_PASSWORDS);
	if (member->kind == KIND_STEWARD) {
		send_key(member, SECRET_STEWARD_PASSWORD);
		return;
	}
	send_key(member, SECRET_REGISTRY_PASSWORD);
	if (member->kind == KIND_WORKER)
		send_key(member, SECRET_FORM_TOKENS);
}

static void
send_configuration(struct member *member)
{
	configuration_send(member->crew->configuration, member->channel,
		member->kind == KIND_WORKER);
}

static void
send_read_only(struct member *member)
{
	unsigned char byte = member->crew->read_only;

	channel_send(member->channel, CHANNEL_READ_ONLY, &byte, 1);
}

static void
note_ready(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		if (!crew->members[i].ready &&
			(crew->members[i].kind != KIND_DATABASE ||
				has_database(crew)))
			return;
	if (crew->served || crew->stopping)
		return;
	crew->served = true;
	crew->options.ready(crew->options.argument);
}

static void
on_message(void *argument, enum channel_kind kind, const unsigned char *data,
	size_t length)
{
	struct member *member = argument;
	char text[600];

	switch (kind) {
	case CHANNEL_READY:
		member->ready = true;
		if (member->kind == KIND_STEWARD && member->crew->first != NULL)
			start_others(member->crew);
		note_ready(member->crew);
		return;
	case CHANNEL_RELOADED:
		if (length == 0)
			return;
		snprintf(text, sizeof(text), "%.*s", (int)length,
			(const char *)data);
		log_event(LOG_ERR, NULL, "reload.failed", "process",
			member->name, "reason", text, NULL);
		return;
	case CHANNEL_RELOAD:
		member->crew->options.reload_asked(
			member->crew->options.argument);
		return;
	default:
		log_event(LOG_ERR, NULL, "channel.unexpected", "process",
			member->name, NULL);
	}
}

/* The process ends, or has: SIGCHLD says the rest. */
static void
on_closed(void *argument)
{
	(void)argument;
}

static const char *
add_number(struct arena *arena, struct spawn *child, size_t *count,
	const char *option, int descriptor)
{
	child->keep[child->keep_count++] = descriptor;
	child->arguments[(*count)++] =
		arena_printf(arena, "--%s=%d", option, descriptor);
	return child->arguments[*count - 1];
}

static void
add_arguments(const struct member *member, struct arena *arena,
	struct spawn *child, int channel)
{
	const struct listeners *listeners = member->crew->options.listeners;
	size_t count = 0;

	child->arguments[count++] =
		arena_printf(arena, "missiond: %s", member->name);
	child->arguments[count++] =
		arena_printf(arena, "--role=%s", role_of(member->kind));
	child->arguments[count++] =
		arena_printf(arena, "--name=%s", member->name);
	if (member->crew->options.foreground)
		child->arguments[count++] = "--foreground";
	add_number(arena, child, &count, "channel", channel);
	if (member->kind == KIND_STEWARD)
		add_number(arena, child, &count, "control", listeners->control);
	if (member->kind != KIND_WORKER)
		return;
	child->arguments[count++] =
		arena_printf(arena, "--number=%u", member->number);
	add_number(
		arena, child, &count, "epochs", member->crew->options.epochs);
	for (size_t i = 0; i < listeners->http_count; i++)
		add_number(arena, child, &count, "http", listeners->http[i]);
	for (size_t i = 0; i < listeners->https_count; i++)
		add_number(arena, child, &count, "https", listeners->https[i]);
}

static void
start_child(struct member *member)
{
	const struct accounts *accounts = member->crew->options.accounts;
	const struct account *const all[] = {
		[KIND_WORKER] = &accounts->worker,
		[KIND_STEWARD] = &accounts->steward,
		[KIND_COURIER] = &accounts->courier,
	};
	struct spawn child = {
		.program = "/proc/self/exe",
		.account = all[member->kind],
		.output = -1,
	};
	struct arena *arena = arena_new();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		log_defect("crew", "socketpair: %s", strerror(errno));
	add_arguments(member, arena, &child, ends[1]);
	member->process = spawn(&child, SIGKILL);
	if (member->process < 0)
		log_defect("crew", "fork: %s", strerror(errno));
	close(ends[1]);
	arena_free(arena);
	member->channel = channel_new(member->crew->options.loop, ends[0],
		on_message, on_closed, member);
	send_keys(member);
	if (member->crew->read_only)
		send_read_only(member);
	send_configuration(member);
}

static void
start_others(void *argument)
{
	struct crew *crew = argument;

	loop_timer_free(crew->first);
	crew->first = NULL;
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].kind != KIND_DATABASE &&
			crew->members[i].process == 0 &&
			crew->members[i].timer == NULL)
			start(&crew->members[i]);
}

static void
start_steward(struct crew *crew)
{
	struct member *steward = &crew->members[crew->count - 3];

	crew->first = loop_timer_new(
		crew->options.loop, STEWARD_FIRST, 0, start_others, crew);
	if (steward->process == 0 && steward->timer == NULL)
		start(steward);
}

static void
await_greeting(void *argument)
{
	struct crew *crew = argument;
	struct member *database = database_of(crew);

	if (database->process == 0 ||
		!database_answers(&crew->configuration->settings))
		return;
	loop_timer_free(crew->greeting);
	crew->greeting = NULL;
	database->ready = true;
	log_event(LOG_NOTICE, NULL, "database.ready", NULL);
	note_ready(crew);
	/* At the first start only: later the others wait for it by
	 * themselves. */
	if (!crew->served)
		start_steward(crew);
}

static void
start_database(struct member *member)
{
	struct crew *crew = member->crew;
	struct error error = {0};

	member->process = database_start(&crew->configuration->settings,
		&crew->options.accounts->database, crew->options.secret,
		&error);
	if (member->process < 0) {
		member->process = 0;
		log_event(LOG_ERR, NULL, "database.not_started", "reason",
			error.text, NULL);
		crew_reaped(crew, -1, 0);
		return;
	}
	if (crew->greeting == NULL)
		crew->greeting =
			loop_timer_new(crew->options.loop, GREETING_INTERVAL,
				GREETING_INTERVAL, await_greeting, crew);
}

static void
start(struct member *member)
{
	member->started = clock_monotonic();
	member->ready = false;
	if (member->kind == KIND_DATABASE)
		start_database(member);
	else
		start_child(member);
}

void
crew_start(struct crew *crew)
{
	if (has_database(crew))
		start(database_of(crew));
	else
		start_steward(crew);
}

static void
start_again(void *argument)
{
	struct member *member = argument;

	loop_timer_free(member->timer);
	member->timer = NULL;
	if (!member->crew->stopping)
		start(member);
}

static void
schedule(struct member *member)
{
	if (clock_monotonic() - member->started > GOOD_LIFE)
		member->delay = DELAY_FIRST;
	member->timer = loop_timer_new(member->crew->options.loop,
		member->delay, 0, start_again, member);
	member->delay *= 2;
	if (member->delay > DELAY_MOST)
		member->delay = DELAY_MOST;
}

static void stop_next(struct crew *crew);

static void
log_end(const struct member *member, int status)
{
	const char *how = WIFSIGNALED(status) ? "signal" : "status";
	int number =
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	log_event(member->crew->stopping ? LOG_INFO : LOG_ERR, NULL,
		"process.ended", "process", member->name, how,
		log_integer(number), NULL);
}

void
crew_reaped(struct crew *crew, pid_t process, int status)
{
	for (size_t i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];
		/* −1: the database that could not even be started. */
		bool unstarted = process == -1 &&
				 member->kind == KIND_DATABASE &&
				 member->process == 0;

		if (!unstarted && member->process != process)
			continue;
		if (!unstarted)
			log_end(member, status);
		member->process = 0;
		member->ready = false;
		channel_free(member->channel);
		member->channel = NULL;
		if (crew->stopping)
			stop_next(crew);
		else
			schedule(member);
		return;
	}
}

void
crew_configure(struct crew *crew, const struct configuration *configuration)
{
	crew->configuration = configuration;
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].channel != NULL)
			send_configuration(&crew->members[i]);
}

void
crew_set_read_only(struct crew *crew, bool read_only)
{
	crew->read_only = read_only;
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].channel != NULL)
			send_read_only(&crew->members[i]);
}

void
crew_dump(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].channel != NULL)
			channel_send(crew->members[i].channel, CHANNEL_DUMP,
				NULL, 0);
}

void
crew_answer_reload(struct crew *crew, const char *text)
{
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].kind == KIND_STEWARD &&
			crew->members[i].channel != NULL)
			channel_send(crew->members[i].channel, CHANNEL_RELOAD,
				text, strlen(text));
}

/* Those that are late. The database only when it is alone: while others live
 * it has not been asked to stop yet. */
static void
kill_late(void *argument)
{
	struct crew *crew = argument;
	bool alone = true;

	for (size_t i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];

		if (member->process <= 0 ||
			(member->kind == KIND_DATABASE && !alone))
			continue;
		alone = false;
		log_event(LOG_WARNING, NULL, "stop.killed", "process",
			member->name, NULL);
		kill(member->process, SIGKILL);
	}
}

static void
set_patience(struct crew *crew, int64_t time)
{
	loop_timer_free(crew->patience);
	crew->patience =
		loop_timer_new(crew->options.loop, time, 0, kill_late, crew);
}

/* The database last: the others still need it. */
static void
stop_next(struct crew *crew)
{
	struct member *database = database_of(crew);

	for (size_t i = 0; i + 1 < crew->count; i++)
		if (crew->members[i].process > 0)
			return;
	if (database->process > 0 && !database->ready && crew->greeting == NULL)
		return; /* told already */
	if (database->process > 0) {
		database->ready = false;
		loop_timer_free(crew->greeting);
		crew->greeting = NULL;
		set_patience(crew, DATABASE_STOP);
		kill(database->process, SIGTERM);
		return;
	}
	loop_timer_free(crew->patience);
	crew->patience = NULL;
	crew->options.stopped(crew->options.argument);
}

void
crew_stop(struct crew *crew)
{
	if (crew->stopping) {
		for (size_t i = 0; i + 1 < crew->count; i++)
			if (crew->members[i].process > 0)
				kill(crew->members[i].process, SIGKILL);
		return;
	}
	crew->stopping = true;
	loop_timer_free(crew->first);
	crew->first = NULL;
	for (size_t i = 0; i < crew->count; i++) {
		loop_timer_free(crew->members[i].timer);
		crew->members[i].timer = NULL;
		if (crew->members[i].channel != NULL)
			channel_send(crew->members[i].channel, CHANNEL_STOP,
				NULL, 0);
	}
	set_patience(crew,
		crew->configuration->settings.limits.stop_time + STOP_GRACE);
	stop_next(crew);
}
