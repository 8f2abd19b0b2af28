/*
 * header.h: one header line at a time, folded. For message.c.
 */
#ifndef MISSIOND_MAIL_HEADER_H
#define MISSIOND_MAIL_HEADER_H

struct buffer;

/* "Name: value" with an ASCII value of ours, as it is. */
void header_add(struct buffer *output, const char *name, const char *value);

/* "Name: any UTF-8 text", folded at spaces, or in encoded words. */
void header_add_text(struct buffer *output, const char *name, const char *text);

/* "Name: Display Name <address>"; `display` may be NULL, the address is
 * valid. */
void header_add_address(struct buffer *output, const char *name,
	const char *display, const char *address);

#endif
