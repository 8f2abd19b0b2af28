#include "crew_member.h"

#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "channel.h"
#include "configuration.h"
#include "loop/loop.h"

/* Beyond limits.stop_time, before a child is killed. */
#define STOP_GRACE    (5 * CLOCK_SECOND)
#define DATABASE_STOP (60 * CLOCK_SECOND)

/* Those that are late. The database only when it is alone: while others live
 * it has not been asked to stop yet. */
static void
kill_late(void *argument)
{
	struct crew *crew = argument;
	bool alone = true;

	for (size_t i = 0; i < crew->count; i++) {
		struct crew_member *member = &crew->members[i];

		if (member->process <= 0 ||
			(member->kind == CREW_DATABASE && !alone))
			continue;
		alone = false;
		log_event(LOG_WARNING, NULL, "stop.killed", "process",
			member->name, NULL);
		crew_signal(member, SIGKILL);
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
void
crew_stop_next(struct crew *crew)
{
	struct crew_member *database = crew_database(crew);

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
		crew_signal(database, SIGTERM);
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
				crew_signal(&crew->members[i], SIGKILL);
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
	crew_stop_next(crew);
}
