/* certificates.h: certificate and key files of missiond.yaml, read by the
 * supervisor (keys need not be readable by the workers) and sent to them. */
#ifndef MISSIOND_CERTIFICATES_H
#define MISSIOND_CERTIFICATES_H

#include "base/record.h"

struct arena;
struct channel;
struct error;
struct settings;

/* Reads all (struct tls_certificate) and tries them. 0 or −1. */
int certificates_read(struct arena *arena, const struct settings *settings,
	struct record_list *ret_certificates, struct error *error);

/* One CHANNEL_CERTIFICATE each. */
void certificates_send(
	const struct record_list *certificates, struct channel *channel);

void certificates_wipe(const struct record_list *certificates);

#endif
