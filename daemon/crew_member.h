/*
 * crew_member.h: the crew from inside, for crew*.c: what is known of each
 * child, and what their files do for each other.
 */
#ifndef MISSIOND_CREW_MEMBER_H
#define MISSIOND_CREW_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/uuid.h"
#include "crew.h"
#include "crew_report.h"
#include "http/tickets.h"

struct channel;
struct loop_timer;

enum crew_kind { CREW_WORKER, CREW_STEWARD, CREW_COURIER, CREW_DATABASE };

struct crew_member {
	struct crew *crew;
	enum crew_kind kind;
	unsigned number; /* of the worker */
	char name[32];
	pid_t process; /* 0: none */
	struct channel *channel;
	bool ready;
	int64_t started;
	int64_t changed; /* clock_now() of its start or end */
	int64_t starts;
	int64_t delay; /* before the next start */
	struct loop_timer *timer;
};

struct crew {
	struct crew_options options;
	char run[UUID_TEXT_SIZE]; /* names all children of this supervisor */
	const struct configuration *configuration;
	struct crew_member *members; /* the steward is the last but two */
	size_t count;
	int64_t started;	  /* clock_now() of the supervisor's */
	struct mail_counts mails; /* as the courier last said */
	struct tickets tickets;	  /* of all workers, so of none alone */
	struct loop_timer *rotation;
	struct loop_timer *greeting; /* while the database starts */
	struct loop_timer *first;    /* until the steward is ready */
	struct loop_timer *patience; /* while stopping */
	bool served;		     /* all were ready once */
	bool read_only;
	bool no_space; /* for the database to start; said once */
	bool stopping;
};

/* "worker", as --role has it and the log. */
const char *crew_role(enum crew_kind kind);

bool crew_has_database(const struct crew *crew);

/* The last member; without a private server it never starts. */
struct crew_member *crew_database(struct crew *crew);

/* Starts a process for the member, whatever it is. */
void crew_start_member(struct crew_member *member);
/* The same after a pause in µs, unless all is to stop by then. */
void crew_start_member_after(struct crew_member *member, int64_t pause);

/* The steward, and the others when it is ready or takes long. Once. */
void crew_start_steward(struct crew *crew);
void crew_start_others(struct crew *crew);

/* Looks whether all serve for the first time. */
void crew_note_ready(struct crew *crew);

/* crew_report.c: after each change of what it says. */
void crew_tell_steward(struct crew *crew);

/* crew_child.c: worker, steward and courier. */
void crew_child_start(struct crew_member *member);
void crew_child_configure(struct crew_member *member);
/* As kill(); logged where it fails. Any member's. */
void crew_signal(const struct crew_member *member, int number);
void crew_child_set_read_only(struct crew_member *member);
void crew_child_send_tickets(struct crew_member *member);

/* crew_database.c: the private server, when there is space for it. */
void crew_database_start(struct crew_member *member);

/* crew_stop.c: a member has ended while stopping; who is next? */
void crew_stop_next(struct crew *crew);

#endif
