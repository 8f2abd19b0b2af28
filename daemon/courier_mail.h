/* courier_mail.h: one community's outbox; for courier.c. */
#ifndef MISSIOND_COURIER_MAIL_H
#define MISSIOND_COURIER_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/record.h"

struct arena;
struct courier_settings;
struct db;
struct outbox_wait;

/* Mails of one community in a row, before another has its turn. */
#define COURIER_BATCH 20

/*
 * Delivers what is due, up to COURIER_BATCH mails. Waits. 0 with what is
 * left to wait for, or -1 when the database failed.
 * `stopping` becomes true when the courier is to end.
 */
int courier_mail_deliver(const struct courier_settings *settings,
	const bool *stopping, struct db *db, const struct log_context *log,
	struct outbox_wait *ret_wait);

/* How long after which attempt (1 is the first) a mail is tried again, µs; 0
 * after the last of `most`: it is given up. */
int64_t courier_mail_delay(int64_t attempts, int64_t most);

#endif
