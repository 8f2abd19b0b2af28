#include "tenants/look/notices.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"
#include "text/catalogue.h"

// clang-format off
#define GOOD "notice-good", "check"

/* By feature; add yours. */
static const struct notice notices[] = {
	{"listing-posted", GOOD, N_("It is posted: the others can see it now.")},
	{"listing-changed", GOOD, N_("Your changes are saved.")},
	{"listing-withdrawn", GOOD, N_("It is withdrawn: nobody else sees it any more.")},
	{"profile-changed", GOOD, N_("Your profile is saved.")},
};
// clang-format on

const struct notice *
notice_find(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(notices); i++)
		if (strcmp(notices[i].name, name) == 0)
			return &notices[i];
	return NULL;
}
