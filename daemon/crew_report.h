/*
 * crew_report.h: what the supervisor knows of its children, as the steward is
 * told over its channel for missionctl status.
 */
#ifndef MISSIOND_CREW_REPORT_H
#define MISSIOND_CREW_REPORT_H

#include <stdint.h>

/* Workers, as EPOCH_PROCESSES limits them, and the three others. */
#define CREW_REPORT_MOST 67

enum crew_state {
	CREW_WAITING,  /* is to be started, or started again */
	CREW_STARTING, /* runs, and does not serve yet */
	CREW_SERVING
};

/* One process. Times are microseconds of the clock (clock_now()). */
struct crew_report_line {
	char name[32];
	int64_t process; /* 0: none */
	int64_t since;	 /* its start, or its end */
	int64_t starts;	 /* of this supervisor's time */
	int64_t state;	 /* enum crew_state */
};

/* What became of mails since the courier's start. */
struct mail_counts {
	int64_t since;
	int64_t sent;
	int64_t put_off; /* to be tried again */
	int64_t given_up;
	int64_t waiting; /* in the outboxes, as last looked at */
};

struct crew_report {
	struct mail_counts mails;
	int64_t started;   /* the supervisor */
	int64_t read_only; /* 1: below the mark of free space */
	int64_t count;
	struct crew_report_line lines[CREW_REPORT_MOST];
};

#endif
