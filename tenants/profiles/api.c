#include "tenants/profiles/api.h"

#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/profiles/form.h"
#include "tenants/profiles/profiles.h"

static const struct field profile_fields[] = {
	FIELD_UUID(struct profile, id),
	FIELD_TEXT(struct profile, username),
	FIELD_TEXT(struct profile, name),
	FIELD_TIME(struct profile, joined),
	FIELD_TEXT(struct profile, phone),
	FIELD_TEXT(struct profile, address),
	FIELD_TEXT(struct profile, description),
};
static const struct record profile_record =
	RECORD(struct profile, profile_fields);

static const struct field account_fields[] = {
	FIELD_UUID(struct profile, id),
	FIELD_TEXT(struct profile, username),
	FIELD_TEXT(struct profile, name),
	FIELD_TEXT(struct profile, email),
	FIELD_TEXT(struct profile, language),
	FIELD_TIME(struct profile, joined),
	FIELD_TEXT(struct profile, phone),
	FIELD_TEXT(struct profile, phone_visibility),
	FIELD_TEXT(struct profile, address),
	FIELD_TEXT(struct profile, address_visibility),
	FIELD_TEXT(struct profile, description),
	FIELD_TEXT(struct profile, description_visibility),
	FIELD_INTEGER(struct profile, login_count),
	FIELD_TIME(struct profile, last_login),
};
static const struct record account_record =
	RECORD(struct profile, account_fields);

int
profiles_api_show(struct request *request)
{
	struct profile profile;
	int found = profile_find(
		request, request_parameter(request, "username"), &profile);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_not_found(request);
	return reply_record(request, 200, &profile_record, &profile);
}

int
profiles_api_account(struct request *request)
{
	struct profile profile;

	if (profile_own(request, &profile) < 0)
		return -1;
	/* What is read can be sent back: nobody's details are without one. */
	struct profile_input input = profile_input_of(&profile);
	profile.phone_visibility = input.phone_visibility;
	profile.address_visibility = input.address_visibility;
	profile.description_visibility = input.description_visibility;
	return reply_record(request, 200, &account_record, &profile);
}

int
profiles_api_change(struct request *request)
{
	struct profile_input input = {0};
	int outcome = form_read(request, &profile_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	if (profile_edit(request, &input) < 0)
		return -1;
	return profiles_api_account(request);
}
