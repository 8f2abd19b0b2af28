/* control_service.h: shared by the files of the control API. */
#ifndef MISSIOND_CONTROL_SERVICE_H
#define MISSIOND_CONTROL_SERVICE_H

#include <stdbool.h>

#include "control.h"
#include "http/route.h"
#include "http/service.h"

struct control_metrics;
struct exporter;
struct request;
struct task;

struct control {
	struct service service; /* first */
	struct control_setting setting;
	struct server *server;
	struct exporter *exporter; /* the same figures, for Prometheus */
	struct control_metrics *metrics;
	void (*stopped)(void *argument);
	void *stopped_argument;
	/* The request that waits for a reload's answer, or NULL. */
	struct task *reloading;
	const char *reload_errors; /* its answer, owned */
};

struct control *control_of(const struct request *request);

/* Name of the user who asks. */
const char *control_operator(const struct request *request);

/* Refuses what would write while there is little space, as workers do: 1 when
 * it has replied, else 0. */
int control_refuse_write(struct request *request);

/* The supervisor answered a reload. */
void control_reload_done(struct control *control, const char *errors);

route_handler control_status;
route_handler control_metrics;
route_handler control_plan;
route_handler control_apply_files;
route_handler control_drift;
route_handler control_communities;
route_handler control_community_show;
route_handler control_claim_link;
route_handler control_rotate;
route_handler control_selftest_surface;
route_handler control_selftest_database;
route_handler control_selftest_state;
route_handler control_selftest_discard;
route_handler control_jobs;
route_handler control_job;
route_handler control_reload;

#endif
