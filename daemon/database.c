#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounts.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "confine.h"
#include "db/pool.h"
#include "secret.h"
#include "settings.h"
#include "spawn.h"

#define PATH_SIZE    1100
#define OPTION_SIZE  (PATH_SIZE + 40)
#define OPTIONS_MOST 10

/* Files of tables and logs, besides a descriptor for each connection: what lies
 * idle holds no table, so the caches below do not depend on how many do. */
#define OPEN_FILES 20000U

/* The most that MariaDB takes. */
#define BACK_LOG_MOST 65535U

/* No table of ours is of these engines; what they take they fill at a start. */
#define ARIA_MEMORY   "--aria-pagecache-buffer-size=8M"
#define MYISAM_MEMORY "--key-buffer-size=64K"
/* A transaction of ours writes some KiB; there are two buffers. */
#define LOG_MEMORY "--innodb-log-buffer-size=4M"

/* 4 KiB pages: an empty community takes 0.75 MB of disk instead of 2.7. */
#define PAGE_SIZE "4096"

static const char *
find_program(const char *name)
{
	static const char *const folders[] = {
		"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"};
	static char path[PATH_SIZE];

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static int
make_folder(const char *path, const struct account *account, mode_t mode,
	struct error *error)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (account_own(account, path) < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	return 0;
}

static int
remove_entry(const char *path, const struct stat *status, int kind,
	struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

static int
empty_folder(const void *path)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0 ||
		errno == ENOENT || access(path, F_OK) < 0)
		return 0;
	return -1;
}

static int
remove_folder(
	const char *path, const struct account *account, struct error *error)
{
	/* What is not the account's was made before it was given away. */
	if (account_run(account, empty_folder, path) == 0 ||
		empty_folder(path) == 0)
		return 0;
	return error_set(error, "%s: %s", path, strerror(errno));
}

static int
wait_for_end(pid_t process, const char *what, struct error *error)
{
	int status;

	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(
				error, "%s: %s", what, strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(error, "%s ended with status %d", what,
		WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static int
open_log(const struct settings *settings, const struct account *account,
	struct error *error)
{
	char path[PATH_SIZE];
	int descriptor;

	snprintf(path, sizeof(path), "%s/database.log", settings->paths.data);
	descriptor = open(path,
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (descriptor < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	/* Once it is not ours any more, our group opens it, and this fails. */
	(void)fchmod(descriptor, 0660);
	if (account_own_file(account, descriptor) < 0)
		log_event(LOG_WARNING, NULL, "database.log_owner", NULL);
	return descriptor;
}

static int
install(const struct settings *settings, const struct account *account,
	const char *folder, struct error *error)
{
	const char *program = find_program("mariadb-install-db");
	char partial[PATH_SIZE], argument[PATH_SIZE + 20];
	char temporary[PATH_SIZE];
	struct spawn spawn_install = {
		.program = program,
		.account = account,
		.confine = confine_database,
		.confine_argument = settings,
		/* Not as an argument: that script cuts it at its blanks. */
		.temporary = temporary,
		.arguments = {"mariadb-install-db", "--no-defaults", argument,
			"--auth-root-authentication-method=socket",
			"--skip-test-db", "--innodb-page-size=" PAGE_SIZE,
			ARIA_MEMORY, MYISAM_MEMORY, LOG_MEMORY, NULL},
	};
	pid_t process;

	if (program == NULL)
		return error_set(error,
			"mariadb-install-db is missing: apt-get install "
			"mariadb-server-core");
	/* Made beside and renamed, so that a kill leaves no half of one. */
	snprintf(partial, sizeof(partial), "%.1000s.new", folder);
	snprintf(argument, sizeof(argument), "--datadir=%s", partial);
	snprintf(temporary, sizeof(temporary), "%.1000s/temporary",
		settings->paths.data);
	/* What a kill left behind would be taken for whole. */
	if (remove_folder(partial, account, error) < 0 ||
		make_folder(partial, account, 0700, error) < 0)
		return -1;
	spawn_install.output = open_log(settings, account, error);
	if (spawn_install.output < 0)
		return -1;
	process = spawn(&spawn_install, SIGKILL);
	close(spawn_install.output);
	if (process < 0)
		return error_set(error, "fork: %s", strerror(errno));
	if (wait_for_end(process, "mariadb-install-db", error) < 0)
		return error_prefix(
			error, "see %s/database.log", settings->paths.data);
	if (rename(partial, folder) < 0)
		return error_set(error, "%s: %s", folder, strerror(errno));
	return 0;
}

int
database_prepare(const struct settings *settings, const struct account *account,
	struct error *error)
{
	char folder[PATH_SIZE];

	snprintf(folder, sizeof(folder), "%.1000s/database",
		settings->paths.run);
	if (make_folder(folder, account, 0755, error) < 0)
		return -1;
	/* Its own: a MariaDB that starts removes temporary tables of others. */
	snprintf(folder, sizeof(folder), "%.1000s/temporary",
		settings->paths.data);
	if (make_folder(folder, account, 0700, error) < 0)
		return -1;
	if (find_program("mariadbd") == NULL)
		return error_set(error, "mariadbd is missing: apt-get install "
					"mariadb-server-core, or set "
					"database.private_server: false");
	snprintf(folder, sizeof(folder), "%.1000s/database",
		settings->paths.data);
	/* It got its name when it was whole. */
	if (access(folder, F_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return error_set(error, "%s: %s", folder, strerror(errno));
	log_event(LOG_NOTICE, NULL, "database.install", "folder", folder, NULL);
	return install(settings, account, folder, error);
}

/* Replaces {{name}} by the password that is derived under the label. */
static void
fill_password(struct buffer *sql, const char *text, const char *name,
	const unsigned char secret[DIGEST_SIZE], const char *label)
{
	unsigned char key[DIGEST_SIZE];
	char password[DIGEST_HEX_SIZE];
	const char *place;

	digest_hkdf(secret, label, key, sizeof(key));
	digest_hex(key, password);
	while ((place = strstr(text, name)) != NULL) {
		buffer_add(sql, text, (size_t)(place - text));
		buffer_add(sql, password, sizeof(password) - 1);
		text = place + strlen(name);
	}
	buffer_add_text(sql, text);
	digest_wipe(key, sizeof(key));
	digest_wipe(password, sizeof(password));
}

static int
read_text(const char *path, struct buffer *text, struct error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (descriptor < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	while ((got = read(descriptor, buffer_reserve(text, 4096), 4096)) > 0)
		text->length += (size_t)got;
	close(descriptor);
	if (got < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	*buffer_reserve(text, 1) = '\0';
	return 0;
}

int
database_bootstrap_sql(const char *share,
	const unsigned char secret[DIGEST_SIZE], struct buffer *output,
	struct error *error)
{
	char path[PATH_SIZE];
	struct buffer text = BUFFER_EMPTY, half = BUFFER_EMPTY;
	int outcome;

	snprintf(path, sizeof(path), "%.1000s/schema/bootstrap.sql", share);
	outcome = read_text(path, &text, error);
	if (outcome == 0) {
		fill_password(&half, buffer_text(&text),
			"{{registry_password}}", secret,
			SECRET_REGISTRY_PASSWORD);
		fill_password(output, buffer_text(&half),
			"{{steward_password}}", secret,
			SECRET_STEWARD_PASSWORD);
	}
	buffer_release(&text);
	buffer_release(&half);
	return outcome;
}

/* The server reads it while starting; nobody else may. */
static int
write_bootstrap(const struct settings *settings, const struct account *account,
	const unsigned char secret[DIGEST_SIZE], const char *path,
	struct error *error)
{
	struct buffer sql = BUFFER_EMPTY;
	int descriptor, outcome = -1;

	if (database_bootstrap_sql(settings->paths.share, secret, &sql, error) <
		0)
		return -1;
	unlink(path);
	descriptor = open(path,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (descriptor >= 0) {
		if (account_own_file(account, descriptor) == 0 &&
			write(descriptor, sql.data, sql.length) ==
				(ssize_t)sql.length)
			outcome = 0;
		close(descriptor);
	}
	if (outcome < 0)
		error_set(error, "%s: %s", path, strerror(errno));
	buffer_release(&sql);
	return outcome;
}

/* Those of the server that depend on the settings. */
struct options {
	char texts[OPTIONS_MOST][OPTION_SIZE];
	size_t count;
};

__attribute__((format(printf, 2, 3))) static void
add_option(struct options *options, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(options->texts[options->count++], OPTION_SIZE, format,
		arguments);
	va_end(arguments);
}

static void
add_paths(struct options *options, const struct settings *settings,
	const char *bootstrap)
{
	const char *data = settings->paths.data;

	add_option(options, "--datadir=%.1000s/database", data);
	add_option(options, "--socket=%.1000s/database/server.sock",
		settings->paths.run);
	add_option(options, "--tmpdir=%.1000s/temporary", data);
	add_option(options, "--pid-file=%.1000s/database/mariadbd.pid", data);
	add_option(options, "--init-file=%s", bootstrap);
}

static void
add_sizes(struct options *options, const struct settings *settings)
{
	unsigned most = settings_server_connections(settings);

	add_option(options, "--innodb-buffer-pool-size=%lld",
		(long long)settings->database.memory);
	add_option(options, "--max-connections=%u", most);
	/* Of those that connect at the same time none should have to wait. */
	add_option(options, "--back-log=%u",
		most < BACK_LOG_MOST ? most : BACK_LOG_MOST);
	add_option(options, "--max-prepared-stmt-count=%u",
		most * DB_STATEMENTS_MOST);
	add_option(options, "--open-files-limit=%u", most + OPEN_FILES);
}

static const char *const fixed_options[] = {
	"--skip-networking",
	"--innodb-page-size=" PAGE_SIZE,
	"--character-set-server=utf8mb4",
	"--collation-server=utf8mb4_uca1400_ai_ci",
	"--transaction-isolation=READ-COMMITTED",
	"--default-time-zone=+00:00",
	"--sql-mode=TRADITIONAL",
	"--innodb-flush-log-at-trx-commit=1",
	/* A community's tables are opened when somebody comes: mostly from the
	 * system's cache, which outlives the server and holds what
	 * innodb_buffer_pool does not. */
	"--innodb-flush-method=fsync",
	/* To read at a start what was in memory before would open the file of
	 * each of thousands of tables, just when visitors come back. */
	"--innodb-buffer-pool-load-at-startup=OFF",
	"--innodb-buffer-pool-dump-at-shutdown=OFF",
	"--innodb-log-file-size=64M",
	LOG_MEMORY,
	ARIA_MEMORY,
	MYISAM_MEMORY,
	"--performance-schema=OFF",
	"--skip-log-bin",
	"--skip-name-resolve",
	"--local-infile=OFF",
	"--symbolic-links=OFF",
	"--table-open-cache=4000",
	"--table-definition-cache=8000",
	"--innodb-open-files=4000",
};

_Static_assert(
	2 + OPTIONS_MOST + COUNT_OF(fixed_options) < SPAWN_ARGUMENTS_MOST,
	"room for mariadbd's arguments and the NULL at their end");

static void
set_arguments(struct spawn *server, const struct options *options)
{
	const char **next = server->arguments;

	*next++ = "mariadbd";
	*next++ = "--no-defaults";
	for (size_t i = 0; i < options->count; i++)
		*next++ = options->texts[i];
	for (size_t i = 0; i < COUNT_OF(fixed_options); i++)
		*next++ = fixed_options[i];
	*next = NULL;
}

pid_t
database_start(const struct settings *settings, const struct account *account,
	const unsigned char secret[DIGEST_SIZE], struct error *error)
{
	char bootstrap[PATH_SIZE];
	struct options options = {.count = 0};
	struct spawn server = {
		.program = find_program("mariadbd"),
		.account = account,
		.confine = confine_database,
		.confine_argument = settings,
	};
	pid_t process;

	if (server.program == NULL)
		return error_set(error, "mariadbd is missing");
	snprintf(bootstrap, sizeof(bootstrap), "%.1000s/bootstrap.sql",
		settings->paths.data);
	add_paths(&options, settings, bootstrap);
	add_sizes(&options, settings);
	set_arguments(&server, &options);
	if (write_bootstrap(settings, account, secret, bootstrap, error) < 0)
		return -1;
	server.output = open_log(settings, account, error);
	if (server.output < 0)
		return -1;
	/* It ends in order when the supervisor is gone. */
	process = spawn(&server, SIGTERM);
	close(server.output);
	if (process < 0)
		error_set(error, "fork: %s", strerror(errno));
	return process;
}

bool
database_answers(const struct settings *settings)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct pollfd greeting = {.events = POLLIN};
	bool answers = false;

	greeting.fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (greeting.fd < 0)
		return false;
	snprintf(address.sun_path, sizeof(address.sun_path),
		"%.80s/database/server.sock", settings->paths.run);
	if (connect(greeting.fd, (const struct sockaddr *)&address,
		    sizeof(address)) == 0)
		answers = poll(&greeting, 1, 20) == 1 &&
			  (greeting.revents & POLLIN) != 0;
	close(greeting.fd);
	return answers;
}
