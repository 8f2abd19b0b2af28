#include "base/parse.h"

#include <stdbool.h>
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

int
parse_duration(const char *text, int64_t *microseconds)
{
	static const struct unit units[] = {
		{"", CLOCK_SECOND},
		{"s", CLOCK_SECOND},
		{"m", CLOCK_MINUTE},
		{"h", CLOCK_HOUR},
		{"d", CLOCK_DAY},
	};

	return parse_with_unit(text, units, COUNT_OF(units), microseconds);
}

int
parse_size(const char *text, int64_t *bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"KiB", INT64_C(1) << 10},
		{"MiB", INT64_C(1) << 20},
		{"GiB", INT64_C(1) << 30},
	};

	return parse_with_unit(text, units, COUNT_OF(units), bytes);
}
