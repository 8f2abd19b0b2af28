#include "tenants/look/look.h"

#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "text/catalogue.h"

#define YEAR_SECONDS (365 * 24 * 3600)

/* A path of this site: "//host" and "/\host" would leave it. */
static const char *
own_path(const char *path)
{
	if (path == NULL || path[0] != '/' || path[1] == '/' || path[1] == '\\')
		return "/";
	for (const char *at = path; *at != '\0'; at++)
		if ((unsigned char)*at <= ' ' || *at == 127 || *at == '\\')
			return "/";
	return path;
}

int
look_language(struct request *request)
{
	enum language language;

	if (language_parse(request_parameter(request, "code"), &language) < 0 ||
		!(request->community->languages & 1U << language))
		return reply_not_found(request);
	reply_cookie(request, LOOK_LANGUAGE_COOKIE, language_code(language),
		YEAR_SECONDS);
	return reply_redirect(request, own_path(request_query(request, "to")));
}
