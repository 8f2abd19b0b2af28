#include "tenants/actor.h"

bool
actor_holds(const struct actor *actor, unsigned scopes)
{
	return actor->founder || (actor->scopes & scopes) == scopes;
}
