/*
 * mail_send: one mail from the command line through daemon/mail, for
 * test_smtp.py. Reads a JSON object (struct order) from standard input, prints
 * "outcome code ticks why", where ticks counts how often a 10 ms timer of the
 * loop fired meanwhile: a blocked loop would count none.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "mail/message.h"
#include "mail/smtp.h"
#include "text/json.h"

struct order {
	const char *host;
	int64_t port;
	int64_t security;
	const char *ca_file, *user, *password;
	int64_t limit; /* ms, of the transfer */
	int64_t stop;  /* ms until smtp_stop(); 0: never */
	const char *from, *from_name, *to, *to_name, *subject, *body;
};
static const struct field order_fields[] = {
	FIELD_TEXT(struct order, host),
	FIELD_INTEGER(struct order, port),
	FIELD_INTEGER(struct order, security),
	FIELD_TEXT(struct order, ca_file),
	FIELD_TEXT(struct order, user),
	FIELD_TEXT(struct order, password),
	FIELD_INTEGER(struct order, limit),
	FIELD_INTEGER(struct order, stop),
	FIELD_TEXT(struct order, from),
	FIELD_TEXT(struct order, from_name),
	FIELD_TEXT(struct order, to),
	FIELD_TEXT(struct order, to_name),
	FIELD_TEXT(struct order, subject),
	FIELD_TEXT(struct order, body),
};
static const struct record order_record = RECORD(struct order, order_fields);

static struct {
	struct loop *loop;
	struct order order;
	struct smtp_result result;
	unsigned ticks;
} run;

static void
die(const char *why)
{
	fprintf(stderr, "mail_send: %s\n", why);
	exit(2);
}

static void
tick(void *unused)
{
	(void)unused;
	run.ticks++;
}

static void
stop(void *unused)
{
	(void)unused;
	smtp_stop();
}

static void
send_it(void *unused)
{
	const struct order *order = &run.order;
	const struct smtp_server server = {
		.host = order->host,
		.port = (unsigned)order->port,
		.security = (enum smtp_security)order->security,
		.ca_file = order->ca_file,
		.user = order->user,
		.password = order->password,
		.hello = "probe.example.org",
		.connect_limit = order->limit * 1000,
		.total_limit = order->limit * 1000,
	};
	const struct message message = {
		.from = {order->from, order->from_name},
		.to = {order->to, order->to_name},
		.subject = order->subject,
		.body = order->body,
		.language = "fr",
		.date = clock_now(),
		.id = uuid_new(),
	};
	struct buffer data = BUFFER_EMPTY;
	struct error error;

	(void)unused;
	if (message_build(&data, &message, &error))
		die(error.text);
	run.result = smtp_send(
		&server, order->from, order->to, data.data, data.length);
	buffer_release(&data);
	loop_stop(run.loop);
}

static void
read_order(struct arena *arena)
{
	static char input[1024 * 1024];
	size_t length = fread(input, 1, sizeof(input), stdin);
	struct error error;
	struct json_t *tree = json_parse(arena, input, length, &error);

	if (!tree || json_read_record(arena, tree, &order_record, true,
			     &run.order, &error))
		die(error.text);
}

int
main(void)
{
	static const char *const outcomes[] = {
		"delivered", "temporary", "permanent", "stopped"};
	struct arena *arena = arena_new();
	struct loop_timer *ticker, *stopper = NULL;
	struct error error;

	signal(SIGPIPE, SIG_IGN);
	if (smtp_start(&error))
		die(error.text);
	read_order(arena);
	run.loop = loop_new();
	if (task_work_start(run.loop, 1))
		die("no thread");
	task_start(run.loop, "mail_send", 0, send_it, NULL);
	ticker = loop_timer_new(run.loop, 10000, 10000, tick, NULL);
	if (run.order.stop > 0)
		stopper = loop_timer_new(
			run.loop, run.order.stop * 1000, 0, stop, NULL);
	loop_run(run.loop);
	printf("%s %d %u %s\n", outcomes[run.result.outcome], run.result.code,
		run.ticks, run.result.why);
	loop_timer_free(ticker);
	loop_timer_free(stopper);
	loop_free(run.loop);
	arena_free(arena);
	return 0;
}
