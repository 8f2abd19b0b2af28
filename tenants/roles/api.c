#include "tenants/roles/api.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/roles/form.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"

struct api_admin {
	struct uuid member;
	const char *username;
	const char *name;
	struct record_list scopes;
	struct timestamp since;
	const char *appointed_by;
};

static const struct field api_admin_fields[] = {
	FIELD_UUID(struct api_admin, member),
	FIELD_TEXT(struct api_admin, username),
	FIELD_TEXT(struct api_admin, name),
	FIELD_TEXTS(struct api_admin, scopes),
	FIELD_TIME(struct api_admin, since),
	FIELD_TEXT(struct api_admin, appointed_by),
};
static const struct record api_admin_record =
	RECORD(struct api_admin, api_admin_fields);

struct api_admins {
	struct record_list administrators;
};

static const struct field api_admins_fields[] = {
	FIELD_LIST(struct api_admins, administrators, api_admin_record),
};
static const struct record api_admins_record =
	RECORD(struct api_admins, api_admins_fields);

int
roles_api_list(struct request *request)
{
	struct record_list list;
	struct api_admins answer;
	const struct administrator *admins;
	struct api_admin *items;

	if (roles_list(request, &list) < 0)
		return -1;
	admins = list.items;
	items = arena_array(request->arena, list.count, sizeof(*items));
	for (size_t i = 0; i < list.count; i++)
		items[i] = (struct api_admin){
			.member = admins[i].member,
			.username = admins[i].username,
			.name = admins[i].name,
			.scopes = scopes_list(
				request->arena, scopes_parse(admins[i].scopes)),
			.since = admins[i].since,
			.appointed_by = admins[i].appointed_by,
		};
	answer.administrators = (struct record_list){items, list.count};
	return reply_record(request, 200, &api_admins_record, &answer);
}

int
roles_api_appoint(struct request *request)
{
	struct appointment_input input = {0};
	const char *reason = NULL;
	int outcome;

	appointment_form_prepare(request);
	outcome = appointment_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	outcome = roles_appoint(
		request, input.username, input.scope_bits, &reason);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409, N_("Not appointed"), reason);
	return reply_empty(request);
}

int
roles_api_withdraw(struct request *request)
{
	const char *reason = NULL;
	int outcome = roles_withdraw(
		request, request_parameter_uuid(request, "id"), &reason);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(
			request, 409, N_("The appointment stands"), reason);
	return reply_empty(request);
}
