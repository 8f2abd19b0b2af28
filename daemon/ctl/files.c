#include "ctl/files.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/call.h"

/* As the steward's own limit; it would say the same, later. */
#define FILE_LIMIT ((size_t)256 * 1024)

static int
complain(const char *path, const char *why)
{
	fprintf(stderr, "missionctl: %s: %s\n", path, why);
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
	else
		entry = json_pack(
			"{s:s, s:s%}", "name", path, "text", text, length);
	if (entry != NULL)
		outcome = json_array_append_new(files, entry);
	else if (text != NULL && length <= FILE_LIMIT)
		complain(path, "not UTF-8 text");
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

		snprintf(path, sizeof(path), "%.1000s/%.1000s", folder,
			entries[i]->d_name);
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
