#include "tenants/lifecycle/lifecycle.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "schema/migrate.h"
#include "tenants/lifecycle/discard.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/upgrade.h"
#include "tenants/lifecycle/warm.h"
#include "tenants/lifecycle/work.h"

/* After the database failed. */
#define PAUSE (3 * CLOCK_SECOND)

/* Longest look for a job; the control schema's migrations may take longer. */
#define LOOK_LIMIT    (10 * CLOCK_SECOND)
#define MIGRATE_LIMIT (10 * CLOCK_MINUTE)

#define SIDE_BY_SIDE 4
#define POLL	     CLOCK_SECOND
#define LEASE	     (30 * CLOCK_SECOND)

/* Schemas are made ahead after so long without other jobs; a pool that is full
 * is looked at again. */
#define WARM_IDLE  (2 * CLOCK_SECOND)
#define FULL_PAUSE CLOCK_MINUTE

struct lifecycle {
	struct lifecycle_settings settings;
	struct arena *arena; /* of the SQL files */
	struct migrations control, tenant;
	struct task *watcher;
	unsigned running;    /* jobs but those that can wait */
	unsigned background; /* and those: one at a time */
	int64_t fill_at; /* when the pool is looked at (clock_monotonic()) */
	bool ready;	 /* the control schema is up to date */
	bool reclaimed;	 /* and what is behind is queued */
	bool reviewed;	 /* and the pool of schemas made ahead in order */
	bool scarce;	 /* there is little space */
	bool stopping;
	bool away; /* the database failed; said once */
};

/* A claimed job gets a task of its own, which owns this. */
struct errand {
	struct lifecycle *lifecycle;
	struct arena *arena;
	bool background;
	struct work work;
};

static void
errand_free(struct errand *errand)
{
	struct lifecycle *lifecycle = errand->lifecycle;

	if (errand->background) {
		lifecycle->background--;
		lifecycle->fill_at = 0;
	} else {
		lifecycle->running--;
		lifecycle->fill_at =
			clock_monotonic() + lifecycle->settings.warm_idle;
	}
	arena_free(errand->arena);
	if (lifecycle->watcher != NULL)
		task_wake(lifecycle->watcher);
}

/* Such a job has no future here: an older or newer program's. */
static void
refuse(struct work *work, const char *why)
{
	log_event(LOG_ERR, NULL, "job.refused", "kind", work->job.kind,
		"reason", why, NULL);
	job_finish(work->control, &work->job, why);
}

/* 1 and work->community is filled in, 0 when there is none, -1; refused with
 * work->error. */
static int
open_community(struct work *work)
{
	struct control_community *row = &work->community.row;
	int found = work->fresh ? 1
				: control_find_id(work->control, work->arena,
					  work->job.community, row);

	/* The password of its own account is asked for by pointer. */
	if (found > 0 && work_community_open(&work->community, work->settings,
				 work->arena, row, &work->error) < 0) {
		refuse(work, work->error.text);
		return -1;
	}
	return found;
}

static void
run_errand(void *argument)
{
	struct errand *errand = argument;
	struct work *work = &errand->work;
	const struct job_kind *kind = work_kind(work->job.kind);
	int found;

	if (kind == NULL) {
		refuse(work, "unknown kind of job");
	} else {
		found = kind->background ? warm_open(work)
					 : open_community(work);
		if (found > 0)
			work_run(work, kind, &errand->lifecycle->stopping);
		else if (found == 0 &&
			 (kind->background || kind == &discard_kind))
			job_finish(work->control, &work->job, NULL);
		else if (found == 0)
			refuse(work, "its community is gone");
	}
	errand_free(errand);
}

static struct db *
control_scope(const struct lifecycle *lifecycle, struct arena *arena)
{
	const struct lifecycle_settings *settings = &lifecycle->settings;

	return db_scope_open(settings->pool, arena, settings->steward);
}

static struct errand *
errand_new(struct lifecycle *lifecycle)
{
	const struct lifecycle_settings *settings = &lifecycle->settings;
	struct arena *arena = arena_new();
	struct errand *errand = ARENA_NEW(arena, struct errand);

	errand->lifecycle = lifecycle;
	errand->arena = arena;
	errand->work = (struct work){
		.settings = settings,
		.migrations = &lifecycle->tenant,
		.arena = arena,
		.lease = settings->lease,
		.control = control_scope(lifecycle, arena),
	};
	return errand;
}

/* It is counted among those that run. */
static void
errand_start(struct errand *errand)
{
	const struct lifecycle_settings *settings = errand->work.settings;

	task_start(settings->loop, "lifecycle.job",
		clock_monotonic() + settings->lease, run_errand, errand);
}

/* Claims one job and starts it: 1, 0 when none is due, or -1. */
static int
start_one(struct lifecycle *lifecycle)
{
	const struct lifecycle_settings *settings = &lifecycle->settings;
	struct errand *errand = errand_new(lifecycle);
	struct work *work = &errand->work;
	bool idle = lifecycle->running + lifecycle->background == 0;
	const struct job_kind *kind;
	int found;

	found = job_claim(work->control, work->arena, settings->holder,
		settings->lease, idle, !lifecycle->scarce, &work->job);
	if (found != 1) {
		arena_free(errand->arena);
		return found;
	}
	kind = work_kind(work->job.kind);
	errand->background = kind != NULL && kind->background;
	if (errand->background) {
		work->urgent = &lifecycle->running;
		lifecycle->background++;
	} else {
		lifecycle->running++;
	}
	errand_start(errand);
	return 1;
}

bool
lifecycle_reserve(struct lifecycle *lifecycle)
{
	/* What this holder had before is free again when it is reclaimed. */
	if (!lifecycle->reclaimed || lifecycle->scarce || lifecycle->stopping ||
		lifecycle->running >= lifecycle->settings.side_by_side)
		return false;
	lifecycle->running++;
	return true;
}

const char *
lifecycle_holder(const struct lifecycle *lifecycle, int64_t *ret_lease)
{
	*ret_lease = lifecycle->settings.lease;
	return lifecycle->settings.holder;
}

void
lifecycle_begin(
	struct lifecycle *lifecycle, const struct control_applied *applied)
{
	const struct job *job = &applied->claimed;
	struct errand *errand;

	if (job->kind == NULL) {
		lifecycle->running--;
		lifecycle_wake(lifecycle);
		return;
	}
	errand = errand_new(lifecycle);
	errand->work.job = *job;
	errand->work.job.kind = arena_text(errand->arena, job->kind);
	errand->work.job.payload = arena_text(errand->arena, job->payload);
	errand->work.fresh = true;
	errand->work.community.row =
		control_community_copy(errand->arena, applied->row);
	errand_start(errand);
}

/* 0; -1 when it has to be tried again. */
static int
prepare(struct lifecycle *lifecycle)
{
	struct arena *arena = arena_new();
	struct error error = {{0}};
	struct db *db = control_scope(lifecycle, arena);
	const struct migrate orders = {
		.migrations = &lifecycle->control,
		.ledger = db,
		.target = db,
	};
	int result = 0;

	task_set_deadline(task_current(), clock_monotonic() + MIGRATE_LIMIT);
	if (!lifecycle->ready) {
		result = migrate(&orders, arena, &error);
		lifecycle->ready = result == 0;
		if (result != 0 && !lifecycle->away && !lifecycle->stopping)
			log_event(LOG_ERR, NULL, "control.not_migrated",
				"reason", error.text, NULL);
	}
	if (result == 0 && !lifecycle->reclaimed) {
		result = job_reclaim(db, lifecycle->settings.holder);
		if (result == 0)
			result = upgrade_enqueue(
				db, migrations_newest(&lifecycle->tenant));
		lifecycle->reclaimed = result == 0;
	}
	arena_free(arena);
	return result;
}

/* Puts the pool of schemas made ahead in order. 0 or -1. */
static int
review(struct lifecycle *lifecycle)
{
	struct arena *arena = arena_new();
	int result;

	task_set_deadline(task_current(), clock_monotonic() + LOOK_LIMIT);
	/* Before: a reload meanwhile asks for another. */
	lifecycle->reviewed = true;
	result = warm_review(control_scope(lifecycle, arena), arena,
		lifecycle->settings.warm,
		migrations_newest(&lifecycle->tenant));
	if (result != 0)
		lifecycle->reviewed = false;
	arena_free(arena);
	return result;
}

/* Queues the making of another schema ahead, when there was nothing to do for a
 * while: 1, 0 when none is wanted now, or -1. */
static int
fill(struct lifecycle *lifecycle)
{
	int64_t now = clock_monotonic();
	struct arena *arena;
	int queued;

	if (lifecycle->running + lifecycle->background > 0 ||
		lifecycle->settings.warm == 0 || lifecycle->scarce ||
		now < lifecycle->fill_at)
		return 0;
	arena = arena_new();
	task_set_deadline(task_current(), now + LOOK_LIMIT);
	queued = warm_fill(control_scope(lifecycle, arena), arena,
		lifecycle->settings.warm);
	arena_free(arena);
	/* Other machines take some, too. */
	if (queued == 0)
		lifecycle->fill_at = now + FULL_PAUSE;
	return queued;
}

/* As many as there is room for; -1 when the database failed. */
static int
look(struct lifecycle *lifecycle)
{
	int found = 1;

	if (!lifecycle->reclaimed && prepare(lifecycle) != 0)
		return -1;
	if (!lifecycle->reviewed && review(lifecycle) != 0)
		return -1;
	while (found == 1 && !lifecycle->stopping &&
		lifecycle->running < lifecycle->settings.side_by_side) {
		task_set_deadline(
			task_current(), clock_monotonic() + LOOK_LIMIT);
		found = start_one(lifecycle);
		if (found == 0)
			found = fill(lifecycle);
	}
	return found < 0 ? -1 : 0;
}

static void
watch(void *argument)
{
	struct lifecycle *lifecycle = argument;

	while (!lifecycle->stopping) {
		int result = look(lifecycle);
		int64_t pause = result == 0 ? lifecycle->settings.poll : PAUSE;

		if (lifecycle->stopping)
			break;
		if (lifecycle->away != (result != 0))
			log_event(result == 0 ? LOG_NOTICE : LOG_ERR, NULL,
				result == 0 ? "lifecycle.database_back"
					    : "lifecycle.no_database",
				NULL);
		lifecycle->away = result != 0;
		task_set_deadline(task_current(), 0);
		if (task_park("jobs", clock_monotonic() + pause) ==
			TASK_CANCELLED)
			break;
	}
	lifecycle->watcher = NULL;
}

static void
fill_defaults(struct lifecycle_settings *settings)
{
	if (settings->side_by_side == 0)
		settings->side_by_side = SIDE_BY_SIDE;
	if (settings->poll == 0)
		settings->poll = POLL;
	if (settings->warm_idle == 0)
		settings->warm_idle = WARM_IDLE;
	if (settings->lease == 0)
		settings->lease = LEASE;
}

static int
read_files(struct lifecycle *lifecycle, struct error *error)
{
	const char *schema = lifecycle->settings.schema;
	struct arena *arena = lifecycle->arena;

	if (migrations_read(arena, arena_printf(arena, "%s/control", schema),
		    &lifecycle->control, error) != 0)
		return -1;
	return migrations_read(arena, arena_printf(arena, "%s/tenant", schema),
		&lifecycle->tenant, error);
}

struct lifecycle *
lifecycle_start(const struct lifecycle_settings *settings, struct error *error)
{
	struct lifecycle *lifecycle = memory_new(1, sizeof(*lifecycle));

	lifecycle->settings = *settings;
	lifecycle->arena = arena_new();
	fill_defaults(&lifecycle->settings);
	if (read_files(lifecycle, error) != 0) {
		lifecycle_free(lifecycle);
		return NULL;
	}
	lifecycle->fill_at = clock_monotonic() + lifecycle->settings.warm_idle;
	lifecycle->watcher = task_start(
		settings->loop, "lifecycle.watch", 0, watch, lifecycle);
	return lifecycle;
}

bool
lifecycle_is_ready(const struct lifecycle *lifecycle)
{
	return lifecycle->ready;
}

int64_t
lifecycle_newest(const struct lifecycle *lifecycle)
{
	return migrations_newest(&lifecycle->tenant);
}

void
lifecycle_wake(struct lifecycle *lifecycle)
{
	if (lifecycle->watcher != NULL)
		task_wake(lifecycle->watcher);
}

void
lifecycle_set_templates(
	struct lifecycle *lifecycle, const struct template_set *templates)
{
	lifecycle->settings.templates = templates;
}

void
lifecycle_set_warm(struct lifecycle *lifecycle, int64_t warm)
{
	if (lifecycle->settings.warm == warm)
		return;
	lifecycle->settings.warm = warm;
	lifecycle->reviewed = false;
	lifecycle->fill_at = 0;
	lifecycle_wake(lifecycle);
}

void
lifecycle_spare(struct lifecycle *lifecycle, bool scarce)
{
	lifecycle->scarce = scarce;
	lifecycle_wake(lifecycle);
}

void
lifecycle_stop(struct lifecycle *lifecycle)
{
	lifecycle->stopping = true;
	if (lifecycle->watcher != NULL)
		task_cancel(lifecycle->watcher);
}

void
lifecycle_free(struct lifecycle *lifecycle)
{
	if (lifecycle == NULL)
		return;
	arena_free(lifecycle->arena);
	free(lifecycle);
}
