#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <unistd.h>

#include "authority.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/uuid.h"
#include "channel.h"
#include "child_configuration.h"
#include "log_settings.h"
#include "loop/loop.h"
#include "loop/task.h"

#define KEYS_MOST 8

/* Subkeys stay for the life of the process, outside of any arena. */
static struct {
	char label[64];
	unsigned char key[DIGEST_SIZE];
} keys[KEYS_MOST];
static size_t key_count;

const unsigned char *
child_key(const struct child *child, const char *label)
{
	for (size_t i = 0; i < key_count; i++)
		if (strcmp(keys[i].label, label) == 0)
			return keys[i].key;
	log_defect("child", "%s has no key \"%s\"", child->name, label);
}

static void
take_key(const unsigned char *data, size_t length)
{
	size_t label = strnlen((const char *)data, length);

	if (label + 1 + DIGEST_SIZE != length || label >= sizeof(keys[0].label))
		log_defect("child", "a key of %zu bytes", length);
	for (size_t i = 0; i < key_count; i++)
		if (strcmp(keys[i].label, (const char *)data) == 0)
			return;
	if (key_count == KEYS_MOST)
		log_defect("child", "too many keys");
	memcpy(keys[key_count].label, data, label + 1);
	memcpy(keys[key_count].key, data + label + 1, DIGEST_SIZE);
	key_count++;
}

void
child_ready(struct child *child)
{
	channel_send(child->channel, CHANNEL_READY, NULL, 0);
}

/* The role loads what was handed down, not what may stand on the disk by now.
 */
static int
load(struct child *child,
	int (*take_over)(struct child *child, struct error *error),
	struct error *error)
{
	struct child_configuration *configuration = child->configuration;
	int outcome;

	file_serve(configuration->share);
	outcome = take_over(child, error);
	file_serve(NULL);
	file_set_free(configuration->share);
	configuration->share = NULL;
	return outcome;
}

static int
hold_authority(
	const struct child_configuration *configuration, struct error *error)
{
	return authority_hold(&configuration->settings.database,
		configuration->authority, error);
}

/* What the role needs is made before it gives up the rights to make it. */
static int
start(struct child *child, struct error *error)
{
	const struct settings *settings = &child->configuration->settings;

	if (authority_open(&settings->database, error) < 0 ||
		child->role->confine(settings, error) < 0 ||
		hold_authority(child->configuration, error) < 0)
		return -1;
	return load(child, child->role->start, error);
}

static void
commit(struct child *child)
{
	struct child_configuration *was = child->configuration;
	struct error error = {0};
	int outcome;

	child->configuration = child_configuration_next(child);
	child->next = NULL;
	if (was == NULL) {
		log_settings_open(&child->configuration->settings, child->name,
			child->foreground);
		outcome = start(child, &error);
		if (outcome < 0) {
			log_event(LOG_ERR, NULL, "start.failed", "reason",
				error.text, NULL);
			exit(1);
		}
		child_wipe_keys(child->configuration);
		if (outcome == 0)
			child_ready(child);
		return;
	}
	if (load(child, child->role->reload, &error) < 0 ||
		hold_authority(child->configuration, &error) < 0) {
		child_configuration_free(child->configuration);
		child->configuration = was;
		channel_send(child->channel, CHANNEL_RELOADED, error.text,
			strlen(error.text));
		return;
	}
	child_wipe_keys(child->configuration);
	/* Requests in flight may still look at the one before. */
	child_configuration_free(child->before);
	child->before = was;
	channel_send(child->channel, CHANNEL_RELOADED, NULL, 0);
}

static void
stop(struct child *child)
{
	if (child->stopping)
		return;
	child->stopping = true;
	if (child->configuration == NULL)
		loop_stop(child->loop);
	else
		child->role->stop(child);
}

static void
on_message(void *argument, enum channel_kind kind, const unsigned char *data,
	size_t length)
{
	struct child *child = argument;
	char text[2000];

	switch (kind) {
	case CHANNEL_SETTINGS:
		child_take_settings(child, data, length);
		return;
	case CHANNEL_KEY:
		take_key(data, length);
		return;
	case CHANNEL_CERTIFICATE:
		child_take_certificate(child, data, length);
		return;
	case CHANNEL_FILE:
		child_take_file(child, data, length);
		return;
	case CHANNEL_AUTHORITY:
		child_take_authority(child, data, length);
		return;
	case CHANNEL_TICKETS:
		if (length != sizeof(child->tickets))
			log_defect("child", "tickets of %zu bytes", length);
		memcpy(&child->tickets, data, length);
		return;
	case CHANNEL_COMMIT:
		commit(child);
		return;
	case CHANNEL_READ_ONLY:
		child->read_only = length == 1 && data[0] == 1;
		if (child->configuration != NULL &&
			child->role->read_only != NULL)
			child->role->read_only(child);
		return;
	case CHANNEL_STOP:
		stop(child);
		return;
	case CHANNEL_DUMP:
		task_dump();
		return;
	case CHANNEL_RELOAD:
		if (length >= sizeof(text))
			length = sizeof(text) - 1;
		memcpy(text, data, length);
		text[length] = '\0';
		if (child->reload_answered != NULL)
			child->reload_answered(child, text);
		return;
	case CHANNEL_CREW:
		if (length != sizeof(child->crew))
			log_defect("child", "a report of %zu bytes", length);
		memcpy(&child->crew, data, length);
		return;
	case CHANNEL_READY:
	case CHANNEL_RELOADED:
	case CHANNEL_MAILS:
		break;
	}
	log_defect("child", "message %d", (int)kind);
}

static void
on_closed(void *argument)
{
	struct child *child = argument;

	/* The supervisor is gone without a word: there is nobody to stop us
	 * later. */
	stop(child);
}

static int
parse_descriptor(const char *text)
{
	int64_t value;

	if (parse_integer(text, 0, 100000, &value) < 0)
		log_defect("child", "descriptor %s", text);
	if (fcntl((int)value, F_SETFD, FD_CLOEXEC) < 0)
		log_defect("child", "descriptor %s: %s", text, strerror(errno));
	return (int)value;
}

static void
add_listener(struct child *child, const char *text, int kind)
{
	struct child_listener *listener;

	if (child->listener_count == CHILD_LISTENERS_MOST)
		log_defect("child", "too many listeners");
	listener = &child->listeners[child->listener_count++];
	listener->descriptor = parse_descriptor(text);
	listener->kind = kind;
}

/* 0, or −1 for what the supervisor never gives. */
static int
take_option(struct child *child, int option, const char *value, int *channel)
{
	int64_t number;

	switch (option) {
	case 'r': /* read before */
		return 0;
	case 'n':
		child->name = value;
		return 0;
	case 'N':
		if (parse_integer(value, 0, 1000, &number) < 0)
			return -1;
		child->number = (unsigned)number;
		return 0;
	case 'R':
		return uuid_parse(value, &child->run);
	case 'c':
		*channel = parse_descriptor(value);
		return 0;
	case 'e':
		child->epochs = parse_descriptor(value);
		return 0;
	case 'a':
		child->allowances = parse_descriptor(value);
		return 0;
	case 'm':
		child->metrics = parse_descriptor(value);
		return 0;
	case 'x':
		add_listener(child, value, LISTENER_METRICS);
		return 0;
	case 'h':
		add_listener(child, value, LISTENER_HTTP);
		return 0;
	case 's':
		add_listener(child, value, LISTENER_HTTPS);
		return 0;
	case 'C':
		add_listener(child, value, LISTENER_CONTROL);
		return 0;
	case 'f':
		child->foreground = true;
		return 0;
	default:
		return -1;
	}
}

/* The channel's descriptor, or −1. */
static int
parse_arguments(struct child *child, int count, char **arguments)
{
	static const struct option options[] = {
		{"role", required_argument, NULL, 'r'},
		{"name", required_argument, NULL, 'n'},
		{"number", required_argument, NULL, 'N'},
		{"run", required_argument, NULL, 'R'},
		{"channel", required_argument, NULL, 'c'},
		{"epochs", required_argument, NULL, 'e'},
		{"allowances", required_argument, NULL, 'a'},
		{"metrics", required_argument, NULL, 'm'},
		{"exporter", required_argument, NULL, 'x'},
		{"http", required_argument, NULL, 'h'},
		{"https", required_argument, NULL, 's'},
		{"control", required_argument, NULL, 'C'},
		{"foreground", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	int option, channel = -1;

	while ((option = getopt_long(count, arguments, "", options, NULL)) !=
		-1)
		if (take_option(child, option, optarg, &channel) < 0)
			return -1;
	return channel;
}

/* Before any secret arrives. */
static void
harden(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		log_defect("child", "prctl: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	/* A terminal's Ctrl-C reaches the whole group: the supervisor decides
	 * who stops when. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

void
child_main(const struct role *role, int count, char **arguments)
{
	/* Where a leak checker looks at the end. */
	static struct child *child;
	int descriptor;

	child = memory_new(1, sizeof(*child));
	child->role = role;
	child->name = role->name;
	child->epochs = -1;
	child->allowances = -1;
	child->metrics = -1;
	harden();
	descriptor = parse_arguments(child, count, arguments);
	if (descriptor < 0)
		log_defect("child", "not started by missiond");
	child->loop = loop_new();
	if (child->loop == NULL)
		log_defect("child", "loop: %s", strerror(errno));
	child->channel = channel_new(
		child->loop, descriptor, on_message, on_closed, child);
	loop_run(child->loop);
	digest_wipe(keys, sizeof(keys));
	tickets_wipe(&child->tickets);
	exit(0);
}
