#include "tenants/events/events.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/uuid.h"
#include "http/event_stream.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/epoch_news.h"
#include "tenants/events/channels.h"
#include "tenants/events/mark.h"
#include "tenants/metrics.h"
#include "tenants/service.h"

/* After which a browser whose stream ended connects again: not all of them at
 * once, for many ended together when a worker did. */
#define RETRY_LEAST 2000 /* ms */
#define RETRY_SPAN  8000

/* For who was refused. */
#define RETRY_AFTER "60"

/* Whether something came that this visitor was not told of: a browser that was
 * cut off says up to where it was told, a page that looks again says it in its
 * address. Where that is of another table, nobody knows what was missed. A page
 * that was just made says of which moment it is, elsewhere perhaps. */
static bool
missed_something(struct request *request, const struct epoch_table *epochs,
	uint64_t news)
{
	const char *told = request_header(request, "last-event-id");
	uint64_t known;

	if (told == NULL)
		told = request_query(request, "last");
	switch (mark_read(epochs, told, &known)) {
	case MARK_KNOWN:
		return known != news;
	case MARK_FOREIGN:
		return true;
	case MARK_NONE:
		break;
	}
	return mark_read(epochs, request_query(request, "page"), &known) ==
		       MARK_KNOWN &&
	       known != news;
}

/* What the stream begins with: when to come back, and where it stands; browsers
 * remember the latter without being told of an event. */
static const char *
make_greeting(struct request *request, uint64_t news)
{
	const struct epoch_table *epochs = service_of(request)->epochs;
	struct buffer lines = BUFFER_EMPTY;
	struct uuid random = uuid_new();
	unsigned spread = random.bytes[15] * 256U + random.bytes[14];
	char mark[MARK_SIZE];
	const char *text;

	buffer_printf(&lines, "retry: %u\n",
		RETRY_LEAST + spread * RETRY_SPAN / 65536);
	mark_format(epochs, news, mark);
	if (missed_something(request, epochs, news))
		event_stream_format(&lines, mark, "news", mark);
	else
		event_stream_format(&lines, mark, NULL, NULL);
	text = arena_text(request->arena, buffer_text(&lines));
	buffer_release(&lines);
	return text;
}

static int
refuse(struct request *request, int status)
{
	metrics_add(service_of(request)->metrics, METRICS_STREAMS_REFUSED, 1);
	reply_header(request, "Retry-After", RETRY_AFTER);
	return reply_error(request, status, N_("Too many pages wait for news"),
		N_("This page works all the same; load it again to see what is "
		   "new."));
}

int
events_stream_open(struct request *request)
{
	const struct tenant_service *service = service_of(request);
	uint64_t news = epoch_news(service->epochs, request->community->id);
	struct subscription *subscription;

	switch (channels_join(
		service->channels, request, news, &subscription)) {
	case CHANNELS_JOINED:
		return reply_event_stream(request, make_greeting(request, news),
			&subscription_owner, subscription);
	case CHANNELS_FULL:
		return refuse(request, 503);
	case CHANNELS_ENOUGH:
		return refuse(request, 429);
	}
	return -1;
}
