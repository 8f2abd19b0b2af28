#include "cluster.h"

#include <stdio.h>

#include "authority.h"
#include "base/clock.h"
#include "base/memory.h"
#include "child.h"
#include "db/pool.h"
#include "secret.h"

/* Below the server's back_log with several workers: a full backlog of a Unix
 * socket makes the library sleep. */
#define CONNECTING_MOST 8
#define IDLE_LIMIT	CLOCK_MINUTE

struct db_pool *
cluster_pool(struct child *child, unsigned idle_connections)
{
	const struct settings *settings = &child->configuration->settings;
	const struct settings_database *database = &settings->database;
	struct db_address address = {0};
	struct db_pool_limits limits = {
		.connections = (unsigned)database->connections,
		.idle_connections = idle_connections,
		.per_account = (unsigned)settings_community_limits(settings)
				       .connections,
		.connecting = CONNECTING_MOST,
		.wait = database->wait,
		.idle = IDLE_LIMIT,
	};
	char path[1100];

	if (database->private_server) {
		snprintf(path, sizeof(path), "%.1000s/database/server.sock",
			settings->paths.run);
		address.socket = path;
	} else if (database->socket != NULL) {
		address.socket = database->socket;
	} else {
		address.host = database->address;
		address.port = (unsigned)database->port;
		address.ca_file = authority_path();
	}
	return db_pool_new(child->loop, &address, &limits);
}

static void
registry_password(const void *owner, char password[128])
{
	digest_hex(child_key(owner, SECRET_REGISTRY_PASSWORD), password);
}

static void
steward_password(const void *owner, char password[128])
{
	digest_hex(child_key(owner, SECRET_STEWARD_PASSWORD), password);
}

void
cluster_registry_account(const struct child *child, struct db_account *account)
{
	*account = (struct db_account){
		.user = "missiond_registry",
		.schema = "missiond_registry",
		.password = registry_password,
		.owner = child,
		.log_name = "registry",
	};
}

void
cluster_steward_account(const struct child *child, struct db_account *account)
{
	*account = (struct db_account){
		.user = "missiond_steward",
		.schema = "missiond_control",
		.password = steward_password,
		.owner = child,
		.log_name = "steward",
	};
}
