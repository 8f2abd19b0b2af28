/* events.h: visitors who are told that there is something new. */
#ifndef MISSIOND_TENANTS_EVENTS_EVENTS_H
#define MISSIOND_TENANTS_EVENTS_EVENTS_H

#include "tenants/features.h"

struct request;

extern const struct feature events_feature;

/*
 * What a page shows is of this moment: an opaque word, to be taken before the
 * page's rows are read. A stream that is opened with it (/events?page=…) tells
 * what came since.
 */
const char *events_mark(struct request *request);

int events_stream_open(struct request *request); /* /events */

#endif
