#include "tenants/look/look.h"

#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "text/catalogue.h"

#define YEAR_SECONDS (365 * 24 * 3600)

int
look_language(struct request *request)
{
	enum language language;
	const char *to;

	if (language_parse(request_parameter(request, "code"), &language) < 0 ||
		!(request->community->languages & 1U << language))
		return reply_not_found(request);
	to = request_query(request, "to");
	reply_cookie(request, LOOK_LANGUAGE_COOKIE, language_code(language),
		YEAR_SECONDS);
	return reply_redirect(request, to == NULL ? "/" : to);
}
