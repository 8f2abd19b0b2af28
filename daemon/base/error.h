/*
 * error.h: what went wrong, in words for a person. A function that can fail
 * for reasons worth telling takes a `struct error *` and returns -1 (or NULL)
 * after error_set(). Libraries return errors; the edge logs them once.
 */
#ifndef MISSIOND_BASE_ERROR_H
#define MISSIOND_BASE_ERROR_H

struct error {
	char text[512];
};

/* Writes the message (cut to fit) and returns -1; `error` may be NULL. */
int error_set(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the message that stands there; returns -1. */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
