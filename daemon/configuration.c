#include "configuration.h"

#include <string.h>

#include "authority.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "certificates.h"
#include "channel.h"
#include "conf/node.h"
#include "share.h"

/* What is handed down is what was looked at here. */
static int
read_share(struct configuration *configuration, struct error *error)
{
	int outcome;

	configuration->share = file_set_new();
	file_note(configuration->share);
	outcome = share_check(&configuration->settings, error);
	file_note(NULL);
	return outcome;
}

static int
load(struct configuration *configuration, const char *path,
	struct buffer *problems)
{
	struct conf_errors errors = {0};
	struct error error = {0};
	int outcome = -1;

	configuration->text = conf_read_file(
		configuration->arena, path, &configuration->length, &errors);
	if (configuration->text != NULL)
		outcome = settings_read(configuration->arena, path,
			configuration->text, configuration->length,
			&configuration->settings, &errors);
	buffer_add_text(problems, conf_errors_text(&errors));
	conf_errors_release(&errors);
	if (outcome < 0)
		return -1;
	outcome = certificates_read(configuration->arena,
		&configuration->settings, &configuration->certificates, &error);
	if (outcome == 0)
		outcome = authority_read(configuration->arena,
			&configuration->settings.database,
			&configuration->authority, &error);
	if (outcome == 0)
		outcome = read_share(configuration, &error);
	if (outcome < 0)
		buffer_printf(problems, "%s\n", error.text);
	return outcome;
}

struct configuration *
configuration_load(const char *path, struct buffer *errors)
{
	struct arena *arena = arena_new();
	struct configuration *configuration =
		ARENA_NEW(arena, struct configuration);

	configuration->arena = arena;
	if (load(configuration, path, errors) == 0)
		return configuration;
	configuration_free(configuration);
	return NULL;
}

void
configuration_free(struct configuration *configuration)
{
	if (configuration == NULL)
		return;
	certificates_wipe(&configuration->certificates);
	file_set_free(configuration->share);
	arena_free(configuration->arena);
}

/* The path with its NUL, then the file. */
static void
send_file(void *channel, const char *path, const void *data, size_t length)
{
	struct buffer message = BUFFER_EMPTY;

	buffer_add(&message, path, strlen(path) + 1);
	buffer_add(&message, data, length);
	channel_send(channel, CHANNEL_FILE, message.data, message.length);
	buffer_release(&message);
}

void
configuration_send(const struct configuration *configuration,
	struct channel *channel, unsigned parts)
{
	channel_send(channel, CHANNEL_SETTINGS, configuration->text,
		configuration->length);
	if (configuration->authority.length > 0)
		channel_send(channel, CHANNEL_AUTHORITY,
			configuration->authority.data,
			configuration->authority.length);
	if ((parts & CONFIGURATION_CERTIFICATES) != 0)
		certificates_send(&configuration->certificates, channel);
	if ((parts & CONFIGURATION_SHARE) != 0)
		file_set_each(configuration->share, send_file, channel);
	channel_send(channel, CHANNEL_COMMIT, NULL, 0);
}
