#include "ctl/origin.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/call.h"

static json_t *
exists_beside(const char *origin, const char *file)
{
	struct stat there, here;

	if (origin[0] != '/')
		return json_null();
	if (stat(origin, &there) < 0)
		return errno == ENOENT || errno == ENOTDIR ? json_false()
							   : json_null();
	/* A link, or a folder that is mounted twice. */
	return json_boolean(file[0] == '\0' || stat(file, &here) < 0 ||
			    here.st_dev != there.st_dev ||
			    here.st_ino != there.st_ino);
}

void
origin_look(const json_t *lines)
{
	size_t index;
	json_t *line;

	json_array_foreach(lines, index, line)
	{
		const char *origin = call_text(line, "applied_file");

		if (origin[0] != '\0')
			json_object_set_new(line, "applied_file_exists",
				exists_beside(origin, call_text(line, "file")));
	}
}

bool
origin_is_taken(const json_t *line)
{
	return strcmp(call_text(line, "change"), "update") == 0 &&
	       call_text(line, "applied_file")[0] != '\0' &&
	       !json_is_false(json_object_get(line, "applied_file_exists"));
}

size_t
origin_complain(const json_t *lines, FILE *stream)
{
	size_t index, count = 0;
	json_t *line;

	json_array_foreach(lines, index, line)
	{
		if (!origin_is_taken(line))
			continue;
		count++;
		fprintf(stream,
			"%s: the community %s was applied from %s, which %s, "
			"expected that file or another slug: remove the old "
			"file first, or give --replace\n",
			call_text(line, "place"), call_text(line, "slug"),
			call_text(line, "applied_file"),
			json_is_true(
				json_object_get(line, "applied_file_exists"))
				? "is still there"
				: "cannot be looked at");
	}
	return count;
}
