/*
 * The system call filter in its three forms, in processes of their own: what is
 * outside the list ends the process, or is let through and noted ("log"); the
 * floor refuses what nobody uses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "base/error.h"
#include "base/record.h"
#include "system_calls.h"

#define ENDED 1000 /* the process was */

static long
ask_for_process(void)
{
	return syscall(SYS_getpid);
}

static long
remove_nothing(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/nothing-of-this-name", 0);
}

static long
change_own_priority(void)
{
	return syscall(SYS_setpriority, PRIO_PROCESS, 0, 19);
}

static long
change_anothers_priority(void)
{
	return syscall(SYS_setpriority, PRIO_PROCESS, getppid(), 0);
}

static long
make_process(void)
{
	long process = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (process == 0)
		_exit(0);
	return process;
}

static long
internet_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long
datagram_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
}

static long
unix_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}

static long
new_code(void)
{
	return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long
open_to_write(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY);
}

static long
open_to_read(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static long
younger_call(void)
{
	return syscall(500);
}

static long
hidden_flags(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long
trace(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0);
}

enum form { FLOOR, ENFORCE, LOG, NETWORK, NAMES, WRITES, FORMS };

static const struct system_calls forms[FORMS] = {
	[FLOOR] = {.floor = true},
	[ENFORCE] = {0},
	[LOG] = {.log_only = true},
	[NETWORK] = {.network = true},
	[NAMES] = {.network = true, .names = true},
	[WRITES] = {.writes = true},
};

static const struct attempt {
	const char *name;
	long (*run)(void);
	int expected[FORMS]; /* errno, 0 or ENDED */
} attempts[] = {
	{"getpid", ask_for_process, {0}},
	{"unix socket", unix_socket, {0}},
	{"open to read", open_to_read, {0}},
	{"unlink", remove_nothing,
		{ENOENT, ENDED, ENOENT, ENDED, ENDED, ENOENT}},
	{"its own priority", change_own_priority, {0}},
	{"another's priority", change_anothers_priority,
		{0, ENDED, 0, ENDED, ENDED, ENDED}},
	{"clone", make_process, {0, ENDED, 0, ENDED, ENDED, ENDED}},
	{"internet socket", internet_socket, {0, ENDED, 0, 0, 0, ENDED}},
	{"datagram socket", datagram_socket, {0, ENDED, 0, ENDED, 0, ENDED}},
	{"new code", new_code, {0, ENDED, 0, ENDED, 0, ENDED}},
	/* A form that has its own answer keeps it. */
	{"open to write", open_to_write, {0, EROFS, EROFS, EROFS, EROFS, 0}},
	{"clone3", hidden_flags,
		{EINVAL, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS}},
	{"a younger call", younger_call,
		{ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS, ENOSYS}},
	/* In missiond the floor lies below each of the others. */
	{"ptrace", trace, {EPERM, ENDED, 0, ENDED, ENDED, ENDED}},
};

/* In a process of its own: errno, 0 or ENDED. */
static int
run_filtered(const struct attempt *attempt, const struct system_calls *form)
{
	pid_t process = fork();
	int status;

	assert_true(process >= 0);
	if (process == 0) {
		struct error error = {0};
		long outcome;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			system_calls_restrict(form, &error) < 0)
			_exit(200);
		outcome = attempt->run();
		_exit(outcome >= 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return ENDED;
	}
	return WEXITSTATUS(status);
}

static void
each_form_lets_through_what_it_says(void **state)
{
	(void)state;
	/* It has no seccomp, and calls of its own. */
	if (RUNNING_ON_VALGRIND)
		skip();
	for (size_t form = 0; form < FORMS; form++)
		for (size_t i = 0; i < COUNT_OF(attempts); i++) {
			int got = run_filtered(&attempts[i], &forms[form]);

			if (got != attempts[i].expected[form])
				fail_msg("form %zu: %s gave %d, expected %d",
					form, attempts[i].name, got,
					attempts[i].expected[form]);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_lets_through_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
