#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "http/head.h"

#define API_PREFIX "/api/"

bool
head_is_api(const char *path, size_t length)
{
	size_t prefix = strlen(API_PREFIX);

	return length >= prefix && memcmp(path, API_PREFIX, prefix) == 0;
}

/* The path of "http://host/path"; that of any other target is the target. */
static struct slice
skip_authority(const char *target, size_t length)
{
	const char *authority = memmem(target, length, "://", 3);
	const char *path;

	if (length == 0 || target[0] == '/' || authority == NULL)
		return (struct slice){(const unsigned char *)target, length};
	authority += 3;
	path = memchr(authority, '/', length - (size_t)(authority - target));
	if (path == NULL)
		path = target + length;
	return (struct slice){
		(const unsigned char *)path, length - (size_t)(path - target)};
}

/* The target's path as far as it came, whatever stands around it. */
static struct slice
find_path(const char *line, size_t length)
{
	const char *target = memchr(line, ' ', length);
	const char *end;

	if (target == NULL)
		return (struct slice){NULL, 0};
	while (target < line + length && *target == ' ')
		target++;
	length -= (size_t)(target - line);
	end = memchr(target, ' ', length);
	return skip_authority(
		target, end == NULL ? length : (size_t)(end - target));
}

static const char *
find_value(
	struct arena *arena, const char *line, size_t length, const char *name)
{
	size_t prefix = strlen(name);

	if (length < prefix || strncasecmp(line, name, prefix) != 0)
		return NULL;
	line += prefix;
	length -= prefix;
	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	return arena_copy(arena, line, length);
}

void
head_glance(struct arena *arena, const char *data, size_t length,
	struct head_glance *ret_glance)
{
	const char *line = data, *end = data + length;

	*ret_glance = (struct head_glance){0};
	while (line < end && ret_glance->accept_language == NULL) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop == NULL ? end : stop) - line);

		if (size > 0 && line[size - 1] == '\r')
			size--;
		if (line == data) {
			struct slice path = find_path(line, size);

			ret_glance->is_api = head_is_api(
				(const char *)path.data, path.length);
		} else if (size == 0) {
			return;
		} else {
			ret_glance->accept_language = find_value(
				arena, line, size, "accept-language:");
		}
		line = stop == NULL ? end : stop + 1;
	}
}
