#include "http/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/parse.h"

static const unsigned char mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* The bits before an IPv4 address in its mapped form, or −1. */
static int
parse_address(const char *text, unsigned char address[16])
{
	if (inet_pton(AF_INET6, text, address) == 1)
		return 0;
	if (inet_pton(AF_INET, text, address + 12) != 1)
		return -1;
	memcpy(address, mapped, sizeof(mapped));
	return 96;
}

int
network_parse(const char *text, struct network *network)
{
	char address[NETWORK_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
	int before;
	int64_t bits;

	if (length >= sizeof(address))
		return -1;
	memcpy(address, text, length);
	address[length] = '\0';
	before = parse_address(address, network->address);
	if (before < 0)
		return -1;
	bits = 128 - before;
	if (slash != NULL && parse_integer(slash + 1, 0, bits, &bits) < 0)
		return -1;
	network->bits = (unsigned)(bits + before);
	return 0;
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned char mask = (unsigned char)(0xff00U >> bits % 8);

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

bool
network_contains(
	const struct network *networks, size_t count, const char *address)
{
	unsigned char bytes[16];

	if (parse_address(address, bytes) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (same_bits(networks[i].address, bytes, networks[i].bits))
			return true;
	return false;
}

bool
network_is_address(const char *text)
{
	unsigned char bytes[16];

	return parse_address(text, bytes) >= 0;
}

/* A mapped IPv4 address as IPv4. */
static void
format_bytes(const unsigned char bytes[16], char text[NETWORK_TEXT_SIZE])
{
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, bytes + sizeof(mapped), text,
			NETWORK_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, bytes, text, NETWORK_TEXT_SIZE);
}

int
network_normalise(const char *text, char normal[NETWORK_TEXT_SIZE])
{
	unsigned char bytes[16];

	if (parse_address(text, bytes) < 0)
		return -1;
	format_bytes(bytes, normal);
	return 0;
}

void
network_format(const struct sockaddr *address, char text[NETWORK_TEXT_SIZE])
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	snprintf(text, NETWORK_TEXT_SIZE, "local");
	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, NETWORK_TEXT_SIZE);
	else if (address->sa_family == AF_INET6)
		format_bytes(v6->sin6_addr.s6_addr, text);
}

void
network_group(const char *address, char group[NETWORK_TEXT_SIZE])
{
	unsigned char bytes[16];

	snprintf(group, NETWORK_TEXT_SIZE, "%s", address);
	if (inet_pton(AF_INET6, address, bytes) != 1)
		return;
	memset(bytes + 8, 0, 8);
	inet_ntop(AF_INET6, bytes, group, NETWORK_TEXT_SIZE);
}
