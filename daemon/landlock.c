#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* Debian 12's header is of version 2; the rest is from that of Linux 6.12. */
#define FS_TRUNCATE  (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)

#define NET_BIND_TCP	(1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define RULE_NET_PORT	2

#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL		   (1ULL << 1)

#define VERSION_KNOWN 6

struct ruleset_attributes {
	uint64_t files;
	uint64_t net;
	uint64_t scoped;
};

struct port_attributes {
	uint64_t allowed;
	uint64_t port;
};

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |       \
		LANDLOCK_ACCESS_FS_REMOVE_FILE |                               \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |   \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |   \
		LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
		LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |       \
		FS_TRUNCATE | FS_IOCTL_DEV)
/* What a rule for a file, not a folder, may name. */
#define OF_FILES                                                               \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |          \
		LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

int
landlock_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 0)
		return 0;
	return version < VERSION_KNOWN ? (int)version : VERSION_KNOWN;
}

static uint64_t
rights(unsigned uses)
{
	return ((uses & LANDLOCK_READ) != 0 ? READING : 0) |
	       ((uses & LANDLOCK_WRITE) != 0 ? WRITING : 0) |
	       ((uses & LANDLOCK_RUN) != 0 ? LANDLOCK_ACCESS_FS_EXECUTE : 0);
}

static uint64_t
known(int version, uint64_t files)
{
	if (version < 2)
		files &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (version < 3)
		files &= ~(uint64_t)FS_TRUNCATE;
	if (version < 5)
		files &= ~(uint64_t)FS_IOCTL_DEV;
	return files;
}

int
landlock_begin(
	struct landlock *landlock, int version, unsigned uses, bool apart)
{
	struct ruleset_attributes attributes = {0};
	size_t size = sizeof(attributes.files);

	*landlock = (struct landlock){version, -1, 0};
	if (landlock->version == 0)
		return 0;
	landlock->files = known(landlock->version, rights(uses));
	attributes.files = landlock->files;
	if (landlock->version >= 4) {
		size = sizeof(attributes.files) + sizeof(attributes.net);
		if (apart)
			attributes.net = NET_BIND_TCP | NET_CONNECT_TCP;
	}
	if (landlock->version >= 6) {
		size = sizeof(attributes);
		if (apart)
			attributes.scoped =
				SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	}
	landlock->ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	return landlock->ruleset < 0 ? -1 : 0;
}

int
landlock_allow(const struct landlock *landlock, const char *path, unsigned uses)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights(uses) & landlock->files};
	struct stat status;
	int outcome = -1;

	if (landlock->ruleset < 0 || rule.allowed_access == 0)
		return 0;
	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (fstat(rule.parent_fd, &status) == 0) {
		if (!S_ISDIR(status.st_mode))
			rule.allowed_access &= OF_FILES;
		outcome = (int)syscall(SYS_landlock_add_rule, landlock->ruleset,
			LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	close(rule.parent_fd);
	return outcome;
}

int
landlock_allow_port(const struct landlock *landlock, uint64_t port)
{
	struct port_attributes rule = {NET_CONNECT_TCP, port};

	if (landlock->version < 4)
		return 0;
	return (int)syscall(SYS_landlock_add_rule, landlock->ruleset,
		RULE_NET_PORT, &rule, 0);
}

int
landlock_end(struct landlock *landlock)
{
	int outcome = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (landlock->ruleset < 0)
		return outcome;
	if (outcome == 0)
		outcome = (int)syscall(
			SYS_landlock_restrict_self, landlock->ruleset, 0);
	close(landlock->ruleset);
	landlock->ruleset = -1;
	return outcome;
}
