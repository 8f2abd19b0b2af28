/*
 * buffer.h: a growable run of bytes, always followed by a NUL that does not
 * count. BUFFER_EMPTY needs no other initialisation; buffer_release() frees.
 * Memory it gives back, also while it grows, is overwritten: bodies, pages and
 * mails hold passwords and tokens.
 * Memory that runs out aborts the process, as in arena.h.
 */
#ifndef MISSIOND_BASE_BUFFER_H
#define MISSIOND_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data; /* never NULL after the first add; "" before is buffer_text
		     */
	size_t length;
	size_t capacity;
};
#define BUFFER_EMPTY ((struct buffer){NULL, 0, 0})

void buffer_release(struct buffer *buffer);

/* Length 0, memory kept. */
void buffer_clear(struct buffer *buffer);

/* Room for `more` further bytes; returns where to write them. */
char *buffer_reserve(struct buffer *buffer, size_t more);

void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_add_integer(struct buffer *buffer, int64_t number);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list values)
	__attribute__((format(printf, 2, 0), nonnull(2)));

/* The contents as text; "" when nothing was ever added. */
const char *buffer_text(const struct buffer *buffer);

/* Appends with & < > " ' as character references (HTML text and attributes). */
void buffer_add_html(struct buffer *buffer, const char *text, size_t length);

/* Appends percent-encoded but for unreserved characters (RFC 3986, 2.3). */
void buffer_add_url(struct buffer *buffer, const char *text);

#endif
