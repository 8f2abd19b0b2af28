#include "tenants/registry_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/record.h"
#include "db/db.h"
#include "db/pool.h"
#include "loop/task.h"
#include "tenants/epoch.h"
#include "tenants/registry_load.h"

/* Names in one query. */
#define NAMES 16

/* That wait: each holds a stack. */
#define WAITING_MOST 1024

/* For one query, the wait for its connection and all. */
#define ASK_LIMIT (10 * CLOCK_SECOND)

struct names_key {
	const char *name[NAMES]; /* NULL: none */
};

static const struct field names_key_fields[] = {
	FIELD_TEXT(struct names_key, name[0]),
	FIELD_TEXT(struct names_key, name[1]),
	FIELD_TEXT(struct names_key, name[2]),
	FIELD_TEXT(struct names_key, name[3]),
	FIELD_TEXT(struct names_key, name[4]),
	FIELD_TEXT(struct names_key, name[5]),
	FIELD_TEXT(struct names_key, name[6]),
	FIELD_TEXT(struct names_key, name[7]),
	FIELD_TEXT(struct names_key, name[8]),
	FIELD_TEXT(struct names_key, name[9]),
	FIELD_TEXT(struct names_key, name[10]),
	FIELD_TEXT(struct names_key, name[11]),
	FIELD_TEXT(struct names_key, name[12]),
	FIELD_TEXT(struct names_key, name[13]),
	FIELD_TEXT(struct names_key, name[14]),
	FIELD_TEXT(struct names_key, name[15]),
};
static const struct record names_key_record =
	RECORD(struct names_key, names_key_fields);

const struct db_statement registry_names_statement = {
	.name = "registry.names",
	.sql = REGISTRY_SELECT
	"WHERE domain.domain IN (?, ?, ?, ?, ?, ?, ?, ?,\n"
	"	?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &names_key_record,
	.row = &registry_row_record,
	.kind = DB_READ,
	.limit = NAMES,
};

/* On the stack of the task that waits. */
struct name {
	TAILQ_ENTRY(name) next; /* in `waiting`, unless asked for */
	const char *host;
	struct task *task;
	bool asked, done;
	int answer;
	struct arena *arena; /* for the texts of what is found */
	struct registry_found *found;
};

struct registry_names {
	struct loop *loop;
	const struct registry_loader *loader;
	TAILQ_HEAD(name_list, name) waiting;
	unsigned count;		   /* in it */
	struct name *asked[NAMES]; /* NULL: who asked has gone meanwhile */
	bool asking;
};

struct registry_names *
registry_names_new(struct loop *loop, const struct registry_loader *loader)
{
	struct registry_names *names = memory_new(1, sizeof(*names));

	names->loop = loop;
	names->loader = loader;
	TAILQ_INIT(&names->waiting);
	return names;
}

void
registry_names_free(struct registry_names *names)
{
	free(names);
}

unsigned
registry_names_waiting(const struct registry_names *names)
{
	return names->count;
}

static void
take_first(struct registry_names *names, struct arena *arena,
	struct names_key *key)
{
	struct name *name;

	for (size_t i = 0; i < NAMES; i++) {
		name = TAILQ_FIRST(&names->waiting);
		names->asked[i] = name;
		if (name == NULL)
			continue;
		TAILQ_REMOVE(&names->waiting, name, next);
		names->count--;
		name->asked = true;
		/* Who asks may go before the answer is there. */
		key->name[i] = arena_text(arena, name->host);
	}
}

/* NULL: nobody's. */
static const struct registry_row *
find_among(const struct record_list *rows, const char *host)
{
	const struct registry_row *row = rows->items;

	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(row[i].domain, host) == 0)
			return &row[i];
	return NULL;
}

static void
answer(struct name *name, int answer)
{
	name->done = true;
	name->answer = answer;
	task_wake(name->task);
}

/* 1 or 0. `moves` is from before the rows were read. */
static int
tell_found(const struct registry_names *names, const struct name *name,
	const struct registry_row *row, uint64_t moves)
{
	const struct epoch_table *epochs = names->loader->epochs;
	struct registry_found *found = name->found;

	if (row == NULL)
		return 0;
	found->row = (struct registry_row){
		.domain = name->host,
		.id = row->id,
		.slug = arena_text(name->arena, row->slug),
		.key = arena_text(name->arena, row->key),
		.state = arena_text(name->arena, row->state),
		.generation = row->generation,
		.schema_version = row->schema_version,
		.configuration = arena_text(name->arena, row->configuration),
	};
	found->epoch = epoch_settings(epochs, row->id);
	found->current = epoch_settings_moves(epochs) == moves;
	return 1;
}

/* The next query would take as long to fail as this one. */
static void
refuse_waiting(struct registry_names *names)
{
	struct name *name;

	while ((name = TAILQ_FIRST(&names->waiting)) != NULL) {
		TAILQ_REMOVE(&names->waiting, name, next);
		names->count--;
		answer(name, -1);
	}
}

static void
ask(struct registry_names *names)
{
	struct arena *arena = arena_new();
	struct names_key key = {0};
	struct record_list rows = {0};
	const struct registry_loader *loader = names->loader;
	uint64_t moves = epoch_settings_moves(loader->epochs);
	int64_t found;

	take_first(names, arena, &key);
	found = db_rows(db_scope_open(loader->pool, arena, loader->account),
		&registry_names_statement, &key, arena, &rows);
	for (size_t i = 0; i < NAMES; i++) {
		struct name *name = names->asked[i];

		if (name == NULL)
			continue;
		names->asked[i] = NULL;
		answer(name, found < 0 ? -1
				       : tell_found(names, name,
						 find_among(&rows, key.name[i]),
						 moves));
	}
	if (found < 0)
		refuse_waiting(names);
	arena_free(arena);
}

/* A task of its own, so that no visitor who leaves ends it for others. */
static void
ask_all(void *argument)
{
	struct registry_names *names = argument;

	while (!TAILQ_EMPTY(&names->waiting)) {
		task_set_deadline(
			task_current(), clock_monotonic() + ASK_LIMIT);
		ask(names);
	}
	names->asking = false;
}

static void
leave(struct registry_names *names, struct name *name)
{
	if (name->done)
		return;
	if (!name->asked) {
		TAILQ_REMOVE(&names->waiting, name, next);
		names->count--;
		return;
	}
	for (size_t i = 0; i < NAMES; i++)
		if (names->asked[i] == name)
			names->asked[i] = NULL;
}

int
registry_names_find(struct registry_names *names, const char *host,
	struct arena *arena, struct registry_found *ret_found)
{
	struct name name = {
		.host = host,
		.task = task_current(),
		.answer = -1,
		.arena = arena,
		.found = ret_found,
	};

	if (names->count >= WAITING_MOST)
		return -1;
	TAILQ_INSERT_TAIL(&names->waiting, &name, next);
	names->count++;
	if (!names->asking) {
		names->asking = true;
		task_start(names->loop, "host names", 0, ask_all, names);
	}
	while (!name.done)
		if (task_park("host name", 0) != TASK_READY)
			break;
	leave(names, &name);
	return name.answer;
}
