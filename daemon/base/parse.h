/* parse.h: numbers from text, without the traps of strtol. */
#ifndef MISSIOND_BASE_PARSE_H
#define MISSIOND_BASE_PARSE_H

#include <stdint.h>

/* Decimal digits with an optional leading '-', nothing else, within
 * [least, most]; 0, or -1 leaving *value alone. */
int parse_integer(
	const char *text, int64_t least, int64_t most, int64_t *value);

/* What a hexadecimal digit of either case stands for, or -1. */
int parse_hexadecimal(char digit);

/* "500ms", "15s", "20m", "2h", "14d" or plain seconds, in microseconds; 0 or
 * -1. */
int parse_duration(const char *text, int64_t *microseconds);

/* "512", "8KiB", "2MiB", "1GiB" in bytes; 0 or -1. */
int parse_size(const char *text, int64_t *bytes);

/* The other way round, in the largest unit without a rest. */
#define PARSE_TEXT_SIZE 32
void parse_print_duration(int64_t microseconds, char text[PARSE_TEXT_SIZE]);
void parse_print_size(int64_t bytes, char text[PARSE_TEXT_SIZE]);

#endif
