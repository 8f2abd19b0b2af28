#include "confine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/log.h"
#include "landlock.h"
#include "mail_directory.h"
#include "settings.h"
#include "system_calls.h"
#include "text/zone.h"

#define PATH_SIZE 1100

#define PORT_DNS 53

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define EVERY_USE (LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_RUN)

struct allowance {
	const char *path; /* NULL: none */
	unsigned uses;
};

static bool
is_off(const struct settings *settings)
{
	return SANITIZED || strcmp(settings->security.confinement, "off") == 0;
}

static bool
is_logged(const struct settings *settings)
{
	return strcmp(settings->security.confinement, "log") == 0;
}

static int
allow_all(const struct landlock *landlock, const struct allowance *list,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].path != NULL &&
			landlock_allow(landlock, list[i].path, list[i].uses) <
				0)
			return -1;
	return 0;
}

static int
failed(struct error *error)
{
	return error_set(error,
		"Landlock: %s; security.confinement: off goes without",
		strerror(errno));
}

static const char *
below(char path[PATH_SIZE], const char *folder, const char *name)
{
	snprintf(path, PATH_SIZE, "%.900s/%.150s", folder, name);
	return path;
}

static void
log_state(const struct settings *settings)
{
	char version[20] = "none";

	if (is_off(settings)) {
		log_event(LOG_WARNING, NULL, "confinement.off", "reason",
			SANITIZED ? "built with a sanitizer"
				  : "security.confinement",
			NULL);
		return;
	}
	if (landlock_version() > 0)
		snprintf(version, sizeof(version), "version %d",
			landlock_version());
	log_event(landlock_version() > 0 ? LOG_NOTICE : LOG_WARNING, NULL,
		"confinement", "system_calls", settings->security.confinement,
		"landlock", version, "ports",
		landlock_version() >= 4 ? "yes" : "no", NULL);
}

int
confine_supervisor(const struct settings *settings, struct error *error)
{
	const struct system_calls calls = {.floor = true};
	char mail[PATH_SIZE];
	const struct allowance list[] = {
		{settings->paths.data, LANDLOCK_WRITE},
		{settings->paths.run, LANDLOCK_WRITE},
		{mail_directory_path(settings, mail), LANDLOCK_WRITE},
		{"/dev/null", LANDLOCK_WRITE},
	};
	struct landlock landlock;

	log_state(settings);
	if (is_off(settings))
		return 0;
	if (landlock_begin(
		    &landlock, landlock_version(), LANDLOCK_WRITE, false) < 0 ||
		allow_all(&landlock, list, COUNT_OF(list)) < 0 ||
		landlock_end(&landlock) < 0)
		return failed(error);
	if (system_calls_restrict(&calls, error) < 0)
		return error_prefix(error,
			"the kernel must have seccomp, or set "
			"security.confinement: off");
	return 0;
}

/* What would be read or loaded at the first use, before it is refused. */
static void
prepare_libraries(void)
{
	tzset();
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL);
}

struct ports {
	uint64_t numbers[3];
	size_t count;
};

static void
add_database(const struct settings *settings, struct system_calls *calls,
	struct ports *ports)
{
	const struct settings_database *database = &settings->database;

	if (database->private_server || database->socket != NULL)
		return;
	calls->network = true;
	ports->numbers[ports->count++] = (uint64_t)database->port;
}

static int
confine(const struct settings *settings, const struct allowance *list,
	size_t count, const struct ports *ports,
	const struct system_calls *calls, struct error *error)
{
	struct landlock landlock;

	if (is_off(settings))
		return 0;
	prepare_libraries();
	if (landlock_begin(&landlock, landlock_version(), EVERY_USE, true) <
			0 ||
		allow_all(&landlock, list, count) < 0)
		return failed(error);
	for (size_t i = 0; i < ports->count; i++)
		if (landlock_allow_port(&landlock, ports->numbers[i]) < 0)
			return failed(error);
	if (landlock_end(&landlock) < 0)
		return failed(error);
	return system_calls_restrict(calls, error);
}

/* Pages, texts, styles and what vouches for the database came with the
 * settings.
 */
int
confine_worker(const struct settings *settings, struct error *error)
{
	struct system_calls calls = {.log_only = is_logged(settings)};
	struct ports ports = {.count = 0};
	const struct allowance list[] = {
		{settings->paths.acme, LANDLOCK_READ},
		{ZONE_FOLDER, LANDLOCK_READ},
	};

	add_database(settings, &calls, &ports);
	return confine(settings, list, COUNT_OF(list), &ports, &calls, error);
}

int
confine_steward(const struct settings *settings, struct error *error)
{
	struct system_calls calls = {.log_only = is_logged(settings)};
	struct ports ports = {.count = 0};
	char machine[PATH_SIZE];
	const struct allowance list[] = {
		{settings->paths.share, LANDLOCK_READ},
		{ZONE_FOLDER, LANDLOCK_READ},
		/* Its name among stewards, machine.h. */
		{below(machine, settings->paths.data, "machine"),
			LANDLOCK_READ},
		{"/etc/machine-id", LANDLOCK_READ},
	};

	add_database(settings, &calls, &ports);
	return confine(settings, list, COUNT_OF(list), &ports, &calls, error);
}

/* With a mail server: what resolvers and certificate stores read. The files of
 * /etc are replaced, not written: a rule for one would not hold for the next.
 */
int
confine_courier(const struct settings *settings, struct error *error)
{
	const struct settings_mail *mail = &settings->mail;
	struct system_calls calls = {.log_only = is_logged(settings)};
	struct ports ports = {.count = 0};
	char path[PATH_SIZE];
	const struct allowance folder[] = {
		{mail_directory_path(settings, path),
			LANDLOCK_READ | LANDLOCK_WRITE},
	};
	const struct allowance server[] = {
		{mail->password_file, LANDLOCK_READ},
		{mail->ca_file, LANDLOCK_READ},
		{"/etc", LANDLOCK_READ},
		{"/usr", LANDLOCK_READ},
		{"/lib", LANDLOCK_READ},
		{"/lib64", LANDLOCK_READ},
		{"/run/systemd/resolve", LANDLOCK_READ},
		{"/run/resolvconf", LANDLOCK_READ},
		{"/run/NetworkManager", LANDLOCK_READ},
	};

	add_database(settings, &calls, &ports);
	if (mail->directory != NULL) {
		calls.writes = true;
		return confine(settings, folder, COUNT_OF(folder), &ports,
			&calls, error);
	}
	calls.network = calls.names = true;
	ports.numbers[ports.count++] = (uint64_t)mail->port;
	ports.numbers[ports.count++] = PORT_DNS;
	return confine(
		settings, server, COUNT_OF(server), &ports, &calls, error);
}

/* mariadb-install-db is a shell script with many helpers. */
int
confine_database(const void *argument)
{
	const struct settings *settings = argument;
	char data[PATH_SIZE], fresh[PATH_SIZE], temporary[PATH_SIZE];
	char run[PATH_SIZE], start[PATH_SIZE];
	const unsigned code = LANDLOCK_READ | LANDLOCK_RUN;
	const unsigned own = LANDLOCK_READ | LANDLOCK_WRITE;
	const struct allowance list[] = {
		{below(data, settings->paths.data, "database"), own},
		{below(fresh, settings->paths.data, "database.new"), own},
		{below(temporary, settings->paths.data, "temporary"), own},
		{below(start, settings->paths.data, "bootstrap.sql"),
			LANDLOCK_READ},
		{below(run, settings->paths.run, "database"), own},
		{"/dev/null", own},
		{"/dev/urandom", LANDLOCK_READ},
		{"/usr", code},
		{"/bin", code},
		{"/sbin", code},
		{"/lib", code},
		{"/lib64", code},
		{"/etc", LANDLOCK_READ},
		{"/proc", LANDLOCK_READ},
		{"/sys/devices/system", LANDLOCK_READ},
		{"/sys/block", LANDLOCK_READ},
	};
	struct landlock landlock;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	if (is_off(settings))
		return 0;
	if (landlock_begin(&landlock, landlock_version(), EVERY_USE, true) <
			0 ||
		allow_all(&landlock, list, COUNT_OF(list)) < 0)
		return -1;
	return landlock_end(&landlock);
}
