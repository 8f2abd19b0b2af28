#include "base/parse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

struct unit {
	const char *name;
	int64_t factor;
};

/* Digits up to whatever else comes; -1 without any, or on overflow. */
static int
take_digits(const char **text, bool negative, int64_t *value)
{
	int64_t number = 0;

	if (**text < '0' || **text > '9')
		return -1;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		int64_t digit = **text - '0';

		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(
				number, negative ? -digit : digit, &number))
			return -1;
	}
	*value = number;
	return 0;
}

int
parse_integer(const char *text, int64_t least, int64_t most, int64_t *value)
{
	bool negative = *text == '-';
	int64_t number;

	if (negative)
		text++;
	if (take_digits(&text, negative, &number) || *text != '\0')
		return -1;
	if (number < least || number > most)
		return -1;
	*value = number;
	return 0;
}

int
parse_hexadecimal(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static int
parse_with_unit(const char *text, const struct unit *units, size_t count,
	int64_t *value)
{
	int64_t number;

	if (take_digits(&text, false, &number))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(number, units[i].factor, &number))
			return -1;
		*value = number;
		return 0;
	}
	return -1;
}

/* The first, without a name, is what plain digits are; then upwards. */
static const struct unit durations[] = {
	{"", CLOCK_SECOND},
	{"ms", CLOCK_SECOND / 1000},
	{"s", CLOCK_SECOND},
	{"m", CLOCK_MINUTE},
	{"h", CLOCK_HOUR},
	{"d", CLOCK_DAY},
};
static const struct unit sizes[] = {
	{"", 1},
	{"KiB", INT64_C(1) << 10},
	{"MiB", INT64_C(1) << 20},
	{"GiB", INT64_C(1) << 30},
};

int
parse_duration(const char *text, int64_t *microseconds)
{
	return parse_with_unit(
		text, durations, COUNT_OF(durations), microseconds);
}

int
parse_size(const char *text, int64_t *bytes)
{
	return parse_with_unit(text, sizes, COUNT_OF(sizes), bytes);
}

static void
print_with_unit(int64_t value, const struct unit *units, size_t count,
	char text[PARSE_TEXT_SIZE])
{
	const struct unit *unit = &units[0];

	for (size_t i = 1; i < count; i++)
		if (value != 0 && value % units[i].factor == 0)
			unit = &units[i];
	snprintf(text, PARSE_TEXT_SIZE, "%" PRId64 "%s", value / unit->factor,
		unit->name);
}

void
parse_print_duration(int64_t microseconds, char text[PARSE_TEXT_SIZE])
{
	print_with_unit(microseconds, durations, COUNT_OF(durations), text);
}

void
parse_print_size(int64_t bytes, char text[PARSE_TEXT_SIZE])
{
	print_with_unit(bytes, sizes, COUNT_OF(sizes), text);
}
