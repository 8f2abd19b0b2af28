/* The table of all kinds of jobs. */
#include <string.h>

#include "base/record.h"
#include "tenants/lifecycle/discard.h"
#include "tenants/lifecycle/provision.h"
#include "tenants/lifecycle/rotate.h"
#include "tenants/lifecycle/update.h"
#include "tenants/lifecycle/warm.h"
#include "tenants/lifecycle/work.h"

const struct job_kind *
work_kind(const char *name)
{
	static const struct job_kind *const kinds[] = {&cool_kind,
		&discard_kind, &provision_kind, &rotate_kind, &update_kind,
		&warm_kind};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}
