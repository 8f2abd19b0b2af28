#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/record.h"
#include "crypto/token.h"

#define PATH_SIZE 1100

static int
make(const char *path, struct error *error)
{
	unsigned char bytes[DIGEST_SIZE];
	char text[DIGEST_HEX_SIZE], partial[PATH_SIZE];
	int descriptor, outcome = -1;

	snprintf(partial, sizeof(partial), "%s.new", path);
	descriptor = open(partial,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (descriptor < 0)
		return error_set(error, "%s: %s", partial, strerror(errno));
	token_random(bytes, sizeof(bytes));
	digest_hex(bytes, text);
	text[DIGEST_HEX_SIZE - 1] = '\n';
	/* A secret that is lost after data were made with it is worse than
	 * none: it is on the disk before it has its name. */
	if (write(descriptor, text, DIGEST_HEX_SIZE) == DIGEST_HEX_SIZE &&
		fsync(descriptor) == 0 && rename(partial, path) == 0)
		outcome = 0;
	else
		error_set(error, "%s: %s", path, strerror(errno));
	close(descriptor);
	digest_wipe(bytes, sizeof(bytes));
	digest_wipe(text, sizeof(text));
	return outcome;
}

/* What is there was made with a secret; another would not open it. */
static int
check_never_made(const char *directory, const char *path, struct error *error)
{
	static const char *const traces[] = {"database", "machine"};

	for (size_t i = 0; i < COUNT_OF(traces); i++) {
		char trace[PATH_SIZE];

		snprintf(trace, sizeof(trace), "%.1000s/%s", directory,
			traces[i]);
		if (access(trace, F_OK) == 0)
			return error_set(error,
				"%s is missing, but %s was made with it: "
				"restore it from the backup",
				path, trace);
	}
	return 0;
}

int
secret_load(const char *directory, unsigned char secret[DIGEST_SIZE],
	struct error *error)
{
	char path[PATH_SIZE - 10], text[DIGEST_HEX_SIZE + 1] = "";
	struct stat status;
	ssize_t length;
	int descriptor, outcome = 0;

	snprintf(path, sizeof(path), "%s/secret", directory);
	descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (descriptor < 0 && errno == ENOENT) {
		if (check_never_made(directory, path, error) < 0 ||
			make(path, error) < 0)
			return -1;
		descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (descriptor < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	length = read(descriptor, text, sizeof(text) - 1);
	if (fstat(descriptor, &status) < 0)
		status.st_mode = 0777;
	close(descriptor);
	text[DIGEST_HEX_SIZE - 1] = '\0';
	if ((status.st_mode & 077) != 0)
		outcome = error_set(error,
			"%s can be read by others: chmod 600 %s", path, path);
	else if (length < DIGEST_HEX_SIZE - 1 ||
		 digest_parse_hex(text, secret) < 0)
		outcome = error_set(error,
			"%s is not 64 hexadecimal digits: restore it from the "
			"backup",
			path);
	digest_wipe(text, sizeof(text));
	return outcome;
}
