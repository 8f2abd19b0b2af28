#include "crew_member.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accounts.h"
#include "base/arena.h"
#include "base/log.h"
#include "channel.h"
#include "configuration.h"
#include "listeners.h"
#include "secret.h"
#include "spawn.h"

static void
send_key(struct crew_member *member, const char *label)
{
	unsigned char message[64 + DIGEST_SIZE];
	size_t length = strlen(label) + 1;

	memcpy(message, label, length);
	digest_hkdf(member->crew->options.secret, label, message + length,
		DIGEST_SIZE);
	channel_send(
		member->channel, CHANNEL_KEY, message, length + DIGEST_SIZE);
	digest_wipe(message, sizeof(message));
}

/* Each role gets what it needs and no more. */
static void
send_keys(struct crew_member *member)
{
	send_key(member, SECRET_TENANT_PASSWORDS);
	if (member->kind == CREW_STEWARD) {
		send_key(member, SECRET_STEWARD_PASSWORD);
		return;
	}
	send_key(member, SECRET_REGISTRY_PASSWORD);
	if (member->kind == CREW_WORKER)
		send_key(member, SECRET_FORM_TOKENS);
}

void
crew_child_configure(struct crew_member *member)
{
	static const unsigned parts[] = {
		[CREW_WORKER] =
			CONFIGURATION_CERTIFICATES | CONFIGURATION_SHARE,
		[CREW_STEWARD] = CONFIGURATION_SHARE,
		[CREW_COURIER] = 0,
	};

	configuration_send(member->crew->configuration, member->channel,
		parts[member->kind]);
}

void
crew_child_set_read_only(struct crew_member *member)
{
	unsigned char byte = member->crew->read_only;

	channel_send(member->channel, CHANNEL_READ_ONLY, &byte, 1);
}

void
crew_child_send_tickets(struct crew_member *member)
{
	channel_send(member->channel, CHANNEL_TICKETS, &member->crew->tickets,
		sizeof(member->crew->tickets));
}

static void
on_message(void *argument, enum channel_kind kind, const unsigned char *data,
	size_t length)
{
	struct crew_member *member = argument;
	char text[600];

	switch (kind) {
	case CHANNEL_READY:
		member->ready = true;
		crew_tell_steward(member->crew);
		if (member->kind == CREW_STEWARD && member->crew->first != NULL)
			crew_start_others(member->crew);
		crew_note_ready(member->crew);
		return;
	case CHANNEL_RELOADED:
		if (length == 0)
			return;
		snprintf(text, sizeof(text), "%.*s", (int)length,
			(const char *)data);
		log_event(LOG_ERR, NULL, "reload.failed", "process",
			member->name, "reason", text, NULL);
		return;
	case CHANNEL_RELOAD:
		member->crew->options.reload_asked(
			member->crew->options.argument);
		return;
	case CHANNEL_MAILS:
		if (member->kind == CREW_COURIER &&
			length == sizeof(member->crew->mails)) {
			memcpy(&member->crew->mails, data, length);
			crew_tell_steward(member->crew);
		}
		return;
	default:
		log_event(LOG_ERR, NULL, "channel.unexpected", "process",
			member->name, NULL);
	}
}

/* The process ends, or has: SIGCHLD says the rest. */
static void
on_closed(void *argument)
{
	(void)argument;
}

static const char *
add_number(struct arena *arena, struct spawn *child, size_t *count,
	const char *option, int descriptor)
{
	child->keep[child->keep_count++] = descriptor;
	child->arguments[(*count)++] =
		arena_printf(arena, "--%s=%d", option, descriptor);
	return child->arguments[*count - 1];
}

static void
add_steward(const struct crew_member *member, struct arena *arena,
	struct spawn *child, size_t *count)
{
	const struct crew_options *options = &member->crew->options;

	add_number(arena, child, count, "control", options->listeners->control);
	add_number(arena, child, count, "metrics", options->metrics);
	for (size_t i = 0; i < options->listeners->metrics_count; i++)
		add_number(arena, child, count, "exporter",
			options->listeners->metrics[i]);
}

static void
add_arguments(const struct crew_member *member, struct arena *arena,
	struct spawn *child, int channel)
{
	const struct listeners *listeners = member->crew->options.listeners;
	size_t count = 0;

	child->arguments[count++] =
		arena_printf(arena, "missiond: %s", member->name);
	child->arguments[count++] =
		arena_printf(arena, "--role=%s", crew_role(member->kind));
	child->arguments[count++] =
		arena_printf(arena, "--name=%s", member->name);
	child->arguments[count++] =
		arena_printf(arena, "--run=%s", member->crew->run);
	if (member->crew->options.foreground)
		child->arguments[count++] = "--foreground";
	add_number(arena, child, &count, "channel", channel);
	if (member->kind == CREW_STEWARD)
		add_steward(member, arena, child, &count);
	if (member->kind != CREW_WORKER)
		return;
	child->arguments[count++] =
		arena_printf(arena, "--number=%u", member->number);
	add_number(
		arena, child, &count, "epochs", member->crew->options.epochs);
	add_number(arena, child, &count, "allowances",
		member->crew->options.allowances);
	add_number(
		arena, child, &count, "metrics", member->crew->options.metrics);
	for (size_t i = 0; i < listeners->http_count; i++)
		add_number(arena, child, &count, "http", listeners->http[i]);
	for (size_t i = 0; i < listeners->https_count; i++)
		add_number(arena, child, &count, "https", listeners->https[i]);
}

static const struct account *
account_of(const struct crew_member *member)
{
	const struct accounts *accounts = member->crew->options.accounts;
	const struct account *const all[] = {
		[CREW_WORKER] = &accounts->worker,
		[CREW_STEWARD] = &accounts->steward,
		[CREW_COURIER] = &accounts->courier,
		[CREW_DATABASE] = &accounts->database,
	};

	return all[member->kind];
}

void
crew_signal(const struct crew_member *member, int number)
{
	if (account_signal(account_of(member), member->process, number) < 0)
		log_event(LOG_ERR, NULL, "process.not_signalled", "process",
			member->name, "reason", strerror(errno), NULL);
}

void
crew_child_start(struct crew_member *member)
{
	struct spawn child = {
		.program = "/proc/self/exe",
		.account = account_of(member),
		.output = -1,
	};
	struct arena *arena = arena_new();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		log_defect("crew", "socketpair: %s", strerror(errno));
	add_arguments(member, arena, &child, ends[1]);
	member->process = spawn(&child, SIGKILL);
	if (member->process < 0)
		log_defect("crew", "fork: %s", strerror(errno));
	close(ends[1]);
	arena_free(arena);
	member->channel = channel_new(member->crew->options.loop, ends[0],
		on_message, on_closed, member);
	send_keys(member);
	if (member->crew->read_only)
		crew_child_set_read_only(member);
	if (member->kind == CREW_WORKER)
		crew_child_send_tickets(member);
	crew_child_configure(member);
}
