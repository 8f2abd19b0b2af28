#include "crypto/token.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

#define TOKEN_BYTES 32

/* base64url (RFC 4648, section 5) without padding. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

void
token_random(void *bytes, size_t length)
{
	unsigned char *position = bytes;

	while (length > 0) {
		ssize_t count = getrandom(position, length, 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			log_defect("token", "no random bytes: %s",
				strerror(errno));
		position += count;
		length -= (size_t)count;
	}
}

void
token_new(char text[TOKEN_TEXT_SIZE])
{
	unsigned char bytes[TOKEN_BYTES];
	unsigned bits = 0, window = 0;
	size_t position = 0;

	token_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		window = (window << 8 | bytes[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			text[position++] = alphabet[window >> (bits - 6) & 63];
	}
	text[position++] = alphabet[window << (6 - bits) & 63];
	text[position] = '\0';
	digest_wipe(bytes, sizeof(bytes));
}

int
token_digest(const char *text, unsigned char digest[DIGEST_SIZE])
{
	size_t length = strnlen(text, TOKEN_TEXT_SIZE);

	if (length != TOKEN_TEXT_SIZE - 1 || strspn(text, alphabet) != length)
		return -1;
	digest_sha256(text, length, digest);
	return 0;
}
