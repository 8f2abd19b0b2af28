#include "tenants/audit/list.h"

#include <errno.h>
#include <stdlib.h>

#include "db/db.h"
#include "http/request.h"
#include "tenants/audit/statements.h"

int64_t
audit_before(const struct request *request)
{
	const char *text = request_query(request, "before");
	char *end;
	long long before;

	if (text == NULL)
		return INT64_MAX;
	if (text[0] < '1' || text[0] > '9')
		return 0;
	errno = 0;
	before = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' ? 0 : before;
}

int
audit_list(struct request *request, bool office, int64_t before,
	struct record_list *ret_entries, bool *ret_more)
{
	struct audit_key key = {office, before};
	int64_t rows = db_rows(request->db, &audit_list_statement, &key,
		request->arena, ret_entries);

	if (rows < 0)
		return -1;
	*ret_more = rows > AUDIT_PER_PAGE;
	if (*ret_more)
		ret_entries->count = AUDIT_PER_PAGE;
	return 0;
}
