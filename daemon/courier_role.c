#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "channel.h"
#include "child.h"
#include "cluster.h"
#include "confine.h"
#include "courier.h"
#include "courier_setup.h"
#include "crew_report.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "roles.h"
#include "secret.h"

/* How often the supervisor is told what became of mails, if anything did. */
#define TELL_INTERVAL CLOCK_SECOND

/* What a file was; zero: there is none. One that is replaced under its name is
 * another, and out of reach of who is confined to the first. */
struct identity {
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

/* The files that the courier reads at its start or later. */
struct files {
	struct identity password, certificate;
};

struct courier_state {
	struct arena *arena;		  /* of the courier's own settings */
	const struct settings_mail *mail; /* in force, as configured */
	struct files files;
	struct courier *courier;
	struct mail_counts counts, told;
	struct loop_timer *teller;
	struct db_account registry;
	struct courier_rights rights;
};

static void
tell(void *argument)
{
	const struct child *child = argument;
	struct courier_state *state = child->state;

	if (memcmp(&state->counts, &state->told, sizeof(state->told)) == 0)
		return;
	state->told = state->counts;
	channel_send(child->channel, CHANNEL_MAILS, &state->told,
		sizeof(state->told));
}

static int
identify(const char *path, struct identity *identity, struct error *error)
{
	struct stat status;

	if (path == NULL)
		return 0;
	if (stat(path, &status) < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	identity->device = status.st_dev;
	identity->inode = status.st_ino;
	identity->changed = status.st_ctim;
	return 0;
}

static int
identify_files(const struct settings_mail *mail, struct files *files,
	struct error *error)
{
	/* Compared as a whole. */
	memset(files, 0, sizeof(*files));
	return identify(mail->password_file, &files->password, error) < 0
		       ? -1
		       : identify(mail->ca_file, &files->certificate, error);
}

static int
start(struct child *child, struct error *error)
{
	struct courier_state *state = memory_new(1, sizeof(*state));

	child->state = state;
	state->arena = arena_new();
	state->mail = &child->configuration->settings.mail;
	if (identify_files(state->mail, &state->files, error) < 0)
		return -1;
	cluster_registry_account(child, &state->registry);
	state->rights = (struct courier_rights){
		.pool = cluster_pool(child, 0),
		.registry = &state->registry,
		.holder = child->run,
		.tenant_key = child_key(child, SECRET_TENANT_PASSWORDS),
		.counts = &state->counts,
	};
	state->counts.since = clock_now().microseconds;
	state->courier = courier_start(state->arena, child->loop,
		&child->configuration->settings, &state->rights, error);
	if (state->courier == NULL)
		return -1;
	state->teller = loop_timer_new(
		child->loop, TELL_INTERVAL, TELL_INTERVAL, tell, child);
	return 0;
}

static void
stop(struct child *child)
{
	struct courier_state *state = child->state;

	loop_timer_free(state->teller);
	state->teller = NULL;
	courier_stop(state->courier);
	loop_stop(child->loop);
}

/* A courier is confined to its mail server or folder: for others it ends in
 * order and the supervisor starts another. Nothing is kept in memory that a new
 * one would not find. What stays the same disturbs no delivery. */
static int
reload(struct child *child, struct error *error)
{
	struct courier_state *state = child->state;
	const struct settings *settings = &child->configuration->settings;
	struct files files;

	if (identify_files(&settings->mail, &files, error) < 0)
		return -1;
	if (!settings_same_mail(state->mail, &settings->mail) ||
		memcmp(&files, &state->files, sizeof(files)) != 0)
		stop(child);
	/* The one before will not be there for ever. */
	state->mail = &settings->mail;
	db_pool_set_per_account(state->rights.pool,
		(unsigned)settings_community_limits(settings).connections);
	return 0;
}

const struct role courier_role = {
	.name = "courier",
	.confine = confine_courier,
	.start = start,
	.reload = reload,
	.stop = stop,
};
