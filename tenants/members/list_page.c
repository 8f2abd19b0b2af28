#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/members/members.h"
#include "tenants/members/pages.h"
#include "tenants/members/query.h"

struct state_option {
	const char *value;
	const char *label;
	bool selected;
};

static const struct field option_fields[] = {
	FIELD_TEXT(struct state_option, value),
	FIELD_TEXT(struct state_option, label),
	FIELD_BOOLEAN(struct state_option, selected),
};
static const struct record option_record =
	RECORD(struct state_option, option_fields);

struct member_item {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *state; /* in words */
	bool is_active;
	bool founder;
	bool admin;
	struct timestamp last_login;
};

static const struct field item_fields[] = {
	FIELD_UUID(struct member_item, id),
	FIELD_TEXT(struct member_item, username),
	FIELD_TEXT(struct member_item, name),
	FIELD_TEXT(struct member_item, email),
	FIELD_TEXT(struct member_item, state),
	FIELD_BOOLEAN(struct member_item, is_active),
	FIELD_BOOLEAN(struct member_item, founder),
	FIELD_BOOLEAN(struct member_item, admin),
	FIELD_TIME(struct member_item, last_login),
};
static const struct record item_record =
	RECORD(struct member_item, item_fields);

struct members_view {
	const char *search;
	struct record_list states;
	struct record_list members;
	bool any;
	bool paged;
	int64_t page;
	const char *before; /* addresses, or NULL */
	const char *after;
};

static const struct field view_fields[] = {
	FIELD_TEXT(struct members_view, search),
	FIELD_LIST(struct members_view, states, option_record),
	FIELD_LIST(struct members_view, members, item_record),
	FIELD_BOOLEAN(struct members_view, any),
	FIELD_BOOLEAN(struct members_view, paged),
	FIELD_INTEGER(struct members_view, page),
	FIELD_TEXT(struct members_view, before),
	FIELD_TEXT(struct members_view, after),
};
static const struct record view_record =
	RECORD(struct members_view, view_fields);

const struct page members_page = {"members/list.html", &view_record};

/* The address of another page of the same list. */
static const char *
page_address(
	struct request *request, const struct members_query *query, int64_t to)
{
	struct buffer address = BUFFER_EMPTY;
	char *text;

	buffer_printf(&address, "/manage/members?page=%lld", (long long)to);
	if (query->search[0] != '\0') {
		buffer_add_text(&address, "&search=");
		buffer_add_url(&address, query->search);
	}
	if (query->state != NULL)
		buffer_printf(&address, "&state=%s", query->state);
	text = arena_text(request->arena, buffer_text(&address));
	buffer_release(&address);
	return text;
}

static struct record_list
options(struct request *request, const char *chosen)
{
	struct state_option *items;
	size_t count = 0;

	while (member_state_labels[count].state != NULL)
		count++;
	items = arena_array(request->arena, count, sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		const char *state = member_state_labels[i].state;

		items[i] = (struct state_option){
			.value = state,
			.label = member_state_text(request, state),
			.selected =
				chosen != NULL && strcmp(chosen, state) == 0,
		};
	}
	return (struct record_list){items, count};
}

static struct record_list
items_for(struct request *request, struct record_list list)
{
	const struct member_row *rows = list.items;
	struct member_item *items =
		arena_array(request->arena, list.count, sizeof(*items));

	for (size_t i = 0; i < list.count; i++)
		items[i] = (struct member_item){
			.id = rows[i].id,
			.username = rows[i].username,
			.name = rows[i].name,
			.email = rows[i].email,
			.state = member_state_text(request, rows[i].state),
			.is_active = strcmp(rows[i].state, "active") == 0,
			.founder = rows[i].founder,
			.admin = rows[i].scopes != NULL,
			.last_login = rows[i].last_login,
		};
	return (struct record_list){items, list.count};
}

int
members_page_list(struct request *request)
{
	struct members_query query;
	struct members_view view = {0};
	struct record_list rows;
	bool more;

	if (members_query_read(request, &query) != 0)
		return reply_not_found(request);
	if (members_search(request, query.search, query.state, query.page,
		    &rows, &more) < 0)
		return -1;
	if (query.page > 1 && rows.count == 0)
		return reply_not_found(request);
	view.search = query.search;
	view.states = options(request, query.state);
	view.members = items_for(request, rows);
	view.any = rows.count > 0;
	view.page = query.page;
	view.paged = more || query.page > 1;
	if (query.page > 1)
		view.before = page_address(request, &query, query.page - 1);
	if (more)
		view.after = page_address(request, &query, query.page + 1);
	return reply_page(request, 200, &members_page, &view);
}
