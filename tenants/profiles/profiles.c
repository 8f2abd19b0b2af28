#include "tenants/profiles/profiles.h"

#include <string.h>

#include "base/uuid.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/epoch.h"
#include "tenants/permission.h"
#include "tenants/profiles/statements.h"

/* Missions, when they come, say here who is a counterpart. */
static enum relation
relation_to(const struct request *request, struct uuid member)
{
	if (request->actor == NULL)
		return RELATION_VISITOR;
	if (uuid_equal(request->actor->member, member))
		return RELATION_SELF;
	return permission_decide(PERMIT_MEMBER, false, request->community,
		       request->actor) == VERDICT_ALLOWED
		       ? RELATION_MEMBER
		       : RELATION_VISITOR;
}

static void
take_detail(struct profile *profile, const struct profile_detail *detail)
{
	if (!visibility_allows(detail->visibility, profile->relation))
		return;
	if (strcmp(detail->kind, "phone") == 0) {
		profile->phone = detail->content;
		profile->phone_visibility = detail->visibility;
	} else if (strcmp(detail->kind, "address") == 0) {
		profile->address = detail->content;
		profile->address_visibility = detail->visibility;
	} else if (strcmp(detail->kind, "description") == 0) {
		profile->description = detail->content;
		profile->description_visibility = detail->visibility;
	}
}

/* 1 or -1. */
static int
complete(struct request *request, const struct profile_row *row,
	struct profile *ret_profile)
{
	struct profile_key key = {row->id};
	struct record_list details;
	struct profile profile = {
		.id = row->id,
		.username = row->username,
		.name = row->name,
		.joined = row->joined,
		.relation = relation_to(request, row->id),
		.login_count = INTEGER_NONE,
		.last_login = TIME_NONE,
	};

	if (db_rows(request->db, &profiles_details, &key, request->arena,
		    &details) < 0)
		return -1;
	const struct profile_detail *items = details.items;
	for (size_t i = 0; i < details.count; i++)
		take_detail(&profile, &items[i]);
	if (profile.relation == RELATION_SELF) {
		profile.email = row->email;
		profile.language = row->language;
		profile.login_count = row->login_count;
		profile.last_login = row->last_login;
	}
	*ret_profile = profile;
	return 1;
}

int
profile_find(struct request *request, const char *username,
	struct profile *ret_profile)
{
	struct profile_name key = {username};
	struct profile_row row;
	int found = db_row(
		request->db, &profiles_by_username, &key, request->arena, &row);

	if (found <= 0)
		return found;
	if (strcmp(row.state, "active") != 0 &&
		relation_to(request, row.id) != RELATION_SELF)
		return 0;
	return complete(request, &row, ret_profile);
}

int
profile_own(struct request *request, struct profile *ret_profile)
{
	struct profile_key key = {request->actor->member};
	struct profile_row row;

	if (db_row(request->db, &profiles_by_id, &key, request->arena, &row) <=
		0)
		return -1;
	return complete(request, &row, ret_profile);
}

static int
save_detail(struct request *request, struct db *db, const char *kind,
	const char *content, const char *visibility)
{
	struct uuid member = request->actor->member;
	struct profile_detail_key key = {member, kind};
	struct profile_detail_change change = {
		.member = member,
		.kind = kind,
		.content = content,
		.visibility = visibility == NULL ? "self" : visibility,
		.given = request->now,
		.given_by = member,
	};

	if (content == NULL || content[0] == '\0')
		return db_execute(db, &profiles_drop_detail, &key) < 0 ? -1 : 0;
	return db_execute(db, &profiles_set_detail, &change) < 0 ? -1 : 0;
}

static int
save(struct request *request, struct db *db, void *argument)
{
	const struct profile_input *input = argument;
	struct profile_change change = {
		.name_before = input->name,
		.given = request->now,
		.name_again = input->name,
		.given_by = request->actor->member,
		.name = input->name,
		.language = input->language,
		.id = request->actor->member,
	};

	if (db_execute(db, &profiles_change, &change) < 0)
		return -1;
	if (save_detail(request, db, "phone", input->phone,
		    input->phone_visibility) < 0 ||
		save_detail(request, db, "address", input->address,
			input->address_visibility) < 0)
		return -1;
	return save_detail(request, db, "description", input->description,
		input->description_visibility);
}

int
profile_edit(struct request *request, const struct profile_input *input)
{
	struct profile_input copy = *input;

	return community_change(request, EPOCH_CONTENT, save, &copy);
}
