#include "tenants/permission.h"

#include <stddef.h>

#include "http/request.h"
#include "http/route.h"
#include "tenants/actor.h"
#include "tenants/community.h"

/* What keeps a logged-in person from acting as a member. */
static enum verdict
decide_standing(const struct actor *actor, bool before_terms)
{
	switch (actor->state) {
	case MEMBER_LEFT:
		return VERDICT_LOG_IN;
	case MEMBER_SUSPENDED:
		return VERDICT_SUSPENDED;
	case MEMBER_UNCONFIRMED:
		return VERDICT_CONFIRM;
	case MEMBER_PENDING:
		return VERDICT_PENDING;
	case MEMBER_ACTIVE:
		break;
	}
	if (!actor->terms_current && !before_terms)
		return VERDICT_TERMS;
	return VERDICT_ALLOWED;
}

static enum verdict
require(bool held)
{
	return held ? VERDICT_ALLOWED : VERDICT_FORBIDDEN;
}

/* Of an active member: the scope that the route asks for. */
static enum verdict
decide_scope(enum permission permission, const struct actor *actor)
{
	switch (permission) {
	case PERMIT_SCOPE_MEMBERS:
		return require(actor_holds(actor, SCOPE_MEMBERS));
	case PERMIT_SCOPE_CONTENT:
		return require(actor_holds(actor, SCOPE_CONTENT));
	case PERMIT_SCOPE_SETTINGS:
		return require(actor_holds(actor, SCOPE_SETTINGS));
	case PERMIT_SCOPE_HANDOVER:
		return require(actor_holds(actor, SCOPE_HANDOVER));
	case PERMIT_SCOPE_LEGAL:
		return require(actor_holds(actor, SCOPE_LEGAL));
	case PERMIT_STAFF:
		return require(actor->founder || actor->scopes != 0);
	case PERMIT_FOUNDER:
		return require(actor->founder);
	case PERMIT_ANYONE:
	case PERMIT_READER:
	case PERMIT_VISITOR:
	case PERMIT_SIGNED_IN:
	case PERMIT_MEMBER:
		return VERDICT_ALLOWED;
	}
	return VERDICT_FORBIDDEN;
}

enum verdict
permission_decide(enum permission permission, bool before_terms,
	const struct community *community, const struct actor *actor)
{
	enum verdict standing;

	if (permission == PERMIT_ANYONE)
		return VERDICT_ALLOWED;
	if (permission == PERMIT_VISITOR)
		return actor == NULL ? VERDICT_ALLOWED : VERDICT_ALREADY_IN;
	if (permission == PERMIT_READER && community_is_public(community))
		return VERDICT_ALLOWED;
	if (actor == NULL)
		return VERDICT_LOG_IN;
	if (permission == PERMIT_SIGNED_IN)
		return actor->state == MEMBER_LEFT ? VERDICT_LOG_IN
						   : VERDICT_ALLOWED;
	standing = decide_standing(actor, before_terms);
	if (standing != VERDICT_ALLOWED)
		return standing;
	return decide_scope(permission, actor);
}

enum verdict
permission_of(const struct request *request)
{
	const struct route *route = request->route;

	return permission_decide((enum permission)route->permission,
		(route->flags & ROUTE_BEFORE_TERMS) != 0, request->community,
		request->actor);
}
