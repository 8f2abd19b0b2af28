#include "base/digits.h"

const char *
digits_text(int64_t number, char text[DIGITS_SIZE])
{
	/* The most negative number has no positive one of its size. */
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char *at = text + DIGITS_SIZE - 1;

	*at = '\0';
	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--at = '-';
	return at;
}

char *
digits_padded(char *at, unsigned number, unsigned count)
{
	for (unsigned i = count; i-- > 0; number /= 10)
		at[i] = (char)('0' + number % 10);
	return at + count;
}
