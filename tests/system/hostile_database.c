/*
 * hostile_database.c: the private MariaDB server that was taken over. Loaded
 * into the real one (LD_PRELOAD) by tests/system/test_privileges.py; never
 * installed. In mariadbd, before its main(), it carries out the lines of
 * HOSTILE_ATTEMPTS, each a verb and what it is tried on, and writes for each
 * "hostile LINE: errno N" (0: it worked) to standard error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
read_file(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	return descriptor < 0 ? -1 : close(descriptor);
}

static int
write_file(const char *path)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return descriptor < 0 ? -1 : close(descriptor);
}

/* The error of exec comes back as the child's status. */
static int
run_program(const char *path)
{
	pid_t process = fork();
	int status;

	if (process == 0) {
		execl(path, path, (char *)NULL);
		_exit(errno);
	}
	if (process < 0 || waitpid(process, &status, 0) < 0)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int
use_port(const char *port,
	int (*use)(int descriptor, const struct sockaddr *address,
		socklen_t length))
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int outcome, error;

	if (descriptor < 0)
		return -1;
	outcome = use(
		descriptor, (const struct sockaddr *)&address, sizeof(address));
	error = errno;
	close(descriptor);
	errno = error;
	return outcome;
}

static int
connect_to(const char *port)
{
	return use_port(port, connect);
}

static int
bind_to(const char *port)
{
	return use_port(port, bind);
}

static const struct {
	const char *verb;
	int (*run)(const char *argument);
} verbs[] = {
	{"read ", read_file},
	{"write ", write_file},
	{"run ", run_program},
	{"connect ", connect_to},
	{"bind ", bind_to},
};

static void
attempt(const char *line)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		size_t length = strlen(verbs[i].verb);

		if (strncmp(line, verbs[i].verb, length) == 0) {
			errno = 0;
			dprintf(STDERR_FILENO, "hostile %s: errno %d\n", line,
				verbs[i].run(line + length) < 0 ? errno : 0);
		}
	}
}

static __attribute__((constructor)) void
attack(void)
{
	const char *lines = getenv("HOSTILE_ATTEMPTS");
	char *copy, *next;

	if (lines == NULL ||
		strcmp(program_invocation_short_name, "mariadbd") != 0)
		return;
	copy = next = strdup(lines);
	while (next != NULL) {
		char *line = strsep(&next, "\n");

		attempt(line);
	}
	free(copy);
}
