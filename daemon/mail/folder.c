#include "mail/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

/* The host reads them; the group may. */
#define FILE_MODE 0640

static int
write_all(int descriptor, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t count = write(descriptor, data, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		data += count;
		length -= (size_t)count;
	}
	return 0;
}

static int
write_file(
	int directory, const char *temporary, const char *data, size_t length)
{
	int descriptor = openat(directory, temporary,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		FILE_MODE);
	int result, saved;

	if (descriptor < 0)
		return -1;
	result = write_all(descriptor, data, length) || fsync(descriptor);
	saved = errno;
	if (close(descriptor) && !result)
		return -1;
	errno = saved;
	return result ? -1 : 0;
}

/* The name is there after a power cut only when its directory is too. */
static int
write_and_rename(int directory, const char *temporary, const char *name,
	const char *data, size_t length)
{
	if (write_file(directory, temporary, data, length) == 0 &&
		renameat(directory, temporary, directory, name) == 0)
		return fsync(directory);
	return -1;
}

int
folder_write(const char *directory, const char *name, const char *data,
	size_t length, struct error *error)
{
	int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct buffer temporary = BUFFER_EMPTY, final = BUFFER_EMPTY;
	int result = -1;

	buffer_printf(&temporary, ".%s.part", name);
	buffer_printf(&final, "%s.eml", name);
	if (descriptor >= 0)
		result = write_and_rename(descriptor, buffer_text(&temporary),
			buffer_text(&final), data, length);
	if (result)
		error_set(error, "%s: %s", directory, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	buffer_release(&temporary);
	buffer_release(&final);
	return result;
}
