/*
 * script.h: SQL text that is not a statement of the table: migrations, grants
 * and other work of the steward. Workers and features must not include this
 * (tests/lint refuses it).
 */
#ifndef MISSIOND_DB_SCRIPT_H
#define MISSIOND_DB_SCRIPT_H

#include <stddef.h>

struct db;
struct error;

/*
 * Runs one SQL text without parameters or results that matter, on the scope's
 * connection; 0, or -1 with the server's message and number in `error`.
 * `ret_errno` (may be NULL) gets the server's error number.
 */
int db_script(struct db *db, const char *sql, unsigned *ret_errno,
	struct error *error);

/*
 * Splits a script into statements: they end with ';' at the end of a line, or,
 * after a line "DELIMITER //", with "//". Comments (-- …) are kept with their
 * statement. Calls `each` for every one; stops at the first that is not 0 and
 * returns it.
 */
int db_script_each(const char *script,
	int (*each)(const char *statement, size_t length, size_t line,
		void *argument),
	void *argument);

#endif
