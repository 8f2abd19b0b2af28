#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/record.h"

struct sample {
	const char *title;
	int64_t count;
};

static const struct field sample_fields[] = {
	FIELD_TEXT(struct sample, title),
	FIELD_INTEGER(struct sample, count),
};
static const struct record sample_record = RECORD(struct sample, sample_fields);

static void
finds_fields_by_name(void **state)
{
	(void)state;
	const struct field *field = record_field(&sample_record, "count");

	assert_non_null(field);
	assert_int_equal(field->offset, offsetof(struct sample, count));
	assert_null(record_field(&sample_record, "missing"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_fields_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
