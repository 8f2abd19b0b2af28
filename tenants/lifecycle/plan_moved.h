/*
 * plan_moved.h: a community that a file of another place wants to change. Its
 * own file may have been moved, or somebody copied it and left the slug as it
 * was: then a community would be taken over without a word. The steward cannot
 * see the operator's files, so it names the file that was applied, and applies
 * nothing until missionctl has looked that it is gone, or the operator insists.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_PLAN_MOVED_H
#define MISSIOND_TENANTS_LIFECYCLE_PLAN_MOVED_H

#include <stdbool.h>

struct arena;
struct plan_file;
struct record_list;

/* Where a file is for others than who names it; of what has no place, or one
 * too long to be kept, its name. */
const char *plan_place(struct arena *arena, const struct plan_file *file);

/*
 * Whether `file` is not the one that was applied. What came from no file was
 * moved from nowhere; and where the file that was applied is itself among
 * `files`, it speaks of another community now (a slug stands once).
 */
bool plan_moved(struct arena *arena, const struct record_list *files,
	const struct plan_file *file, const char *applied_file);

#endif
