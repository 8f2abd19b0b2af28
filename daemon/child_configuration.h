/* child_configuration.h: a configuration on its way into a child, message by
 * message (channel.h, configuration_send()). What cannot be is a defect. */
#ifndef MISSIOND_CHILD_CONFIGURATION_H
#define MISSIOND_CHILD_CONFIGURATION_H

#include <stddef.h>

struct child;
struct child_configuration;

/* The one being received; made when there is none. */
struct child_configuration *child_configuration_next(struct child *child);
void child_configuration_free(struct child_configuration *configuration);

void child_take_settings(
	struct child *child, const unsigned char *data, size_t length);
void child_take_file(
	struct child *child, const unsigned char *data, size_t length);
void child_take_authority(
	struct child *child, const unsigned char *data, size_t length);
void child_take_certificate(
	struct child *child, const unsigned char *data, size_t length);

/* The certificates' keys, when TLS has copies of its own. */
void child_wipe_keys(struct child_configuration *configuration);

#endif
