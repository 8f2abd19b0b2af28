#include "tenants/lifecycle/batch.h"

int
batch_add(struct batch *batch, const struct db_statement *statement,
	const void *parameters)
{
	batch->queries[batch->count++] = (struct db_query){
		.statement = statement,
		.parameters = parameters,
	};
	return batch->count < BATCH_MOST ? 0 : batch_send(batch);
}

int
batch_send(struct batch *batch)
{
	size_t count = batch->count;

	batch->count = 0;
	return db_queries(batch->db, batch->queries, count, NULL);
}

const struct db_query *
batch_ask(struct batch *batch, const struct db_statement *statement,
	const void *parameters, struct arena *arena)
{
	size_t count = batch->count;

	batch->count = 0;
	batch->queries[count] = (struct db_query){
		.statement = statement,
		.parameters = parameters,
	};
	if (db_queries(batch->db, batch->queries, count + 1, arena) < 0)
		return NULL;
	return &batch->queries[count];
}
