/*
 * tls_stream.h: one visitor's TLS between buffers: records that have arrived
 * go in, what is to leave comes out as records. No socket is touched here and
 * nothing waits, so that all records of an answer leave with one system call,
 * and a request is not read piece by piece. For connection.c and arrival.c.
 */
#ifndef MISSIOND_HTTP_TLS_STREAM_H
#define MISSIOND_HTTP_TLS_STREAM_H

#include <stddef.h>

struct evbuffer;
struct tls;
struct tls_stream;

/* The most of what is said that one record holds (RFC 8446, 5.1). */
#define TLS_RECORD_MOST ((size_t)16 * 1024)

/* The server's side, before the handshake, or NULL. Holds `tls`. Both buffers
 * must outlive it: records are taken from `arrived` and added to `leaving`. */
struct tls_stream *tls_stream_new(
	struct tls *tls, struct evbuffer *arrived, struct evbuffer *leaving);
/* NULL is allowed. */
void tls_stream_free(struct tls_stream *stream);

/* What the visitor said, to be drained by the reader; owned by the stream. */
struct evbuffer *tls_stream_said(struct tls_stream *stream);

enum tls_stream_state {
	TLS_STREAM_MORE,    /* something was read: there may be more */
	TLS_STREAM_WAITING, /* for records that have not arrived */
	TLS_STREAM_ENDED,   /* the visitor says no more (close_notify) */
	TLS_STREAM_FAILED /* no TLS that we speak; the alert is in `leaving` */
};

/* Reads one record at the most into tls_stream_said(). Handshake, answers to
 * it and alerts are added to `leaving`. ENDED and FAILED stay. */
enum tls_stream_state tls_stream_read(struct tls_stream *stream);

/* Makes room in `leaving` for the records of so many bytes, so that they lie
 * in one piece. 0 or -1 (no memory). */
int tls_stream_expect(struct tls_stream *stream, size_t length);

/* Adds bytes to `leaving`, after the handshake. Each call begins a record.
 * 0 or -1. */
int tls_stream_write(
	struct tls_stream *stream, const void *data, size_t length);

/* Nothing more will be said: close_notify. */
void tls_stream_end(struct tls_stream *stream);

#endif
