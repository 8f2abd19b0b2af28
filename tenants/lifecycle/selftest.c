#include "tenants/lifecycle/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "db/probe.h"
#include "loop/task.h"
#include "tenants/features.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/selftest_commands.h"
#include "tenants/lifecycle/warm.h"
#include "tenants/lifecycle/work.h"

#define ATTEMPTS_MOST 4000
#define TIME_LIMIT    (10 * CLOCK_MINUTE)

static const struct field attempt_fields[] = {
	FIELD_TEXT(struct selftest_attempt, community),
	FIELD_TEXT(struct selftest_attempt, other),
	FIELD_TEXT(struct selftest_attempt, attempt),
	FIELD_TEXT(struct selftest_attempt, refused_by),
	FIELD_TEXT(struct selftest_attempt, detail),
};
const struct record selftest_attempt_record =
	RECORD(struct selftest_attempt, attempt_fields);

/* One direction: `self` attacks `other`. */
struct attack {
	struct arena *arena;
	struct work_community *self, *other;
	struct selftest_attempt *attempts;
	size_t count;
	/* An open session of the other's, as the server numbers it. */
	char session[32];
	/* What came that is another community's. */
	char *seen;
	/* Values of a query, one a line. */
	struct buffer values;
	bool failed;
};

static void
note(struct attack *attack, const char *attempt, const char *refused_by,
	const char *detail)
{
	if (attack->count == ATTEMPTS_MOST) {
		attack->failed = true;
		return;
	}
	attack->attempts[attack->count++] = (struct selftest_attempt){
		.community = attack->self->row.slug,
		.other = attack->other->row.slug,
		.attempt = attempt,
		.refused_by = refused_by,
		.detail = detail,
	};
}

static const char *
server_said(struct attack *attack, unsigned number)
{
	return arena_printf(attack->arena, "MariaDB %u", number);
}

/* Only what means "no right to": a misspelt command is no attempt. */
static bool
is_refusal(unsigned number)
{
	static const unsigned numbers[] = {
		1044, /* schema */
		1045, /* log-in; files */
		1095, /* somebody else's session */
		1142, /* table */
		1143, /* column */
		1227, /* a global right */
		1370, /* routine */
		1410, /* no right to make users by GRANT */
		1419, /* SUPER */
		1698, /* log-in */
	};

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* Must be refused by the server. */
static void
expect_refusal(struct attack *attack, struct db *db, const char *name,
	const char *sql, bool prepare)
{
	const struct db_probe probe = {.sql = sql, .prepare = prepare};
	struct db_probed probed;

	if (db_probe(db, &probe, &probed) != 0)
		attack->failed = true;
	else if (is_refusal(probed.number))
		note(attack, name, server_said(attack, probed.number), NULL);
	else if (probed.number == 0)
		note(attack, name, NULL, "the server did it");
	else
		note(attack, name, NULL,
			arena_printf(attack->arena,
				"not a refusal: MariaDB %u: %s", probed.number,
				probed.text));
}

/* A name or a key of any community but the one that asks. */
static void
look_for_others(const char *text, size_t length, void *argument)
{
	struct attack *attack = argument;
	const char *own = attack->self->row.key;
	const char *key = attack->other->row.key;
	const char *end = text + length;

	if (attack->seen != NULL)
		return;
	if (length >= 26 && memmem(text, length, key, 26) != NULL)
		attack->seen = arena_copy(attack->arena, text, length);
	for (const char *at = text;
		(at = memmem(at, (size_t)(end - at), "community", 9)) != NULL;
		at += 9) {
		const char *name = at + 9;
		size_t letters = 0;

		while (name + letters < end && letters < 26 &&
			strchr("0123456789abcdefghjkmnpqrstvwxyz",
				name[letters]) != NULL)
			letters++;
		if (letters == 26 && memcmp(name, own, 26) != 0)
			attack->seen = arena_copy(attack->arena, text, length);
	}
}

/* May be answered, but with nothing of others. */
static void
expect_silence(struct attack *attack, struct db *db, const char *name,
	const char *sql, bool nothing)
{
	const struct db_probe probe = {
		.sql = sql, .value = look_for_others, .argument = attack};
	struct db_probed probed;

	attack->seen = NULL;
	if (db_probe(db, &probe, &probed) != 0)
		attack->failed = true;
	else if (is_refusal(probed.number))
		note(attack, name, server_said(attack, probed.number), NULL);
	else if (probed.number == 1064)
		note(attack, name, NULL, "the server cannot read it");
	else if (probed.number != 0)
		note(attack, name, server_said(attack, probed.number), NULL);
	else if (attack->seen != NULL)
		note(attack, name, NULL,
			arena_printf(
				attack->arena, "showed %.80s", attack->seen));
	else if (nothing && probed.first[0] != '\0')
		note(attack, name, NULL,
			arena_printf(
				attack->arena, "showed %.80s", probed.first));
	else
		note(attack, name, "MariaDB, shows nothing of others", NULL);
}

static void
attack_with_statement(
	struct attack *attack, const struct db_statement *statement)
{
	const struct db_probe plain = {.sql = statement->sql, .prepare = true};
	const char *foreign, *sql;
	struct db_probed probed;
	const char *name =
		arena_printf(attack->arena, "statement %s", statement->name);

	sql = selftest_requalify(
		attack->arena, statement->sql, attack->other->schema, &foreign);
	if (foreign != NULL) {
		note(attack, name, NULL,
			arena_printf(attack->arena, "names the schema \"%s\"",
				foreign));
		return;
	}
	if (db_probe(attack->self->db, &plain, &probed) != 0) {
		attack->failed = true;
		return;
	}
	if (probed.number != 0)
		note(attack, name, NULL,
			arena_printf(attack->arena,
				"does not run in its own schema: MariaDB "
				"%u: %s",
				probed.number, probed.text));
	else if (sql == NULL)
		note(attack, name, "names no table", NULL);
	else
		expect_refusal(attack, attack->self->db, name, sql, true);
}

static void
attack_with_statements(struct attack *attack)
{
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->statement_count; j++)
			attack_with_statement(
				attack, features[i]->statements[j]);
}

/* Fills in {self}, {other}, {key} and {session}. */
static const char *
fill(struct attack *attack, const char *sql)
{
	const struct {
		const char *mark, *value;
	} marks[] = {
		{"{self}", attack->self->schema},
		{"{other}", attack->other->schema},
		{"{key}", attack->other->row.key},
		{"{session}", attack->session},
	};
	struct buffer filled = BUFFER_EMPTY;
	const char *result;

	while (*sql != '\0') {
		size_t i = 0;

		while (i < COUNT_OF(marks) &&
			strncmp(sql, marks[i].mark, strlen(marks[i].mark)) != 0)
			i++;
		if (i < COUNT_OF(marks)) {
			buffer_add_text(&filled, marks[i].value);
			sql += strlen(marks[i].mark);
		} else {
			buffer_add_byte(&filled, *sql++);
		}
	}
	result = arena_copy(attack->arena, filled.data, filled.length);
	buffer_release(&filled);
	return result;
}

static void
attack_with_commands(struct attack *attack)
{
	for (const struct selftest_command *command = selftest_commands;
		command->sql != NULL; command++) {
		const char *sql = fill(attack, command->sql);

		if (command->expect == SELFTEST_REFUSED)
			expect_refusal(attack, attack->self->db, command->sql,
				sql, false);
		else
			expect_silence(attack, attack->self->db, command->sql,
				sql, command->expect == SELFTEST_NOTHING);
	}
}

static void
collect(const char *text, size_t length, void *argument)
{
	struct attack *attack = argument;

	buffer_add(&attack->values, text, length);
	buffer_add_byte(&attack->values, '\n');
}

/* Calls `each` with every value that a query gives. */
static void
for_values(struct attack *attack, struct db *db, const char *sql,
	void (*each)(struct attack *attack, const char *value))
{
	const struct db_probe probe = {
		.sql = sql, .value = collect, .argument = attack};
	struct db_probed probed;
	char *values, *value, *rest = NULL;

	buffer_clear(&attack->values);
	if (db_probe(db, &probe, &probed) != 0 || probed.number != 0 ||
		probed.rows == 0) {
		attack->failed = true;
		return;
	}
	values = arena_text(attack->arena, buffer_text(&attack->values));
	for (value = strtok_r(values, "\n", &rest); value != NULL;
		value = strtok_r(NULL, "\n", &rest))
		each(attack, value);
}

static void
read_information(struct attack *attack, const char *table)
{
	const char *name = arena_printf(
		attack->arena, "SELECT * FROM information_schema.%s", table);

	expect_silence(attack, attack->self->db, name, name, false);
}

static void
read_table(struct attack *attack, const char *table)
{
	static const char *const commands[] = {
		"SELECT 1 FROM {other}.%s",
		"SELECT 1 FROM %s JOIN {other}.%s AS theirs",
		"SHOW COLUMNS FROM {other}.%s",
		"SHOW CREATE TABLE {other}.%s",
	};

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct buffer sql = BUFFER_EMPTY;

		for (const char *at = commands[i]; *at != '\0'; at++)
			if (strncmp(at, "%s", 2) == 0) {
				buffer_add_text(&sql, table);
				at++;
			} else {
				buffer_add_byte(&sql, *at);
			}
		expect_refusal(attack, attack->self->db,
			arena_text(attack->arena, buffer_text(&sql)),
			fill(attack, buffer_text(&sql)), false);
		buffer_release(&sql);
	}
}

/* With an account that has a schema or a password of the other's. */
static void
attack_log_in(struct attack *attack, const char *name, const char *user,
	const char *schema)
{
	struct db_account account = attack->self->account;
	struct db *db;

	account.user = user;
	account.schema = schema;
	account.denied = NULL;
	/* Else an idle one that has logged in as the other would be taken, and
	 * no password asked for. */
	db_pool_forget(attack->self->settings->pool, user);
	db = db_scope_open(
		attack->self->settings->pool, attack->arena, &account);
	expect_refusal(attack, db, name, "SELECT 1", false);
}

/* While a session of the other's is open. */
static int
attack_in_session(struct db *db, void *argument)
{
	const struct db_probe probe = {.sql = "SELECT CONNECTION_ID()"};
	struct attack *attack = argument;
	struct db_probed probed;

	if (db_probe(db, &probe, &probed) != 0 || probed.number != 0) {
		attack->failed = true;
		return 1;
	}
	snprintf(attack->session, sizeof(attack->session), "%.31s",
		probed.first);
	attack_log_in(attack, "log in with the other's schema",
		attack->self->schema, attack->other->schema);
	attack_log_in(attack, "log in as the other with the own password",
		attack->other->schema, attack->other->schema);
	attack_with_statements(attack);
	for_values(attack, attack->self->db,
		"SELECT table_name FROM information_schema.tables"
		" WHERE table_schema = DATABASE() ORDER BY table_name",
		read_table);
	for_values(attack, attack->self->db,
		"SELECT table_name FROM information_schema.tables"
		" WHERE table_schema = 'information_schema'"
		" ORDER BY table_name",
		read_information);
	attack_with_commands(attack);
	if (db_probe(db, &probe, &probed) == 0 &&
		strcmp(probed.first, attack->session) == 0)
		note(attack, "the other's session", "lives on", NULL);
	else
		note(attack, "the other's session", NULL, "was ended");
	/* Nothing of it is to be kept. */
	return 1;
}

/* 0, 1 or -1 as selftest_database(). */
static int
open_community(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const char *slug, struct work_community **ret,
	struct error *refusal)
{
	struct work_community *community =
		ARENA_NEW(arena, struct work_community);
	struct control_community row;
	int found = control_find(control, arena, slug, &row);

	if (found < 0)
		return -1;
	if (found == 0) {
		error_set(refusal, "there is no community \"%s\"", slug);
		return 1;
	}
	if (strcmp(row.state, "active") != 0) {
		error_set(
			refusal, "the community \"%s\" is %s", slug, row.state);
		return 1;
	}
	*ret = community;
	return work_community_open(community, settings, arena, &row, refusal);
}

static int
attack_one_way(struct attack *attack)
{
	db_transaction(attack->other->db, attack_in_session, attack);
	return attack->failed ? -1 : 0;
}

/* The same between a community and a schema made ahead, where there is one. */
static int
attack_ahead(struct attack *attack, struct db *control,
	struct work_community *community)
{
	struct work_community *ahead =
		ARENA_NEW(attack->arena, struct work_community);
	struct control_community row;
	int found = warm_any(control, attack->arena, &row);

	if (found <= 0)
		return found;
	work_community_name(ahead, community->settings, attack->arena, &row);
	attack->self = community;
	attack->other = ahead;
	if (attack_one_way(attack) < 0)
		return -1;
	attack->self = ahead;
	attack->other = community;
	return attack_one_way(attack);
}

int
selftest_database(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const struct selftest_order *order,
	struct record_list *ret_attempts, struct error *refusal)
{
	struct attack attack = {.arena = arena, .values = BUFFER_EMPTY};
	struct work_community *one, *two;
	int outcome;

	task_set_deadline(task_current(), clock_monotonic() + TIME_LIMIT);
	outcome = open_community(
		settings, control, arena, order->slug, &one, refusal);
	if (outcome == 0)
		outcome = open_community(
			settings, control, arena, order->other, &two, refusal);
	if (outcome != 0)
		return outcome;
	attack.attempts =
		arena_array(arena, ATTEMPTS_MOST, sizeof(*attack.attempts));
	attack.self = one;
	attack.other = two;
	outcome = attack_one_way(&attack);
	attack.self = two;
	attack.other = one;
	if (outcome == 0)
		outcome = attack_one_way(&attack);
	if (outcome == 0)
		outcome = attack_ahead(&attack, control, one);
	buffer_release(&attack.values);
	*ret_attempts = (struct record_list){attack.attempts, attack.count};
	return outcome;
}

static void
add_table(struct attack *attack, const char *table)
{
	/* The courier is still at work there. */
	if (strcmp(table, "outbox") == 0)
		return;
	attack->seen = arena_printf(attack->arena, "%s%s %s",
		attack->seen == NULL ? "CHECKSUM TABLE" : attack->seen,
		attack->seen == NULL ? "" : ",", table);
}

int
selftest_state(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const char *slug, const char **ret_digest,
	struct error *refusal)
{
	struct attack attack = {.arena = arena, .values = BUFFER_EMPTY};
	struct db_probe probe = {.value = collect, .argument = &attack};
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];
	struct db_probed probed;
	int outcome = open_community(
		settings, control, arena, slug, &attack.self, refusal);

	if (outcome != 0)
		return outcome;
	for_values(&attack, attack.self->db,
		"SELECT table_name FROM information_schema.tables"
		" WHERE table_schema = DATABASE() ORDER BY table_name",
		add_table);
	buffer_clear(&attack.values);
	probe.sql = attack.seen;
	outcome = attack.failed ||
				  db_probe(attack.self->db, &probe, &probed) !=
					  0 ||
				  probed.number != 0
			  ? -1
			  : 0;
	if (outcome == 0) {
		digest_sha256(attack.values.data, attack.values.length, digest);
		digest_hex(digest, hex);
		*ret_digest = arena_text(arena, hex);
	}
	buffer_release(&attack.values);
	return outcome;
}
