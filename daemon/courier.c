#include "courier.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "courier_mail.h"
#include "courier_registry.h"
#include "crew_report.h"
#include "db/db.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "mail/smtp.h"
#include "tenants/accounts/expire.h"
#include "tenants/audit/audit.h"
#include "tenants/credentials.h"
#include "tenants/outbox/outbox.h"
#include "tenants/service.h"

/* After the database failed. */
#define PAUSE (10 * CLOCK_SECOND)

/* Longest look at the registry; a mail has the length of its claim. */
#define LOOK_LIMIT (30 * CLOCK_SECOND)

/* A commit may become visible later than its moved_at says: each look goes
 * back by this much, and the mail epoch tells what is new. */
#define OVERLAP (10 * CLOCK_SECOND)

/* A community the courier has looked at or has to look at. */
struct box {
	TAILQ_ENTRY(box) next;
	struct courier *courier;
	struct uuid community;
	int64_t mail_epoch; /* last seen */
	int64_t due;	    /* clock_monotonic() of the next look; 0: none */
	int64_t waiting;    /* mails, when it was last looked at */
	bool reclaim;	    /* the next look frees a predecessor's claims */
	bool clean;	    /* the next look also removes old rows, once */
	bool running;
};

struct courier {
	struct loop *loop;
	struct courier_settings settings;
	struct task *watcher;
	struct map *by_key;
	TAILQ_HEAD(box_list, box) boxes;
	unsigned running;
	bool stopping;
	bool away;  /* the registry failed; said once */
	bool begun; /* mail that waited before the start was found */
	struct timestamp since; /* moved_at up to which was read */
	int64_t next_poll, next_sweep;
};

static struct box *
find_box(struct courier *courier, struct uuid community)
{
	char key[UUID_TEXT_SIZE];
	struct box *box;

	uuid_format(community, key);
	box = map_get(courier->by_key, key);
	if (box)
		return box;
	box = memory_new(1, sizeof(*box));
	box->courier = courier;
	box->community = community;
	map_set(courier->by_key, key, box);
	TAILQ_INSERT_TAIL(&courier->boxes, box, next);
	return box;
}

static void
count_waiting(struct box *box, int64_t waiting)
{
	struct mail_counts *counts = box->courier->settings.counts;

	if (counts != NULL)
		counts->waiting += waiting - box->waiting;
	box->waiting = waiting;
}

static void
forget_box(struct courier *courier, struct box *box)
{
	char key[UUID_TEXT_SIZE];

	count_waiting(box, 0);
	uuid_format(box->community, key);
	map_remove(courier->by_key, key);
	TAILQ_REMOVE(&courier->boxes, box, next);
	free(box);
}

/* An earlier look wins. */
static void
schedule(struct box *box, int64_t due)
{
	if (box->due == 0 || due < box->due)
		box->due = due;
}

/* Once a sweep, whatever comes of it: the next one tries again. What failed is
 * in the log, and neither mail nor the other removals wait for it. */
static void
clean(struct box *box, struct db *db)
{
	box->clean = false;
	(void)outbox_expire(db);
	(void)accounts_expire(db);
	(void)audit_expire(db);
}

/* Under the community's own account. */
static int
serve(struct box *box, const struct courier_community *community,
	struct outbox_wait *ret_wait)
{
	struct courier *courier = box->courier;
	struct credentials credentials = {
		.subkey = courier->settings.tenant_key,
		.key = community->key,
		.generation = community->generation,
	};
	const struct log_context log = {community->slug, NULL};
	char name[CREDENTIALS_NAME_SIZE];
	struct db_account account = {
		.user = name,
		.schema = name,
		.log_name = community->slug,
	};
	struct arena *arena = arena_new();
	struct db *db;
	int result = 0;

	credentials_name(community->key, name);
	credentials_serve(&credentials, &account);
	db = db_scope_open(courier->settings.pool, arena, &account);
	/* A community has one task: what is claimed was a predecessor's. */
	if (box->reclaim)
		result = outbox_reclaim(db, courier->settings.holder);
	if (result == 0) {
		box->reclaim = false;
		result = courier_mail_deliver(&courier->settings,
			&courier->stopping, db, &log, ret_wait);
	}
	/* What has expired is another program's to remove where tables are not
	 * as this one knows them: what hangs on what may be different there. */
	if (result == 0 && box->clean &&
		service_knows_schema(community->schema_version))
		clean(box, db);
	arena_free(arena);
	return result;
}

/* Tells the registry when there is mail to look at: the next courier begins
 * there. */
static int
tell(const struct box *box, struct db *db,
	const struct courier_community *community, int64_t microseconds)
{
	if (community->mail_epoch == INTEGER_NONE ||
		(community->due.microseconds == TIME_NONE.microseconds &&
			microseconds == INTEGER_NONE))
		return 0;
	return courier_registry_seen(
		db, box->community, community, microseconds);
}

/* 0 with what is left to wait for, or -1. */
static int
look_into(struct box *box, struct outbox_wait *ret_wait)
{
	struct courier *courier = box->courier;
	struct arena *arena = arena_new();
	struct db *registry = db_scope_open(
		courier->settings.pool, arena, courier->settings.registry);
	struct courier_community community;
	int result;

	*ret_wait = (struct outbox_wait){.microseconds = INTEGER_NONE};
	result = courier_registry_find(
		registry, arena, box->community, &community);
	if (result > 0) {
		result = serve(box, &community, ret_wait);
		if (result == 0)
			result = tell(box, registry, &community,
				ret_wait->microseconds);
	}
	arena_free(arena);
	return result;
}

static void
run_box(void *argument)
{
	struct box *box = argument;
	struct courier *courier = box->courier;
	struct outbox_wait wait;

	if (look_into(box, &wait)) {
		schedule(box, clock_monotonic() + PAUSE);
	} else {
		count_waiting(box, wait.waiting);
		if (wait.microseconds != INTEGER_NONE)
			schedule(
				box, clock_monotonic() +
					     (wait.microseconds > 0
							     ? wait.microseconds
							     : 1));
	}
	box->running = false;
	courier->running--;
	if (courier->watcher)
		task_wake(courier->watcher);
}

/* Starts what is due, longest waiting first, as far as there is room; returns
 * when the next comes due. */
static int64_t
start_due(struct courier *courier)
{
	int64_t now = clock_monotonic(), next = INT64_MAX;
	struct box *box, *after;

	for (box = TAILQ_FIRST(&courier->boxes); box; box = after) {
		after = TAILQ_NEXT(box, next);
		if (box->running || box->due == 0)
			continue;
		if (box->due > now ||
			courier->running >= courier->settings.side_by_side) {
			/* Without room, the end of a task wakes us. */
			if (box->due > now && box->due < next)
				next = box->due;
			continue;
		}
		/* To the end: every other has its turn before this again. */
		TAILQ_REMOVE(&courier->boxes, box, next);
		TAILQ_INSERT_TAIL(&courier->boxes, box, next);
		box->running = true;
		box->due = 0;
		courier->running++;
		task_start(courier->loop, "courier.community", now + LOOK_LIMIT,
			run_box, box);
	}
	return next;
}

static int
poll_moved(struct courier *courier, struct db *db, struct arena *arena)
{
	struct courier_moved after = {
		.moved = {courier->since.microseconds - OVERLAP}};
	struct record_list list = {NULL, 0};

	do {
		const struct courier_moved *moved;

		if (courier_registry_moved(db, arena, &after, &list))
			return -1;
		moved = list.items;
		for (size_t i = 0; i < list.count; i++) {
			struct box *box = find_box(courier, moved[i].community);

			if (box->mail_epoch != moved[i].mail_epoch)
				schedule(box, clock_monotonic());
			box->mail_epoch = moved[i].mail_epoch;
			after = moved[i];
		}
	} while (list.count == COURIER_ROWS);
	if (after.moved.microseconds > courier->since.microseconds)
		courier->since = after.moved;
	return 0;
}

static void
forget_idle(struct courier *courier)
{
	struct box *box, *after;

	for (box = TAILQ_FIRST(&courier->boxes); box; box = after) {
		after = TAILQ_NEXT(box, next);
		if (!box->running && box->due == 0)
			forget_box(courier, box);
	}
}

/* After a start: what waited before it. One community after another at a pace:
 * after an outage of the mail server it may be all of them. */
static int
begin(struct courier *courier, struct db *db, struct arena *arena)
{
	struct record_list list = {NULL, 0};
	struct courier_due after = {.due = {0}};
	int64_t due = clock_monotonic();

	do {
		const struct courier_due *waiting;

		if (courier_registry_due(db, arena, &after, &list))
			return -1;
		waiting = list.items;
		for (size_t i = 0; i < list.count; i++) {
			struct box *box =
				find_box(courier, waiting[i].community);

			schedule(box, due);
			box->reclaim = true;
			due += courier->settings.pace;
			after = waiting[i];
		}
	} while (list.count == COURIER_ROWS);
	courier->begun = true;
	return 0;
}

/* Every community has a look, which removes what has expired and finds mail
 * where a crash came between a commit and the epoch's move. One after another
 * at a pace, so that thousands of them take little of the database at a time.
 */
static int
sweep(struct courier *courier, struct db *db, struct arena *arena)
{
	struct record_list list = {NULL, 0};
	struct uuid after = UUID_NONE;
	int64_t due = clock_monotonic();

	forget_idle(courier);
	do {
		const struct courier_id *ids;

		if (courier_registry_page(db, arena, after, &list))
			return -1;
		ids = list.items;
		for (size_t i = 0; i < list.count; i++) {
			struct box *box = find_box(courier, ids[i].id);

			schedule(box, due);
			box->reclaim = true;
			box->clean = true;
			due += courier->settings.cleaning_pace;
			after = ids[i].id;
		}
	} while (list.count == COURIER_ROWS);
	return 0;
}

static int
read_registry(struct courier *courier, bool sweep_too)
{
	struct arena *arena = arena_new();
	struct db *db = db_scope_open(
		courier->settings.pool, arena, courier->settings.registry);
	int result = 0;

	if (courier->since.microseconds == 0)
		result = courier_registry_latest(db, arena, &courier->since);
	if (result == 0)
		result = poll_moved(courier, db, arena);
	if (result == 0 && !courier->begun)
		result = begin(courier, db, arena);
	if (result == 0 && sweep_too)
		result = sweep(courier, db, arena);
	arena_free(arena);
	return result;
}

/* Looks at the registry when its time has come. An outage is said once. */
static void
look_around(struct courier *courier)
{
	int64_t now = clock_monotonic();
	bool sweep_too = now >= courier->next_sweep;

	if (now < courier->next_poll)
		return;
	if (read_registry(courier, sweep_too)) {
		if (!courier->away && !courier->stopping)
			log_event(LOG_ERR, NULL, "courier.no_registry", NULL);
		courier->away = true;
		courier->next_poll = clock_monotonic() + PAUSE;
		return;
	}
	if (courier->away)
		log_event(LOG_NOTICE, NULL, "courier.registry_back", NULL);
	courier->away = false;
	courier->next_poll = clock_monotonic() + courier->settings.poll;
	if (sweep_too)
		courier->next_sweep =
			clock_monotonic() + courier->settings.sweep;
}

static void
watch(void *argument)
{
	struct courier *courier = argument;

	while (!courier->stopping) {
		int64_t next;

		task_set_deadline(
			task_current(), clock_monotonic() + LOOK_LIMIT);
		look_around(courier);
		task_set_deadline(task_current(), 0);
		next = start_due(courier);
		if (courier->next_poll < next)
			next = courier->next_poll;
		if (task_park("mail", next) == TASK_CANCELLED)
			break;
	}
	courier->watcher = NULL;
}

struct courier *
courier_new(struct loop *loop, const struct courier_settings *settings)
{
	struct courier *courier = memory_new(1, sizeof(*courier));

	courier->loop = loop;
	courier->settings = *settings;
	courier->by_key = map_new();
	TAILQ_INIT(&courier->boxes);
	courier->next_sweep = clock_monotonic() + settings->sweep;
	courier->watcher = task_start(loop, "courier.watch", 0, watch, courier);
	return courier;
}

void
courier_stop(struct courier *courier)
{
	courier->stopping = true;
	smtp_stop();
	if (courier->watcher)
		task_cancel(courier->watcher);
}

void
courier_free(struct courier *courier)
{
	struct box *box;

	if (!courier)
		return;
	while ((box = TAILQ_FIRST(&courier->boxes)))
		forget_box(courier, box);
	map_free(courier->by_key);
	digest_wipe(courier->settings.tenant_key, DIGEST_SIZE);
	free(courier);
}
