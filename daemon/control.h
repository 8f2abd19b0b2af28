/*
 * control.h: the steward's face: JSON over HTTP on its Unix socket, for
 * missionctl. Who may open the socket may do everything here (mode 0660, owned
 * by the account that started missiond); the operator's name in the host's
 * audit list is that of the connecting process's user.
 *
 *	GET  /metrics                   Prometheus, text format 0.0.4
 *	GET  /api/v1/status
 *	POST /api/v1/plan, /api/v1/apply, /api/v1/drift   {files, whole}
 *	GET  /api/v1/communities?after=SLUG
 *	GET  /api/v1/communities/SLUG
 *	POST /api/v1/communities/SLUG/claim-link
 *	POST /api/v1/communities/SLUG/rotate-credentials
 *	GET  /api/v1/selftest           where visitors come in, all routes
 *	POST /api/v1/selftest/database/SLUG/OTHER
 *	GET  /api/v1/selftest/state/SLUG
 *	POST /api/v1/selftest/discard/SLUG
 *	GET  /api/v1/jobs
 *	GET  /api/v1/jobs/ID?after=N    waits for a change, at most 20 s
 *	POST /api/v1/reload
 */
#ifndef MISSIOND_CONTROL_H
#define MISSIOND_CONTROL_H

struct child;
struct control;
struct db_account;
struct db_pool;
struct error;
struct lifecycle;
struct lifecycle_settings;

struct control_setting {
	struct child *child;
	struct db_pool *pool;
	const struct db_account *account; /* the steward's */
	struct lifecycle *lifecycle;
	const struct lifecycle_settings *work;
};

/* Serves on the child's control listener. NULL on error. */
struct control *control_start(
	const struct control_setting *setting, struct error *error);

/* Finishes what is in flight, then calls `done(argument)`. */
void control_stop(
	struct control *control, void (*done)(void *argument), void *argument);

#endif
