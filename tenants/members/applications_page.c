#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/members/members.h"
#include "tenants/members/pages.h"
#include "text/catalogue.h"

struct applications_view {
	struct record_list applications;
	bool any;
	bool paged;
	int64_t page;
	int64_t before; /* page numbers, or none */
	int64_t after;
};

static const struct field view_fields[] = {
	FIELD_LIST(struct applications_view, applications, application_record),
	FIELD_BOOLEAN(struct applications_view, any),
	FIELD_BOOLEAN(struct applications_view, paged),
	FIELD_INTEGER(struct applications_view, page),
	FIELD_INTEGER(struct applications_view, before),
	FIELD_INTEGER(struct applications_view, after),
};
static const struct record view_record =
	RECORD(struct applications_view, view_fields);

const struct page applications_page = {
	"members/applications.html", &view_record};

int
applications_page_list(struct request *request)
{
	struct applications_view view = {.page = request_page(request)};
	bool more;

	if (view.page == 0)
		return reply_not_found(request);
	if (applications_list(request, view.page, &view.applications, &more) <
		0)
		return -1;
	view.any = view.applications.count > 0;
	if (view.page > 1 && !view.any)
		return reply_redirect(request, "/manage/applications");
	view.paged = more || view.page > 1;
	view.before = view.page > 1 ? view.page - 1 : INTEGER_NONE;
	view.after = more ? view.page + 1 : INTEGER_NONE;
	return reply_page(request, 200, &applications_page, &view);
}

static int
answer(struct request *request,
	int (*act)(struct request *, struct uuid, const char **),
	const char *notice)
{
	const char *refusal = NULL;
	int outcome =
		act(request, request_parameter_uuid(request, "id"), &refusal);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409,
			N_("The application is not answered"), refusal);
	return reply_redirect_notice(request, "/manage/applications", notice);
}

int
applications_page_approve(struct request *request)
{
	return answer(request, application_approve, "application-approved");
}

int
applications_page_decline(struct request *request)
{
	return answer(request, application_decline, "application-declined");
}
