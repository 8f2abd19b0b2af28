/*
 * control_exporter.h: /metrics on listeners of its own (listen.metrics).
 * Nothing else of the control API can be asked for there: it is another server
 * with another table of routes.
 */
#ifndef MISSIOND_CONTROL_EXPORTER_H
#define MISSIOND_CONTROL_EXPORTER_H

struct control;
struct control_metrics;
struct error;
struct exporter;
struct request;

/* Maps what the workers count. NULL on error. */
struct control_metrics *control_metrics_open(
	int descriptor, struct error *error);

/* Replies with all figures, on whichever server. */
int control_metrics_reply(
	struct request *request, const struct control *control);

/* Serves on the child's listeners for it, if it has any; NULL on error. */
struct exporter *exporter_start(struct control *control, struct error *error);

/* Finishes what is in flight, then calls `done(argument)`. */
void exporter_stop(struct exporter *exporter, void (*done)(void *argument),
	void *argument);

#endif
