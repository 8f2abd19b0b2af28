#include "tenants/change.h"

#include "db/db.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/service.h"

struct change {
	struct request *request;
	int (*body)(struct request *request, struct db *db, void *argument);
	void *argument;
};

static int
run(struct db *db, void *argument)
{
	struct change *change = argument;

	return change->body(change->request, db, change->argument);
}

int
community_change(struct request *request, unsigned kinds,
	int (*body)(struct request *request, struct db *db, void *argument),
	void *argument)
{
	struct change change = {request, body, argument};
	struct epoch_table *epochs = service_of(request)->epochs;
	struct uuid id = request->community->id;
	int outcome;

	if (kinds == 0)
		return db_transaction(request->db, run, &change);
	epoch_begin(epochs, id);
	outcome = db_transaction(request->db, run, &change);
	/* Also after a failure: a commit whose answer was lost may have
	 * happened. Only what was refused before did surely not. */
	epoch_end(epochs, id, outcome > 0 ? 0 : kinds);
	return outcome;
}
