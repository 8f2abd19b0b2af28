/* configuration.h: missiond.yaml and all that belongs to it as the supervisor
 * holds it: the bytes, what they say, certificates, and the bytes of templates,
 * texts and assets, which can be loaded. */
#ifndef MISSIOND_CONFIGURATION_H
#define MISSIOND_CONFIGURATION_H

#include "base/record.h"
#include "settings.h"

struct arena;
struct buffer;
struct channel;
struct file_set;

struct configuration {
	struct arena *arena;
	const char *text;
	size_t length;
	struct settings settings;
	struct record_list certificates;
	struct file_set *share; /* what was read of paths.share */
	struct slice authority; /* of the database; authority.h */
};

/* NULL, and what is wrong (a line each) in `errors`. */
struct configuration *configuration_load(
	const char *path, struct buffer *errors);
void configuration_free(struct configuration *configuration);

/* What of it a child gets beside the settings. */
enum configuration_part {
	CONFIGURATION_CERTIFICATES = 1 << 0,
	CONFIGURATION_SHARE = 1 << 1
};

/* To a child; it is complete with CHANNEL_COMMIT. */
void configuration_send(const struct configuration *configuration,
	struct channel *channel, unsigned parts);

#endif
