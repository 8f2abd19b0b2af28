#include "tenants/lifecycle/plan_moved.h"

#include <string.h>

#include "base/arena.h"
#include "base/record.h"
#include "base/utf8.h"
#include "tenants/lifecycle/plan.h"
#include "tenants/lifecycle/registry_write.h"

const char *
plan_place(struct arena *arena, const struct plan_file *file)
{
	const char *place = file->path == NULL ? file->name : file->path;
	const char *slash = strrchr(place, '/');

	if (strlen(place) <= CONTROL_FILE_LIMIT)
		return place;
	if (slash != NULL)
		place = slash + 1;
	return arena_copy(arena, place, utf8_cut(place, CONTROL_FILE_LIMIT));
}

bool
plan_moved(struct arena *arena, const struct record_list *files,
	const struct plan_file *file, const char *applied_file)
{
	const struct plan_file *given = files->items;

	if (applied_file == NULL || applied_file[0] != '/' ||
		strcmp(plan_place(arena, file), applied_file) == 0)
		return false;
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(plan_place(arena, &given[i]), applied_file) == 0)
			return false;
	return true;
}
