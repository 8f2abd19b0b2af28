/*
 * smtp.h: delivery to a mail server (RFC 5321) through libcurl, from a task.
 *
 * libcurl's multi interface is no help here: with SMTP it waits for the answer
 * to the message, and to QUIT, in a way that blocks the thread (7.88). So a
 * delivery takes a thread of task_work() while its task is parked, and as many
 * run side by side as there are threads.
 */
#ifndef MISSIOND_MAIL_SMTP_H
#define MISSIOND_MAIL_SMTP_H

#include <stddef.h>
#include <stdint.h>

struct error;

enum smtp_security {
	SMTP_PLAIN,    /* never TLS */
	SMTP_TRY,      /* STARTTLS when offered; certificate not checked */
	SMTP_STARTTLS, /* STARTTLS or nothing; certificate checked */
	SMTP_TLS       /* TLS from the first byte (port 465), checked */
};

struct smtp_server {
	const char *host; /* name or address */
	unsigned port;
	enum smtp_security security;
	const char *ca_file; /* NULL: the system's certificates */
	const char *user;    /* NULL: no AUTH; refused without TLS but to
				loopback */
	const char *password;
	const char *hello;     /* our name in EHLO; NULL: the host's */
	int64_t connect_limit; /* µs */
	int64_t total_limit;   /* µs */
};

enum smtp_outcome {
	SMTP_DELIVERED, /* the server has taken it over */
	SMTP_TEMPORARY, /* try again later: 4xx, network, TLS, log-in */
	SMTP_PERMANENT, /* 55x for this sender, recipient or message */
	SMTP_STOPPED	/* smtp_stop(); the server may have it or not */
};

struct smtp_result {
	enum smtp_outcome outcome;
	int code;	 /* the server's last reply, 0 when none came */
	const char *why; /* a constant of libcurl or ours; no address */
};

/* Before other threads, and again after smtp_stop(); 0 or -1. */
int smtp_start(struct error *error);

/* Gives up all deliveries under way, within about a second, and all later
 * ones: the process is about to end. */
void smtp_stop(void);

/*
 * Sends one message (CRLF lines, message.h) from one address to one. Waits,
 * until the server's limits at most. A connection lost after the message was
 * sent counts as temporary: the server may have it, and then gets it again
 * with the same Message-ID.
 */
struct smtp_result smtp_send(const struct smtp_server *server, const char *from,
	const char *to, const char *data, size_t length);

#endif
