#include "tenants/profiles/visibility.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"

bool
visibility_allows(const char *visibility, enum relation relation)
{
	static const struct {
		const char *name;
		enum relation nearest_needed;
	} rules[] = {
		{"public", RELATION_VISITOR},
		{"members", RELATION_MEMBER},
		{"counterparts", RELATION_COUNTERPART},
	};

	for (size_t i = 0; visibility != NULL && i < COUNT_OF(rules); i++)
		if (strcmp(visibility, rules[i].name) == 0)
			return relation >= rules[i].nearest_needed;
	return relation == RELATION_SELF;
}
