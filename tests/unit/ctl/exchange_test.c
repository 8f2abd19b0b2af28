/* missionctl's question and its answer, against a listener that says just what
 * it is told to, and that breaks off. */
#include "ctl/exchange.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define ANSWER_200 "HTTP/1.1 200 OK\r\n"

/* The other side: reads the head of the question, or all of it, answers and
 * closes. */
struct listener {
	int descriptor;
	const char *answer;
	bool reads_body;
	char question[300];
	pthread_t thread;
};

static char folder[] = "/tmp/missionctl-XXXXXX";
static char path[sizeof(folder) + 8];

static void
read_question(int connection, struct listener *listener)
{
	size_t length = 0, room = sizeof(listener->question) - 1;
	const char *wanted = listener->reads_body ? "\r\n\r\n{}" : "\r\n\r\n";

	while (strstr(listener->question, wanted) == NULL && length < room) {
		ssize_t got = read(
			connection, listener->question + length, room - length);

		if (got <= 0)
			break;
		length += (size_t)got;
		listener->question[length] = '\0';
	}
}

static void *
listen_once(void *argument)
{
	struct listener *listener = argument;
	int connection = accept(listener->descriptor, NULL, NULL);
	size_t length = strlen(listener->answer);

	if (connection < 0)
		return NULL;
	read_question(connection, listener);
	if (write(connection, listener->answer, length) != (ssize_t)length)
		listener->question[0] = '\0';
	close(connection);
	return NULL;
}

static void
listener_start(struct listener *listener)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	unlink(path);
	strcpy(address.sun_path, path);
	listener->descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener->descriptor, (struct sockaddr *)&address,
				 sizeof(address)),
		0);
	assert_int_equal(listen(listener->descriptor, 1), 0);
	assert_int_equal(
		pthread_create(&listener->thread, NULL, listen_once, listener),
		0);
}

static void
listener_end(struct listener *listener)
{
	assert_int_equal(pthread_join(listener->thread, NULL), 0);
	close(listener->descriptor);
}

/* Asks with a body, and gives what came of it. */
static enum exchange_end
ask(const char *answer, struct exchange *exchange)
{
	struct listener listener = {.answer = answer, .reads_body = true};
	enum exchange_end end;

	*exchange = (struct exchange){
		.socket = path,
		.method = "POST",
		.target = "/api/v1/apply",
		.body = "{}",
	};
	listener_start(&listener);
	end = exchange_make(exchange);
	listener_end(&listener);
	return end;
}

static void
an_answer_comes_whole(void **state)
{
	static const char *const answers[] = {
		ANSWER_200 "Content-Length: 5\r\n\r\nhello",
		ANSWER_200 "Content-Length: 5\r\n\r\nhello and more",
		ANSWER_200 "Transfer-Encoding: chunked\r\n\r\n"
			   "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
		ANSWER_200 "Connection: close\r\n\r\nhello",
	};
	struct exchange exchange;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(ask(answers[i], &exchange), EXCHANGE_DONE);
		assert_int_equal(exchange.status, 200);
		assert_int_equal(exchange.answer.length, 5);
		assert_string_equal(exchange.answer.text, "hello");
		answer_release(&exchange.answer);
	}
	assert_int_equal(ask("HTTP/1.1 204 No Content\r\n\r\n", &exchange),
		EXCHANGE_DONE);
	assert_int_equal(exchange.status, 204);
	assert_null(exchange.answer.text);
}

static void
an_answer_that_breaks_off_is_none(void **state)
{
	static const char *const answers[] = {
		"",
		"HTTP/1.1 20",
		ANSWER_200 "Content-Length: 5\r\n",
		ANSWER_200 "Content-Length: 5\r\n\r\nhell",
		ANSWER_200 "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
		"220 mail.example.org ESMTP\r\n",
	};
	struct exchange exchange;

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(ask(answers[i], &exchange), EXCHANGE_CUT);
		assert_int_equal(exchange.status, 0);
		answer_release(&exchange.answer);
	}
}

static void
what_is_asked_arrives(void **state)
{
	struct listener listener = {
		.answer = ANSWER_200 "Content-Length: 0\r\n\r\n",
		.reads_body = true,
	};
	struct exchange exchange = {
		.socket = path,
		.method = "POST",
		.target = "/api/v1/apply?wait=1",
		.body = "{}",
	};

	(void)state;
	listener_start(&listener);
	assert_int_equal(exchange_make(&exchange), EXCHANGE_DONE);
	listener_end(&listener);
	assert_string_equal(listener.question,
		"POST /api/v1/apply?wait=1 HTTP/1.1\r\n"
		"Host: missiond\r\n"
		"Content-Type: application/json\r\n"
		"Content-Length: 2\r\n"
		"Connection: close\r\n"
		"\r\n"
		"{}");
}

/* More than a socket holds: the listener answers and goes before it has it. */
static void
a_refusal_is_read_though_the_body_was_not(void **state)
{
	const size_t length = 8 << 20;
	struct listener listener = {
		.answer =
			"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno.",
	};
	struct exchange exchange = {
		.socket = path,
		.method = "POST",
		.target = "/",
	};
	char *body = malloc(length + 1);

	(void)state;
	memset(body, 'x', length);
	body[length] = '\0';
	exchange.body = body;
	listener_start(&listener);
	assert_int_equal(exchange_make(&exchange), EXCHANGE_DONE);
	listener_end(&listener);
	assert_int_equal(exchange.status, 413);
	assert_string_equal(exchange.answer.text, "no.");
	answer_release(&exchange.answer);
	free(body);
}

static void
nobody_is_there(void **state)
{
	char too_long[200];
	struct exchange exchange = {
		.socket = path,
		.method = "GET",
		.target = "/",
	};

	(void)state;
	unlink(path);
	assert_int_equal(exchange_make(&exchange), EXCHANGE_REFUSED);
	assert_int_equal(errno, ENOENT);
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	exchange.socket = too_long;
	assert_int_equal(exchange_make(&exchange), EXCHANGE_REFUSED);
	assert_int_equal(errno, ENAMETOOLONG);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_whole),
		cmocka_unit_test(an_answer_that_breaks_off_is_none),
		cmocka_unit_test(what_is_asked_arrives),
		cmocka_unit_test(a_refusal_is_read_though_the_body_was_not),
		cmocka_unit_test(nobody_is_there),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
