#include "configuration.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "certificates.h"
#include "channel.h"
#include "conf/node.h"
#include "share.h"

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
		outcome = share_check(&configuration->settings, &error);
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
	arena_free(configuration->arena);
}

void
configuration_send(const struct configuration *configuration,
	struct channel *channel, bool with_certificates)
{
	channel_send(channel, CHANNEL_SETTINGS, configuration->text,
		configuration->length);
	if (with_certificates)
		certificates_send(&configuration->certificates, channel);
	channel_send(channel, CHANNEL_COMMIT, NULL, 0);
}
