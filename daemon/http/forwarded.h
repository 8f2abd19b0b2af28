/* forwarded.h: what trusted proxies say of the visitor. */
#ifndef MISSIOND_HTTP_FORWARDED_H
#define MISSIOND_HTTP_FORWARDED_H

struct http_connection;
struct request;

/*
 * Fills request->peer and request->secure. X-Forwarded-For (its last address
 * that is not a trusted proxy's) and X-Forwarded-Proto count only when the peer
 * is a trusted proxy; anyone else's are ignored.
 */
void forwarded_read(
	const struct http_connection *connection, struct request *request);

#endif
