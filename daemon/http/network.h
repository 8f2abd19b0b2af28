/* network.h: numeric addresses, and networks that they belong to or not. */
#ifndef MISSIOND_HTTP_NETWORK_H
#define MISSIOND_HTTP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

#define NETWORK_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

struct network {
	unsigned char
		address[16]; /* IPv4 mapped into IPv6 (RFC 4291, 2.5.5.2) */
	unsigned bits;	     /* of 128 */
};

/* "10.0.0.0/8", "2001:db8::/32", a single address. 0 or −1. */
int network_parse(const char *text, struct network *network);

/* Whether a numeric address belongs to one of the networks. */
bool network_contains(
	const struct network *networks, size_t count, const char *address);

/* The peer's numeric address; a mapped IPv4 address as IPv4; "local" for a
 * Unix socket (the server then puts "uid N" in its place). */
void network_format(
	const struct sockaddr *address, char text[NETWORK_TEXT_SIZE]);

/* A numeric address as network_format() writes it, so that each has one
 * spelling. 0 or −1. */
int network_normalise(const char *text, char normal[NETWORK_TEXT_SIZE]);

/* Whose connections count together: of IPv6 the /64, which is what one visitor
 * is given; all else stands for itself. */
void network_group(const char *address, char group[NETWORK_TEXT_SIZE]);

/* Whether the text is a numeric address. */
bool network_is_address(const char *text);

#endif
