/*
 * order.h: an operator's word becomes a job: the community's row is locked, the
 * order looks at it, the job is queued and the audit log told, all in one
 * transaction.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_ORDER_H
#define MISSIOND_TENANTS_LIFECYCLE_ORDER_H

#include "base/uuid.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/registry_write.h"

struct error;
struct job_kind;

struct order {
	struct arena *arena;
	const char *slug;
	const struct job_kind *kind;
	const char *ordered_by; /* operator */
	const char *action;	/* in the host's audit log */

	/* May refuse (1, with `refusal`), and fills in `payload` and `details`;
	 * runs again when the transaction does. NULL: nothing to decide. */
	int (*decide)(
		struct order *order, const struct control_community *community);
	struct error *refusal;

	const char *payload; /* the job's, or NULL */
	const char *details; /* of the audit log */
};

enum order_outcome {
	ORDER_FAILED = -1, /* db_failure() says why */
	ORDER_QUEUED,
	ORDER_REFUSED,
	ORDER_UNKNOWN /* there is no such community */
};

/* Waits, in a scope of the control schema. */
enum order_outcome order_enqueue(
	struct db *control, struct order *order, struct uuid *ret_job);

#endif
