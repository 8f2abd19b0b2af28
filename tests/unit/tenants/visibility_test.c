/* Who sees a voluntary detail: the whole matrix (P3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/record.h"
#include "tenants/profiles/visibility.h"

static void
follows_the_matrix(void **state)
{
	static const struct {
		const char *visibility;
		bool visitor, member, counterpart, self;
	} rows[] = {
		{"public", true, true, true, true},
		{"members", false, true, true, true},
		{"counterparts", false, false, true, true},
		{"self", false, false, false, true},
		{"", false, false, false, true},
		{"Public", false, false, false, true},
		{"nonsense", false, false, false, true},
		{NULL, false, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *visibility = rows[i].visibility;

		assert_int_equal(
			visibility_allows(visibility, RELATION_VISITOR),
			rows[i].visitor);
		assert_int_equal(visibility_allows(visibility, RELATION_MEMBER),
			rows[i].member);
		assert_int_equal(
			visibility_allows(visibility, RELATION_COUNTERPART),
			rows[i].counterpart);
		assert_int_equal(visibility_allows(visibility, RELATION_SELF),
			rows[i].self);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_matrix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
