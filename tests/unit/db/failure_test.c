#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/failure.h"

static void
numbers_have_a_kind(void **state)
{
	(void)state;
	assert_int_equal(failure_kind(1062), DB_FAILURE_DUPLICATE);
	assert_int_equal(failure_kind(1452), DB_FAILURE_ORPHAN);
	assert_int_equal(failure_kind(1213), DB_FAILURE_CONFLICT);
	assert_int_equal(failure_kind(1205), DB_FAILURE_CONFLICT);
	assert_int_equal(failure_kind(1045), DB_FAILURE_REFUSED);
	assert_int_equal(failure_kind(1142), DB_FAILURE_REFUSED);
	assert_int_equal(failure_kind(1227), DB_FAILURE_REFUSED);
	assert_int_equal(failure_kind(4151), DB_FAILURE_REFUSED);
	assert_int_equal(failure_kind(1226), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(1040), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(1047), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(1114), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(2002), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(2013), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(failure_kind(1290), DB_FAILURE_READ_ONLY);
	assert_int_equal(failure_kind(1064), DB_FAILURE_DEFECT);
	assert_int_equal(failure_kind(0), DB_FAILURE_DEFECT);
}

static void
some_cost_the_connection(void **state)
{
	(void)state;
	assert_true(failure_is_loss(2006));
	assert_true(failure_is_loss(2013));
	assert_true(failure_is_loss(2014)); /* out of step */
	assert_true(failure_is_loss(1053));
	assert_true(failure_is_loss(1927));
	assert_true(failure_is_loss(1226));
	assert_false(failure_is_loss(1062));
	assert_false(failure_is_loss(1213));
	assert_false(failure_is_loss(1317));
	assert_false(failure_is_loss(0));
	assert_true(failure_is_unsent(2006));
	assert_false(failure_is_unsent(2013));
	assert_true(failure_is_gone(2013));
	assert_false(failure_is_gone(1226));
	assert_true(failure_is_full(1040));
	assert_true(failure_is_full(1135)); /* no thread for it */
	assert_false(failure_is_full(1226));
	assert_false(failure_is_full(2002));
}

static void
what_people_typed_is_not_logged(void **state)
{
	(void)state;
	assert_false(failure_text_is_safe(1062));
	assert_false(failure_text_is_safe(1292));
	assert_false(failure_text_is_safe(1366));
	assert_false(failure_text_is_safe(9999));
	assert_true(failure_text_is_safe(1064));
	assert_true(failure_text_is_safe(2013));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_a_kind),
		cmocka_unit_test(some_cost_the_connection),
		cmocka_unit_test(what_people_typed_is_not_logged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
