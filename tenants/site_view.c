#include "tenants/site_view.h"

#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/form_token.h"
#include "tenants/look/assets.h"
#include "tenants/look/notices.h"
#include "tenants/look/theme.h"
#include "tenants/permission.h"

static const struct site_member *
make_member(struct request *request)
{
	struct site_member *member;

	if (request->actor == NULL)
		return NULL;
	member = ARENA_NEW(request->arena, struct site_member);
	member->username = request->actor->username;
	member->name = request->actor->name;
	return member;
}

/* Shown once: the cookie is taken back. */
static const struct site_notice *
make_notice(struct request *request)
{
	const char *name = request_cookie(request, NOTICE_COOKIE);
	const struct notice *notice = notice_find(name);
	struct site_notice *view;

	if (name != NULL)
		reply_cookie(request, NOTICE_COOKIE, "", -1);
	if (notice == NULL)
		return NULL;
	view = ARENA_NEW(request->arena, struct site_notice);
	view->class = notice->class;
	view->icon = notice->icon;
	view->text = text_get(request->language, notice->text);
	return view;
}

/* Where the language switch leads back to: this page, when it is one that can
 * be asked for again. */
static const char *
make_path(struct request *request)
{
	if (request->method != METHOD_GET)
		return request->path;
	if (request->query[0] == '\0')
		return request->path;
	return arena_printf(
		request->arena, "%s?%s", request->path, request->query);
}

static struct record_list
make_languages(struct request *request, const char *to)
{
	struct site_language *languages =
		arena_array(request->arena, LANGUAGE_COUNT, sizeof(*languages));
	size_t count = 0;

	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		enum language language = (enum language)i;

		if (language == request->language ||
			!community_speaks(request->community, language))
			continue;
		languages[count].code = language_code(language);
		languages[count].label = language_name(language);
		languages[count].to = to;
		count++;
	}
	return (struct record_list){languages, count};
}

static bool
begins(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(path, prefix, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

static void
mark_place(struct request *request, struct site_view *view)
{
	const char *path = request->path;
	const char *kind = request_query(request, "kind");

	view->at_post = strcmp(path, "/listings/new") == 0;
	if (strcmp(path, "/listings") == 0 && kind != NULL) {
		view->at_offers = strcmp(kind, "offer") == 0;
		view->at_requests = strcmp(kind, "request") == 0;
	}
	view->at_manage = begins(path, "/manage");
	view->at_account = begins(path, "/account");
	view->at_login = begins(path, "/login");
}

/* Whether the person can do nothing but wait for the administrators. */
static bool
is_shut_out(const struct community *community, const struct actor *actor,
	enum permission permission)
{
	enum verdict verdict =
		permission_decide(permission, false, community, actor);

	return verdict == VERDICT_SUSPENDED || verdict == VERDICT_PENDING;
}

static void
mark_rights(struct request *request, struct site_view *view)
{
	const struct community *community = request->community;
	const struct actor *actor = request->actor;

	view->joinable = strcmp(community->config->joining, "invitation") != 0;
	view->readable = permission_decide(PERMIT_READER, false, community,
				 actor) == VERDICT_ALLOWED;
	view->active = permission_decide(PERMIT_MEMBER, false, community,
			       actor) == VERDICT_ALLOWED;
	view->may_browse = !is_shut_out(community, actor, PERMIT_READER);
	view->may_post = !is_shut_out(community, actor, PERMIT_MEMBER) &&
			 (actor != NULL || view->joinable);
	view->suspended = actor != NULL && actor->state == MEMBER_SUSPENDED;
	view->contact = community->config->register_identity.contact;
	if (!view->active)
		return;
	view->founder = actor->founder;
	view->staff = actor->founder || actor->scopes != 0;
	view->manages_members = actor_holds(actor, SCOPE_MEMBERS);
	view->manages_content = actor_holds(actor, SCOPE_CONTENT);
	view->manages_settings = actor_holds(actor, SCOPE_SETTINGS);
	view->manages_handover = actor_holds(actor, SCOPE_HANDOVER);
	view->manages_legal = actor_holds(actor, SCOPE_LEGAL);
}

const void *
site_view_make(struct request *request)
{
	struct site_view *view = ARENA_NEW(request->arena, struct site_view);
	const struct community *community = request->community;

	view->language = language_code(request->language);
	view->assets = assets_version();
	view->path = make_path(request);
	if (community == NULL)
		return view;
	view->community = community->settings.name;
	view->tagline = community->settings.tagline;
	view->theme = theme_version(request->arena, community->settings.colour);
	view->member = make_member(request);
	view->notice = make_notice(request);
	view->languages = make_languages(request, view->path);
	mark_place(request, view);
	mark_rights(request, view);
	/* A cookie for the form token only where a form is shown: other pages
	 * stay the same for every visitor. */
	if (request->actor != NULL || request->form != NULL)
		view->csrf = form_token_show(request);
	if (request->form != NULL)
		view->author = form_author(request);
	return view;
}
