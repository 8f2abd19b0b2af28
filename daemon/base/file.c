#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/record.h"

#define PIECE ((size_t)16 * 1024)

struct file_set {
	struct arena *arena;
	struct map *files; /* path → struct slice */
};

static struct file_set *noting;
static const struct file_set *serving;

struct file_set *
file_set_new(void)
{
	struct file_set *set = memory_new(1, sizeof(*set));

	set->arena = arena_new();
	set->files = map_new();
	return set;
}

void
file_set_free(struct file_set *set)
{
	if (set == NULL)
		return;
	map_free(set->files);
	arena_free(set->arena);
	free(set);
}

void
file_set_add(
	struct file_set *set, const char *path, const void *data, size_t length)
{
	struct slice *slice = ARENA_NEW(set->arena, struct slice);

	slice->data =
		(const unsigned char *)arena_copy(set->arena, data, length);
	slice->length = length;
	map_set(set->files, path, slice);
}

void
file_set_each(const struct file_set *set,
	void (*visit)(void *argument, const char *path, const void *data,
		size_t length),
	void *argument)
{
	size_t position = 0;
	const char *path;
	void *value;

	while (map_next(set->files, &position, &path, &value)) {
		const struct slice *slice = value;

		visit(argument, path, slice->data, slice->length);
	}
}

void
file_note(struct file_set *set)
{
	noting = set;
}

void
file_serve(const struct file_set *set)
{
	serving = set;
}

static int
read_served(const char *path, size_t limit, struct buffer *buffer)
{
	const struct slice *slice = map_get(serving->files, path);

	if (slice == NULL || slice->length > limit) {
		errno = slice == NULL ? ENOENT : EFBIG;
		return -1;
	}
	buffer_add(buffer, slice->data, slice->length);
	return 0;
}

static int
read_pieces(int descriptor, size_t limit, struct buffer *buffer)
{
	size_t start = buffer->length;
	ssize_t count;

	do {
		count = read(descriptor, buffer_reserve(buffer, PIECE), PIECE);
		if (count < 0 && errno != EINTR)
			return -1;
		if (count > 0)
			buffer->length += (size_t)count;
		if (buffer->length - start > limit) {
			errno = EFBIG;
			return -1;
		}
	} while (count != 0);
	return 0;
}

static int
read_disk(const char *path, size_t limit, struct buffer *buffer)
{
	/* A pipe that nobody writes to would hold us. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int outcome = -1, failed;

	if (descriptor < 0)
		return -1;
	if (fstat(descriptor, &status) == 0) {
		if (S_ISREG(status.st_mode))
			outcome = read_pieces(descriptor, limit, buffer);
		else
			errno = EINVAL;
	}
	failed = errno;
	close(descriptor);
	errno = failed;
	return outcome;
}

int
file_read(const char *path, size_t limit, struct buffer *buffer)
{
	size_t start = buffer->length;

	if (serving != NULL)
		return read_served(path, limit, buffer);
	if (read_disk(path, limit, buffer) < 0)
		return -1;
	if (noting != NULL)
		file_set_add(noting, path, buffer_text(buffer) + start,
			buffer->length - start);
	return 0;
}
