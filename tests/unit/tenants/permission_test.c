/* The whole matrix of who may use which kind of route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/permission.h"

static const struct tenant_config public_config = {.reading = "public"};
static const struct tenant_config closed_config = {.reading = "members"};
static const struct community public = {.config = &public_config};
static const struct community closed = {.config = &closed_config};

/* Who asks: the columns of the matrix. */
enum {
	NOBODY,
	UNCONFIRMED,
	PENDING,
	SUSPENDED,
	LEFT,
	OLD_TERMS,
	MEMBER,
	ADMIN_MEMBERS,
	ADMIN_LEGAL,
	FOUNDER,
	WHO_COUNT
};

static const struct actor actors[WHO_COUNT] = {
	[UNCONFIRMED] = {.state = MEMBER_UNCONFIRMED, .terms_current = true},
	[PENDING] = {.state = MEMBER_PENDING, .terms_current = true},
	[SUSPENDED] = {.state = MEMBER_SUSPENDED,
		.terms_current = true,
		.scopes = SCOPE_ALL},
	[LEFT] = {.state = MEMBER_LEFT, .terms_current = true},
	[OLD_TERMS] = {.state = MEMBER_ACTIVE,
		.founder = true,
		.scopes = SCOPE_ALL},
	[MEMBER] = {.state = MEMBER_ACTIVE, .terms_current = true},
	[ADMIN_MEMBERS] = {.state = MEMBER_ACTIVE,
		.terms_current = true,
		.scopes = SCOPE_MEMBERS},
	[ADMIN_LEGAL] = {.state = MEMBER_ACTIVE,
		.terms_current = true,
		.scopes = SCOPE_LEGAL},
	[FOUNDER] = {.state = MEMBER_ACTIVE,
		.terms_current = true,
		.founder = true,
		.scopes = SCOPE_ALL},
};

/* A letter for each verdict: rows below read like the matrix. */
static const char letters[] = {
	[VERDICT_ALLOWED] = 'y',
	[VERDICT_LOG_IN] = 'l',
	[VERDICT_CONFIRM] = 'c',
	[VERDICT_PENDING] = 'p',
	[VERDICT_SUSPENDED] = 's',
	[VERDICT_TERMS] = 't',
	[VERDICT_FORBIDDEN] = '-',
	[VERDICT_ALREADY_IN] = 'h',
};

static const struct {
	enum permission permission;
	/* nobody, unconfirmed, pending, suspended, left, old terms, member,
	 * admin of members, admin of legal, founder */
	const char *verdicts;
} matrix[] = {
	{PERMIT_ANYONE, "yyyyyyyyyy"},
	{PERMIT_READER, "lcpsltyyyy"},
	{PERMIT_VISITOR, "yhhhhhhhhh"},
	{PERMIT_SIGNED_IN, "lyyylyyyyy"},
	{PERMIT_MEMBER, "lcpsltyyyy"},
	{PERMIT_SCOPE_MEMBERS, "lcpslt-y-y"},
	{PERMIT_SCOPE_CONTENT, "lcpslt---y"},
	{PERMIT_SCOPE_SETTINGS, "lcpslt---y"},
	{PERMIT_SCOPE_HANDOVER, "lcpslt---y"},
	{PERMIT_SCOPE_LEGAL, "lcpslt--yy"},
	{PERMIT_STAFF, "lcpslt-yyy"},
	{PERMIT_FOUNDER, "lcpslt---y"},
};

static char
decide(enum permission permission, bool before_terms,
	const struct community *community, int who)
{
	return letters[permission_decide(permission, before_terms, community,
		who == NOBODY ? NULL : &actors[who])];
}

static void
follows_the_matrix(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(matrix), PERMIT_FOUNDER + 1);
	for (size_t row = 0; row < COUNT_OF(matrix); row++)
		for (int who = 0; who < WHO_COUNT; who++) {
			char verdict = decide(
				matrix[row].permission, false, &closed, who);
			if (verdict != matrix[row].verdicts[who])
				fail_msg("permission %d, column %d: %c, not %c",
					matrix[row].permission, who, verdict,
					matrix[row].verdicts[who]);
		}
}

static void
a_public_community_can_be_read(void **state)
{
	(void)state;
	for (int who = 0; who < WHO_COUNT; who++)
		assert_int_equal(
			decide(PERMIT_READER, false, &public, who), 'y');
	assert_int_equal(decide(PERMIT_MEMBER, false, &public, NOBODY), 'l');
}

static void
some_routes_come_before_the_terms(void **state)
{
	(void)state;
	assert_int_equal(decide(PERMIT_FOUNDER, true, &closed, OLD_TERMS), 'y');
	assert_int_equal(
		decide(PERMIT_MEMBER, true, &closed, UNCONFIRMED), 'c');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_matrix),
		cmocka_unit_test(a_public_community_can_be_read),
		cmocka_unit_test(some_routes_come_before_the_terms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
