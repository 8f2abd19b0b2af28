#include "tenants/events/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/parse.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/epoch_news.h"
#include "tenants/events/events.h"
#include "tenants/service.h"

/* The table's name and the hyphen. */
#define NAME_LENGTH 9

void
mark_format(
	const struct epoch_table *epochs, uint64_t news, char mark[MARK_SIZE])
{
	snprintf(mark, MARK_SIZE, "%08" PRIx32 "-%" PRIu64,
		epoch_news_name(epochs), news);
}

enum mark_kind
mark_read(
	const struct epoch_table *epochs, const char *text, uint64_t *ret_news)
{
	char own[MARK_SIZE];
	int64_t news;

	mark_format(epochs, 0, own);
	if (text == NULL || strlen(text) <= NAME_LENGTH ||
		strlen(text) >= MARK_SIZE || text[NAME_LENGTH - 1] != '-' ||
		parse_integer(text + NAME_LENGTH, 0, INT64_MAX, &news) < 0)
		return MARK_NONE;
	if (strncmp(text, own, NAME_LENGTH) != 0)
		return MARK_FOREIGN;
	*ret_news = (uint64_t)news;
	return MARK_KNOWN;
}

const char *
events_mark(struct request *request)
{
	const struct epoch_table *epochs = service_of(request)->epochs;
	char mark[MARK_SIZE];

	mark_format(epochs, epoch_news(epochs, request->community->id), mark);
	return arena_text(request->arena, mark);
}
