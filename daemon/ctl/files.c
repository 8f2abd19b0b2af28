#include "ctl/files.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/utf8.h"
#include "ctl/call.h"

/* As the steward's own limit; it would say the same, later. */
#define FILE_LIMIT ((size_t)256 * 1024)

static int
complain(const char *path, const char *why)
{
	fprintf(stderr, "missionctl: %s: %s\n", path, why);
	return -1;
}

/* Says where the first line stands that is no text, as the steward does for
 * what is no YAML. */
static int
complain_of_text(const char *path, const char *text, size_t length)
{
	const char *end = text + length;
	size_t line = 1;

	for (;; line++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t size = (size_t)((stop == NULL ? end : stop) - text);

		if (stop == NULL || !utf8_valid(text, size))
			break;
		text = stop + 1;
	}
	fprintf(stderr,
		"missionctl: %s:%zu:1: not UTF-8 text without a zero byte\n",
		path, line);
	return -1;
}

static int
add_file(json_t *files, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(FILE_LIMIT + 1);
	size_t length = 0;
	json_t *entry = NULL;
	int outcome = -1;

	if (file == NULL) {
		free(text);
		return complain(path, strerror(errno));
	}
	if (text != NULL)
		length = fread(text, 1, FILE_LIMIT + 1, file);
	if (text == NULL || ferror(file) != 0)
		complain(path, strerror(errno));
	else if (length > FILE_LIMIT)
		complain(path, "larger than 256 KiB");
	else if (!utf8_valid(text, length))
		complain_of_text(path, text, length);
	else
		entry = json_pack(
			"{s:s, s:s%}", "name", path, "text", text, length);
	if (entry != NULL)
		outcome = json_array_append_new(files, entry);
	fclose(file);
	free(text);
	return outcome;
}

static int
is_yaml(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int
add_folder(json_t *files, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_yaml, alphasort);
	int outcome = 0;

	if (count < 0)
		return complain(folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[2100];
		struct stat status;

		snprintf(path, sizeof(path), "%.1000s/%.1000s", folder,
			entries[i]->d_name);
		/* A pipe that nobody writes to would hold us for ever. */
		if (outcome == 0 && stat(path, &status) == 0 &&
			!S_ISREG(status.st_mode))
			outcome = complain(path, "not a file");
		if (outcome == 0)
			outcome = add_file(files, path);
		free(entries[i]);
	}
	free(entries);
	return outcome;
}

static int
add_any(json_t *files, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return add_folder(files, path);
	return add_file(files, path);
}

/* The folder of missiond.yaml, as long as the call's answer stands. */
static const char *
ask_folder(struct call *call, int *ret_code)
{
	*ret_code = call_make(call, "GET", "/api/v1/status", NULL);
	if (*ret_code != CTL_OK)
		return NULL;
	if (call->status != 200) {
		*ret_code = call_print_problem(call);
		return NULL;
	}
	return call_text(call->tree, "tenants");
}

char *
files_request(
	struct call *call, char **arguments, const char *folder, int *ret_code)
{
	bool whole = arguments[0] == NULL;
	json_t *files, *request;
	char *text = NULL;
	int outcome;

	if (whole && folder == NULL) {
		folder = ask_folder(call, ret_code);
		if (folder == NULL)
			return NULL;
	}
	files = json_array();
	outcome = whole ? add_folder(files, folder) : 0;
	for (; outcome == 0 && *arguments != NULL; arguments++)
		outcome = add_any(files, *arguments);
	request = json_pack("{s:o, s:b}", "files", files, "whole", whole);
	if (outcome == 0 && request != NULL)
		text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	*ret_code = text == NULL ? CTL_WRONG : CTL_OK;
	return text;
}
