#include "tenants/invitations/api.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/invitations/form.h"
#include "tenants/invitations/invitations.h"
#include "tenants/scopes.h"
#include "tenants/service.h"

struct api_invitation {
	struct uuid id;
	const char *note;
	struct record_list scopes; /* words; none: for members */
	int64_t uses;
	int64_t used;
	struct timestamp expires;
	struct timestamp created;
	const char *created_by;
};

static const struct field api_invitation_fields[] = {
	FIELD_UUID(struct api_invitation, id),
	FIELD_TEXT(struct api_invitation, note),
	FIELD_TEXTS(struct api_invitation, scopes),
	FIELD_INTEGER(struct api_invitation, uses),
	FIELD_INTEGER(struct api_invitation, used),
	FIELD_TIME(struct api_invitation, expires),
	FIELD_TIME(struct api_invitation, created),
	FIELD_TEXT(struct api_invitation, created_by),
};
static const struct record api_invitation_record =
	RECORD(struct api_invitation, api_invitation_fields);

struct api_invitations {
	struct record_list invitations;
};

static const struct field api_invitations_fields[] = {
	FIELD_LIST(struct api_invitations, invitations, api_invitation_record),
};
static const struct record api_invitations_record =
	RECORD(struct api_invitations, api_invitations_fields);

struct api_made {
	struct uuid id;
	const char *link;
};

static const struct field api_made_fields[] = {
	FIELD_UUID(struct api_made, id),
	FIELD_TEXT(struct api_made, link),
};
static const struct record api_made_record =
	RECORD(struct api_made, api_made_fields);

int
invitations_api_list(struct request *request)
{
	struct api_invitations answer;
	struct record_list list;
	const struct invitation *invitations;
	struct api_invitation *items;

	if (invitations_list(request, &list) < 0)
		return -1;
	invitations = list.items;
	items = arena_array(request->arena, list.count, sizeof(*items));
	for (size_t i = 0; i < list.count; i++)
		items[i] = (struct api_invitation){
			.id = invitations[i].id,
			.note = invitations[i].note,
			.scopes = scopes_list(request->arena,
				scopes_parse(invitations[i].scopes)),
			.uses = invitations[i].uses,
			.used = invitations[i].used,
			.expires = invitations[i].expires,
			.created = invitations[i].created,
			.created_by = invitations[i].created_by,
		};
	answer.invitations = (struct record_list){items, list.count};
	return reply_record(request, 200, &api_invitations_record, &answer);
}

int
invitations_api_make(struct request *request)
{
	struct invitation_input input = {0};
	struct invitation_draft draft;
	struct api_made made;
	const char *path = NULL, *reason = NULL;
	int outcome;

	invitation_form_prepare(request);
	outcome = invitation_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	draft = (struct invitation_draft){
		.note = input.note,
		.scopes = input.scope_bits,
		.uses = input.uses,
		.days = input.days,
	};
	outcome = invitation_make(request, &draft, &made.id, &path, &reason);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(
			request, 409, N_("No invitation made"), reason);
	made.link = arena_printf(
		request->arena, "%s%s", service_origin(request), path);
	return reply_record(request, 201, &api_made_record, &made);
}

int
invitations_api_withdraw(struct request *request)
{
	const char *reason = NULL;
	int outcome = invitation_withdraw(
		request, request_parameter_uuid(request, "id"), &reason);

	if (outcome < 0)
		return -1;
	if (outcome > 0 && reason != NULL)
		return reply_error(
			request, 403, N_("The invitation stands"), reason);
	return outcome > 0 ? reply_not_found(request) : reply_empty(request);
}
