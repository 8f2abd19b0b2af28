#include "http/tls_stream.h"

#include <event2/buffer.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/tls.h"

struct tls_stream {
	struct tls *tls;
	SSL *ssl;
	struct evbuffer *arrived, *leaving; /* records; another's */
	struct evbuffer *said;
	enum tls_stream_state state;
};

/* Of one record in all versions and suites (RFC 5246, 6.2.3; RFC 8446, 5.2):
 * more than it ever is. */
#define RECORD_OVERHEAD ((size_t)256)

static int
take_arrived(BIO *bio, char *data, int length)
{
	struct tls_stream *stream = BIO_get_data(bio);
	int count = evbuffer_remove(stream->arrived, data, (size_t)length);

	BIO_clear_retry_flags(bio);
	if (count > 0)
		return count;
	BIO_set_retry_read(bio);
	return -1;
}

static int
add_leaving(BIO *bio, const char *data, int length)
{
	struct tls_stream *stream = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return evbuffer_add(stream->leaving, data, (size_t)length) == 0 ? length
									: -1;
}

/* Everything is on its way as soon as it is written; all other questions are
 * those of other kinds of BIO. */
static long
control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO *
records_new(struct tls_stream *stream)
{
	static BIO_METHOD *method; /* for as long as the process lives */
	BIO *bio;

	if (method == NULL) {
		method = BIO_meth_new(
			BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "records");
		if (method == NULL ||
			BIO_meth_set_read(method, take_arrived) != 1 ||
			BIO_meth_set_write(method, add_leaving) != 1 ||
			BIO_meth_set_ctrl(method, control) != 1)
			log_defect("tls_stream", "no kind of BIO");
	}
	bio = BIO_new(method);
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	return bio;
}

struct tls_stream *
tls_stream_new(
	struct tls *tls, struct evbuffer *arrived, struct evbuffer *leaving)
{
	struct tls_stream *stream = memory_new(1, sizeof(*stream));
	BIO *bio = records_new(stream);

	stream->tls = tls_hold(tls);
	stream->ssl = tls_accept(tls);
	stream->arrived = arrived;
	stream->leaving = leaving;
	stream->said = evbuffer_new();
	stream->state = TLS_STREAM_WAITING;
	if (bio == NULL || stream->ssl == NULL || stream->said == NULL) {
		BIO_free(bio);
		tls_stream_free(stream);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_bio(stream->ssl, bio, bio);
	return stream;
}

void
tls_stream_free(struct tls_stream *stream)
{
	if (stream == NULL)
		return;
	SSL_free(stream->ssl);
	if (stream->said != NULL)
		evbuffer_free(stream->said);
	tls_drop(stream->tls);
	free(stream);
}

struct evbuffer *
tls_stream_said(struct tls_stream *stream)
{
	return stream->said;
}

static enum tls_stream_state
state_after(const SSL *ssl, int result)
{
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_STREAM_WAITING;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_STREAM_ENDED;
	default:
		return TLS_STREAM_FAILED;
	}
}

/* No more can come out than went in, or waits inside. */
static size_t
room_for(const struct tls_stream *stream)
{
	size_t arrived = evbuffer_get_length(stream->arrived);
	size_t pending = (size_t)SSL_pending(stream->ssl);
	size_t room = arrived > pending ? arrived : pending;

	return room < TLS_RECORD_MOST ? room : TLS_RECORD_MOST;
}

enum tls_stream_state
tls_stream_read(struct tls_stream *stream)
{
	struct evbuffer_iovec space;
	size_t room = room_for(stream);
	int count;

	if (stream->state == TLS_STREAM_ENDED ||
		stream->state == TLS_STREAM_FAILED)
		return stream->state;
	if (room == 0)
		return TLS_STREAM_WAITING;
	if (evbuffer_reserve_space(stream->said, (ev_ssize_t)room, &space, 1) !=
		1)
		log_defect("tls_stream", "out of memory");
	ERR_clear_error();
	count = SSL_read(stream->ssl, space.iov_base,
		space.iov_len < INT_MAX ? (int)space.iov_len : INT_MAX);
	if (count <= 0) {
		stream->state = state_after(stream->ssl, count);
		ERR_clear_error();
		return stream->state;
	}
	space.iov_len = (size_t)count;
	if (evbuffer_commit_space(stream->said, &space, 1) < 0)
		log_defect("tls_stream", "what was read cannot be kept");
	return TLS_STREAM_MORE;
}

int
tls_stream_expect(struct tls_stream *stream, size_t length)
{
	size_t records = length / TLS_RECORD_MOST + 2;

	return evbuffer_expand(
		stream->leaving, length + records * RECORD_OVERHEAD);
}

int
tls_stream_write(struct tls_stream *stream, const void *data, size_t length)
{
	size_t written = 0;
	int outcome = 1;

	if (length == 0)
		return 0;
	ERR_clear_error();
	if (stream->state != TLS_STREAM_FAILED)
		outcome = SSL_write_ex(stream->ssl, data, length, &written);
	ERR_clear_error();
	/* All of it, because `leaving` takes all. */
	return outcome == 1 && written == length ? 0 : -1;
}

void
tls_stream_end(struct tls_stream *stream)
{
	if (stream->state == TLS_STREAM_FAILED)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(stream->ssl);
	ERR_clear_error();
}
