/*
 * A courier killed while the server has its mail but has not answered yet: the
 * mail is not lost. The killed courier is this program again.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/clock.h"
#include "courier_fixture.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "mail/smtp.h"

/* The child: a courier on this socket, sending to this port, until killed. */
static int
be_courier(const char *socket_path, const char *port)
{
	const struct db_address address = {.socket = socket_path};
	const struct smtp_server smtp = {
		.host = "127.0.0.1",
		.port = (unsigned)atoi(port),
		.security = SMTP_PLAIN,
		.connect_limit = CLOCK_MINUTE,
		.total_limit = CLOCK_MINUTE,
	};
	struct courier_settings settings = {
		.registry = &registry_account,
		.from = "no-reply@example.org",
		.smtp = &smtp,
		.attempts = 12,
		.side_by_side = 1,
		.poll = CLOCK_SECOND,
		.sweep = CLOCK_HOUR,
	};
	struct loop *loop = loop_new();

	memcpy(settings.tenant_key, courier_tenant_key, DIGEST_SIZE);
	settings.pool = db_pool_new(loop, &address, &server_limits);
	if (task_work_start(loop, 1) || smtp_start(NULL))
		return 1;
	courier_new(loop, &settings);
	loop_run(loop);
	return 0;
}

static int
listen_somewhere(char port[8])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
		bind(listener, (struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &size);
	snprintf(port, 8, "%u", ntohs(address.sin_port));
	return listener;
}

static pid_t
start_courier(const char *port)
{
	char program[512] = "";
	pid_t child;

	/* Under Valgrind the link itself leads elsewhere. */
	assert_true(
		readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	child = fork();
	if (child == 0) {
		execl(program, "courier", server_address.socket, port,
			(char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	return child;
}

/* Answers until the message has come, and then no more. */
static void
take_message(int listener, char message[8192])
{
	static const char *const answers[] = {"220 hello\r\n", "250 ok\r\n",
		"250 ok\r\n", "250 ok\r\n", "354 go on\r\n"};
	int connection = accept(listener, NULL, NULL);
	size_t length = 0;

	assert_true(connection >= 0);
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		ssize_t count;

		assert_true(
			write(connection, answers[i], strlen(answers[i])) > 0);
		if (i + 1 == COUNT_OF(answers))
			break;
		count = read(connection, message, 8191);
		assert_true(count > 0);
	}
	while (length < 5 || strcmp(message + length - 5, "\r\n.\r\n") != 0) {
		ssize_t count =
			read(connection, message + length, 8191 - length);

		assert_true(count > 0);
		length += (size_t)count;
		message[length] = '\0';
	}
	/* Left open: a lost connection would be another case. */
}

static void
no_mail_is_lost(void **state)
{
	(void)state;
	struct db_pool *pool;
	char port[8], message[8192], *identifier;
	int listener = listen_somewhere(port);
	pid_t child;

	courier_put(0, "once@example.org");
	child = start_courier(port);
	take_message(listener, message);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(courier_number(0,
				 "SELECT COUNT(*) FROM {s}.outbox WHERE state ="
				 " 'waiting' AND fence = 1 AND claimed_until >"
				 " UTC_TIMESTAMP(6) AND body <> ''"),
		1);
	courier_sql(0, "UPDATE {s}.outbox SET claimed_until ="
		       " UTC_TIMESTAMP(6)");
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	assert_int_equal(task_work_start(server_loop, 1), 0);
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" fence = 2",
		1));
	/* Whoever gets both sees one mail. */
	identifier = strstr(message, "Message-ID: ");
	assert_non_null(identifier);
	*strchr(identifier, '\r') = '\0';
	assert_int_equal(courier_count_files(identifier), 1);
	db_pool_free(pool);
	loop_stop(server_loop);
	loop_run(server_loop);
	close(listener);
}

static int
set_up(void **state)
{
	(void)state;
	courier_fixture_start();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	courier_fixture_stop();
	return 0;
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_mail_is_lost)};

	if (count == 3)
		return be_courier(arguments[1], arguments[2]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
