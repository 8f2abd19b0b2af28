/* The PROXY line of a load balancer: whole, or not at all, and the same
 * however it comes in pieces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char address[NETWORK_TEXT_SIZE] = "192.0.2.1";
	char normal[NETWORK_TEXT_SIZE];
	int used = proxy_read(data, size, address);

	if (used > (int)size || used > PROXY_SIZE_LIMIT || used < -1)
		abort();
	/* Each visitor has one spelling. */
	if (memchr(address, '\0', sizeof(address)) == NULL ||
		network_normalise(address, normal) < 0 ||
		strcmp(address, normal) != 0)
		abort();
	if (used <= 0 && strcmp(address, "192.0.2.1") != 0)
		abort();
	for (size_t part = 0; part < size && part < PROXY_SIZE_LIMIT; part++) {
		char other[NETWORK_TEXT_SIZE] = "192.0.2.1";
		/* At the end of its own memory, for the sanitizer. */
		uint8_t *copy = malloc(part + 1);
		int outcome;

		memcpy(copy + 1, data, part);
		outcome = proxy_read(copy + 1, part, other);
		free(copy);
		if (used > 0 && part < (size_t)used && outcome != 0)
			abort();
		if (used > 0 && part >= (size_t)used &&
			(outcome != used || strcmp(other, address) != 0))
			abort();
		if (used == 0 && outcome != 0)
			abort();
	}
	return 0;
}
