#include "http/reply.h"
#include "http/request.h"
#include "tenants/audit/list.h"
#include "tenants/audit/page.h"
#include "tenants/audit/statements.h"

struct api_audit {
	struct record_list entries;
	int64_t before; /* for the next page, or null */
};

static const struct field api_fields[] = {
	FIELD_LIST(struct api_audit, entries, audit_entry_record),
	FIELD_INTEGER(struct api_audit, before),
};
static const struct record api_record = RECORD(struct api_audit, api_fields);

static int
reply_list(struct request *request, bool office)
{
	int64_t before = audit_before(request);
	struct api_audit answer = {.before = INTEGER_NONE};
	const struct audit_entry *entries;
	bool more;

	if (before == 0)
		return reply_not_found(request);
	if (audit_list(request, office, before, &answer.entries, &more) < 0)
		return -1;
	entries = answer.entries.items;
	if (more)
		answer.before = entries[answer.entries.count - 1].sequence;
	return reply_record(request, 200, &api_record, &answer);
}

int
audit_api_list(struct request *request)
{
	return reply_list(request, true);
}

int
audit_api_list_members(struct request *request)
{
	return reply_list(request, false);
}
