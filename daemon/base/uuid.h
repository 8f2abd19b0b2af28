/*
 * uuid.h: identifiers. UUIDv7 (RFC 9562) in the database; in URLs and on the
 * screen 26 characters of Crockford base32, lower case, which sorts as the
 * bytes do.
 */
#ifndef MISSIOND_BASE_UUID_H
#define MISSIOND_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/record.h"

#define UUID_TEXT_SIZE	     27 /* 26 characters and a NUL */
#define UUID_HYPHENATED_SIZE 37

/* A new UUIDv7; ids made by one process within a millisecond still ascend. */
struct uuid uuid_new(void);

void uuid_format(struct uuid id, char text[UUID_TEXT_SIZE]);

/* Accepts upper and lower case, exactly 26 characters; 0 or -1. The letters
 * i, l, o are not read as digits: one id has one spelling (but for case). */
int uuid_parse(const char *text, struct uuid *id);

/* "0193…-…": the form MariaDB's UUID type speaks. */
void uuid_format_hyphenated(struct uuid id, char text[UUID_HYPHENATED_SIZE]);
int uuid_parse_hyphenated(const char *text, size_t length, struct uuid *id);

bool uuid_equal(struct uuid a, struct uuid b);
bool uuid_is_none(struct uuid id);

#endif
