#include "tenants/lifecycle/upgrade.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/uuid.h"
#include "db/db.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/update.h"

static int
enqueue_page(struct db *control, struct arena *arena, int64_t newest)
{
	const struct control_newest key = {newest};
	struct record_list rows;
	const struct control_id *behind;

	if (db_rows(control, &control_behind_statement, &key, arena, &rows) < 0)
		return -1;
	behind = rows.items;
	for (size_t i = 0; i < rows.count; i++) {
		const struct job_new job = {
			.id = uuid_new(),
			.kind = UPDATE_KIND,
			.community = behind[i].id,
			.steps = UPDATE_STEPS,
			.requested_by = "steward",
		};

		if (job_enqueue(control, &job) < 0)
			return -1;
	}
	if (rows.count > 0)
		log_event(LOG_NOTICE, NULL, "lifecycle.upgrade", "communities",
			log_integer((int64_t)rows.count), "version",
			log_integer(newest), NULL);
	return (int)rows.count;
}

int
upgrade_enqueue(struct db *control, int64_t newest)
{
	int count;

	do {
		struct arena *arena = arena_new();

		count = enqueue_page(control, arena, newest);
		arena_free(arena);
	} while (count == CONTROL_BEHIND_MOST);
	return count < 0 ? -1 : 0;
}
