#include "tenants/lifecycle/order.h"

#include "db/db.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/work.h"

struct ordering {
	struct order *order;
	struct uuid job;
};

static int
queue(struct db *db, const struct ordering *ordering,
	const struct control_community *community)
{
	const struct order *order = ordering->order;
	const struct job_new job = {
		.id = ordering->job,
		.kind = order->kind->name,
		.community = community->id,
		.steps = (int64_t)order->kind->count,
		.payload = order->payload,
		.requested_by = order->ordered_by,
	};
	const struct control_audit audit = {
		.operator= order->ordered_by,
		.action = order->action,
		.community = community->id,
		.details = order->details,
	};

	return job_enqueue(db, &job) < 0 ? -1 : control_audit(db, &audit);
}

static int
order_in_transaction(struct db *db, void *argument)
{
	struct ordering *ordering = argument;
	struct order *order = ordering->order;
	const struct control_slug key = {order->slug};
	struct control_community community;
	int found = db_row(
		db, &control_lock_statement, &key, order->arena, &community);

	if (found < 0)
		return ORDER_FAILED;
	if (found == 0)
		return ORDER_UNKNOWN;
	if (order->decide != NULL && order->decide(order, &community) != 0)
		return ORDER_REFUSED;
	return queue(db, ordering, &community) < 0 ? ORDER_FAILED
						   : ORDER_QUEUED;
}

enum order_outcome
order_enqueue(struct db *control, struct order *order, struct uuid *ret_job)
{
	struct ordering ordering = {order, uuid_new()};
	int outcome = db_transaction(control, order_in_transaction, &ordering);

	if (outcome == ORDER_QUEUED)
		*ret_job = ordering.job;
	return (enum order_outcome)outcome;
}
