#include "tenants/accounts/common_password.h"

#include <stdint.h>
#include <stdlib.h>

static const uint64_t hashes[] = {
#include "tenants/accounts/common-passwords.inc"
};

/* FNV-1a, as list-common-passwords.py does. */
static uint64_t
hash(const char *text, size_t length)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		value = (value ^ (unsigned char)text[i]) *
			UINT64_C(0x100000001b3);
	return value;
}

static int
compare(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return first < second ? -1 : first > second;
}

bool
common_password(const char *text, size_t length)
{
	uint64_t value = hash(text, length);

	return bsearch(&value, hashes, common_password_count(), sizeof(value),
		       compare) != NULL;
}

size_t
common_password_count(void)
{
	return sizeof(hashes) / sizeof(hashes[0]);
}
