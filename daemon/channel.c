#include "channel.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/loop.h"

struct channel {
	struct bufferevent *events;
	void (*message)(void *argument, enum channel_kind kind,
		const unsigned char *data, size_t length);
	void (*closed)(void *argument);
	void *argument;
	bool reading; /* a callback may free us meanwhile: */
	bool doomed;  /* then this is set */
};

struct header {
	uint32_t kind;
	uint32_t length;
};

static void
end(struct channel *channel)
{
	bufferevent_disable(channel->events, EV_READ | EV_WRITE);
	channel->closed(channel->argument);
}

static void
on_read(struct bufferevent *events, void *argument)
{
	struct channel *channel = argument;
	struct evbuffer *input = bufferevent_get_input(events);
	struct header header;

	channel->reading = true;
	while (!channel->doomed &&
		evbuffer_copyout(input, &header, sizeof(header)) ==
			(ev_ssize_t)sizeof(header)) {
		size_t whole = sizeof(header) + header.length;
		const unsigned char *data;

		if (header.length > CHANNEL_LIMIT) {
			log_event(LOG_CRIT, NULL, "channel.broken", NULL);
			end(channel);
			break;
		}
		if (evbuffer_get_length(input) < whole)
			break;
		data = evbuffer_pullup(input, (ev_ssize_t)whole);
		channel->message(channel->argument,
			(enum channel_kind)header.kind, data + sizeof(header),
			header.length);
		/* Keys and certificates must not linger. */
		explicit_bzero((void *)(uintptr_t)data, whole);
		evbuffer_drain(input, whole);
	}
	channel->reading = false;
	if (channel->doomed)
		channel_free(channel);
}

static void
on_event(struct bufferevent *events, short what, void *argument)
{
	(void)events;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
		end(argument);
}

struct channel *
channel_new(struct loop *loop, int descriptor,
	void (*message)(void *argument, enum channel_kind kind,
		const unsigned char *data, size_t length),
	void (*closed)(void *argument), void *argument)
{
	struct channel *channel = memory_new(1, sizeof(*channel));

	evutil_make_socket_nonblocking(descriptor);
	channel->message = message;
	channel->closed = closed;
	channel->argument = argument;
	channel->events = bufferevent_socket_new(
		loop_events(loop), descriptor, BEV_OPT_CLOSE_ON_FREE);
	if (channel->events == NULL)
		log_defect("channel", "out of memory");
	bufferevent_setcb(channel->events, on_read, NULL, on_event, channel);
	bufferevent_enable(channel->events, EV_READ | EV_WRITE);
	return channel;
}

void
channel_free(struct channel *channel)
{
	if (channel == NULL)
		return;
	if (channel->reading) {
		channel->doomed = true;
		return;
	}
	bufferevent_free(channel->events);
	free(channel);
}

void
channel_send(struct channel *channel, enum channel_kind kind, const void *data,
	size_t length)
{
	struct header header = {(uint32_t)kind, (uint32_t)length};

	if (length > CHANNEL_LIMIT)
		log_defect("channel", "a message of %zu bytes", length);
	bufferevent_write(channel->events, &header, sizeof(header));
	if (length > 0)
		bufferevent_write(channel->events, data, length);
}
