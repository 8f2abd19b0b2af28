#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>

#include "accounts.h"

/* 3, 4, 5… in order: the descriptors that are kept lose close-on-exec, and
 * all that have it go with exec. Ours all have it. */
static int
keep_descriptors(const struct spawn *spawn)
{
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -1;
	for (size_t i = 0; i < spawn->keep_count; i++)
		if (fcntl(spawn->keep[i], F_SETFD, 0) < 0)
			return -1;
	return 0;
}

static int
set_streams(const struct spawn *spawn)
{
	int nothing = open("/dev/null", O_RDWR);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
		return -1;
	if (spawn->output >= 0 &&
		(dup2(spawn->output, STDOUT_FILENO) < 0 ||
			dup2(spawn->output, STDERR_FILENO) < 0))
		return -1;
	return 0;
}

/* exec makes mariadbd dumpable again, and its memory is full of secrets. */
static int
leave_no_core(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none);
}

static void
reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
}

pid_t
spawn(const struct spawn *spawn, int death)
{
	pid_t supervisor = getpid();
	pid_t process = fork();

	if (process != 0)
		return process;
	reset_signals();
	/* A group of its own: a terminal's Ctrl-C is for the supervisor. */
	if (setpgid(0, 0) == 0 && set_streams(spawn) == 0 &&
		keep_descriptors(spawn) == 0 && leave_no_core() == 0 &&
		(spawn->temporary == NULL ||
			setenv("TMPDIR", spawn->temporary, 1) == 0) &&
		account_become(spawn->account) == 0 &&
		(spawn->confine == NULL ||
			spawn->confine(spawn->confine_argument) == 0) &&
		prctl(PR_SET_PDEATHSIG, death) == 0 && getppid() == supervisor)
		execv(spawn->program,
			(char *const *)(const void *)spawn->arguments);
	_exit(errno == ENOENT ? 127 : 126);
}
