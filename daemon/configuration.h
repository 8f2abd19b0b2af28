/* configuration.h: missiond.yaml and all that belongs to it as the supervisor
 * holds it: the bytes, what they say, certificates, and that templates, texts
 * and assets can be read. */
#ifndef MISSIOND_CONFIGURATION_H
#define MISSIOND_CONFIGURATION_H

#include "base/record.h"
#include "settings.h"

struct arena;
struct buffer;
struct channel;

struct configuration {
	struct arena *arena;
	const char *text;
	size_t length;
	struct settings settings;
	struct record_list certificates;
};

/* NULL, and what is wrong (a line each) in `errors`. */
struct configuration *configuration_load(
	const char *path, struct buffer *errors);
void configuration_free(struct configuration *configuration);

/* To a child; it is complete with CHANNEL_COMMIT. */
void configuration_send(const struct configuration *configuration,
	struct channel *channel, bool with_certificates);

#endif
