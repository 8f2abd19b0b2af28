#include "mail_directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "accounts.h"
#include "base/error.h"
#include "settings.h"

const char *
mail_directory_path(
	const struct settings *settings, char path[MAIL_DIRECTORY_SIZE])
{
	const char *folder = settings->mail.directory;

	if (folder == NULL)
		return NULL;
	if (folder[0] == '/')
		snprintf(path, MAIL_DIRECTORY_SIZE, "%.1000s", folder);
	else
		snprintf(path, MAIL_DIRECTORY_SIZE, "%.540s/%.540s",
			settings->paths.data, folder);
	return path;
}

int
mail_directory_make(const struct settings *settings,
	const struct account *courier, struct error *error)
{
	char text[MAIL_DIRECTORY_SIZE];
	const char *path = mail_directory_path(settings, text);

	if (path == NULL)
		return 0;
	if ((mkdir(path, 0750) < 0 && errno != EEXIST) ||
		account_own(courier, path) < 0)
		return error_set(
			error, "mail.directory: %s: %s", path, strerror(errno));
	return account_can_reach(courier, path, error);
}

void
mail_directory_note(
	const struct settings *settings, struct mail_directory_start *start)
{
	snprintf(start->data, sizeof(start->data), "%.1000s",
		settings->paths.data);
	if (mail_directory_path(settings, start->folder) == NULL)
		start->folder[0] = '\0';
}

/* By its name: what is "..", may lead out. */
static bool
is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	const char *rest;

	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (strncmp(path, folder, length) != 0 || path[length] != '/')
		return false;
	for (rest = path + length; rest != NULL; rest = strchr(rest + 1, '/'))
		if (strcmp(rest, "/..") == 0 || strncmp(rest, "/../", 4) == 0)
			return false;
	return true;
}

int
mail_directory_change(const struct mail_directory_start *start,
	const struct settings *next, const struct account *courier,
	struct error *error)
{
	char text[MAIL_DIRECTORY_SIZE];
	const char *path = mail_directory_path(next, text);

	if (path != NULL && strcmp(path, start->folder) != 0 &&
		!is_below(path, start->data))
		return error_set(error,
			"mail.directory: %s is outside of %s: such a folder is "
			"taken over at a start only, so restart missiond",
			path, start->data);
	return mail_directory_make(next, courier, error);
}
