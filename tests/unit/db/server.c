#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/client.h"
#include "db/script.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "schema/migrate.h"

#define PATH_SIZE 600

static char base[200], folder[256], socket_path[300], data_option[300],
	socket_option[320];
static char error_option[300];
static char network_option[64] = "--skip-networking";
static char ca_file[300], other_ca_file[300];
static char ca_option[320] = "--skip-ssl",
	    certificate_option[320] = "--skip-ssl",
	    key_option[320] = "--skip-ssl";
static pid_t server;

struct db_address server_address, server_tcp;
const char *server_other_authority = other_ca_file;
struct loop *server_loop;

const struct db_pool_limits server_limits = {
	.connections = 6,
	.per_account = 4,
	.connecting = 2,
	.wait = 20 * CLOCK_SECOND,
	.idle = 60 * CLOCK_SECOND,
};

static void
password_of(const void *owner, char password[128])
{
	snprintf(password, 128, "secret-%s", (const char *)owner);
}

static void
registry_password(const void *owner, char password[128])
{
	(void)owner;
	snprintf(password, 128, "registry");
}

const struct db_account registry_account = {
	.user = "missiond_registry",
	.schema = "missiond_registry",
	.password = registry_password,
	.log_name = "registry",
};

const struct db_account account_a = {
	.user = "communitya",
	.schema = "communitya",
	.password = password_of,
	.owner = "communitya",
	.log_name = "a",
};

const struct db_account account_b = {
	.user = "communityb",
	.schema = "communityb",
	.password = password_of,
	.owner = "communityb",
	.log_name = "b",
};

static void
fail(const char *what)
{
	fprintf(stderr, "test server: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* In a child. */
static _Noreturn void
become(const char *const *arguments, int input)
{
	int null = open("/dev/null", O_RDWR);

	/* What it says on stderr is shown when a test fails. */
	dup2(input < 0 ? null : input, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execvp(arguments[0], (char *const *)(uintptr_t)arguments);
	_exit(127);
}

static pid_t
spawn(const char *const *arguments)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child == 0) {
		/* A test that crashes must not leave its server behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become(arguments, -1);
	}
	return child;
}

/* What removes the folder, and what it reads: a line, or the end that comes
 * with the test's own, whatever that is. */
static pid_t guard;
static int to_guard;

static void
start_guard(void)
{
	/* A server that is being killed may still make a file. */
	const char *const arguments[] = {"sh", "-c",
		"trap '' HUP INT TERM; read -r line; for i in 1 2 3 4 5; do"
		" rm -rf -- \"$1\" && break; sleep 1; done; test ! -e \"$1\"",
		"sh", folder, NULL};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	guard = fork();
	if (guard < 0)
		fail("fork");
	if (guard == 0) {
		/* Who ends the test and its children leaves this one. */
		setsid();
		become(arguments, ends[0]);
	}
	close(ends[0]);
	to_guard = ends[1];
}

static void
end_guard(void)
{
	int status = 0;

	if (write(to_guard, "\n", 1) != 1 || close(to_guard) < 0 ||
		waitpid(guard, &status, 0) != guard || status != 0)
		fail("removing the folder");
}

static void
run_and_wait(const char *const *arguments)
{
	int status = 0;
	pid_t child = spawn(arguments);

	if (waitpid(child, &status, 0) != child || status != 0)
		fail(arguments[0]);
}

static MYSQL *
connect_as_root(void)
{
	MYSQL *handle = mysql_init(NULL);

	if (mysql_real_connect(handle, NULL, "root", "", NULL, 0, socket_path,
		    CLIENT_MULTI_STATEMENTS) != NULL)
		return handle;
	mysql_close(handle);
	return NULL;
}

static void
launch(void)
{
	const char *const arguments[] = {"mariadbd", "--no-defaults",
		"--user=root", "--innodb-use-native-aio=0",
		"--table-open-cache=400", data_option, socket_option,
		error_option, network_option, "--innodb-buffer-pool-size=16M",
		"--innodb-log-file-size=8M", "--innodb-log-buffer-size=2M",
		/* What it takes it fills: half of the time of a start. */
		"--aria-pagecache-buffer-size=8M", "--key-buffer-size=64K",
		"--innodb-temp-data-file-path=ibtmp1:1M:autoextend",
		"--innodb-flush-log-at-trx-commit=2", "--max-connections=60",
		/* Only with TCP: */
		"--bind-address=127.0.0.1", "--skip-name-resolve", ca_option,
		certificate_option, key_option, NULL};
	const struct timespec pause = {.tv_nsec = 20000000};
	MYSQL *handle = NULL;

	server = spawn(arguments);
	for (unsigned i = 0; i < 4500 && handle == NULL; i++) {
		nanosleep(&pause, NULL);
		handle = connect_as_root();
	}
	if (handle == NULL)
		fail("mariadbd does not answer");
	mysql_close(handle);
}

static void
run_on(MYSQL *handle, const char *sql)
{
	if (mysql_query(handle, sql) != 0) {
		fprintf(stderr, "%s: %s\n", sql, mysql_error(handle));
		exit(99);
	}
	do {
		MYSQL_RES *result = mysql_store_result(handle);

		mysql_free_result(result);
	} while (mysql_next_result(handle) == 0);
	if (mysql_errno(handle) != 0) {
		fprintf(stderr, "%s: %s\n", sql, mysql_error(handle));
		exit(99);
	}
}

void
server_sql(const char *sql)
{
	MYSQL *handle = connect_as_root();

	if (handle == NULL)
		fail("root cannot connect");
	run_on(handle, sql);
	mysql_close(handle);
}

static MYSQL *held;

void
server_hold(const char *sql)
{
	held = connect_as_root();
	if (held == NULL)
		fail("root cannot connect");
	run_on(held, "START TRANSACTION");
	run_on(held, sql);
}

void
server_let_go(void)
{
	run_on(held, "COMMIT");
	mysql_close(held);
}

/* How long a loaded machine may need until somebody comes to the lock. */
#define WAITER_LIMIT (60 * CLOCK_SECOND)

bool
server_wait_for_waiter(void)
{
	int64_t until = clock_monotonic() + WAITER_LIMIT;

	/* InnoDB makes this table anew only when nobody has read it for a
	 * tenth of a second. */
	while (server_number("SELECT COUNT(*) FROM "
			     "information_schema.innodb_trx WHERE "
			     "trx_state = 'LOCK WAIT'") <= 0) {
		if (clock_monotonic() > until)
			return false;
		usleep(200000);
	}
	return true;
}

int64_t
server_number(const char *sql)
{
	MYSQL *handle = connect_as_root();
	MYSQL_RES *result;
	MYSQL_ROW row;
	int64_t number = -1;

	if (handle == NULL)
		fail("root cannot connect");
	if (mysql_query(handle, sql) != 0)
		fail(sql);
	result = mysql_store_result(handle);
	row = result == NULL ? NULL : mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL)
		number = strtoll(row[0], NULL, 10);
	mysql_free_result(result);
	mysql_close(handle);
	return number;
}

const char *
server_text(const char *sql)
{
	static char text[16384];
	MYSQL *handle = connect_as_root();
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (handle == NULL)
		fail("root cannot connect");
	if (mysql_query(handle, sql) != 0)
		fail(sql);
	result = mysql_store_result(handle);
	row = result == NULL ? NULL : mysql_fetch_row(result);
	snprintf(text, sizeof(text), "%s",
		row == NULL || row[0] == NULL ? "" : row[0]);
	mysql_free_result(result);
	mysql_close(handle);
	return text;
}

static int
run_statement(const char *statement, size_t length, size_t line, void *argument)
{
	if (mysql_real_query(argument, statement, (unsigned long)length) == 0)
		return 0;
	fprintf(stderr, "line %zu: %s\n", line, mysql_error(argument));
	return -1;
}

void
server_script(const char *schema, const char *path)
{
	static char text[256 * 1024];
	char name[512];
	MYSQL *handle = connect_as_root();
	FILE *file;
	size_t length;

	/* Where the templates are is tenants/ of the source folder. */
	snprintf(name, sizeof(name), "%s/../%s", getenv("MISSIOND_TEMPLATES"),
		path);
	file = fopen(name, "r");
	if (file == NULL || handle == NULL)
		fail(name);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	if (mysql_select_db(handle, schema) != 0 ||
		db_script_each(text, run_statement, handle) != 0)
		fail(name);
	mysql_close(handle);
}

void
server_tenant_tables(const char *schema)
{
	struct arena *arena = arena_new();
	struct migrations files;
	struct error error = {{0}};
	size_t known;

	if (migrations_read(arena,
		    arena_printf(arena, "%s/../schema/tenant",
			    getenv("MISSIOND_TEMPLATES")),
		    &files, &error) != 0)
		fail(error.text);
	known = files.baseline == NULL ? 0 : (size_t)files.baseline->version;
	if (known > 0)
		server_script(schema, arena_printf(arena, "schema/tenant/%s",
					      files.baseline->file));
	for (size_t i = known; i < files.count; i++)
		server_script(schema, arena_printf(arena, "schema/tenant/%s",
					      files.items[i].file));
	arena_free(arena);
}

static void
install(const char *target)
{
	char option[PATH_SIZE + 20];
	const char *const arguments[] = {"mariadb-install-db", "--no-defaults",
		option, "--auth-root-authentication-method=normal",
		"--skip-test-db", "--user=root", "--innodb-use-native-aio=0",
		"--table-open-cache=400", "--innodb-log-file-size=8M", NULL};

	snprintf(option, sizeof(option), "--datadir=%s", target);
	run_and_wait(arguments);
}

/* The first of a run makes it for all, while the others wait. */
static void
install_once(const char *kept)
{
	char path[PATH_SIZE];
	int lock;

	snprintf(path, sizeof(path), "%s.lock", kept);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		fail(path);
	if (access(kept, F_OK) < 0) {
		/* Renamed when it is whole; what a kill left is half. */
		const char *const clear[] = {"rm", "-rf", path, NULL};

		snprintf(path, sizeof(path), "%s.new", kept);
		run_and_wait(clear);
		install(path);
		if (rename(path, kept) < 0)
			fail(path);
	}
	close(lock);
}

/* tests/run names a place for an empty database that all tests of a run copy:
 * making one takes ten times as long. */
static void
make_data(void)
{
	char path[PATH_SIZE];
	const char *kept = getenv("MISSIOND_EMPTY_DATABASE");
	const char *const copy[] = {"cp", "-a", kept, path, NULL};

	snprintf(path, sizeof(path), "%s/data", folder);
	if (kept == NULL) {
		install(path);
		return;
	}
	install_once(kept);
	run_and_wait(copy);
}

void
server_start(void)
{
	const char *shared = getenv("TMPDIR");

	snprintf(base, sizeof(base), "%s", shared == NULL ? "/tmp" : shared);
	snprintf(folder, sizeof(folder), "%s/missiond-db-XXXXXX", base);
	if (mkdtemp(folder) == NULL)
		fail("mkdtemp");
	start_guard();
	/* A server that starts removes what others have in a shared one. */
	setenv("TMPDIR", folder, 1);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", folder);
	snprintf(socket_option, sizeof(socket_option), "--socket=%s",
		socket_path);
	snprintf(data_option, sizeof(data_option), "--datadir=%s/data", folder);
	snprintf(error_option, sizeof(error_option), "--log-error=%s/log",
		folder);
	server_address = (struct db_address){.socket = socket_path};
	make_data();
	launch();
	server_sql("CREATE DATABASE communitya; CREATE DATABASE communityb;"
		   "CREATE USER communitya@localhost"
		   " IDENTIFIED BY 'secret-communitya';"
		   "CREATE USER communityb@localhost"
		   " IDENTIFIED BY 'secret-communityb';"
		   "GRANT SELECT, INSERT, UPDATE, DELETE"
		   " ON communitya.* TO communitya@localhost;"
		   "GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE"
		   " ON communityb.* TO communityb@localhost");
	server_loop = loop_new();
}

static void
end(int signal)
{
	if (server <= 0)
		return;
	kill(server, signal);
	waitpid(server, NULL, 0);
	server = 0;
}

void
server_kill(void)
{
	end(SIGKILL);
}

void
server_restart(void)
{
	launch();
}

/* Some port that is free now. */
static unsigned
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int descriptor = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (descriptor < 0 ||
		bind(descriptor, (struct sockaddr *)&address, length) != 0 ||
		getsockname(descriptor, (struct sockaddr *)&address, &length) !=
			0)
		fail("port");
	close(descriptor);
	return ntohs(address.sin_port);
}

/* An authority, a certificate of it for 127.0.0.1, and another authority. */
static void
make_certificates(void)
{
	char script[1600];
	const char *const arguments[] = {"sh", "-ec", script, NULL};

	snprintf(script, sizeof(script),
		"cd '%s'; exec 2>/dev/null\n"
		"key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
		"openssl req -x509 $key -keyout ca.key -out ca.pem -days 2"
		" -subj '/CN=Test authority'\n"
		"openssl req -x509 $key -keyout other.key -out other.pem"
		" -days 2 -subj '/CN=Other authority'\n"
		"openssl req $key -keyout server.key -out server.csr"
		" -subj '/CN=database'\n"
		"echo 'subjectAltName=IP:127.0.0.1' >server.ext\n"
		"openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key"
		" -CAcreateserial -days 2 -extfile server.ext"
		" -out server.pem\n",
		folder);
	run_and_wait(arguments);
}

void
server_use_tls(void)
{
	unsigned port = free_port();

	make_certificates();
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", folder);
	snprintf(other_ca_file, sizeof(other_ca_file), "%s/other.pem", folder);
	snprintf(network_option, sizeof(network_option), "--port=%u", port);
	snprintf(ca_option, sizeof(ca_option), "--ssl-ca=%s", ca_file);
	snprintf(certificate_option, sizeof(certificate_option),
		"--ssl-cert=%s/server.pem", folder);
	snprintf(key_option, sizeof(key_option), "--ssl-key=%s/server.key",
		folder);
	end(SIGTERM);
	launch();
	server_tcp = (struct db_address){
		.host = "127.0.0.1",
		.port = port,
		.ca_file = ca_file,
	};
}

void
server_freeze(void)
{
	/* Only when all its threads have stopped. */
	kill(server, SIGSTOP);
	waitpid(server, NULL, WUNTRACED);
}

void
server_thaw(void)
{
	kill(server, SIGCONT);
}

void
server_stop(void)
{
	/* What it has is thrown away: it need not be written. */
	end(SIGKILL);
	end_guard();
	setenv("TMPDIR", base, 1);
	loop_free(server_loop);
	server_loop = NULL;
}

void
in_task(void (*run)(void *argument), void *argument)
{
	task_start(server_loop, "test", 0, run, argument);
	loop_stop(server_loop);
	loop_run(server_loop);
}
