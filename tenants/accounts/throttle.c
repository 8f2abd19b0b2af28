#include "tenants/accounts/throttle.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle_statements.h"
#include "tenants/community.h"
#include "tenants/metrics.h"
#include "tenants/rate.h"
#include "tenants/service.h"
#include "tenants/turns.h"
#include "text/catalogue.h"

/* Slots of each kind: as many rows at most, however many names are tried. Who
 * shares one with somebody shares the allowance; nobody can say with whom,
 * without the key. */
#define SLOT_BITS 18

/* A member who comes back within that time, less a day, comes from a known
 * place. */
#define PLACE_DAYS 91

enum kind { ADDRESS, ACCOUNT, PLACE, CHANGE, MAIL, KNOWN, PROOF };

/* `burst` tries at once, then one every `step` seconds. Those that are given
 * back together have the same step. */
#define TRY_STEP 60
static const struct {
	int64_t burst, step;
} rates[] = {
	[ADDRESS] = {30, TRY_STEP},
	[ACCOUNT] = {20, TRY_STEP},
	[PLACE] = {20, TRY_STEP},
	[CHANGE] = {20, TRY_STEP},
	[MAIL] = {6, 600},
};

static struct slice
slice_of(const void *data, size_t length)
{
	return (struct slice){data, length};
}

/* Two parts at most, told apart by the first one's length. */
static void
digest_of(struct request *request, enum kind kind, struct slice first,
	struct slice second, unsigned char digest[DIGEST_SIZE])
{
	unsigned char key[DIGEST_SIZE];
	struct buffer message = BUFFER_EMPTY;

	digest_hkdf(service_form_key(request), "tries", key, sizeof(key));
	buffer_add(&message, &request->community->id,
		sizeof(request->community->id));
	buffer_printf(&message, "%d %zu ", (int)kind, first.length);
	buffer_add(&message, first.data, first.length);
	buffer_add(&message, second.data, second.length);
	digest_hmac_sha256(
		key, sizeof(key), message.data, message.length, digest);
	digest_wipe(key, sizeof(key));
	buffer_release(&message);
}

static int64_t
slot_of(struct request *request, enum kind kind, struct slice first,
	struct slice second)
{
	unsigned char digest[DIGEST_SIZE];
	int64_t place;

	digest_of(request, kind, first, second, digest);
	place = (int64_t)digest[0] << 16 | digest[1] << 8 | digest[2];
	return ((int64_t)kind << SLOT_BITS) |
	       (place & ((INT64_C(1) << SLOT_BITS) - 1));
}

static struct slice
lowered(struct request *request, const char *text)
{
	char *copy = arena_text(request->arena, text);

	for (char *at = copy; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	return slice_of(copy, strlen(copy));
}

static struct slice
network(struct request *request, unsigned char bytes[16])
{
	return (struct slice){bytes, rate_network(request->peer, bytes)};
}

static struct attempt_charge
charge_of(enum kind kind, int64_t slot)
{
	int64_t step = rates[kind].step, most = step * rates[kind].burst;

	return (struct attempt_charge){slot, step, most, step, most, step};
}

/* 0, or how many seconds are left. */
static int64_t
wait_for(enum kind kind, const struct attempt_charged *charged)
{
	int64_t step = rates[kind].step, most = step * rates[kind].burst;
	int64_t wait = charged->ahead + step - most + 1;

	return !charged->refused ? 0 : wait > 0 ? wait : 1;
}

/* The same, or -1. */
static int64_t
charge(struct db *db, struct arena *arena, enum kind kind, int64_t slot)
{
	struct attempt_charge charge = charge_of(kind, slot);
	struct attempt_charged charged;

	if (db_row(db, &attempt_charge_statement, &charge, arena, &charged) !=
		1)
		return -1;
	return wait_for(kind, &charged);
}

void
throttle_place(struct request *request, const char *login,
	unsigned char digest[DIGEST_SIZE])
{
	unsigned char bytes[16];

	digest_of(request, KNOWN, lowered(request, login),
		network(request, bytes), digest);
}

static void
place_proof(struct request *request, const struct account *account,
	const char *phc, unsigned char digest[DIGEST_SIZE])
{
	unsigned char bytes[16];
	struct buffer who = BUFFER_EMPTY;

	buffer_add(&who, &account->id, sizeof(account->id));
	if (phc != NULL)
		buffer_add_text(&who, phc);
	digest_of(request, PROOF, slice_of(who.data, who.length),
		network(request, bytes), digest);
	buffer_release(&who);
}

/* A worker whose clock was ahead may have written any time. */
static bool
is_until_possible(const struct request *request, struct timestamp until)
{
	int64_t left = until.microseconds - request->now.microseconds;

	return left > 0 && left <= PLACE_DAYS * CLOCK_DAY;
}

static bool
is_known(struct request *request, const struct account_login *found)
{
	const struct account *account = &found->account;
	unsigned char proof[DIGEST_SIZE];

	place_proof(request, account, account->phc, proof);
	return found->proof.length == DIGEST_SIZE &&
	       digest_equal(found->proof.data, proof, DIGEST_SIZE) &&
	       is_until_possible(request, found->until);
}

/* Of somebody from nowhere in particular. */
struct stranger {
	struct arena *arena;
	const int64_t *slots; /* the address's, the account's */
	int64_t wait;
};

#define ADDRESS_REFUSED 1

/* First the address, in one round trip with the account. All who hold both rows
 * take them in this order. */
static int
charge_both(struct db *db, void *argument)
{
	struct stranger *stranger = argument;
	const struct attempt_charge charges[] = {
		charge_of(ADDRESS, stranger->slots[0]),
		charge_of(ACCOUNT, stranger->slots[1]),
	};
	struct db_query queries[] = {
		{.statement = &attempt_charge_statement,
			.parameters = &charges[0]},
		{.statement = &attempt_charge_statement,
			.parameters = &charges[1]},
	};

	if (db_queries(db, queries, COUNT_OF(queries), stranger->arena) < 0 ||
		queries[0].rows.count != 1 || queries[1].rows.count != 1)
		return -1;
	stranger->wait = wait_for(ADDRESS, queries[0].rows.items);
	if (stranger->wait > 0)
		return ADDRESS_REFUSED;
	stranger->wait = wait_for(ACCOUNT, queries[1].rows.items);
	return 0;
}

/*
 * Both counts are there for good before the password is looked at: one commit
 * for them. What an address may not try any more is not counted against the
 * account: it is undone, and of the address's own nothing moved.
 */
static int64_t
charge_stranger(
	struct request *request, const char *login, struct throttle *throttle)
{
	unsigned char bytes[16];
	struct slice none = {NULL, 0};
	struct stranger stranger = {request->arena, throttle->slots, -1};
	int outcome;

	throttle->slots[0] =
		slot_of(request, ADDRESS, network(request, bytes), none);
	throttle->slots[1] =
		slot_of(request, ACCOUNT, lowered(request, login), none);
	outcome = db_transaction(request->db, charge_both, &stranger);
	/* Once more by itself: nothing moves but what a wrong clock wrote. */
	if (outcome == ADDRESS_REFUSED)
		return charge(request->db, request->arena, ADDRESS,
			throttle->slots[0]);
	return outcome < 0 ? -1 : stranger.wait;
}

static int64_t
charge_one(struct request *request, enum kind kind, struct slice first,
	struct slice second, struct throttle *throttle)
{
	throttle->slots[0] = slot_of(request, kind, first, second);
	throttle->slots[1] = throttle->slots[0];
	return charge(request->db, request->arena, kind, throttle->slots[0]);
}

/* Not written each time, but once a day. */
static bool
is_settled(const struct request *request, struct timestamp until)
{
	return until.microseconds - request->now.microseconds >
	       (PLACE_DAYS - 1) * CLOCK_DAY;
}

int64_t
throttle_login(struct request *request, const char *login,
	const struct account_login *found, struct throttle *ret_throttle)
{
	static const struct account_login nobody;
	const struct account_login *who = found == NULL ? &nobody : found;
	const struct uuid *id = &who->account.id;
	unsigned char bytes[16];
	bool known = is_known(request, who);

	ret_throttle->settled = known && is_settled(request, who->until);
	if (!known)
		return charge_stranger(request, login, ret_throttle);
	return charge_one(request, PLACE, slice_of(id, sizeof(*id)),
		network(request, bytes), ret_throttle);
}

int64_t
throttle_change(struct request *request, const struct account *account,
	struct throttle *ret_throttle)
{
	return charge_one(request, CHANGE,
		slice_of(&account->id, sizeof(account->id)),
		(struct slice){NULL, 0}, ret_throttle);
}

static struct attempt_return
back_of(const struct throttle *throttle)
{
	return (struct attempt_return){
		TRY_STEP, throttle->slots[0], throttle->slots[1]};
}

int
throttle_return(struct db *db, const struct throttle *throttle)
{
	struct attempt_return back = back_of(throttle);

	return db_execute(db, &attempt_return_statement, &back) < 0 ? -1 : 0;
}

struct db_query
throttle_returning(struct request *request, const struct throttle *throttle)
{
	struct attempt_return *back =
		ARENA_NEW(request->arena, struct attempt_return);

	*back = back_of(throttle);
	return (struct db_query){
		.statement = &attempt_return_statement, .parameters = back};
}

int
throttle_give_up(struct request *request, const struct throttle *throttle)
{
	if (turn_is_crowded(request))
		(void)throttle_return(request->db, throttle);
	return -1;
}

/* As which the member may log in, too; an address that is not confirmed may be
 * that of another. */
static const char *
other_name(const struct account *account)
{
	return account->email == NULL ||
			       strcmp(account->state, "unconfirmed") == 0
		       ? account->username
		       : account->email;
}

struct db_query
throttle_knowing_place(
	struct request *request, const struct account *account, const char *phc)
{
	unsigned char *digests =
		arena_alloc(request->arena, (size_t)3 * DIGEST_SIZE);
	struct place_store *store =
		ARENA_NEW(request->arena, struct place_store);
	struct slice proof = {digests + (size_t)2 * DIGEST_SIZE, DIGEST_SIZE};
	/* Of a day: by the moment it could be told whose it is. */
	struct timestamp until = {
		(request->now.microseconds + PLACE_DAYS * CLOCK_DAY) /
		CLOCK_DAY * CLOCK_DAY};

	throttle_place(request, account->username, digests);
	throttle_place(request, other_name(account), digests + DIGEST_SIZE);
	place_proof(request, account, phc, digests + (size_t)2 * DIGEST_SIZE);
	*store = (struct place_store){
		{{digests, DIGEST_SIZE}, proof, until},
		{{digests + DIGEST_SIZE, DIGEST_SIZE}, proof, until},
	};
	return (struct db_query){
		.statement = &place_store_statement, .parameters = store};
}

int
throttle_know_place(struct request *request, struct db *db,
	const struct account *account, const char *phc)
{
	struct db_query query = throttle_knowing_place(request, account, phc);

	return db_execute(db, query.statement, query.parameters) < 0 ? -1 : 0;
}

int
throttle_mail(struct request *request, struct db *db, const char *email)
{
	int64_t wait = charge(db, request->arena, MAIL,
		slot_of(request, MAIL, lowered(request, email),
			(struct slice){NULL, 0}));

	return wait < 0 ? -1 : wait == 0;
}

int
throttle_refuse(struct request *request, const char *field, int64_t seconds)
{
	const char *text = rate_wait_text(request, seconds);

	metrics_add(service_of(request)->metrics, METRICS_THROTTLED, 1);
	reply_header(request, "retry-after",
		arena_printf(request->arena, "%lld", (long long)seconds));
	if (request_is_api(request))
		reply_error(request, 429, N_("Too many tries"), text);
	else
		form_fail(request, field, text);
	return THROTTLED;
}
