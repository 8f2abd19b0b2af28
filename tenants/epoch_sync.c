#include "tenants/epoch_sync.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/pool.h"
#include "loop/task.h"
#include "tenants/epoch.h"
#include "tenants/epoch_news.h"

/* Moves told with one call, and rows read with one query. */
#define TELL_MOST 200U
#define POLL_MOST 500U

/* A tell or a poll that takes longer is given up and tried again. */
#define PATIENCE (10 * CLOCK_SECOND)

/*
 * moved_at is when the statement began, and it is seen when it is committed:
 * what is older than this behind the newest cannot appear any more. A tell that
 * was given up may still have been about to.
 */
#define OVERLAP (PATIENCE + 2 * CLOCK_SECOND)

/* Communities whose last epochs are remembered; beyond it, all are forgotten,
 * which costs a needless look at each. */
#define SEEN_MOST 20000U

struct epoch_sync {
	struct epoch_sync_setting setting;
	struct task *task;
	bool stopping;
	int64_t poll_at;  /* clock_monotonic() */
	struct map *seen; /* key of a community → struct seen */
};

struct seen {
	int64_t epoch, settings_epoch;
};

struct told {
	const char *moved;
};
static const struct field told_fields[] = {FIELD_TEXT(struct told, moved)};
static const struct record told_record = RECORD(struct told, told_fields);

struct latest {
	struct timestamp moved;
};
static const struct field latest_fields[] = {FIELD_TIME(struct latest, moved)};
static const struct record latest_record = RECORD(struct latest, latest_fields);

/* A page begins after a community, or with all of its moment when that is
 * none. A UUID parameter that is none would be NULL: hence the text. */
struct position {
	struct timestamp moved, same_moved;
	const char *community;
};
static const struct field position_fields[] = {
	FIELD_TIME(struct position, moved),
	FIELD_TIME(struct position, same_moved),
	FIELD_TEXT(struct position, community),
};
static const struct record position_record =
	RECORD(struct position, position_fields);

struct moved {
	struct uuid community;
	int64_t epoch, settings_epoch;
	struct timestamp moved_at;
};
static const struct field moved_fields[] = {
	FIELD_UUID(struct moved, community),
	FIELD_INTEGER(struct moved, epoch),
	FIELD_INTEGER(struct moved, settings_epoch),
	FIELD_TIME(struct moved, moved_at),
};
static const struct record moved_record = RECORD(struct moved, moved_fields);

static const struct db_statement tell_statement = {
	.name = "epoch.tell",
	.sql = "CALL community_moved(?)",
	.parameters = &told_record,
	.kind = DB_WRITE,
};

static const struct db_statement latest_statement = {
	.name = "epoch.latest",
	.sql = "SELECT COALESCE(MAX(moved_at),"
	       " TIMESTAMP'2000-01-01 00:00:00') AS moved"
	       " FROM community_state",
	.row = &latest_record,
	.kind = DB_READ,
};

static const struct db_statement poll_statement = {
	.name = "epoch.poll",
	.sql = "SELECT community, epoch, settings_epoch, moved_at"
	       " FROM community_state WHERE moved_at > ?"
	       " OR (moved_at = ? AND community > CAST(? AS UUID))"
	       " ORDER BY moved_at, community LIMIT 500",
	.parameters = &position_record,
	.row = &moved_record,
	.kind = DB_READ,
	.limit = POLL_MOST,
};

const struct db_statement *const epoch_sync_statements[] = {
	&tell_statement, &latest_statement, &poll_statement, NULL};

struct batch {
	struct uuid communities[TELL_MOST];
	unsigned kinds[TELL_MOST];
	size_t count;
};

static void
take_batch(struct epoch_table *epochs, struct batch *batch)
{
	batch->count = 0;
	while (batch->count < TELL_MOST &&
		epoch_take(epochs, &batch->communities[batch->count],
			&batch->kinds[batch->count]))
		batch->count++;
}

/* [{"community": "…", "kinds": 3}, …]: nothing in it needs escaping. */
static void
write_batch(const struct batch *batch, struct buffer *json)
{
	char id[UUID_HYPHENATED_SIZE];

	buffer_add_byte(json, '[');
	for (size_t i = 0; i < batch->count; i++) {
		uuid_format_hyphenated(batch->communities[i], id);
		buffer_printf(json, "%s{\"community\":\"%s\",\"kinds\":%u}",
			i == 0 ? "" : ",", id, batch->kinds[i] & EPOCH_TOLD);
	}
	buffer_add_byte(json, ']');
}

/* A move of settings is none of news; the steward makes such, too. */
static void
count_told(struct epoch_table *epochs, const struct batch *batch, int64_t times)
{
	for (size_t i = 0; i < batch->count; i++)
		if ((batch->kinds[i] & EPOCH_SETTINGS) == 0)
			epoch_news_tell(epochs, batch->communities[i], times);
}

/* 0 when there is nothing more to tell, 1 when there may be, -1 when the
 * database did not take it: the notes are back then. */
static int
tell(struct epoch_sync *sync, struct db *db)
{
	struct epoch_table *epochs = sync->setting.epochs;
	struct buffer json = BUFFER_EMPTY;
	struct batch batch;
	struct told told;
	int64_t result;

	take_batch(epochs, &batch);
	if (batch.count == 0)
		return 0;
	write_batch(&batch, &json);
	told.moved = buffer_text(&json);
	count_told(epochs, &batch, 1);
	result = db_execute(db, &tell_statement, &told);
	buffer_release(&json);
	if (result < 0) {
		count_told(epochs, &batch, -1);
		for (size_t i = 0; i < batch.count; i++)
			epoch_put_back(
				epochs, batch.communities[i], batch.kinds[i]);
		return -1;
	}
	return batch.count == TELL_MOST ? 1 : 0;
}

static void
forget_all(struct epoch_sync *sync)
{
	const char *key;
	size_t position = 0;
	void *value;

	while (map_next(sync->seen, &position, &key, &value))
		free(value);
	map_free(sync->seen);
	sync->seen = map_new();
}

/* One community as the control schema has it now. */
static void
follow(struct epoch_sync *sync, const struct moved *moved)
{
	char key[UUID_TEXT_SIZE];
	unsigned kinds = EPOCH_ALL;
	struct seen *seen;

	uuid_format(moved->community, key);
	seen = map_get(sync->seen, key);
	if (seen != NULL && seen->epoch == moved->epoch)
		return;
	if (seen == NULL) {
		if (map_count(sync->seen) >= SEEN_MOST)
			forget_all(sync);
		seen = memory_new(1, sizeof(*seen));
		map_set(sync->seen, key, seen);
	} else if (seen->settings_epoch == moved->settings_epoch) {
		kinds = EPOCH_CONTENT;
	}
	seen->epoch = moved->epoch;
	seen->settings_epoch = moved->settings_epoch;
	epoch_news_hear(sync->setting.epochs, moved->community,
		moved->epoch - moved->settings_epoch);
	epoch_follow(sync->setting.epochs, moved->community, kinds);
}

/* Where to begin: where this machine stopped, else at the newest, for it knows
 * nothing that could be out of date. Not by the clock, which may go back. */
static int
first_position(struct epoch_sync *sync, struct db *db, struct arena *arena,
	struct timestamp *newest)
{
	struct latest latest = {{0}};

	newest->microseconds = epoch_polled(sync->setting.epochs);
	if (newest->microseconds != 0)
		return 0;
	if (db_row(db, &latest_statement, NULL, arena, &latest) != 1)
		return -1;
	*newest = latest.moved;
	epoch_set_polled(sync->setting.epochs, newest->microseconds);
	return 0;
}

static int
poll_changes(struct epoch_sync *sync, struct db *db, struct arena *arena)
{
	char id[UUID_HYPHENATED_SIZE];
	struct record_list rows;
	struct timestamp newest;
	struct position from;

	if (first_position(sync, db, arena, &newest) != 0)
		return -1;
	from.moved.microseconds = newest.microseconds - OVERLAP;
	uuid_format_hyphenated(UUID_NONE, id);
	from.community = id;
	do {
		const struct moved *moved;

		from.same_moved = from.moved;
		if (db_rows(db, &poll_statement, &from, arena, &rows) < 0)
			return -1;
		moved = rows.items;
		for (size_t i = 0; i < rows.count; i++) {
			follow(sync, &moved[i]);
			from.moved = moved[i].moved_at;
			uuid_format_hyphenated(moved[i].community, id);
		}
	} while (rows.count == POLL_MOST);
	if (from.moved.microseconds > newest.microseconds)
		epoch_set_polled(sync->setting.epochs, from.moved.microseconds);
	return 0;
}

/* What there is to tell and to ask. Failures are logged by the pool, and
 * tried again. */
static void
work(struct epoch_sync *sync, struct arena *arena)
{
	struct db *db =
		db_scope_open(sync->setting.pool, arena, sync->setting.account);
	int64_t now = clock_monotonic();

	task_set_deadline(task_current(), now + PATIENCE);
	while (tell(sync, db) > 0)
		continue;
	if (sync->setting.polls && !sync->stopping && now >= sync->poll_at) {
		poll_changes(sync, db, arena);
		sync->poll_at = clock_monotonic() + EPOCH_POLL_INTERVAL;
	}
	task_set_deadline(task_current(), 0);
}

static void
sync_main(void *argument)
{
	struct epoch_sync *sync = argument;
	struct arena *arena = arena_new();

	while (!sync->stopping && task_over() == TASK_READY) {
		work(sync, arena);
		arena_clear(arena);
		if (!sync->stopping)
			task_park("epochs",
				clock_monotonic() + EPOCH_TELL_INTERVAL);
	}
	work(sync, arena);
	arena_free(arena);
	forget_all(sync);
	map_free(sync->seen);
	free(sync);
}

struct epoch_sync *
epoch_sync_start(const struct epoch_sync_setting *setting)
{
	struct epoch_sync *sync = memory_new(1, sizeof(*sync));

	sync->setting = *setting;
	sync->seen = map_new();
	sync->task = task_start(setting->loop, "epochs", 0, sync_main, sync);
	return sync;
}

void
epoch_sync_stop(struct epoch_sync *sync)
{
	if (sync == NULL)
		return;
	sync->stopping = true;
	task_wake(sync->task);
}
