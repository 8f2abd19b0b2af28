#include "tenants/members/members.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/members/statements.h"

/* A LIKE pattern for texts that begin with `start`, or have it somewhere after
 * `before`, which ends with a separator of words; % _ and \ are literal. */
static const char *
begins_with(struct arena *arena, const char *before, const char *start)
{
	size_t length = strlen(before);
	char *pattern = arena_alloc(arena, length + 2 * strlen(start) + 2);
	char *next = pattern + length;

	memcpy(pattern, before, length);
	for (; *start != '\0'; start++) {
		if (*start == '%' || *start == '_' || *start == '\\')
			*next++ = '\\';
		*next++ = *start;
	}
	*next = '%';
	return pattern;
}

/* Statements ask for one row more than a page holds: it says that there is a
 * further page, and is not shown. */
static int
cut_to_page(int64_t rows, struct record_list *list, bool *ret_more)
{
	if (rows < 0)
		return -1;
	*ret_more = rows > MEMBERS_PER_PAGE;
	if (*ret_more)
		list->count = MEMBERS_PER_PAGE;
	return 0;
}

int
members_search(struct request *request, const char *search, const char *state,
	int64_t page, struct record_list *ret_members, bool *ret_more)
{
	int64_t offset = (page - 1) * MEMBERS_PER_PAGE;
	int64_t rows;

	if (search[0] != '\0') {
		struct arena *arena = request->arena;
		const char *pattern = begins_with(arena, "", search);
		struct members_search_key key = {
			.username = pattern,
			.name = pattern,
			.name_word = begins_with(arena, "% ", search),
			.name_hyphen = begins_with(arena, "%-", search),
			.email = pattern,
			.email_again = pattern,
			.state = state,
			.state_again = state,
			.limit = MEMBERS_PER_PAGE + 1,
			.offset = offset,
		};
		rows = db_rows(request->db, &members_search_statement, &key,
			arena, ret_members);
	} else if (state != NULL) {
		struct members_state_key key = {
			state, MEMBERS_PER_PAGE + 1, offset};
		rows = db_rows(request->db, &members_by_state_statement, &key,
			request->arena, ret_members);
	} else {
		struct members_page_key key = {MEMBERS_PER_PAGE + 1, offset};
		rows = db_rows(request->db, &members_all_statement, &key,
			request->arena, ret_members);
	}
	return cut_to_page(rows, ret_members, ret_more);
}

int
members_find(
	struct request *request, struct uuid id, struct member_row *ret_member)
{
	struct member_key key = {id};

	return db_row(request->db, &member_find_statement, &key, request->arena,
		ret_member);
}

int
applications_list(struct request *request, int64_t page,
	struct record_list *ret_applications, bool *ret_more)
{
	struct members_page_key key = {
		MEMBERS_PER_PAGE + 1, (page - 1) * MEMBERS_PER_PAGE};
	int64_t rows = db_rows(request->db, &applications_list_statement, &key,
		request->arena, ret_applications);

	return cut_to_page(rows, ret_applications, ret_more);
}

int
applications_count(struct request *request, int64_t *ret_count)
{
	struct member_count count = {0};

	if (db_row(request->db, &applications_count_statement, NULL,
		    request->arena, &count) < 0)
		return -1;
	*ret_count = count.count;
	return 0;
}
