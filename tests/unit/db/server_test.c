/* The test server: it leaves nothing behind, however the test ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "server.h"

static void
folder_of_server(char path[300])
{
	char *slash;

	snprintf(path, 300, "%s", server_address.socket);
	slash = strrchr(path, '/');
	assert_non_null(slash);
	*slash = '\0';
}

static void
a_stop_removes_its_folder(void **state)
{
	char folder[300];

	(void)state;
	server_start();
	folder_of_server(folder);
	assert_int_equal(access(folder, F_OK), 0);
	server_stop();
	assert_int_equal(access(folder, F_OK), -1);
}

/* As a sanitizer ends a test that it finds something in. */
static void
start_and_abort(int output)
{
	const struct rlimit no_core = {0, 0};
	char folder[300] = "";

	setrlimit(RLIMIT_CORE, &no_core);
	server_start();
	folder_of_server(folder);
	if (write(output, folder, sizeof(folder)) == sizeof(folder))
		abort();
	_exit(1);
}

static void
a_test_that_is_aborted_leaves_no_folder(void **state)
{
	int64_t until = clock_monotonic() + CLOCK_MINUTE;
	char folder[300];
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		start_and_abort(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_int_equal(read(ends[0], folder, sizeof(folder)), sizeof(folder));
	while (access(folder, F_OK) == 0) {
		assert_true(clock_monotonic() < until);
		usleep(20000);
	}
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_removes_its_folder),
		cmocka_unit_test(a_test_that_is_aborted_leaves_no_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
