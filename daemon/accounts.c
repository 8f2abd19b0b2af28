#include "accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "settings.h"

static int
find(const char *name, struct account *account, struct error *error)
{
	const struct passwd *entry = getpwnam(name);

	if (entry == NULL)
		return error_set(error,
			"there is no account %s: make it with systemd-sysusers "
			"(missiond.conf) or \"useradd --system --user-group "
			"--no-create-home %s\"",
			name, name);
	*account = (struct account){name, entry->pw_uid, entry->pw_gid};
	return 0;
}

int
accounts_find(const struct settings *settings, struct accounts *accounts,
	struct error *error)
{
	const struct settings_users *users = &settings->users;
	struct account self = {"", geteuid(), getegid()};

	accounts->separate = geteuid() == 0;
	if (!accounts->separate) {
		accounts->worker = accounts->steward = self;
		accounts->courier = accounts->database = self;
		return 0;
	}
	if (find(users->worker, &accounts->worker, error) < 0 ||
		find(users->steward, &accounts->steward, error) < 0 ||
		find(users->courier, &accounts->courier, error) < 0 ||
		find(users->database, &accounts->database, error) < 0)
		return -1;
	return 0;
}

static bool
may_pass(const struct account *account, const struct stat *status)
{
	if (account->user == 0)
		return true;
	if (status->st_uid == account->user)
		return (status->st_mode & S_IXUSR) != 0;
	if (status->st_gid == account->group)
		return (status->st_mode & S_IXGRP) != 0;
	return (status->st_mode & S_IXOTH) != 0;
}

int
account_can_reach(
	const struct account *account, const char *path, struct error *error)
{
	char folder[1100];
	size_t length = strlen(path);

	if (length >= sizeof(folder))
		return error_set(error, "%s: too long", path);
	for (size_t i = 1; i <= length; i++) {
		struct stat status;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(folder, path, i);
		folder[i] = '\0';
		if (stat(folder, &status) < 0)
			return error_set(
				error, "%s: %s", folder, strerror(errno));
		if (S_ISDIR(status.st_mode) && !may_pass(account, &status))
			return error_set(error,
				"the account %s cannot reach %s, because %s "
				"does not let it pass: chmod o+x %s, or choose "
				"another folder",
				account->name, path, folder, folder);
	}
	return 0;
}

int
account_become(const struct account *account)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setgid(account->group) < 0 ||
		setuid(account->user) < 0)
		return -1;
	/* It must not be possible to go back. */
	if (account->user != 0 && setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
