/*
 * crew.h: the supervisor's children: workers, steward, courier and the private
 * database. Each is started, started again with back-off when it dies,
 * configured, and stopped in order: first those that serve, then the database.
 */
#ifndef MISSIOND_CREW_H
#define MISSIOND_CREW_H

#include <stdbool.h>
#include <sys/types.h>

#include "crypto/digest.h"

struct accounts;
struct configuration;
struct crew;
struct listeners;
struct loop;

struct crew_options {
	struct loop *loop;
	const struct configuration *configuration;
	const struct accounts *accounts;
	const struct listeners *listeners;
	int epochs;	/* descriptors; owned by the crew */
	int allowances; /* tenants/epoch.h, tenants/allowance.h */
	int metrics;	/* tenants/metrics.h */
	bool foreground;
	unsigned char secret[DIGEST_SIZE];
	void (*ready)(void *argument);	 /* all serve for the first time */
	void (*stopped)(void *argument); /* all have ended */
	void (*reload_asked)(void *argument);
	void *argument;
};

struct crew *crew_new(const struct crew_options *options);
void crew_start(struct crew *crew);
void crew_free(struct crew *crew);

/* A child ended, as waitpid() told. */
void crew_reaped(struct crew *crew, pid_t process, int status);

/* A new configuration for all, kept for those started later. */
void crew_configure(
	struct crew *crew, const struct configuration *configuration);

void crew_set_read_only(struct crew *crew, bool read_only);

/* Each logs its parked tasks. */
void crew_dump(struct crew *crew);

/* The first call lets requests in flight finish; the second does not. */
void crew_stop(struct crew *crew);

/* Tells the steward how the reload it asked for went ("" is good). */
void crew_answer_reload(struct crew *crew, const char *text);

#endif
