/* proxy.h: the PROXY protocol, versions 1 and 2 (HAProxy,
 * proxy-protocol.txt): who the visitor behind a proxy is. */
#ifndef MISSIOND_HTTP_PROXY_H
#define MISSIOND_HTTP_PROXY_H

#include <stddef.h>

#include "http/network.h"

/* The longest header that is read: version 2 with 512 bytes of extras. */
#define PROXY_SIZE_LIMIT 552

/*
 * Reads a header at the beginning of `data`. Returns its length and writes the
 * visitor's address (or leaves it alone for LOCAL and UNKNOWN), 0 when more
 * bytes are needed, −1 when there is none or it is malformed.
 */
int proxy_read(const unsigned char *data, size_t length,
	char address[NETWORK_TEXT_SIZE]);

#endif
