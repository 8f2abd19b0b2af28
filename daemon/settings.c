#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/parse.h"
#include "conf/node.h"
#include "conf/table.h"
#include "settings_check.h"

/* Of a worker, with a server of our own: see docs/performance.md. */
#define IDLE_CONNECTIONS 240

/* Processes besides the workers that have connections: steward and courier. */
#define OTHERS 2U

/* Connections for who looks into the server by hand, dumps or restores. */
#define OPERATORS 100U

/* More than this MariaDB does not take. */
#define SERVER_CONNECTIONS_MOST 100000U

int
settings_read(struct arena *arena, const char *file, const char *text,
	size_t length, struct settings *settings, struct conf_errors *errors)
{
	size_t before = errors->count;
	const struct conf_node *root =
		conf_parse(arena, file, text, length, errors);

	memset(settings, 0, sizeof(*settings));
	if (root == NULL)
		return -1;
	if (root->kind != CONF_MAPPING)
		return conf_error(errors, &root->place,
			"%s, expected keys such as \"listen:\"",
			conf_kind_name(root));
	if (conf_read(arena, &settings_table, root, settings, errors) == 0)
		settings_check_whole(settings, root, errors);
	return errors->count == before ? 0 : -1;
}

unsigned
settings_workers(const struct settings *settings)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (settings->workers > 0)
		return (unsigned)settings->workers;
	return cores > 0 && cores <= 256 ? (unsigned)cores : 1;
}

unsigned
settings_idle_connections(const struct settings *settings)
{
	const struct settings_database *database = &settings->database;
	int64_t count = database->private_server ? IDLE_CONNECTIONS : 0;

	if (database->idle_connections != NULL)
		/* It was checked when the file was read. */
		(void)parse_integer(database->idle_connections, 0,
			SETTINGS_IDLE_MOST, &count);
	return (unsigned)count;
}

unsigned
settings_server_connections(const struct settings *settings)
{
	unsigned workers = settings_workers(settings);
	/* One more, to end what was given up (db/kill.c). */
	unsigned each = (unsigned)settings->database.connections + 1;
	unsigned idle = settings_idle_connections(settings);
	unsigned count = workers * (each + idle) + OTHERS * each + OPERATORS;

	return count < SERVER_CONNECTIONS_MOST ? count
					       : SERVER_CONNECTIONS_MOST;
}

struct limits
settings_community_limits(const struct settings *settings)
{
	struct limits limits = limits_read(&settings->community_limits);

	if (limits.connections == LIMIT_UNSET)
		limits.connections = settings->database.connections / 2;
	if (limits.connections == LIMIT_OFF)
		limits.connections = settings->database.connections;
	return limits;
}

const char *
settings_control_socket(struct arena *arena, const struct settings *settings)
{
	return arena_printf(arena, "%s/control.sock", settings->paths.run);
}

unsigned
settings_access(const struct settings *settings)
{
	int64_t interval = 0;

	/* "off" is no number. */
	(void)parse_integer(
		settings->log.access, 1, SETTINGS_SAMPLE_MOST, &interval);
	return (unsigned)interval;
}

const char *
settings_public_scheme(const struct settings *settings)
{
	if (settings->listen.public_scheme != NULL)
		return settings->listen.public_scheme;
	return settings->listen.https.count > 0 ? "https" : "http";
}

unsigned
settings_public_port(const struct settings *settings)
{
	bool secure = strcmp(settings_public_scheme(settings), "https") == 0;
	const struct record_list *list =
		secure ? &settings->listen.https : &settings->listen.http;
	unsigned long port = (unsigned long)settings->listen.public_port;
	const char *colon;

	/* A scheme that is not listened on: a proxy has its usual port. */
	if (port == 0 && list->count > 0 &&
		settings->listen.public_scheme == NULL) {
		colon = strrchr(((const char *const *)list->items)[0], ':');
		port = strtoul(colon + 1, NULL, 10);
	}
	return port == (secure ? 443 : 80) ? 0 : (unsigned)port;
}
