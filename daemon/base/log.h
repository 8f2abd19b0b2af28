/*
 * log.h: syslog (RFC 5424 severities) with key=value pairs. Every line names
 * the process role; lines about a request or a job name community and request
 * through the context. Never log a password, token, cookie, mail address, mail
 * body or a member's words: ids only.
 *
 *	log_event(LOG_WARNING, context, "pool.exhausted",
 *		"waiters", log_integer(12), NULL);
 */
#ifndef MISSIOND_BASE_LOG_H
#define MISSIOND_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/* Whom a line is about; any member may be NULL. */
struct log_context {
	const char *community; /* slug */
	const char *request;   /* request or job id */
};

/*
 * Once per process. `role` ("supervisor", "worker-1", …) must outlive it.
 * `facility` is one of LOG_DAEMON, LOG_LOCAL0…; `foreground` also writes to
 * stderr; messages above `level` (LOG_INFO, LOG_DEBUG) are dropped.
 */
void log_open(const char *role, int facility, int level, bool foreground);

/*
 * One line: `event` is a dotted constant ("worker.died"), then pairs of key
 * and value (both text), then NULL. Values with spaces, quotes, '=' or control
 * bytes are quoted and escaped, and so is all but ASCII where a value is not
 * UTF-8 or hides something (direction marks, line separators): no value can
 * look like another pair or line. Values over 400 bytes are cut.
 */
void log_event(int severity, const struct log_context *context,
	const char *event, ...) __attribute__((sentinel));

/* A number as text for log_event; valid until the 16th call after it. */
const char *log_integer(int64_t value);

/* Logs at LOG_CRIT and aborts: for what can only be a defect of ours. */
_Noreturn void log_defect(const char *where, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
