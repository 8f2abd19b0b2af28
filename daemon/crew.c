#include "crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "channel.h"
#include "configuration.h"
#include "crew_member.h"
#include "loop/loop.h"

/* Back-off of a child that dies again and again. */
#define DELAY_FIRST (CLOCK_SECOND / 10)
#ifdef MISSIOND_FAULT_INJECTION
#define DELAY_MOST CLOCK_SECOND /* tests kill again and again */
#else
#define DELAY_MOST (30 * CLOCK_SECOND)
#endif
/* A child that lived this long starts again without delay. */
#define GOOD_LIFE (20 * CLOCK_SECOND)
/* The steward first brings the control schema up to date; should it take
 * longer (an outside database is away), the others start all the same. */
#define STEWARD_FIRST (3 * CLOCK_SECOND)

bool
crew_has_database(const struct crew *crew)
{
	return crew->configuration->settings.database.private_server;
}

struct crew_member *
crew_database(struct crew *crew)
{
	return &crew->members[crew->count - 1];
}

const char *
crew_role(enum crew_kind kind)
{
	switch (kind) {
	case CREW_WORKER:
		return "worker";
	case CREW_STEWARD:
		return "steward";
	case CREW_COURIER:
		return "courier";
	case CREW_DATABASE:
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
	crew->started = clock_now().microseconds;
	uuid_format(uuid_new(), crew->run);
	crew->configuration = options->configuration;
	crew->count = workers + 3;
	tickets_make(&crew->tickets);
	crew->members = memory_new(crew->count, sizeof(*crew->members));
	for (unsigned i = 0; i < crew->count; i++) {
		struct crew_member *member = &crew->members[i];

		member->crew = crew;
		member->number = i;
		member->delay = DELAY_FIRST;
		if (i >= workers)
			member->kind =
				(enum crew_kind)(CREW_STEWARD + i - workers);
		if (member->kind == CREW_WORKER)
			snprintf(member->name, sizeof(member->name),
				"worker-%u", i + 1);
		else
			snprintf(member->name, sizeof(member->name), "%s",
				crew_role(member->kind));
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
	loop_timer_free(crew->rotation);
	loop_timer_free(crew->greeting);
	loop_timer_free(crew->first);
	loop_timer_free(crew->patience);
	tickets_wipe(&crew->tickets);
	close(crew->options.epochs);
	close(crew->options.allowances);
	close(crew->options.metrics);
	digest_wipe(crew->options.secret, sizeof(crew->options.secret));
	free(crew->members);
	free(crew);
}

void
crew_note_ready(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		if (!crew->members[i].ready &&
			(crew->members[i].kind != CREW_DATABASE ||
				crew_has_database(crew)))
			return;
	if (crew->served || crew->stopping)
		return;
	crew->served = true;
	crew->options.ready(crew->options.argument);
}

void
crew_start_member(struct crew_member *member)
{
	member->started = clock_monotonic();
	member->changed = clock_now().microseconds;
	member->starts++;
	member->ready = false;
	if (member->kind == CREW_DATABASE)
		crew_database_start(member);
	else
		crew_child_start(member);
	crew_tell_steward(member->crew);
}

void
crew_start_others(struct crew *crew)
{
	loop_timer_free(crew->first);
	crew->first = NULL;
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].kind != CREW_DATABASE &&
			crew->members[i].process == 0 &&
			crew->members[i].timer == NULL)
			crew_start_member(&crew->members[i]);
}

static void
stop_waiting(void *crew)
{
	crew_start_others(crew);
}

void
crew_start_steward(struct crew *crew)
{
	struct crew_member *steward = &crew->members[crew->count - 3];

	if (crew->first != NULL)
		return;
	crew->first = loop_timer_new(
		crew->options.loop, STEWARD_FIRST, 0, stop_waiting, crew);
	if (steward->process == 0 && steward->timer == NULL)
		crew_start_member(steward);
}

static void
rotate_tickets(void *argument)
{
	struct crew *crew = argument;

	tickets_rotate(&crew->tickets);
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].kind == CREW_WORKER &&
			crew->members[i].channel != NULL)
			crew_child_send_tickets(&crew->members[i]);
}

void
crew_start(struct crew *crew)
{
	crew->rotation = loop_timer_new(crew->options.loop, TICKET_INTERVAL,
		TICKET_INTERVAL, rotate_tickets, crew);
	if (crew_has_database(crew))
		crew_start_member(crew_database(crew));
	else
		crew_start_steward(crew);
}

static void
start_again(void *argument)
{
	struct crew_member *member = argument;

	loop_timer_free(member->timer);
	member->timer = NULL;
	if (!member->crew->stopping)
		crew_start_member(member);
}

void
crew_start_member_after(struct crew_member *member, int64_t pause)
{
	member->timer = loop_timer_new(
		member->crew->options.loop, pause, 0, start_again, member);
}

static void
schedule(struct crew_member *member)
{
	if (clock_monotonic() - member->started > GOOD_LIFE)
		member->delay = DELAY_FIRST;
	crew_start_member_after(member, member->delay);
	member->delay *= 2;
	if (member->delay > DELAY_MOST)
		member->delay = DELAY_MOST;
}

static void
log_end(const struct crew_member *member, int status)
{
	/* The courier ends so when a reload changes where mail goes. */
	bool orderly = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	bool refused = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	const char *how = WIFSIGNALED(status) ? "signal" : "status";
	int number =
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);

	log_event(member->crew->stopping ? LOG_INFO
		  : orderly		 ? LOG_NOTICE
					 : LOG_ERR,
		NULL, "process.ended", "process", member->name, how,
		log_integer(number), refused ? "reason" : NULL,
		"killed by the system call filter", NULL);
}

void
crew_reaped(struct crew *crew, pid_t process, int status)
{
	for (size_t i = 0; i < crew->count; i++) {
		struct crew_member *member = &crew->members[i];
		/* −1: the database that could not even be started. */
		bool unstarted = process == -1 &&
				 member->kind == CREW_DATABASE &&
				 member->process == 0;

		if (!unstarted && member->process != process)
			continue;
		if (!unstarted)
			log_end(member, status);
		member->process = 0;
		member->ready = false;
		channel_free(member->channel);
		member->channel = NULL;
		member->changed = clock_now().microseconds;
		crew_tell_steward(crew);
		if (crew->stopping)
			crew_stop_next(crew);
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
			crew_child_configure(&crew->members[i]);
}

void
crew_set_read_only(struct crew *crew, bool read_only)
{
	crew->read_only = read_only;
	crew_tell_steward(crew);
	for (size_t i = 0; i < crew->count; i++)
		if (crew->members[i].channel != NULL)
			crew_child_set_read_only(&crew->members[i]);
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
		if (crew->members[i].kind == CREW_STEWARD &&
			crew->members[i].channel != NULL)
			channel_send(crew->members[i].channel, CHANNEL_RELOAD,
				text, strlen(text));
}
