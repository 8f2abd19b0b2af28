/*
 * head.h: a request's head, read strictly. libhttp-parser frames it; what the
 * parser lets pass and HTTP/1.1 (RFC 9112) or we refuse is caught here: space
 * before a colon, folded lines, bare line feeds, control bytes, other versions,
 * no or two Hosts, ambiguous lengths.
 */
#ifndef MISSIOND_HTTP_HEAD_H
#define MISSIOND_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <http_parser.h>

#include "http/request.h"

struct arena;

#define HEAD_SIZE_LIMIT	  ((size_t)16 * 1024)
#define HEAD_TARGET_LIMIT ((size_t)4 * 1024)
#define HEAD_COUNT_LIMIT  64

/* No length: the body is chunked. */
#define HEAD_CHUNKED UINT64_MAX

struct head {
	enum method method;
	bool is_head; /* HEAD, read as GET */
	bool known_method;
	const char *host;      /* lower case, no port */
	const char *authority; /* as sent, with port */
	const char *target;    /* path and query as sent */
	const char *path;      /* decoded, normal */
	const char *query;
	struct http_header *headers;
	size_t count;
	uint64_t length; /* of the body; HEAD_CHUNKED */
	bool keep_alive;
	bool expects_continue;
	http_parser parser; /* stands before the body; for body_stream.h */
};

/*
 * Reads the head: `data` ends with the empty line. Returns 0, or the status to
 * refuse with: 400, 414, 417, 431, 501, 505.
 */
int head_read(struct arena *arena, const char *data, size_t length,
	struct head *head);

/* Whether bytes that are no whole head yet can still become one; else the
 * status to refuse with. `length` bytes so far. */
int head_check_partial(const char *data, size_t length);

/* What can be told of a head that was refused, whole or not. */
struct head_glance {
	bool is_api;
	const char *accept_language; /* in the arena, or NULL */
};
void head_glance(struct arena *arena, const char *data, size_t length,
	struct head_glance *ret_glance);

/* Whether a path belongs to the API: what is refused there is answered to a
 * program. */
bool head_is_api(const char *path, size_t length);

/* A header's value, or NULL. */
const char *head_find(const struct head *head, const char *name);

#endif
