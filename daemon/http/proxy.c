#include "http/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const unsigned char signature[12] = {
	'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

#define V1_LIMIT 107 /* with CRLF, section 2.1 */

/* "PROXY TCP4 source destination port port\r\n", "PROXY UNKNOWN…\r\n". */
static int
read_v1(const unsigned char *data, size_t length,
	char address[NETWORK_TEXT_SIZE])
{
	const unsigned char *end =
		memchr(data, '\n', length < V1_LIMIT ? length : V1_LIMIT);
	char line[V1_LIMIT + 1], family[8], source[64], destination[64];
	unsigned source_port, destination_port;
	int used = 0;
	size_t size;

	if (end == NULL)
		return length < V1_LIMIT ? 0 : -1;
	size = (size_t)(end - data) + 1;
	if (size < 2 || end[-1] != '\r' || memchr(data, '\0', size) != NULL)
		return -1;
	memcpy(line, data, size - 2);
	line[size - 2] = '\0';
	if (strncmp(line, "PROXY UNKNOWN", 13) == 0)
		return (int)size;
	if (sscanf(line, "PROXY %7s %63s %63s %5u %5u%n", family, source,
		    destination, &source_port, &destination_port, &used) != 5 ||
		line[used] != '\0' || source_port > 65535 ||
		destination_port > 65535)
		return -1;
	if ((strcmp(family, "TCP4") != 0 && strcmp(family, "TCP6") != 0) ||
		!network_is_address(destination) ||
		network_normalise(source, address) < 0)
		return -1;
	return (int)size;
}

static int
read_v2(const unsigned char *data, size_t length,
	char address[NETWORK_TEXT_SIZE])
{
	size_t size;

	if (length < 16)
		return 0;
	size = 16 + ((size_t)data[14] << 8 | data[15]);
	if (data[12] >> 4 != 2 || (data[12] & 15) > 1 ||
		size > PROXY_SIZE_LIMIT)
		return -1;
	if (length < size)
		return 0;
	if ((data[12] & 15) == 0) /* LOCAL: the proxy itself */
		return (int)size;
	if (data[13] >> 4 == 1) {
		struct sockaddr_in v4 = {.sin_family = AF_INET};

		if (size < 16 + 12)
			return -1;
		memcpy(&v4.sin_addr, data + 16, 4);
		network_format((const struct sockaddr *)&v4, address);
	} else if (data[13] >> 4 == 2) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

		if (size < 16 + 36)
			return -1;
		memcpy(&v6.sin6_addr, data + 16, 16);
		network_format((const struct sockaddr *)&v6, address);
	}
	return (int)size;
}

int
proxy_read(const unsigned char *data, size_t length,
	char address[NETWORK_TEXT_SIZE])
{
	size_t known = length < sizeof(signature) ? length : sizeof(signature);

	if (memcmp(data, signature, known) == 0)
		return length < sizeof(signature)
			       ? 0
			       : read_v2(data, length, address);
	known = length < 6 ? length : 6;
	if (memcmp(data, "PROXY ", known) != 0)
		return -1;
	return length < 6 ? 0 : read_v1(data, length, address);
}
