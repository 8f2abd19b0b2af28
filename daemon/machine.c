#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "crypto/digest.h"
#include "crypto/token.h"

#define PATH_SIZE 1100
#define TEXT_SIZE 200

/* What the file holds, "" when it cannot be read. */
static void
read_text(const char *path, char text[TEXT_SIZE])
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (descriptor >= 0) {
		length = read(descriptor, text, TEXT_SIZE - 1);
		close(descriptor);
	}
	text[length < 0 ? 0 : length] = '\0';
}

int
machine_mark(const char *directory, struct error *error)
{
	unsigned char bytes[DIGEST_SIZE];
	char path[PATH_SIZE], partial[PATH_SIZE], text[DIGEST_HEX_SIZE];
	int descriptor, outcome = -1;

	snprintf(path, sizeof(path), "%.1000s/machine", directory);
	snprintf(partial, sizeof(partial), "%.1000s/machine.new", directory);
	if (access(path, R_OK) == 0)
		return 0;
	descriptor = open(partial,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (descriptor < 0)
		return error_set(error, "%s: %s", partial, strerror(errno));
	token_random(bytes, sizeof(bytes));
	digest_hex(bytes, text);
	text[DIGEST_HEX_SIZE - 1] = '\n';
	/* The steward reads it under an account of its own. */
	if (write(descriptor, text, sizeof(text)) == sizeof(text) &&
		fchmod(descriptor, 0644) == 0 && fsync(descriptor) == 0 &&
		rename(partial, path) == 0)
		outcome = 0;
	else
		error_set(error, "%s: %s", path, strerror(errno));
	close(descriptor);
	return outcome;
}

int
machine_name(const char *directory, char name[MACHINE_NAME_SIZE],
	struct error *error)
{
	char path[PATH_SIZE], host[65] = "", mark[TEXT_SIZE], system[TEXT_SIZE];
	char all[3 * TEXT_SIZE], hex[DIGEST_HEX_SIZE];
	unsigned char digest[DIGEST_SIZE];

	snprintf(path, sizeof(path), "%.1000s/machine", directory);
	read_text(path, mark);
	if (mark[0] == '\0')
		return error_set(error, "%s cannot be read", path);
	read_text("/etc/machine-id", system);
	if (gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	snprintf(all, sizeof(all), "%s/%s/%s", host, system, mark);
	digest_sha256(all, strlen(all), digest);
	digest_hex(digest, hex);
	snprintf(name, MACHINE_NAME_SIZE, "%s/%.16s", host, hex);
	return 0;
}
