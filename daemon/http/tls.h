/*
 * tls.h: certificates by domain (SNI, RFC 6066) over OpenSSL: TLS 1.2 and 1.3,
 * forward-secret suites only. A new set replaces the old without restart;
 * connections keep what they began with.
 *
 * A certificate names the sites it is for. It is shown to nobody who does not
 * name one of them: a handshake with another name, or none, ends with the alert
 * unrecognized_name, unless a certificate is the fallback.
 */
#ifndef MISSIOND_HTTP_TLS_H
#define MISSIOND_HTTP_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/record.h"

struct error;
struct ssl_st;
struct tickets;
struct tls;

/* One certificate: PEM bytes with its chain, and its key. */
struct tls_certificate {
	struct record_list domains; /* texts; "*.example.org" for all below */
	struct slice certificate;
	struct slice key;
	bool fallback; /* for names that none is for; of one at the most */
};

/* NULL with an error that names the domain. Sessions are resumed with
 * `tickets`, which must stay; NULL: none is. */
struct tls *tls_new(const struct tls_certificate *certificates, size_t count,
	const struct tickets *tickets, struct error *error);
/* Counted: whoever keeps one holds it and drops it; NULL is allowed. tls_new()
 * gives the first hold. */
struct tls *tls_hold(struct tls *tls);
void tls_drop(struct tls *tls);

/* A new session on the server's side, or NULL; owned by the caller, who holds
 * `tls` as long. */
struct ssl_st *tls_accept(struct tls *tls);

#endif
