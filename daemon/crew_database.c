#include "crew_member.h"

#include <sys/statvfs.h>

#include "accounts.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "configuration.h"
#include "database.h"
#include "loop/loop.h"

/* How often it is looked whether the database greets. */
#define GREETING_INTERVAL (CLOCK_SECOND / 20)

/* What a start writes before it greets: temporary tables (12 MiB), logs, the
 * bootstrap's accounts. With less it would only end again. */
#define START_SPACE INT64_C(33554432)
/* How often it is looked whether there is space again. */
#define SPACE_INTERVAL (CLOCK_SECOND / 2)

static bool
has_space(const struct crew *crew)
{
	struct statvfs space;

	return statvfs(crew->configuration->settings.paths.data, &space) < 0 ||
	       (int64_t)space.f_bavail * (int64_t)space.f_frsize >= START_SPACE;
}

/* One line an incident. The others answer meanwhile: 503. */
static void
wait_for_space(struct crew_member *member)
{
	struct crew *crew = member->crew;

	if (!crew->no_space)
		log_event(LOG_ERR, NULL, "database.no_space", "needed",
			log_integer(START_SPACE), NULL);
	crew->no_space = true;
	crew_start_member_after(member, SPACE_INTERVAL);
	if (!crew->served)
		crew_start_steward(crew);
}

static void
await_greeting(void *argument)
{
	struct crew *crew = argument;
	struct crew_member *database = crew_database(crew);

	if (database->process == 0 ||
		!database_answers(&crew->configuration->settings))
		return;
	loop_timer_free(crew->greeting);
	crew->greeting = NULL;
	database->ready = true;
	crew_tell_steward(crew);
	log_event(LOG_NOTICE, NULL, "database.ready", NULL);
	crew_note_ready(crew);
	/* At the first start only: later the others wait for it by
	 * themselves. */
	if (!crew->served)
		crew_start_steward(crew);
}

void
crew_database_start(struct crew_member *member)
{
	struct crew *crew = member->crew;
	struct error error = {0};

	if (!has_space(crew)) {
		wait_for_space(member);
		return;
	}
	crew->no_space = false;
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
