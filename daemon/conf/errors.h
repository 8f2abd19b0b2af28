/*
 * errors.h: what is wrong in configuration files, one line each:
 *
 *	file:line:column: what, expected what
 *
 * Files are read one after another; the lines of each are put in the order in
 * which they stand, and beyond CONF_ERROR_LIMIT only counted, so that a very
 * bad file hides no other.
 */
#ifndef MISSIOND_CONF_ERRORS_H
#define MISSIOND_CONF_ERRORS_H

#include <stddef.h>

#include "base/buffer.h"

/* Most errors told of one file. */
#define CONF_ERROR_LIMIT 20

struct conf_place {
	const char *file;
	size_t line, column; /* from 1; 0 0: the file as a whole */
};

struct conf_error_line {
	struct conf_place place;
	size_t start, length; /* in `pending` */
};

/* Starts zeroed; conf_errors_release() frees. */
struct conf_errors {
	size_t count; /* of all, also of those that are not told */
	/* The rest is errors.c's. */
	struct buffer text; /* of the files before */
	const char *file;   /* the present one; must live as long */
	struct conf_error_line lines[CONF_ERROR_LIMIT];
	size_t of_file;
	struct buffer pending;
};

/* Adds a line; always returns -1. What the message quotes is made printable. */
int conf_error(struct conf_errors *errors, const struct conf_place *place,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

/* All lines, "" when there are none; valid until the next error. */
const char *conf_errors_text(struct conf_errors *errors);

void conf_errors_release(struct conf_errors *errors);

#endif
