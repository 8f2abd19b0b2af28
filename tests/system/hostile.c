/*
 * hostile.c: a worker that was taken over. The whole of missiond is linked in;
 * besides, in a worker only, SIGUSR2 starts a thread that does what an attacker
 * would try: the signal's value says what. Each attempt writes a line
 * "hostile NAME: errno N" (0: it worked) to standard error, unless the kernel
 * ends the process. Never installed; tests/system/test_privileges.py runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/record.h"
#include "hostile_sql.h"

/* Orders beside the numbers of `fatal`; a process id is added to the last. */
#define ORDER_SQL     1000
#define ORDER_PROCESS 1000000

/* Where the test's missiond keeps things: the thread asks its settings. */
#define FOLDER_OF(name) (getenv(name) != NULL ? getenv(name) : "/nowhere")

static long
read_file(const char *path)
{
	char byte;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return -1;
	return read(descriptor, &byte, 1) < 0 ? -1 : 0;
}

static long
below(const char *name, const char *rest, int flags)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", FOLDER_OF(name), rest);
	return flags == O_RDONLY ? read_file(path) : open(path, flags, 0600);
}

static long
run_program(void)
{
	return execl("/bin/true", "true", NULL);
}

static long
fork_process(void)
{
	return fork();
}

static long
trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long
read_parent(void)
{
	return syscall(
		SYS_process_vm_readv, getppid(), NULL, 0UL, NULL, 0UL, 0UL);
}

static long
signal_parent(void)
{
	return kill(getppid(), 0);
}

static long
internet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
bind_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);

	return bind(
		descriptor, (const struct sockaddr *)&address, sizeof(address));
}

static long
new_code(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? -1 : 0;
}

static long
mount_something(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static long
load_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long
fault_handler(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static long
become_root(void)
{
	return setuid(0);
}

static long
be_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1);
}

static long
remove_file(void)
{
	return unlink("/tmp/nothing-of-this-name");
}

static const struct {
	const char *name;
	long (*run)(void);
} fatal[] = {
	{"execve", run_program},
	{"fork", fork_process},
	{"ptrace", trace_parent},
	{"process_vm_readv", read_parent},
	{"kill", signal_parent},
	{"internet socket", internet_socket},
	{"bind", bind_socket},
	{"new code", new_code},
	{"mount", mount_something},
	{"bpf", load_bpf},
	{"userfaultfd", fault_handler},
	{"setuid", become_root},
	{"dumpable", be_dumpable},
	{"unlink", remove_file},
};

static void
tell(const char *name, long outcome)
{
	char line[200];
	int length = snprintf(line, sizeof(line), "hostile %s: errno %d\n",
		name, outcome < 0 ? errno : 0);

	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		abort();
}

/* Files: refused one by one, and the process lives on. */
static void
try_files(void)
{
	char path[64];

	tell("read share",
		below("HOSTILE_SHARE", "schema/bootstrap.sql", O_RDONLY));
	tell("read secret", below("HOSTILE_DATA", "secret", O_RDONLY));
	tell("read passwd", read_file("/etc/passwd"));
	tell("read mails", below("HOSTILE_DATA", "mail", O_RDONLY));
	tell("read database", below("HOSTILE_DATA", "database", O_RDONLY));
	tell("read configuration",
		below("HOSTILE_FOLDER", "missiond.yaml", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)getppid());
	tell("read memory of the supervisor", read_file(path));
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)getpid());
	tell("read own maps", read_file(path));
	tell("write to /tmp", open("/tmp/hostile", O_WRONLY | O_CREAT, 0600));
	tell("write to data",
		below("HOSTILE_DATA", "hostile", O_WRONLY | O_CREAT));
	tell("write to share",
		below("HOSTILE_SHARE", "hostile", O_WRONLY | O_CREAT));
	tell("files done", 0);
}

/* What /proc shows of a neighbour: the order names its process. */
static void
try_process(pid_t process)
{
	static const char *const names[] = {"mem", "environ", "maps", "cmdline",
		"status", "fd", "root", "cwd", "task", "syscall", "stack"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char path[64], name[64];

		snprintf(path, sizeof(path), "/proc/%d/%s", (int)process,
			names[i]);
		snprintf(name, sizeof(name), "process %d %s", (int)process,
			names[i]);
		tell(name, read_file(path));
	}
	tell("process done", 0);
}

static void *
attack(void *argument)
{
	uintptr_t order = (uintptr_t)argument;

	if (order == 0)
		try_files();
	else if (order == ORDER_SQL)
		hostile_sql();
	else if (order > ORDER_PROCESS)
		try_process((pid_t)(order - ORDER_PROCESS));
	else if (order <= COUNT_OF(fatal))
		tell(fatal[order - 1].name, fatal[order - 1].run());
	return NULL;
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
	pthread_t thread;

	(void)number;
	(void)context;
	pthread_create(&thread, NULL, attack, info->si_value.sival_ptr);
}

static __attribute__((constructor)) void
wait_for_orders(int count, char **arguments)
{
	struct sigaction action = {.sa_sigaction = on_signal};

	if (count > 1 && strcmp(arguments[1], "--list") == 0) {
		for (size_t i = 0; i < COUNT_OF(fatal); i++)
			puts(fatal[i].name);
		exit(0);
	}
	action.sa_flags = SA_SIGINFO | SA_RESTART;
	if (count > 1 && strcmp(arguments[1], "--role=worker") == 0)
		sigaction(SIGUSR2, &action, NULL);
}
