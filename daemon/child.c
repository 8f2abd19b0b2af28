#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/uuid.h"
#include "channel.h"
#include "conf/node.h"
#include "http/tls.h"
#include "log_settings.h"
#include "loop/loop.h"
#include "loop/task.h"

#define KEYS_MOST	  8
#define CERTIFICATES_MOST 1000

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

static void
release(struct child_configuration *configuration)
{
	if (configuration != NULL)
		arena_free(configuration->arena);
}

static struct child_configuration *
receiving(struct child *child)
{
	struct arena *arena;

	if (child->next == NULL) {
		arena = arena_new();
		child->next = ARENA_NEW(arena, struct child_configuration);
		child->next->arena = arena;
		child->next->certificates.items = arena_array(arena,
			CERTIFICATES_MOST, sizeof(struct tls_certificate));
	}
	return child->next;
}

/* The supervisor checked the very same bytes: an error here is a defect. */
static void
take_settings(struct child *child, const unsigned char *data, size_t length)
{
	struct child_configuration *next = receiving(child);
	struct conf_errors errors = {0};
	const char *text = arena_copy(next->arena, data, length);

	if (settings_read(next->arena, "missiond.yaml", text, length,
		    &next->settings, &errors) < 0)
		log_defect("child", "settings: %s", conf_errors_text(&errors));
	conf_errors_release(&errors);
}

static struct record_list
split_domains(struct arena *arena, const char *text, size_t length)
{
	const char *copy = arena_copy(arena, text, length);
	const char **items = arena_array(arena, length + 1, sizeof(*items));
	size_t count = 0;

	for (const char *end = copy + length; copy < end;
		copy += strlen(copy) + 1)
		items[count++] = copy;
	return (struct record_list){items, count};
}

/* Three 32-bit lengths and whether it is the fallback, then domains (each with
 * NUL), chain and key. */
static void
take_certificate(struct child *child, const unsigned char *data, size_t length)
{
	struct child_configuration *next = receiving(child);
	struct tls_certificate *items =
		(struct tls_certificate *)(uintptr_t)next->certificates.items;
	struct tls_certificate *item;
	uint32_t lengths[4];
	const unsigned char *bytes = data + sizeof(lengths);

	if (length < sizeof(lengths) ||
		next->certificates.count == CERTIFICATES_MOST)
		log_defect("child", "certificates");
	memcpy(lengths, data, sizeof(lengths));
	if ((uint64_t)lengths[0] + lengths[1] + lengths[2] + sizeof(lengths) !=
		length)
		log_defect("child", "a certificate of %zu bytes", length);
	item = &items[next->certificates.count++];
	item->domains =
		split_domains(next->arena, (const char *)bytes, lengths[0]);
	bytes += lengths[0];
	item->certificate =
		(struct slice){(const unsigned char *)arena_copy(
				       next->arena, bytes, lengths[1]),
			lengths[1]};
	item->fallback = lengths[3] != 0;
	bytes += lengths[1];
	item->key = (struct slice){(const unsigned char *)arena_copy(
					   next->arena, bytes, lengths[2]),
		lengths[2]};
}

/* TLS has its own copies by now. */
static void
wipe_keys(struct child_configuration *configuration)
{
	const struct tls_certificate *items = configuration->certificates.items;

	for (size_t i = 0; i < configuration->certificates.count; i++)
		digest_wipe((void *)(uintptr_t)items[i].key.data,
			items[i].key.length);
}

void
child_ready(struct child *child)
{
	channel_send(child->channel, CHANNEL_READY, NULL, 0);
}

static void
commit(struct child *child)
{
	struct child_configuration *was = child->configuration;
	struct error error = {0};
	int outcome;

	child->configuration = receiving(child);
	child->next = NULL;
	if (was == NULL) {
		log_settings_open(&child->configuration->settings, child->name,
			child->foreground);
		outcome = child->role->confine(
			&child->configuration->settings, &error);
		if (outcome == 0)
			outcome = child->role->start(child, &error);
		if (outcome < 0) {
			log_event(LOG_ERR, NULL, "start.failed", "reason",
				error.text, NULL);
			exit(1);
		}
		wipe_keys(child->configuration);
		if (outcome == 0)
			child_ready(child);
		return;
	}
	if (child->role->reload(child, &error) < 0) {
		release(child->configuration);
		child->configuration = was;
		channel_send(child->channel, CHANNEL_RELOADED, error.text,
			strlen(error.text));
		return;
	}
	wipe_keys(child->configuration);
	/* Requests in flight may still look at the one before. */
	release(child->before);
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
		take_settings(child, data, length);
		return;
	case CHANNEL_KEY:
		take_key(data, length);
		return;
	case CHANNEL_CERTIFICATE:
		take_certificate(child, data, length);
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
		{"http", required_argument, NULL, 'h'},
		{"https", required_argument, NULL, 's'},
		{"control", required_argument, NULL, 'C'},
		{"foreground", no_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	int option, channel = -1;
	int64_t number;

	while ((option = getopt_long(count, arguments, "", options, NULL)) !=
		-1) {
		switch (option) {
		case 'r':
			break;
		case 'n':
			child->name = optarg;
			break;
		case 'N':
			if (parse_integer(optarg, 0, 1000, &number) < 0)
				return -1;
			child->number = (unsigned)number;
			break;
		case 'R':
			if (uuid_parse(optarg, &child->run) < 0)
				return -1;
			break;
		case 'c':
			channel = parse_descriptor(optarg);
			break;
		case 'e':
			child->epochs = parse_descriptor(optarg);
			break;
		case 'a':
			child->allowances = parse_descriptor(optarg);
			break;
		case 'h':
			add_listener(child, optarg, LISTENER_HTTP);
			break;
		case 's':
			add_listener(child, optarg, LISTENER_HTTPS);
			break;
		case 'C':
			add_listener(child, optarg, LISTENER_CONTROL);
			break;
		case 'f':
			child->foreground = true;
			break;
		default:
			return -1;
		}
	}
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
