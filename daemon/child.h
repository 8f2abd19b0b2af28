/*
 * child.h: what worker, steward and courier have in common: started by the
 * supervisor with inherited descriptors, they get settings, subkeys and
 * certificates over the channel, start, tell that they are ready, reload and
 * stop when told, and end when the supervisor is gone.
 */
#ifndef MISSIOND_CHILD_H
#define MISSIOND_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/record.h"
#include "crew_report.h"
#include "crypto/digest.h"
#include "http/tickets.h"
#include "settings.h"

struct arena;
struct channel;
struct child;
struct error;
struct file_set;
struct loop;

#define CHILD_LISTENERS_MOST 40

struct child_listener {
	int descriptor;
	enum {
		LISTENER_HTTP,
		LISTENER_HTTPS,
		LISTENER_CONTROL,
		LISTENER_METRICS
	} kind;
};

struct role {
	const char *name;
	/* Gives up what the role does not need (confine.h), before start(). */
	int (*confine)(const struct settings *settings, struct error *error);
	/* After the first configuration. 0: ready; 1: child_ready() will be
	 * called later; −1: the process ends. */
	int (*start)(struct child *child, struct error *error);
	/* After a later one; on −1 what was in force stays in force. */
	int (*reload)(struct child *child, struct error *error);
	/* Finish what is in flight, then loop_stop(). */
	void (*stop)(struct child *child);
	void (*read_only)(struct child *child); /* may be NULL */
};

/* One configuration as it came: dies as a whole. */
struct child_configuration {
	struct arena *arena;
	struct settings settings;
	struct record_list certificates; /* of struct tls_certificate */
	struct file_set *share; /* while start() or reload() loads it */
	struct slice authority; /* of the database; authority.h */
};

struct child {
	const struct role *role;
	const char *name; /* "worker-1" */
	struct loop *loop;
	struct channel *channel;
	struct child_configuration *configuration; /* in force */
	struct child_configuration *next;	   /* being received */
	struct child_configuration *before; /* the last one, until replaced */
	struct child_listener listeners[CHILD_LISTENERS_MOST];
	size_t listener_count;
	struct tickets tickets; /* workers only; replaced in place */
	int epochs;		/* descriptor of the shared table, −1: none */
	int allowances;		/* the same */
	int metrics;		/* the same; also the steward */
	unsigned number;	/* of the worker, from 0 */
	struct uuid run;	/* the supervisor's, so its children's */
	bool read_only;
	bool foreground;
	bool stopping;
	/* What the supervisor last said of its children; steward only. */
	struct crew_report crew;
	void *state; /* the role's own */
	/* What the supervisor answered to CHANNEL_RELOAD; steward only. */
	void (*reload_answered)(struct child *child, const char *errors);
};

/* A subkey by its label (brief names in supervisor.c); aborts when it was not
 * given: a role asks only for its own. */
const unsigned char *child_key(const struct child *child, const char *label);

/* Tells the supervisor, after a start that gave 1. */
void child_ready(struct child *child);

/* As a role's main(): never returns. */
_Noreturn void child_main(const struct role *role, int count, char **arguments);

#endif
