#include "accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/error.h"
#include "settings.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* What it takes to run the roles as others. */
#define TO_SEPARATE (BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_CHOWN))
/* The rest is there when root started us: files of accounts that ran the
 * supervisor before, processes of others. */
#define TO_KEEP (TO_SEPARATE | BIT(CAP_KILL) | BIT(CAP_DAC_OVERRIDE))

#define WORDS _LINUX_CAPABILITY_U32S_3

static uint64_t
effective_capabilities(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[WORDS] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* Nothing inheritable: that ends the ambient ones too. */
static int
set_capabilities(uint64_t wanted)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[WORDS] = {0};

	for (int i = 0; i < WORDS; i++)
		data[i].effective = data[i].permitted =
			(uint32_t)(wanted >> (32 * i));
	return (int)syscall(SYS_capset, &header, data);
}

static bool
can_separate(void)
{
	return (effective_capabilities() & TO_SEPARATE) == TO_SEPARATE;
}

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

	accounts->separate = geteuid() == 0 || can_separate();
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
	bool other = account->user != geteuid();

	if (!other && !can_separate())
		return set_capabilities(0);
	if (setgroups(0, NULL) < 0 || setgid(account->group) < 0 ||
		setuid(account->user) < 0 || set_capabilities(0) < 0)
		return -1;
	/* It must not be possible to go back. */
	if (account->user != 0 && setuid(0) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
account_own(const struct account *account, const char *path)
{
	if (account->user == geteuid())
		return 0;
	return chown(path, account->user, getegid());
}

int
account_own_file(const struct account *account, int descriptor)
{
	if (account->user == geteuid())
		return 0;
	return fchown(descriptor, account->user, getegid());
}

int
account_run(const struct account *account, int (*run)(const void *argument),
	const void *argument)
{
	pid_t process = fork();
	int status;

	if (process < 0)
		return -1;
	if (process == 0) {
		int outcome = account_become(account);

		if (outcome == 0)
			outcome = run(argument);
		_exit(outcome == 0 ? 0 : errno);
	}
	while (waitpid(process, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return -1;
}

struct signal_order {
	pid_t process;
	int number;
};

static int
send_signal(const void *argument)
{
	const struct signal_order *order = argument;

	return kill(order->process, order->number);
}

int
account_signal(const struct account *account, pid_t process, int number)
{
	const struct signal_order order = {process, number};

	if (send_signal(&order) == 0 || errno != EPERM)
		return 0;
	return account_run(account, send_signal, &order);
}

int
accounts_limit_supervisor(void)
{
	/* Fails where there is no right to: no_new_privs stands before what
	 * could then be gained. */
	for (unsigned long i = 0; i <= CAP_LAST_CAP; i++)
		if ((BIT(i) & TO_KEEP) == 0)
			(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	return set_capabilities(effective_capabilities() & TO_KEEP);
}
