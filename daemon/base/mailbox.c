#include "base/mailbox.h"

#include <stddef.h>
#include <string.h>

#define LOCAL_LIMIT   64
#define ADDRESS_LIMIT 254

#define LETTERS_AND_DIGITS                                                     \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Dot-separated parts, none empty, of the characters allowed. */
static bool
is_dotted(const char *text, size_t length, const char *allowed)
{
	if (length == 0 || text[0] == '.' || text[length - 1] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '.' ? text[i - 1] == '.'
				   : strchr(allowed, text[i]) == NULL)
			return false;
	return true;
}

bool
mailbox_valid(const char *address)
{
	const char *at = strchr(address, '@');

	return at != NULL && at - address <= LOCAL_LIMIT &&
	       strlen(address) <= ADDRESS_LIMIT &&
	       is_dotted(address, (size_t)(at - address),
		       LETTERS_AND_DIGITS "!#$%&'*+/=?^_`{|}~-") &&
	       is_dotted(at + 1, strlen(at + 1), LETTERS_AND_DIGITS "-");
}
