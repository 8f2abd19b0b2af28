/*
 * message.h: one mail as RFC 5322 and MIME text, lines ended by CRLF: a UTF-8
 * plain-text body in quoted-printable, headers in encoded words (RFC 2047)
 * where they are not ASCII. No line is longer than 78 characters (but for an
 * address or a word that is), and nothing a member wrote can begin a header:
 * control characters in names and subjects become spaces, addresses with
 * anything but an address in them are refused.
 */
#ifndef MISSIOND_MAIL_MESSAGE_H
#define MISSIOND_MAIL_MESSAGE_H

#include <stdbool.h>

#include "base/record.h"

struct buffer;
struct error;

struct message_address {
	const char *address; /* "zoe@example.org" */
	const char *name;    /* UTF-8, or NULL */
};

struct message {
	struct message_address from, to;
	struct message_address reply_to; /* address NULL: none */
	const char *subject;		 /* UTF-8 */
	const char *body;		 /* UTF-8, lines ended by \n or \r\n */
	const char *language;		 /* "en", "fr" */
	struct timestamp date;
	struct uuid id; /* Message-ID: the same at every attempt */
};

/* Appends the message. 0, or -1 when an address is none (the message does not
 * repeat it). */
int message_build(struct buffer *output, const struct message *message,
	struct error *error);

#endif
