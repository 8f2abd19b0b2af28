/*
 * batch.h: statements of one transaction, sent together, whose results nobody
 * looks at; but for those of the question that ends one. What stands in a batch
 * must live until it is sent: parameters are the caller's, in an arena for
 * instance. Sending waits, and so does adding when that makes the batch full; 0
 * or -1.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_BATCH_H
#define MISSIOND_TENANTS_LIFECYCLE_BATCH_H

#include <stddef.h>

#include "db/db.h"

struct arena;

#define BATCH_MOST 16

struct batch {
	struct db *db;
	struct db_query queries[BATCH_MOST];
	size_t count;
};

int batch_add(struct batch *batch, const struct db_statement *statement,
	const void *parameters);

/* What was added since it was sent last. */
int batch_send(struct batch *batch);

/* The same, and with it a question; NULL when that failed. Its answer, with
 * rows in the arena, and what came of the others stand in batch->queries until
 * something is added. */
const struct db_query *batch_ask(struct batch *batch,
	const struct db_statement *statement, const void *parameters,
	struct arena *arena);

#endif
