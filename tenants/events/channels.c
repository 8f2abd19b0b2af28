#include "tenants/events/channels.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "http/event_stream.h"
#include "http/network.h"
#include "http/request.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/config.h"
#include "tenants/epoch.h"
#include "tenants/epoch_news.h"
#include "tenants/events/mark.h"
#include "tenants/events/verify.h"
#include "tenants/limits.h"
#include "tenants/registry.h"
#include "tenants/service.h"

#define LOOK_INTERVAL INT64_C(250000)

/* Between two events of a community. */
#define PASS_INTERVAL CLOCK_SECOND

/* For a pass; then it is given up and begun again. */
#define PASS_TIME (10 * CLOCK_SECOND)

/* Streams that are told before others of the worker have their turn. */
#define PASS_PIECE 128

struct subscription {
	TAILQ_ENTRY(subscription) next;
	struct channel *channel;
	struct event_stream *stream;	   /* NULL: not open yet */
	bool member;			   /* let in by a log-in: */
	unsigned char digest[DIGEST_SIZE]; /* of its token */
	uint64_t told;			   /* news */
	bool due;			   /* in the pass under way */
	char group[NETWORK_TEXT_SIZE];
};
TAILQ_HEAD(subscription_list, subscription);

struct channel {
	TAILQ_ENTRY(channel) next;
	struct channels *channels;
	const struct community *community; /* held; whoever is here may read */
	char *host;			   /* one of its names */
	struct map *hosts; /* all that its streams were opened under */
	uint64_t told;	   /* news of the last pass */
	int64_t told_at;   /* clock_monotonic() */
	int64_t checked_at;
	/* Those that are due stand before all others. */
	struct subscription_list subscriptions;
	unsigned count, sessions;
	struct task *task; /* while a pass is under way */
};

struct channels {
	struct loop *loop;
	const struct tenant_service *service;
	TAILQ_HEAD(channel_list, channel) list;
	struct map *by_community; /* key → channel */
	struct map *by_visitor;	  /* group → number of streams */
	struct loop_timer *timer; /* while there are channels */
	unsigned total, per_address;
	struct channels_state state;
};

struct channels *
channels_new(struct loop *loop, const struct tenant_service *service)
{
	struct channels *channels = memory_new(1, sizeof(*channels));

	channels->loop = loop;
	channels->service = service;
	channels->by_community = map_new();
	channels->by_visitor = map_new();
	TAILQ_INIT(&channels->list);
	return channels;
}

void
channels_set_limits(
	struct channels *channels, unsigned total, unsigned per_address)
{
	channels->total = total;
	channels->per_address = per_address;
}

void
channels_stop(struct channels *channels)
{
	struct channel *channel;

	TAILQ_FOREACH (channel, &channels->list, next)
		if (channel->task != NULL)
			task_cancel(channel->task);
}

void
channels_free(struct channels *channels)
{
	if (channels == NULL)
		return;
	map_free(channels->by_community);
	map_free(channels->by_visitor);
	free(channels);
}

void
channels_state(
	const struct channels *channels, struct channels_state *ret_state)
{
	*ret_state = channels->state;
}

static uint64_t
news_of(const struct channel *channel)
{
	return epoch_news(
		channel->channels->service->epochs, channel->community->id);
}

static void
free_channel(struct channel *channel)
{
	struct channels *channels = channel->channels;

	map_remove(channels->by_community, channel->community->key);
	TAILQ_REMOVE(&channels->list, channel, next);
	community_drop(channel->community);
	free(channel->host);
	map_free(channel->hosts);
	free(channel);
	if (TAILQ_EMPTY(&channels->list)) {
		loop_timer_free(channels->timer);
		channels->timer = NULL;
	}
}

/* --- who listens */
static void
count_visitor(struct channels *channels, const char *group, intptr_t more)
{
	uintptr_t count = (uintptr_t)map_get(channels->by_visitor, group);

	count += (uintptr_t)more;
	if (count > 0)
		map_set(channels->by_visitor, group, (void *)count);
	else
		map_remove(channels->by_visitor, group);
}

static void
opened(struct event_stream *stream, void *argument)
{
	struct subscription *subscription = argument;

	subscription->stream = stream;
	/* A pass may have gone by meanwhile. */
	if (subscription->told < subscription->channel->told)
		subscription->channel->told = subscription->told;
}

static void
ended(void *argument)
{
	struct subscription *subscription = argument;
	struct channel *channel = subscription->channel;

	TAILQ_REMOVE(&channel->subscriptions, subscription, next);
	channel->count--;
	channel->sessions -= subscription->member;
	channel->channels->state.streams--;
	count_visitor(channel->channels, subscription->group, -1);
	free(subscription);
	if (channel->count == 0 && channel->task == NULL)
		free_channel(channel);
}

const struct event_stream_owner subscription_owner = {opened, ended};

/* --- telling */
static bool
may_go_on(const struct subscription *subscription, const struct map *verified)
{
	char key[DIGEST_HEX_SIZE];

	if (!subscription->member)
		return true;
	digest_hex(subscription->digest, key);
	return map_get(verified, key) != NULL;
}

/* May end the stream, and with it the subscription. One that is not open yet is
 * told with the next pass. */
static void
tell(struct subscription *subscription, const struct map *verified,
	uint64_t news, const struct buffer *event)
{
	struct channels *channels = subscription->channel->channels;

	if (subscription->stream == NULL)
		return;
	if (!may_go_on(subscription, verified)) {
		event_stream_end(subscription->stream);
		return;
	}
	if (subscription->told == news)
		return;
	subscription->told = news;
	channels->state.sent += event_stream_send(
		subscription->stream, event->data, event->length);
}

/* One pass over those that are due. No pointer is kept over a wait. */
static void
tell_all(struct channel *channel, const struct map *verified, uint64_t news)
{
	struct subscription_list *list = &channel->subscriptions;
	struct buffer event = BUFFER_EMPTY;
	struct subscription *first;
	unsigned done = 0;
	char mark[MARK_SIZE];

	mark_format(channel->channels->service->epochs, news, mark);
	event_stream_format(&event, mark, "news", mark);
	while ((first = TAILQ_FIRST(list)) != NULL && first->due) {
		first->due = false;
		TAILQ_REMOVE(list, first, next);
		TAILQ_INSERT_TAIL(list, first, next);
		tell(first, verified, news, &event);
		if (++done % PASS_PIECE == 0)
			task_sleep(clock_monotonic() + 1);
	}
	buffer_release(&event);
}

/* The log-ins of those that are due, copied: they may end meanwhile. */
static size_t
list_digests(struct channel *channel, struct arena *arena,
	struct slice **ret_digests)
{
	struct slice *digests =
		arena_array(arena, channel->sessions, sizeof(*digests));
	struct subscription *subscription;
	size_t count = 0;

	TAILQ_FOREACH (subscription, &channel->subscriptions, next)
		if (subscription->member)
			digests[count++] = (struct slice){
				(const unsigned char *)arena_copy(arena,
					subscription->digest, DIGEST_SIZE),
				DIGEST_SIZE};
	*ret_digests = digests;
	return count;
}

static void
end_all(struct channel *channel)
{
	struct subscription *subscription, *after;

	for (subscription = TAILQ_FIRST(&channel->subscriptions);
		subscription != NULL; subscription = after) {
		after = TAILQ_NEXT(subscription, next);
		if (subscription->stream != NULL)
			event_stream_end(subscription->stream);
	}
}

static bool
has_name(const struct community *community, const char *name)
{
	const struct record_list *names = &community->config->domains;

	for (size_t i = 0; i < names->count; i++)
		if (strcmp(((const char *const *)names->items)[i], name) == 0)
			return true;
	return false;
}

/* Which stream was opened under which is not kept. */
static bool
has_all_hosts(const struct community *community, const struct map *hosts)
{
	size_t position = 0;
	const char *host;
	void *value;

	while (map_next(hosts, &position, &host, &value))
		if (!has_name(community, host))
			return false;
	return true;
}

/* Whether those who could read before still can, as far as it does not depend
 * on who they are. */
static bool
is_read_alike(const struct community *before, const struct community *now)
{
	return uuid_equal(before->id, now->id) &&
	       now->state == COMMUNITY_ACTIVE &&
	       service_knows_schema(now->schema_version) &&
	       community_is_public(before) == community_is_public(now) &&
	       strcmp(before->terms_version, now->terms_version) == 0 &&
	       memcmp(before->terms_sha256, now->terms_sha256,
		       sizeof(now->terms_sha256)) == 0;
}

static bool
has_moved(const struct channel *channel)
{
	return epoch_settings(channel->channels->service->epochs,
		       channel->community->id) != channel->community->epoch;
}

/* The community as it is now; when that is closed, or read otherwise, all
 * streams end, and browsers ask again. 0, or −1 when nobody knows. */
static int
renew_community(struct channel *channel, struct arena *arena)
{
	const struct community *now = NULL;
	struct request request = {.arena = arena};
	int found;

	if (!has_moved(channel))
		return 0;
	request.log.community = channel->community->slug;
	found = registry_find(channel->channels->service->registry, &request,
		channel->host, &now);
	if (found < 0)
		return -1;
	if (found == 0 || !is_read_alike(channel->community, now) ||
		!has_all_hosts(now, channel->hosts)) {
		end_all(channel);
		community_drop(now);
		return 0;
	}
	community_drop(channel->community);
	channel->community = now;
	return 0;
}

/* A database that is away is asked again: nobody is told what they may not see,
 * and nobody is sent away for it. */
static void
make_pass(struct channel *channel, struct arena *arena)
{
	const struct tenant_service *service = channel->channels->service;
	const struct community *community;
	struct map *verified;
	uint64_t news;
	struct subscription *subscription;
	struct slice *digests;
	size_t count;

	channel->told_at = clock_monotonic();
	if (renew_community(channel, arena) < 0)
		return;
	community = community_hold(channel->community);
	verified = map_new();
	news = news_of(channel);
	TAILQ_FOREACH (subscription, &channel->subscriptions, next)
		subscription->due = true;
	count = list_digests(channel, arena, &digests);
	if (verify_sessions(
		    service, community, digests, count, arena, verified) == 0) {
		channel->told = news;
		channel->checked_at = clock_monotonic();
		tell_all(channel, verified, news);
	}
	map_free(verified);
	community_drop(community);
}

static void
run_pass(void *argument)
{
	struct channel *channel = argument;
	struct arena *arena = arena_new();

	make_pass(channel, arena);
	arena_free(arena);
	channel->task = NULL;
	if (channel->count == 0)
		free_channel(channel);
}

/* --- looking */
static bool
is_pass_due(const struct channel *channel, int64_t now)
{
	if (channel->task != NULL || now - channel->told_at < PASS_INTERVAL)
		return false;
	return has_moved(channel) || news_of(channel) != channel->told ||
	       (channel->sessions > 0 &&
		       now - channel->checked_at >= CHANNELS_CHECK_INTERVAL);
}

static void
look(void *argument)
{
	struct channels *channels = argument;
	struct channel *channel;
	int64_t now = clock_monotonic();

	TAILQ_FOREACH (channel, &channels->list, next)
		if (is_pass_due(channel, now))
			channel->task = task_start(channels->loop, "events",
				now + PASS_TIME, run_pass, channel);
}

/* --- joining */
static struct channel *
add_channel(
	struct channels *channels, const struct request *request, uint64_t news)
{
	struct channel *channel = memory_new(1, sizeof(*channel));

	channel->channels = channels;
	channel->community = community_hold(request->community);
	channel->host = memory_text(request->host);
	channel->hosts = map_new();
	channel->told = news;
	channel->told_at = clock_monotonic() - PASS_INTERVAL;
	channel->checked_at = clock_monotonic();
	TAILQ_INIT(&channel->subscriptions);
	TAILQ_INSERT_TAIL(&channels->list, channel, next);
	map_set(channels->by_community, channel->community->key, channel);
	if (channels->timer == NULL)
		channels->timer = loop_timer_new(channels->loop, LOOK_INTERVAL,
			LOOK_INTERVAL, look, channels);
	return channel;
}

/* Of two that were let in by different settings the older snapshot counts,
 * which is compared with what holds at the next look. */
static void
agree_on_community(struct channel *channel, const struct community *joining)
{
	if (channel->count > 0 && joining->epoch >= channel->community->epoch)
		return;
	community_hold(joining);
	community_drop(channel->community);
	channel->community = joining;
}

static bool
has_enough(const struct channels *channels, const struct channel *channel,
	const struct request *request, const char *group)
{
	int64_t most = service_limits(request).streams;

	if ((uintptr_t)map_get(channels->by_visitor, group) >=
		channels->per_address)
		return true;
	return channel != NULL && most != LIMIT_OFF && channel->count >= most;
}

enum channels_outcome
channels_join(struct channels *channels, const struct request *request,
	uint64_t news, struct subscription **ret_subscription)
{
	struct channel *channel =
		map_get(channels->by_community, request->community->key);
	struct subscription *subscription;
	char group[NETWORK_TEXT_SIZE];

	network_group(request->peer, group);
	if (channels->state.streams >= channels->total)
		return CHANNELS_FULL;
	if (has_enough(channels, channel, request, group))
		return CHANNELS_ENOUGH;
	if (channel == NULL)
		channel = add_channel(channels, request, news);
	agree_on_community(channel, request->community);
	map_set(channel->hosts, request->host, channel);
	subscription = memory_new(1, sizeof(*subscription));
	subscription->channel = channel;
	subscription->told = news;
	subscription->member = request->actor != NULL;
	if (subscription->member)
		memcpy(subscription->digest, request->actor->digest,
			DIGEST_SIZE);
	memcpy(subscription->group, group, sizeof(group));
	TAILQ_INSERT_TAIL(&channel->subscriptions, subscription, next);
	channel->count++;
	channel->sessions += subscription->member;
	channels->state.streams++;
	count_visitor(channels, group, 1);
	*ret_subscription = subscription;
	return CHANNELS_JOINED;
}
