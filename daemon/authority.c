#include "authority.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "settings.h"

#define FILE_LIMIT ((size_t)1024 * 1024)

/* Of this process. */
static struct {
	int descriptor;
	size_t size;
	char path[40];
	char *source; /* whose bytes it holds; NULL: none are needed */
} held = {.descriptor = -1};

static bool
is_needed(const struct settings_database *database)
{
	return !database->private_server && database->socket == NULL &&
	       database->ca_file != NULL;
}

static bool
has_certificate(const struct buffer *bytes)
{
	BIO *bio = BIO_new_mem_buf(bytes->data, (int)bytes->length);
	X509 *certificate =
		bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool has = certificate != NULL;

	X509_free(certificate);
	BIO_free(bio);
	ERR_clear_error();
	return has;
}

int
authority_read(struct arena *arena, const struct settings_database *database,
	struct slice *ret_bytes, struct error *error)
{
	struct buffer bytes = BUFFER_EMPTY;
	int outcome;

	*ret_bytes = (struct slice){NULL, 0};
	if (!is_needed(database))
		return 0;
	outcome = file_read(database->ca_file, FILE_LIMIT, &bytes);
	if (outcome < 0)
		error_set(error, "database.ca_file: %s: %s", database->ca_file,
			strerror(errno));
	else if (bytes.length == 0 || !has_certificate(&bytes))
		outcome = error_set(error,
			"database.ca_file: %s: no certificate in PEM",
			database->ca_file);
	else
		*ret_bytes =
			(struct slice){(const unsigned char *)arena_copy(
					       arena, bytes.data, bytes.length),
				bytes.length};
	buffer_release(&bytes);
	return outcome;
}

int
authority_open(const struct settings_database *database, struct error *error)
{
	if (!is_needed(database))
		return 0;
	held.descriptor = memfd_create("database-authority", MFD_CLOEXEC);
	if (held.descriptor < 0)
		return error_set(error, "memfd_create: %s", strerror(errno));
	snprintf(held.path, sizeof(held.path), "/proc/self/fd/%d",
		held.descriptor);
	held.source = memory_text(database->ca_file);
	return 0;
}

static int
write_all(const void *bytes, size_t length)
{
	const char *next = bytes;

	while (length > 0) {
		ssize_t written = write(held.descriptor, next, length);

		if (written < 0)
			return -1;
		next += written;
		length -= (size_t)written;
	}
	return 0;
}

/* In place: a confined process makes no other and cuts none. Empty lines behind
 * a certificate mean nothing. */
int
authority_hold(const struct settings_database *database, struct slice bytes,
	struct error *error)
{
	size_t length = bytes.length;
	int outcome;

	if (held.source == NULL || !is_needed(database) ||
		strcmp(held.source, database->ca_file) != 0)
		return 0;
	outcome = lseek(held.descriptor, 0, SEEK_SET) < 0 ||
				  write_all(bytes.data, bytes.length) < 0
			  ? -1
			  : 0;
	for (; outcome == 0 && length < held.size; length++)
		outcome = write_all("\n", 1);
	if (outcome < 0)
		return error_set(
			error, "database.ca_file: %s", strerror(errno));
	held.size = length;
	return 0;
}

const char *
authority_path(void)
{
	return held.source == NULL ? NULL : held.path;
}
