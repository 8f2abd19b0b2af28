/* certificate.h: certificates made on the spot, for tests. */
#ifndef MISSIOND_TESTS_CERTIFICATE_H
#define MISSIOND_TESTS_CERTIFICATE_H

#include "http/tls.h"

/* Signed by its own P-256 key, for a day, for these names (which are kept). The
 * bytes stay until the end. */
struct tls_certificate certificate_make(
	const char *const *domains, size_t count);

#endif
