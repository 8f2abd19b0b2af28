#include "tenants/settings/settings.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/settings/marks.h"
#include "tenants/settings/statements.h"

int
settings_current(struct request *request, struct settings_row *ret_row)
{
	/* The row is made when the community is provisioned. */
	return db_row(request->db, &settings_read_statement, NULL,
		       request->arena, ret_row) == 1
		       ? 0
		       : -1;
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

/* The details of the audit row: what changed, and how where it is short. */
static const char *
say_change(struct arena *arena, const char *said, const char *what,
	const char *from, const char *to)
{
	const char *separator = said[0] == '\0' ? "" : "\n";

	if (strcmp(from, to) == 0)
		return said;
	if (strcmp(what, "description") == 0)
		return arena_printf(arena, "%s%s%s", said, separator, what);
	return arena_printf(arena, "%s%s%s: %s → %s", said, separator, what,
		from[0] == '\0' ? "–" : from, to[0] == '\0' ? "–" : to);
}

static const char *
choose(bool may, const char *new, const char *old)
{
	return may && new != NULL ? new : old;
}

/* What the row becomes: the input where the YAML leaves it to the founder. */
static struct settings_update_row
merge(const struct request *request, const struct settings_input *input,
	const struct settings_row *old)
{
	const struct tenant_bounds *may =
		&request->community->config->founder_may_change;
	struct settings_update_row row = {
		.name = choose(may->name, input->name, old->name),
		.tagline =
			choose(may->description, input->tagline, old->tagline),
		.description = choose(
			may->description, input->description, old->description),
		.colour = choose(may->theme, input->colour, old->colour),
		.changed = request->now,
		.changed_by = request->actor->member,
	};

	if (row.tagline != NULL && row.tagline[0] == '\0')
		row.tagline = NULL;
	return row;
}

static const char *
say_changes(struct arena *arena, const struct settings_row *old,
	const struct settings_update_row *new)
{
	const char *said = "";

	said = say_change(arena, said, "name", old->name, new->name);
	said = say_change(arena, said, "tagline", or_empty(old->tagline),
		or_empty(new->tagline));
	said = say_change(
		arena, said, "description", old->description, new->description);
	return say_change(arena, said, "colour", old->colour, new->colour);
}

static int
set_marks(struct request *request, struct db *db,
	const struct settings_row *old, const struct settings_update_row *new)
{
	if (strcmp(old->description, new->description) != 0 &&
		new->description[0] != '\0' &&
		settings_mark(request, db, MARK_DESCRIBED) < 0)
		return -1;
	if (strcmp(old->colour, new->colour) != 0 &&
		settings_mark(request, db, MARK_COLOURED) < 0)
		return -1;
	return 0;
}

static int
change(struct request *request, struct db *db, void *argument)
{
	struct settings_row old = {0};
	struct settings_update_row new;
	struct audit_event event = {.action = "settings.changed"};

	if (db_row(db, &settings_lock_statement, NULL, request->arena, &old) !=
		1)
		return -1;
	new = merge(request, argument, &old);
	event.details = say_changes(request->arena, &old, &new);
	if (event.details[0] == '\0')
		return 0;
	if (db_execute(db, &settings_update_statement, &new) < 0 ||
		set_marks(request, db, &old, &new) < 0)
		return -1;
	return audit_append(request, db, &event);
}

int
settings_change(struct request *request, const struct settings_input *input)
{
	struct settings_input copy = *input;

	return community_change(request, EPOCH_SETTINGS, change, &copy);
}
