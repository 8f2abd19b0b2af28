#include "ctl/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "ctl/command.h"

/* As the steward's own limit; it would say the same, later. */
#define FILE_LIMIT ((size_t)256 * 1024)

/* What is gathered; all that is wrong is told at once. */
struct gathering {
	json_t *files;
	FILE *complaints;
	bool whole; /* a folder was read: it stands for all communities */
};

static void
complain(struct gathering *gathering, const char *path, const char *why)
{
	fprintf(gathering->complaints, "%s: %s\n", path, why);
}

/* Says where the first line stands that is no text, as the steward does for
 * what is no YAML. */
static void
complain_of_text(struct gathering *gathering, const char *path,
	const char *text, size_t length)
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
	fprintf(gathering->complaints,
		"%s:%zu:1: not UTF-8 text without a zero byte\n", path, line);
}

static void
add_stream(struct gathering *gathering, const char *path, FILE *stream)
{
	char *text = malloc(FILE_LIMIT + 1);
	char *place = stream == stdin ? NULL : realpath(path, NULL);
	size_t length = 0;

	if (text != NULL)
		length = fread(text, 1, FILE_LIMIT + 1, stream);
	if (text == NULL || ferror(stream) != 0)
		complain(gathering, path, strerror(errno));
	else if (length > FILE_LIMIT)
		complain(gathering, path,
			"larger than 256 KiB, expected at most that");
	else if (!utf8_valid(text, length))
		complain_of_text(gathering, path, text, length);
	else
		json_array_append_new(gathering->files,
			json_pack("{s:o, s:o*, s:s%}", "name",
				call_string(path), "path",
				place == NULL ? NULL : call_string(place),
				"text", text, length));
	free(place);
	free(text);
}

/* What the shell makes of <(command). */
static bool
is_substitution(const char *path)
{
	return strncmp(path, "/dev/fd/", 8) == 0;
}

/* A pipe, a device or a socket would hold us for ever, and opening must not,
 * either. NULL with the reason. */
static FILE *
open_file(const char *path, const char **ret_why)
{
	int descriptor =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (descriptor < 0) {
		/* A socket. */
		*ret_why = errno == ENXIO ? "not a file" : strerror(errno);
		return NULL;
	}
	if (fstat(descriptor, &status) == 0 &&
		(S_ISREG(status.st_mode) ||
			(S_ISFIFO(status.st_mode) && is_substitution(path))) &&
		fcntl(descriptor, F_SETFL, 0) == 0)
		return fdopen(descriptor, "r");
	close(descriptor);
	*ret_why = "not a file";
	return NULL;
}

static void
add_file(struct gathering *gathering, const char *path)
{
	const char *why = "out of memory";
	FILE *file = open_file(path, &why);

	if (file == NULL) {
		complain(gathering, path, why);
		return;
	}
	add_stream(gathering, path, file);
	fclose(file);
}

static int
is_yaml(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void
add_folder(struct gathering *gathering, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_yaml, alphasort);
	size_t length = strlen(folder);

	gathering->whole = true;
	if (count < 0) {
		complain(gathering, folder, strerror(errno));
		return;
	}
	while (length > 1 && folder[length - 1] == '/')
		length--;
	for (int i = 0; i < count; i++) {
		char path[2100];

		snprintf(path, sizeof(path), "%.*s/%.1000s",
			length > 1000 ? 1000 : (int)length, folder,
			entries[i]->d_name);
		add_file(gathering, path);
		free(entries[i]);
	}
	free(entries);
}

static void
add_any(struct gathering *gathering, const char *path)
{
	struct stat status;

	if (path[0] == '\0')
		complain(gathering, "\"\"",
			"no name, expected a file, a folder or -");
	else if (strcmp(path, "-") == 0)
		add_stream(gathering, "<stdin>", stdin);
	else if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		add_folder(gathering, path);
	else
		add_file(gathering, path);
}

static bool
reads_input_twice(char **arguments)
{
	size_t count = 0;

	for (; *arguments != NULL; arguments++)
		count += strcmp(*arguments, "-") == 0;
	return count > 1;
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

/* The request's text, or NULL after all complaints. */
static char *
finish(struct gathering *gathering, const char *complaints, bool json,
	bool replace, int *ret_code)
{
	json_t *request =
		json_pack("{s:O, s:b, s:b}", "files", gathering->files, "whole",
			gathering->whole, "replace", replace);
	char *text = NULL;

	*ret_code = CTL_OK;
	if (complaints[0] != '\0')
		*ret_code = call_problem(json, CTL_WRONG,
			"not all files can be read, nothing was changed",
			complaints);
	else
		text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	return text;
}

char *
files_request(struct call *call, char **arguments,
	const struct command_options *options, int *ret_code)
{
	struct gathering gathering = {0};
	const char *folder = options->tenants;
	bool whole = arguments[0] == NULL;
	char *complaints = NULL, *text;
	size_t length;

	if (reads_input_twice(arguments)) {
		*ret_code = call_problem(call->json, CTL_USAGE,
			"standard input can be read once, expected one -",
			NULL);
		return NULL;
	}
	if (whole && folder == NULL) {
		folder = ask_folder(call, ret_code);
		if (folder == NULL)
			return NULL;
	}
	gathering.files = json_array();
	gathering.complaints = open_memstream(&complaints, &length);
	if (gathering.complaints == NULL)
		abort();
	if (whole)
		add_folder(&gathering, folder);
	for (; *arguments != NULL; arguments++)
		add_any(&gathering, *arguments);
	fclose(gathering.complaints);
	/* Without the last line's end. */
	if (length > 0)
		complaints[length - 1] = '\0';
	text = finish(
		&gathering, complaints, call->json, options->replace, ret_code);
	json_decref(gathering.files);
	free(complaints);
	return text;
}
