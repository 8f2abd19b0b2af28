/* mark.h: moments of a community's news (tenants/epoch_news.h) as words. */
#ifndef MISSIOND_TENANTS_EVENTS_MARK_H
#define MISSIOND_TENANTS_EVENTS_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct epoch_table;

#define MARK_SIZE 32

/* "9f3a61c2-14": the table's name and the number of news. */
void mark_format(
	const struct epoch_table *epochs, uint64_t news, char mark[MARK_SIZE]);

enum mark_kind {
	MARK_NONE,    /* no mark at all */
	MARK_FOREIGN, /* of before a start, or of another machine */
	MARK_KNOWN
};

/* NULL is none. The number is set where it is known. */
enum mark_kind mark_read(
	const struct epoch_table *epochs, const char *text, uint64_t *ret_news);

#endif
