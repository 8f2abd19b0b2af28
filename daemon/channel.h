/*
 * channel.h: messages between the supervisor and its children over a Unix
 * stream socket: a kind, a length, bytes. Whoever finds the other end gone, or
 * a message that cannot be, closes.
 */
#ifndef MISSIOND_CHANNEL_H
#define MISSIOND_CHANNEL_H

#include <stddef.h>

struct channel;
struct loop;

enum channel_kind {
	/* supervisor → child; what makes up a configuration, then COMMIT */
	CHANNEL_SETTINGS = 1, /* the bytes of missiond.yaml */
	CHANNEL_KEY,	      /* label, NUL, 32 bytes */
	CHANNEL_CERTIFICATE,  /* three lengths, a flag, domains, chain, key */
	CHANNEL_FILE,	      /* path, NUL, bytes (base/file.h) */
	CHANNEL_AUTHORITY,    /* bytes of database.ca_file (authority.h) */
	CHANNEL_TICKETS,      /* struct tickets; also later, without COMMIT */
	CHANNEL_COMMIT,
	CHANNEL_READ_ONLY, /* one byte: 0 or 1 */
	CHANNEL_STOP,
	CHANNEL_DUMP, /* log the parked tasks */
	/* child → supervisor */
	CHANNEL_READY,	  /* after the first COMMIT */
	CHANNEL_RELOADED, /* after a later one; text of the error or nothing */
	CHANNEL_MAILS,	  /* courier's: struct mail_counts (crew_report.h) */
	/* steward → supervisor and back */
	CHANNEL_RELOAD, /* asks for a reload; answered with its errors or
			   nothing */
	/* supervisor → steward */
	CHANNEL_CREW /* struct crew_report, whenever it has changed */
};

/* Largest message: a file below paths.share, of at most half of that. */
#define CHANNEL_LIMIT ((size_t)2 * 1024 * 1024)

/* Owns the descriptor (made non-blocking). `closed` is called once when the
 * other end is gone; the channel may be freed from either callback. */
struct channel *channel_new(struct loop *loop, int descriptor,
	void (*message)(void *argument, enum channel_kind kind,
		const unsigned char *data, size_t length),
	void (*closed)(void *argument), void *argument);
void channel_free(struct channel *channel);

void channel_send(struct channel *channel, enum channel_kind kind,
	const void *data, size_t length);

#endif
