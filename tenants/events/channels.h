/*
 * channels.h: the event streams of one worker, by community. A community that
 * has streams has a channel; who has none costs nothing. While there are
 * channels, a timer looks four times a second whether one's community has news
 * (epoch_news.h, in memory that the machine's workers share), and then tells
 * all streams of that channel in one pass, at most once a second.
 *
 * What a stream tells is what one could see by loading a page. Whoever was let
 * in by a log-in is asked for again before each pass, and every
 * CHANNELS_CHECK_INTERVAL: sixteen log-ins with one statement, never one query
 * a stream. Whose log-in is over, or who may not read any more, is not told and
 * the stream ends. When the settings of the community moved, it is read anew:
 * if it is closed now, has lost a name, or its readers or terms are others, all
 * its streams end, and browsers that still may come back by themselves.
 */
#ifndef MISSIOND_TENANTS_EVENTS_CHANNELS_H
#define MISSIOND_TENANTS_EVENTS_CHANNELS_H

#include <stdint.h>

#include "base/clock.h"

struct channels;
struct event_stream_owner;
struct loop;
struct request;
struct subscription;
struct tenant_service;

#define CHANNELS_CHECK_INTERVAL (30 * CLOCK_SECOND)

/* The service must live until channels_free(); its epochs must be set. */
struct channels *channels_new(
	struct loop *loop, const struct tenant_service *service);

/* Most streams of the worker, and of one visitor (network_group()). Fewer than
 * there are: these stay. */
void channels_set_limits(
	struct channels *channels, unsigned total, unsigned per_address);

/* When no stream is open any more: passes under way end at once. */
void channels_stop(struct channels *channels);

/* When they have. NULL is allowed. */
void channels_free(struct channels *channels);

enum channels_outcome {
	CHANNELS_JOINED,
	CHANNELS_FULL,	/* the worker has enough streams */
	CHANNELS_ENOUGH /* the community has, or the visitor */
};

/*
 * A place for the request's stream, which was told of all news up to `news`.
 * Goes to reply_event_stream() with subscription_owner, which gives it back.
 * For HEAD, too.
 */
enum channels_outcome channels_join(struct channels *channels,
	const struct request *request, uint64_t news,
	struct subscription **ret_subscription);

extern const struct event_stream_owner subscription_owner;

/* For metrics. */
struct channels_state {
	unsigned streams;
	uint64_t sent; /* events */
};
void channels_state(
	const struct channels *channels, struct channels_state *ret_state);

#endif
