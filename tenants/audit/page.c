#include "tenants/audit/page.h"

#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/audit/actions.h"
#include "tenants/audit/details.h"
#include "tenants/audit/list.h"
#include "text/catalogue.h"
#include "text/zone.h"

struct audit_item {
	struct timestamp at;
	const char *actor; /* user name */
	const char *actor_name;
	const char *words; /* of the action, in the reader's language */
	const char *subject_name;
	const char *subject_username;
	const char *address;
	struct uuid listing; /* acted on, with its title; or none */
	const char *title;
	const char *details;
};

static const struct field item_fields[] = {
	FIELD_TIME(struct audit_item, at),
	FIELD_TEXT(struct audit_item, actor),
	FIELD_TEXT(struct audit_item, actor_name),
	FIELD_TEXT(struct audit_item, words),
	FIELD_TEXT(struct audit_item, subject_name),
	FIELD_TEXT(struct audit_item, subject_username),
	FIELD_TEXT(struct audit_item, address),
	FIELD_UUID(struct audit_item, listing),
	FIELD_TEXT(struct audit_item, title),
	FIELD_TEXT(struct audit_item, details),
};
static const struct record item_record = RECORD(struct audit_item, item_fields);

struct audit_view {
	struct record_list entries;
	const char *zone; /* of the times, unless each says that it is UTC */
	const char *path; /* of this list */
	bool of_members;  /* what it shows; else acts of office */
	bool any;
	bool paged;    /* more than this page */
	bool newest;   /* this is the first page */
	int64_t older; /* sequence the next page is before, or none */
};

static const struct field view_fields[] = {
	FIELD_LIST(struct audit_view, entries, item_record),
	FIELD_TEXT(struct audit_view, zone),
	FIELD_TEXT(struct audit_view, path),
	FIELD_BOOLEAN(struct audit_view, of_members),
	FIELD_BOOLEAN(struct audit_view, any),
	FIELD_BOOLEAN(struct audit_view, paged),
	FIELD_BOOLEAN(struct audit_view, newest),
	FIELD_INTEGER(struct audit_view, older),
};
static const struct record view_record = RECORD(struct audit_view, view_fields);

const struct page audit_page = {"audit/list.html", &view_record};

/* Of a listing the first line is the title. */
static void
add_details(struct request *request, const struct audit_entry *entry,
	struct audit_item *item)
{
	const char *details = entry->details;

	if (details != NULL &&
		strncmp(entry->action, "listing.", strlen("listing.")) == 0) {
		size_t length = strcspn(details, "\n");

		item->listing = entry->subject;
		item->title = arena_copy(request->arena, details, length);
		details = details[length] == '\0' ? NULL : details + length + 1;
	}
	item->details = audit_details_text(
		request->arena, request->language, entry->action, details);
}

static struct record_list
items_for(struct request *request, struct record_list list)
{
	const struct audit_entry *entries = list.items;
	struct audit_item *items =
		arena_array(request->arena, list.count, sizeof(*items));

	for (size_t i = 0; i < list.count; i++) {
		items[i] = (struct audit_item){
			.at = entries[i].at,
			.actor = entries[i].actor,
			.actor_name = entries[i].actor_name,
			.words = text_get(request->language,
				audit_action_text(entries[i].action)),
			.subject_name = entries[i].subject_name,
			.subject_username = entries[i].subject_username,
			.address = entries[i].address,
			.listing = UUID_NONE,
		};
		add_details(request, &entries[i], &items[i]);
	}
	return (struct record_list){items, list.count};
}

/* Where the next page begins. */
static int64_t
older_than(const struct record_list *list, bool more)
{
	const struct audit_entry *entries = list->items;

	return more ? entries[list->count - 1].sequence : INTEGER_NONE;
}

static int
show(struct request *request, bool office)
{
	int64_t before = audit_before(request);
	struct record_list list;
	bool more;

	if (before == 0)
		return reply_not_found(request);
	if (audit_list(request, office, before, &list, &more) < 0)
		return -1;
	return reply_page(request, 200, &audit_page,
		&(struct audit_view){
			.entries = items_for(request, list),
			.zone = zone_is_utc(request->zone)
					? NULL
					: zone_label(request->zone),
			.path = request->path,
			.of_members = !office,
			.any = list.count > 0,
			.paged = more || before != INT64_MAX,
			.newest = before == INT64_MAX,
			.older = older_than(&list, more),
		});
}

int
audit_page_show(struct request *request)
{
	return show(request, true);
}

int
audit_page_show_members(struct request *request)
{
	return show(request, false);
}
