#include "courier_mail.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/uuid.h"
#include "courier.h"
#include "crew_report.h"
#include "db/db.h"
#include "loop/task.h"
#include "mail/folder.h"
#include "mail/message.h"
#include "mail/smtp.h"
#include "tenants/outbox/outbox.h"

/* How often the outcome of a delivery is written before it is left to the
 * claim's end, and how long to wait in between. */
#define RECORD_ATTEMPTS 30
#define RECORD_PAUSE	(2 * CLOCK_SECOND)

/* For fault.h. */
enum step { STEP_CLAIM = 1, STEP_DELIVERY, STEP_RECORD };

/* A mail on its way. */
struct errand {
	const struct courier_settings *settings;
	const bool *stopping;
	struct db *db;
	struct arena *arena;
	struct outbox_mail mail;
	struct log_context log; /* community, and the mail's id as request */
	char id[UUID_TEXT_SIZE];
	struct buffer data;
	struct smtp_result result;
};

int64_t
courier_mail_delay(int64_t attempts, int64_t most)
{
	static const int64_t pauses[] = {OUTBOX_PAUSES};
	const int64_t last = COUNT_OF(pauses);

	if (attempts < 1 || attempts >= most)
		return 0;
	return CLOCK_SECOND * pauses[(attempts < last ? attempts : last) - 1];
}

static int64_t
delay_of(const struct errand *errand)
{
	return courier_mail_delay(
		errand->mail.attempts, errand->settings->attempts);
}

/* On a thread of task_work(). */
static void
write_file(void *argument)
{
	struct errand *errand = argument;
	char name[128];
	struct error error;

	snprintf(
		name, sizeof(name), "%s-%s", errand->log.community, errand->id);
	if (folder_write(errand->settings->folder, name, errand->data.data,
		    errand->data.length, &error))
		errand->result = (struct smtp_result){SMTP_TEMPORARY, 0,
			arena_text(errand->arena, error.text)};
	else
		errand->result =
			(struct smtp_result){SMTP_DELIVERED, 0, "written"};
}

static int
build(struct errand *errand, struct error *error)
{
	const struct message message = {
		.from = {errand->settings->from, errand->mail.sender},
		.to = {errand->mail.recipient, errand->mail.recipient_name},
		.subject = errand->mail.subject,
		.body = errand->mail.body,
		.language = errand->mail.language,
		.date = errand->mail.created,
		.id = errand->mail.id,
	};

	return message_build(&errand->data, &message, error);
}

static void
deliver(struct errand *errand)
{
	struct error error;

	if (build(errand, &error)) {
		errand->result = (struct smtp_result){SMTP_PERMANENT, 0,
			arena_text(errand->arena, error.text)};
		return;
	}
	errand->result = (struct smtp_result){SMTP_STOPPED, 0, "stopped"};
	if (errand->settings->folder)
		task_work(write_file, errand);
	else
		errand->result = smtp_send(errand->settings->smtp,
			errand->settings->from, errand->mail.recipient,
			errand->data.data, errand->data.length);
}

static void
log_outcome(const struct errand *errand, int severity, const char *event)
{
	log_event(severity, &errand->log, event, "attempt",
		log_integer(errand->mail.attempts), "code",
		log_integer(errand->result.code), "why", errand->result.why,
		NULL);
}

/* Writes what became of it; -1 when the database does not take it. */
static int
record_once(const struct errand *errand, int64_t delay, const char *failure)
{
	switch (errand->result.outcome) {
	case SMTP_DELIVERED:
		return outbox_sent(errand->db, &errand->mail);
	case SMTP_STOPPED:
		return outbox_release(errand->db, &errand->mail);
	case SMTP_TEMPORARY:
		if (delay > 0)
			return outbox_later(
				errand->db, &errand->mail, delay, failure);
		break;
	case SMTP_PERMANENT:
		break;
	}
	return outbox_failed(errand->db, &errand->mail, failure);
}

/*
 * A database that is away for a moment must not make a sent mail go out again,
 * so the outcome is written again and again while the claim holds.
 */
static int
record(const struct errand *errand)
{
	int64_t delay = delay_of(errand);
	const char *failure = arena_printf(errand->arena, "%d %.150s",
		errand->result.code, errand->result.why);

	for (int i = 0; i < RECORD_ATTEMPTS; i++) {
		if (record_once(errand, delay, failure) == 0)
			return 0;
		if (*errand->stopping || task_sleep(clock_monotonic() +
						    RECORD_PAUSE) != TASK_READY)
			break;
	}
	log_outcome(errand, LOG_ERR, "mail.unrecorded");
	return -1;
}

static void
count(const struct errand *errand, bool again)
{
	struct mail_counts *counts = errand->settings->counts;

	if (counts == NULL)
		return;
	switch (errand->result.outcome) {
	case SMTP_DELIVERED:
		counts->sent++;
		break;
	case SMTP_STOPPED:
		break;
	case SMTP_TEMPORARY:
		if (again)
			counts->put_off++;
		else
			counts->given_up++;
		break;
	case SMTP_PERMANENT:
		counts->given_up++;
		break;
	}
}

static void
tell(const struct errand *errand)
{
	bool again = delay_of(errand) > 0;

	count(errand, again);

	switch (errand->result.outcome) {
	case SMTP_DELIVERED:
		log_outcome(errand, LOG_INFO, "mail.sent");
		break;
	case SMTP_STOPPED:
		log_outcome(errand, LOG_NOTICE, "mail.interrupted");
		break;
	case SMTP_TEMPORARY:
		log_outcome(errand, again ? LOG_NOTICE : LOG_WARNING,
			again ? "mail.delayed" : "mail.given_up");
		break;
	case SMTP_PERMANENT:
		log_outcome(errand, LOG_WARNING, "mail.refused");
		break;
	}
}

/* Claims and delivers one mail: 1, 0 when none is due, -1 when the database
 * failed or time is over. */
static int
run_errand(struct errand *errand)
{
	int found;

	/* All of it, the writing too, while the claim holds. */
	task_set_deadline(task_current(), clock_monotonic() + OUTBOX_LEASE);
	found = outbox_claim(errand->db, errand->arena,
		errand->settings->holder, &errand->mail);
	if (found != 1)
		return found;
	uuid_format(errand->mail.id, errand->id);
	errand->log.request = errand->id;
	errand->data = BUFFER_EMPTY;
	fault_point("mail", STEP_CLAIM, "after");
	deliver(errand);
	fault_point("mail", STEP_DELIVERY, "after");
	/* Bodies hold links that open accounts. */
	buffer_release(&errand->data);
	tell(errand);
	if (record(errand) || errand->result.outcome == SMTP_STOPPED)
		return -1;
	fault_point("mail", STEP_RECORD, "after");
	return 1;
}

int
courier_mail_deliver(const struct courier_settings *settings,
	const bool *stopping, struct db *db, const struct log_context *log,
	struct outbox_wait *ret_wait)
{
	struct arena *arena = arena_new();
	int found = 1, result;

	for (int i = 0; i < COURIER_BATCH && found == 1 && !*stopping; i++) {
		struct errand errand = {
			.settings = settings,
			.stopping = stopping,
			.db = db,
			.arena = arena,
			.log = *log,
		};

		arena_clear(arena);
		found = run_errand(&errand);
	}
	result = found < 0 ? -1 : outbox_next(db, arena, ret_wait);
	arena_free(arena);
	return result;
}
