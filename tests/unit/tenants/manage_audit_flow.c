/*
 * Founder and admins at work: the audit list, of what the tests before did.
 */
#include "manage_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "manage_fixture.h"
#include "site_fixture.h"

void
the_audit_list_speaks_the_readers_language(void **state)
{
	struct browser *boss = log_in_at(SITE_SPARE, "ben");

	(void)state;
	assert_status(browser_get(boss, "/manage/invitations"), 200, boss);
	assert_status(browser_post(boss, "/manage/invitations", "note", "x",
			      "uses", "3", "days", "7", "scopes", "members",
			      "scopes", "settings", NULL),
		201, boss);
	assert_status(browser_get(boss, "/manage/audit"), 200, boss);
	assert_shows(boss, "changed the settings");
	assert_shows(boss, "people: 3, days: 7 – members, settings");
	assert_status(
		browser_post(boss, "/language/fr", "to", "/manage/audit", NULL),
		303, boss);
	assert_status(browser_get(boss, "/manage/audit"), 200, boss);
	assert_shows(boss, "a changé les réglages");
	assert_shows(boss, "personnes : 3, jours : 7 – membres, réglages");
	browser_close(boss);
}

void
the_audit_list_only_grows(void **state)
{
	char token[64], rows[64];

	(void)state;
	browser_get(founder, "/manage/audit");
	assert_shows(founder, "suspended a member");
	assert_shows(founder, "Sold what was not hers");
	token_of(token, founder);
	assert_status(browser_api(founder, "GET", "/api/v1/audit", token, NULL),
		200, founder);
	assert_shows(founder, "\"action\":\"settings.changed\"");
	assert_status(browser_api(founder, "GET", "/api/v1/audit?before=2",
			      token, NULL),
		200, founder);
	assert_shows(founder, "\"sequence\":1,");
	assert_shows(founder, "\"before\":null");

	snprintf(rows, sizeof(rows), "%s",
		site_text(SITE_OPEN, "SELECT CONCAT(COUNT(*), MAX(action)) "
				     "FROM @.audit"));
	/* Root itself is refused: by the table, not by a missing right. */
	site_sql(SITE_OPEN,
		"CREATE TABLE refused (what VARCHAR(10));"
		"BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLSTATE '45000' "
		"INSERT INTO refused VALUES ('update'); "
		"UPDATE audit SET action = 'zzz'; END;"
		"BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLSTATE '45000' "
		"INSERT INTO refused VALUES ('delete'); "
		"DELETE FROM audit; END");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT GROUP_CONCAT(what ORDER BY what) "
				     "FROM @.refused"),
		"delete,update");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT CONCAT(COUNT(*), MAX(action)) "
				     "FROM @.audit"),
		rows);
}

/* Rows whose hash is not that of their details; those whose words JSON would
 * write otherwise are left out. */
static const char wrong_hashes[] =
	"SELECT COUNT(*) FROM @.audit AS a JOIN @.audit_detail AS d ON d.audit "
	"= a.id WHERE COALESCE(d.details, '') NOT REGEXP '[\"\\n\\\\\\\\]' AND "
	"a.details_sha256 <> UNHEX(SHA2(CONCAT(d.salt, BINARY CONCAT("
	"'{\"address\":\"', d.address, '\",\"details\":', "
	"COALESCE(CONCAT('\"', d.details, '\"'), 'null'), '}')), 256))";

/* What is written in an audit row is found again by the member's key: a UUID of
 * MariaDB's that is none of RFC 9562 is not, one time in fifteen. */
void
pseudonyms_are_found_again(void **state)
{
	(void)state;
	site_sql(SITE_OPEN,
		"CREATE TABLE many LIKE member; "
		"INSERT INTO many (id, username, email, name, state, joined_at,"
		" given_at) SELECT UUID(), seq, seq, seq, 'active', NOW(), "
		"NOW() FROM seq_1_to_500; "
		"CREATE TABLE written (actor UUID); "
		"INSERT INTO written SELECT CAST(pseudonym AS CHAR) FROM many");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.written STRAIGHT_JOIN @.many "
			"FORCE INDEX (member_pseudonym) ON pseudonym = actor"),
		"500");
	site_sql(SITE_OPEN, "DROP TABLE many, written");
}

void
who_is_erased_is_nobody_in_the_audit_list(void **state)
{
	char path[96], id[64], sql[512], rows[32];

	(void)state;
	path_of(path, "/manage/members", "sue", "");
	snprintf(id, sizeof(id), "%s", strrchr(path, '/') + 1);
	assert_audited(SITE_OPEN, "fay", "member.suspended", "sue", "1");
	assert_string_equal(site_text(SITE_OPEN, wrong_hashes), "0");
	/* Equal details have hashes of their own. */
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) - COUNT(DISTINCT salt) "
				     "FROM @.audit_detail"),
		"0");
	site_sql(SITE_OPEN,
		"UPDATE audit_detail SET address = '::1' WHERE address <> ''");
	assert_string_not_equal(site_text(SITE_OPEN, wrong_hashes), "0");
	/* Neither as a column nor in the canonical bytes. */
	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.audit AS a JOIN @.member AS m ON m.id "
		"IN (a.actor, a.subject) OR INSTR(a.canonical, '%s') > 0 OR "
		"INSTR(a.canonical, '127.0.0.1') > 0",
		id);
	assert_string_equal(site_text(SITE_OPEN, sql), "0");

	snprintf(rows, sizeof(rows), "%s",
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.audit"));
	site_sql(SITE_OPEN,
		"DELETE audit_detail FROM audit_detail JOIN audit ON audit.id "
		"= audit JOIN member ON pseudonym = subject WHERE username = "
		"'sue'; DELETE member_root FROM member JOIN member_root "
		"USING (id) WHERE username = 'sue'");
	assert_status(browser_get(founder, "/manage/audit"), 200, founder);
	assert_null(strstr(browser_body(founder), "@sue"));
	assert_null(strstr(browser_body(founder), "Sold what was not hers"));
	assert_shows(founder, "suspended a member");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.audit"), rows);
}
