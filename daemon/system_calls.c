#include "system_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/error.h"
#include "base/record.h"

/* Naming memory, which the C library does (Linux 5.17). */
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* The youngest call of Linux 6.12 and some room above. Numbers are the same on
 * all processors from 424 on. */
#define YOUNGEST_KNOWN 452
#define YOUNGEST_ROOM  520

static const char *const always[] = {
	/* memory */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	/* threads and signals of our own */
	"futex",
	"futex_waitv",
	"set_robust_list",
	"get_robust_list",
	"rseq",
	"membarrier",
	"sched_yield",
	"sched_getaffinity",
	"sched_getparam",
	"sched_getscheduler",
	"sched_get_priority_max",
	"sched_get_priority_min",
	"getcpu",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigpending",
	"sigaltstack",
	"restart_syscall",
	"exit",
	"exit_group",
	/* who and when */
	"getpid",
	"getppid",
	"gettid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getresuid",
	"getresgid",
	"getrandom",
	"gettimeofday",
	"time",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"uname",
	"sysinfo",
	"getrlimit",
	"getrusage",
	/* descriptors */
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"close",
	"lseek",
	"dup",
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"pipe2",
	"timerfd_create",
	"timerfd_settime",
	/* files, to look at */
	"fstat",
	"stat",
	"lstat",
	"newfstatat",
	"statx",
	"statfs",
	"fstatfs",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getdents64",
	"getcwd",
	"fadvise64",
	/* sockets that are there */
	"accept4",
	"connect",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"shutdown",
	"socketpair",
};

static const char *const changes_files[] = {
	"fsync",
	"fdatasync",
	"ftruncate",
	"mkdir",
	"mkdirat",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
};

/* The floor: for breaking out, for looking into others, for changing the
 * machine. */
static const char *const never[] = {
	"acct",
	"add_key",
	"bpf",
	"chroot",
	"delete_module",
	"fanotify_init",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"init_module",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mount",
	"mount_setattr",
	"move_mount",
	"name_to_handle_at",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"pivot_root",
	"process_madvise",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"quotactl",
	"reboot",
	"request_key",
	"sethostname",
	"setdomainname",
	"setns",
	"settimeofday",
	"clock_settime",
	"adjtimex",
	"clock_adjtime",
	"swapoff",
	"swapon",
	"syslog",
	"umount2",
	"unshare",
	"userfaultfd",
	"vhangup",
	"vmsplice",
};

/* A filter under construction; the first failure stays. */
struct filter {
	scmp_filter_ctx context;
	int failure; /* negative errno */
	const char *at;
};

static void
rule(struct filter *filter, uint32_t action, const char *name,
	unsigned conditions, const struct scmp_arg_cmp *condition)
{
	int number = seccomp_syscall_resolve_name(name);
	int outcome;

	/* Unknown here, or of another processor only. */
	if (number == __NR_SCMP_ERROR || number < 0 || filter->failure != 0)
		return;
	outcome = seccomp_rule_add_array(
		filter->context, action, number, conditions, condition);
	if (outcome < 0) {
		filter->failure = outcome;
		filter->at = name;
	}
}

static void
rules(struct filter *filter, uint32_t action, const char *const *names,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		rule(filter, action, names[i], 0, NULL);
}

/* Allowed while the masked argument has this value. */
static void
when(struct filter *filter, uint32_t action, const char *name,
	unsigned argument, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp condition =
		SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value);

	rule(filter, action, name, 1, &condition);
}

/* Allowed while the argument is one of these. */
static void
one_of(struct filter *filter, const char *name, unsigned argument,
	const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct scmp_arg_cmp condition =
			SCMP_CMP64(argument, SCMP_CMP_EQ, values[i]);

		rule(filter, SCMP_ACT_ALLOW, name, 1, &condition);
	}
}

/* Threads, but no processes. clone3() hides its flags from a filter; without
 * it the C library takes clone(). */
static void
allow_threads(struct filter *filter)
{
	/* A thread's own niceness. */
	const struct scmp_arg_cmp itself[] = {
		SCMP_A0_64(SCMP_CMP_EQ, PRIO_PROCESS),
		SCMP_A1_64(SCMP_CMP_EQ, 0)};

	when(filter, SCMP_ACT_ALLOW, "clone", 0, CLONE_THREAD, CLONE_THREAD);
	rule(filter, SCMP_ACT_ALLOW, "setpriority", COUNT_OF(itself), itself);
	rule(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

/* No new code. Libraries that resolve names are loaded when first used. */
static void
allow_memory(struct filter *filter, const struct system_calls *allowed)
{
	const uint64_t mask = allowed->names ? 0 : PROT_EXEC;

	when(filter, SCMP_ACT_ALLOW, "mmap", 2, mask, 0);
	when(filter, SCMP_ACT_ALLOW, "mprotect", 2, mask, 0);
}

/* openat2() hides its flags too. */
static void
allow_opening(struct filter *filter, const struct system_calls *allowed)
{
	static const struct {
		const char *name;
		unsigned flags;
	} calls[] = {{"open", 1}, {"openat", 2}};
	const uint32_t refused = SCMP_ACT_ERRNO(EROFS);

	rule(filter, SCMP_ACT_ERRNO(ENOSYS), "openat2", 0, NULL);
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		const char *name = calls[i].name;
		unsigned flags = calls[i].flags;

		if (allowed->writes) {
			rule(filter, SCMP_ACT_ALLOW, name, 0, NULL);
			continue;
		}
		when(filter, SCMP_ACT_ALLOW, name, flags,
			O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
		when(filter, refused, name, flags, O_ACCMODE, O_WRONLY);
		when(filter, refused, name, flags, O_ACCMODE, O_RDWR);
		when(filter, refused, name, flags, O_ACCMODE | O_CREAT,
			O_RDONLY | O_CREAT);
	}
	if (allowed->writes)
		rules(filter, SCMP_ACT_ALLOW, changes_files,
			COUNT_OF(changes_files));
}

/* The kinds of the others may be asked for by libraries that do without. */
static void
allow_sockets(struct filter *filter, const struct system_calls *allowed)
{
	static const uint64_t internet[] = {AF_INET, AF_INET6};
	static const uint64_t unix_only[] = {AF_UNIX};
	const uint64_t kind = 0xff; /* without SOCK_CLOEXEC and so on */
	const struct scmp_arg_cmp netlink = SCMP_A0_64(SCMP_CMP_EQ, AF_NETLINK);

	one_of(filter, "socket", 0, unix_only, 1);
	rule(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", 1, &netlink);
	for (size_t i = 0; i < COUNT_OF(internet) && allowed->network; i++) {
		const struct scmp_arg_cmp conditions[] = {
			SCMP_A0_64(SCMP_CMP_EQ, internet[i]),
			SCMP_A1_64(SCMP_CMP_MASKED_EQ, kind, SOCK_STREAM)};

		/* Resolvers speak UDP. */
		rule(filter, SCMP_ACT_ALLOW, "socket", allowed->names ? 1 : 2,
			conditions);
	}
	/* The resolver binds its sockets to nothing in particular. */
	if (allowed->names)
		rule(filter, SCMP_ACT_ALLOW, "bind", 0, NULL);
}

/* Calls of which only the harmless forms are for us. */
static void
allow_forms(struct filter *filter)
{
	static const uint64_t controls[] = {
		FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TCGETS, 0x802c542a};
	static const uint64_t descriptors[] = {F_DUPFD, F_GETFD, F_SETFD,
		F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GET_SEALS};
	static const uint64_t names[] = {
		PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA};
	const uint64_t nothing = 0;
	const uint64_t self = (uint64_t)getpid();

	one_of(filter, "ioctl", 1, controls, COUNT_OF(controls));
	one_of(filter, "fcntl", 1, descriptors, COUNT_OF(descriptors));
	one_of(filter, "prctl", 0, names, COUNT_OF(names));
	/* To ask, not to set. */
	one_of(filter, "prlimit64", 2, &nothing, 1);
	/* abort() */
	one_of(filter, "tgkill", 0, &self, 1);
}

/* Unknown to the library, so by number. */
static void
answer_younger(struct filter *filter)
{
	for (int number = YOUNGEST_KNOWN;
		number < YOUNGEST_ROOM && filter->failure == 0; number++) {
		filter->failure = seccomp_rule_add(
			filter->context, SCMP_ACT_ERRNO(ENOSYS), number, 0);
		filter->at = "younger";
	}
}

static void
fill(struct filter *filter, const struct system_calls *allowed)
{
	if (allowed->floor) {
		rules(filter, SCMP_ACT_ERRNO(EPERM), never, COUNT_OF(never));
		return;
	}
	rules(filter, SCMP_ACT_ALLOW, always, COUNT_OF(always));
	allow_threads(filter);
	allow_memory(filter, allowed);
	allow_opening(filter, allowed);
	allow_sockets(filter, allowed);
	allow_forms(filter);
	answer_younger(filter);
}

int
system_calls_restrict(const struct system_calls *allowed, struct error *error)
{
	uint32_t otherwise = allowed->floor	 ? SCMP_ACT_ALLOW
			     : allowed->log_only ? SCMP_ACT_LOG
						 : SCMP_ACT_KILL_PROCESS;
	struct filter filter = {.context = seccomp_init(otherwise)};

	if (filter.context == NULL)
		return error_set(error, "no system call filter: out of memory");
	/* A binary tree instead of a list: a few comparisons a call. */
	seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Calls of another processor's kind. */
	seccomp_attr_set(filter.context, SCMP_FLTATR_ACT_BADARCH,
		allowed->log_only ? SCMP_ACT_LOG : SCMP_ACT_KILL_PROCESS);
	fill(&filter, allowed);
	if (filter.failure == 0) {
		filter.failure = seccomp_load(filter.context);
		filter.at = "load";
	}
	seccomp_release(filter.context);
	if (filter.failure == 0)
		return 0;
	return error_set(error, "no system call filter (%s): %s", filter.at,
		strerror(-filter.failure));
}
