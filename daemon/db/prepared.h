/*
 * prepared.h: the prepared statements of a connection, one for each
 * db_statement used on it, with the places its parameters and columns are
 * bound to. They end with the connection or with its account.
 *
 * A statement can be executed before the answer to its preparation has come:
 * the server numbers the statements of a session one by one, so the number it
 * will have is known. The protocol has -1 for "the one prepared last" as well,
 * but when the server cannot take one more (1461, for all accounts together),
 * that is still the one before, which would be run with the parameters of this
 * one. A number that nothing has is refused with 1243, and nothing is run.
 */
#ifndef MISSIOND_DB_PREPARED_H
#define MISSIOND_DB_PREPARED_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "db/client.h"

struct arena;
struct connection;
struct db_statement;
struct failure;

/* Most parameters or columns of a statement. */
#define CELLS_MOST 96U

/* Where one value lies on its way in or out. */
struct cell {
	const struct field *field;
	size_t offset; /* of the value in the outer struct */
	union {
		int64_t integer;
		MYSQL_TIME time;
		char uuid[37];
	} value;
	unsigned long length;
	my_bool is_null;
	my_bool is_cut;
};

/* The values of a record, nested records in their place. */
struct cells {
	size_t count;
	struct cell *cells;
	MYSQL_BIND *binds;
};

struct prepared {
	TAILQ_ENTRY(prepared) next;
	const struct db_statement *statement;
	MYSQL_STMT *handle;
	struct cells parameters;
	struct cells columns;
	bool begun;		/* the answer to its preparation is unread */
	uint32_t turn;		/* connection->sent, with it */
	unsigned long expected; /* executed under this number; 0: it was not */
};

/* The statement on this connection, or NULL. */
struct prepared *prepared_find(
	struct connection *connection, const struct db_statement *statement);

/* One that is not prepared yet; NULL with `failure`. */
struct prepared *prepared_new(struct connection *connection,
	const struct db_statement *statement, struct failure *failure);

/* Takes the parameters; 0, or -1 with `failure`. */
int prepared_bind(struct connection *connection, struct prepared *prepared,
	const void *parameters, struct failure *failure);

/* Sends the statement to be prepared; prepared_finish() must follow. 0, or -1
 * and it is gone. */
int prepared_begin(struct connection *connection, struct prepared *prepared,
	struct failure *failure);

/* The same for one whose parameters are bound, and it can be executed at once,
 * one time: prepared_finish() says whether it was. */
int prepared_begin_expecting(struct connection *connection,
	struct prepared *prepared, struct failure *failure);

enum prepared_result {
	PREPARED,
	PREPARED_OTHERWISE, /* by another number: what was executed under the
			     * expected one was not run */
	PREPARED_FREED,	    /* the same, and it must be prepared once more */
	PREPARED_DISAGREES, /* with its records: number 0, logged here */
	PREPARED_REFUSED
};

/* Reads the answer and compares it with the records. What is PREPARED_OTHERWISE
 * can be executed from now on; what is neither must be dropped. */
enum prepared_result prepared_finish(struct connection *connection,
	struct prepared *prepared, struct failure *failure);

/* Whether the server has once prepared the statement as its records say: how
 * many parameters it has depends on its text alone. */
bool prepared_has_agreed(const struct connection *connection,
	const struct db_statement *statement);

void prepared_drop(struct connection *connection, struct prepared *prepared);

/* Drops all but so many that were used last. */
void prepared_keep(struct connection *connection, unsigned count);

/* All of them; the server is not told: its session ends. */
void prepared_forget_all(struct connection *connection);

/* cells.c */

/* Lays out the record's values; NULL gives none. -1 when a field's type cannot
 * be a column. */
int cells_lay_out(struct cells *cells, const struct record *record);
void cells_release(struct cells *cells);

/* Points the binds at the structure's values. */
void cells_from_structure(struct cells *cells, const void *structure);

/* Makes the binds ready for fetching. */
void cells_for_columns(struct cells *cells);

/*
 * Takes a fetched row into the structure, texts and bytes copied to the arena.
 * 0, or -1 when a value does not fit its field (it is in `ret_field`) or the
 * statement failed (`ret_field` is NULL).
 */
int cells_to_structure(struct cells *cells, MYSQL_STMT *handle,
	struct arena *arena, void *structure, const struct field **ret_field);

#endif
