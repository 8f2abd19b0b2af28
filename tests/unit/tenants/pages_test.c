/* Every page and mail of every feature compiles against its view, in every
 * language: a name misspelt in a template or in a translation fails here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "http/template.h"
#include "tenants/service.h"
#include "tenants/site_view.h"
#include "text/catalogue.h"

static void
every_page_compiles(void **state)
{
	struct error error;
	size_t count;
	const struct page *const *pages = service_pages(&count);
	struct template_set *set;

	(void)state;
	assert_true(count > 0);
	if (catalogue_load(getenv("MISSIOND_TEXTS"), &error) < 0)
		fail_msg("%s", error.text);
	set = template_set_load(getenv("MISSIOND_TEMPLATES"), pages, count,
		&site_view_record, &error);
	if (set == NULL)
		fail_msg("%s", error.text);
	template_set_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_compiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
