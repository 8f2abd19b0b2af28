/*
 * What Landlock refuses with the rules of each of its versions: the kernel's
 * own and every older one, as if the kernel knew no more. Each attempt runs in
 * a process of its own under the same rules as a worker's or, without "apart",
 * the supervisor's. Older kernels than this one have their part skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/record.h"
#include "landlock.h"

#define NEVER 99

/* A folder to read, one of its own, one file of a third, which is closed. */
static char folder[64];
static int allowed_port, other_port;
static char abstract_name[64];

static const char *
at(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
opens(const char *name, int flags)
{
	int descriptor = open(at(name), flags | O_CLOEXEC, 0600);

	if (descriptor >= 0)
		close(descriptor);
	return descriptor < 0 ? -1 : 0;
}

static int
read_shared(void)
{
	return opens("shared/file", O_RDONLY);
}

static int
list_shared(void)
{
	return opens("shared", O_RDONLY | O_DIRECTORY);
}

static int
write_shared(void)
{
	return opens("shared/file", O_WRONLY);
}

static int
make_in_shared(void)
{
	return opens("shared/new", O_WRONLY | O_CREAT);
}

static int
remove_in_shared(void)
{
	return unlink(at("shared/removable"));
}

static int
run_shared(void)
{
	execl(at("shared/program"), "program", (char *)NULL);
	return -1;
}

static int
run_installed(void)
{
	execl("/usr/bin/true", "true", (char *)NULL);
	return -1;
}

static int
read_closed(void)
{
	return opens("closed/file", O_RDONLY);
}

static int
list_closed(void)
{
	return opens("closed", O_RDONLY | O_DIRECTORY);
}

static int
write_closed(void)
{
	return opens("closed/file", O_WRONLY);
}

static int
truncate_closed(void)
{
	return truncate(at("closed/file"), 0);
}

static int
make_folder_in_closed(void)
{
	return mkdir(at("closed/folder"), 0700);
}

static int
link_in_closed(void)
{
	return symlink("file", at("closed/link"));
}

static int
bind_in_closed(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		at("closed/socket"));
	return bind(
		descriptor, (const struct sockaddr *)&address, sizeof(address));
}

static int
read_excepted(void)
{
	return opens("closed/excepted", O_RDONLY);
}

static int
write_excepted(void)
{
	return opens("closed/excepted", O_WRONLY);
}

static int
work_in_own(void)
{
	struct stat status;

	return opens("own/new", O_RDWR | O_CREAT) < 0 ||
			       truncate(at("own/new"), 10) < 0 ||
			       stat(at("own/new"), &status) < 0 ||
			       unlink(at("own/new")) < 0
		       ? -1
		       : 0;
}

/* To another folder of its own. */
static int
move_in_own(void)
{
	char to[200];

	snprintf(to, sizeof(to), "%s", at("own/below/moved"));
	return rename(at("own/movable"), to);
}

/* Out of what may be written: what is moved would gain. */
static int
move_to_closed(void)
{
	char to[200];

	snprintf(to, sizeof(to), "%s", at("closed/moved"));
	return rename(at("own/movable"), to);
}

static int
control_device(void)
{
	struct termios settings;
	int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return -1;
	/* The kernel that lets it through has nothing to say. */
	return ioctl(descriptor, TCGETS, &settings) < 0 && errno == ENOTTY ? 0
									   : -1;
}

static int
reach_port(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(
		descriptor, (const struct sockaddr *)&address, sizeof(address));
}

static int
connect_to_allowed(void)
{
	return reach_port(allowed_port);
}

static int
connect_to_other(void)
{
	return reach_port(other_port);
}

static int
bind_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(
		descriptor, (const struct sockaddr *)&address, sizeof(address));
}

static int
connect_to_abstract(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(abstract_name);
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path + 1, abstract_name, length);
	return connect(descriptor, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			    length));
}

static int
signal_parent(void)
{
	return kill(getppid(), 0);
}

/* Laid over twice it does not get wider. */
static int
widen(void)
{
	struct landlock landlock;

	if (landlock_begin(&landlock, landlock_version(),
		    LANDLOCK_READ | LANDLOCK_WRITE, false) == 0 &&
		landlock_allow(&landlock, "/", LANDLOCK_READ) == 0)
		(void)landlock_end(&landlock);
	return opens("closed/file", O_RDONLY);
}

static const struct attempt {
	const char *name;
	int (*run)(void);
	int refused;  /* from this version on, for a worker */
	int again;    /* and from this version on allowed: REFER */
	int for_root; /* from this version on, for the supervisor */
	int number;   /* errno of the refusal */
} attempts[] = {
	{"read what is shared", read_shared, NEVER, 0, NEVER, 0},
	{"list what is shared", list_shared, NEVER, 0, NEVER, 0},
	{"write what is shared", write_shared, 1, 0, 1, EACCES},
	{"make a file in it", make_in_shared, 1, 0, 1, EACCES},
	{"remove a file of it", remove_in_shared, 1, 0, 1, EACCES},
	{"run a program of it", run_shared, 1, 0, NEVER, EACCES},
	{"run what is installed", run_installed, NEVER, 0, NEVER, 0},
	{"read what is closed", read_closed, 1, 0, NEVER, EACCES},
	{"list what is closed", list_closed, 1, 0, NEVER, EACCES},
	{"write what is closed", write_closed, 1, 0, 1, EACCES},
	{"cut what is closed", truncate_closed, 3, 0, 3, EACCES},
	{"make a folder there", make_folder_in_closed, 1, 0, 1, EACCES},
	{"make a link there", link_in_closed, 1, 0, 1, EACCES},
	{"make a socket there", bind_in_closed, 1, 0, 1, EACCES},
	{"read one file there", read_excepted, NEVER, 0, NEVER, 0},
	{"write that file", write_excepted, 1, 0, 1, EACCES},
	{"make, cut and remove its own", work_in_own, NEVER, 0, NEVER, 0},
	/* Version 1 has no right for it, so it is never given. */
	{"move its own between folders", move_in_own, 1, 2, 1, EXDEV},
	{"move its own to what is closed", move_to_closed, 1, 0, 1, EACCES},
	{"speak to a device", control_device, 5, 0, 5, EACCES},
	{"connect to a port it may", connect_to_allowed, NEVER, 0, NEVER, 0},
	{"connect to another port", connect_to_other, 4, 0, NEVER, EACCES},
	{"take a port", bind_port, 4, 0, NEVER, EACCES},
	{"connect to an abstract socket", connect_to_abstract, 6, 0, NEVER,
		EPERM},
	{"signal its parent", signal_parent, 6, 0, NEVER, EPERM},
	{"widen what it may", widen, 1, 0, NEVER, EACCES},
};

static void
make_file(const char *name, mode_t mode)
{
	int descriptor = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, "#!/usr/bin/true\n", 16), 16);
	close(descriptor);
}

/* Anew for each attempt: some succeed in changing them. */
static void
make_files(void)
{
	char command[200];
	static const char *const folders[] = {
		"shared", "own", "own/below", "closed"};

	snprintf(command, sizeof(command), "rm -rf %s/*", folder);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < COUNT_OF(folders); i++)
		assert_int_equal(mkdir(at(folders[i]), 0755), 0);
	make_file("shared/file", 0644);
	make_file("shared/removable", 0644);
	make_file("shared/program", 0755);
	make_file("own/movable", 0644);
	make_file("closed/file", 0644);
	make_file("closed/excepted", 0644);
}

static int
confine(int version, bool apart)
{
	const unsigned uses =
		apart ? LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_RUN
		      : LANDLOCK_WRITE;
	struct landlock landlock;

	if (landlock_begin(&landlock, version, uses, apart) < 0 ||
		landlock_allow(&landlock, at("shared"), LANDLOCK_READ) < 0 ||
		landlock_allow(&landlock, at("own"),
			LANDLOCK_READ | LANDLOCK_WRITE) < 0 ||
		landlock_allow(
			&landlock, at("closed/excepted"), LANDLOCK_READ) < 0 ||
		landlock_allow(&landlock, "/dev/null", LANDLOCK_READ) < 0 ||
		/* All that the program of what is shared needs beside itself:
		 * it is refused for its own sake, or not at all. */
		landlock_allow(
			&landlock, "/usr", LANDLOCK_READ | LANDLOCK_RUN) < 0 ||
		landlock_allow(&landlock, at("nowhere"), LANDLOCK_READ) < 0)
		return -1;
	if (apart && landlock_allow_port(&landlock, (uint64_t)allowed_port) < 0)
		return -1;
	return landlock_end(&landlock);
}

/* errno of the attempt, 0 when it was let through; 200: no rules. */
static int
run_confined(const struct attempt *attempt, int version, bool apart)
{
	pid_t process;
	int status;

	make_files();
	process = fork();
	assert_true(process >= 0);
	if (process == 0) {
		if (confine(version, apart) < 0)
			_exit(200);
		_exit(attempt->run() == 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
check(int version, bool apart)
{
	unsigned refused = 0;

	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		const struct attempt *attempt = &attempts[i];
		int from = apart ? attempt->refused : attempt->for_root;
		bool expected =
			version >= from &&
			(attempt->again == 0 || version < attempt->again);
		int number = run_confined(attempt, version, apart);

		refused += number != 0;
		if (number == (expected ? attempt->number : 0))
			continue;
		fail_msg("version %d%s: \"%s\" gave %d (%s), expected %s",
			version, apart ? "" : ", supervisor", attempt->name,
			number, strerror(number),
			expected ? strerror(attempt->number) : "nothing");
	}
	print_message("version %d%s: %u of %zu refused\n", version,
		apart ? "" : ", supervisor", refused, COUNT_OF(attempts));
}

static void
each_version_refuses_what_it_can(void **state)
{
	(void)state;
	assert_in_range(landlock_version(), 0, 6);
	if (landlock_version() == 0)
		skip(); /* no Landlock in this kernel, or under Valgrind */
	for (int version = 0; version <= landlock_version(); version++) {
		check(version, true);
		check(version, false);
	}
	if (landlock_version() < 6)
		print_message("this kernel has version %d: the rest is not "
			      "tested\n",
			landlock_version());
}

/* Fills in the port. */
static int
listen_on(int *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(descriptor, (const struct sockaddr *)&address, length) < 0 ||
		listen(descriptor, 64) < 0 ||
		getsockname(descriptor, (struct sockaddr *)&address, &length) <
			0)
		return -1;
	*ret_port = ntohs(address.sin_port);
	return 0;
}

static int
set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t length;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/landlock-test-XXXXXX");
	snprintf(abstract_name, sizeof(abstract_name), "landlock-test-%d",
		(int)getpid());
	length = strlen(abstract_name);
	memcpy(address.sun_path + 1, abstract_name, length);
	if (mkdtemp(folder) == NULL || listen_on(&allowed_port) < 0 ||
		listen_on(&other_port) < 0)
		return -1;
	if (bind(descriptor, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				length)) < 0)
		return -1;
	return listen(descriptor, 64);
}

static int
tear_down(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_refuses_what_it_can),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
