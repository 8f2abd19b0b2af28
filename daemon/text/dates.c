#include "text/dates.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digits.h"
#include "text/zone.h"

/* How a language writes dates and amounts; what is a phrase stands in the
 * catalogue. */
struct convention {
	const char *months[12];
	const char *first; /* the first day of a month */
	const char *at;	   /* between day and hour */
	const char *hour;  /* between hour and minute */
	const char *decimal;
	const char *thousands;
	bool symbol_first;
};

static const struct convention conventions[LANGUAGE_COUNT] = {
	[LANGUAGE_ENGLISH] =
		{
			.months = {"January", "February", "March", "April",
				"May", "June", "July", "August", "September",
				"October", "November", "December"},
			.first = "1",
			.at = " at ",
			.hour = ":",
			.decimal = ".",
			.thousands = ",",
			.symbol_first = true,
		},
	[LANGUAGE_FRENCH] =
		{
			.months = {"janvier", "février", "mars", "avril", "mai",
				"juin", "juillet", "août", "septembre",
				"octobre", "novembre", "décembre"},
			.first = "1er",
			.at = " à ",
			.hour = "\u00a0h\u00a0",
			.decimal = ",",
			.thousands = "\u202f", /* narrow no-break space */
			.symbol_first = false,
		},
};

char *
dates_day(struct arena *arena, enum language language, const struct zone *zone,
	struct timestamp time)
{
	const struct convention *convention = &conventions[language];
	struct clock_date date;
	char day[DIGITS_SIZE], year[DIGITS_SIZE];

	zone_split(zone, time, &date);
	return arena_printf(arena, "%s %s %s",
		date.day == 1 ? convention->first : digits_text(date.day, day),
		convention->months[date.month - 1],
		digits_text(date.year, year));
}

char *
dates_minute(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time)
{
	const struct convention *convention = &conventions[language];
	struct clock_date date;

	zone_split(zone, time, &date);
	return arena_printf(arena, "%s%s%d%s%02d%s",
		dates_day(arena, language, zone, time), convention->at,
		date.hour, convention->hour, date.minute,
		zone_is_utc(zone) ? " UTC" : "");
}

char *
dates_minute_there(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time)
{
	char *minute = dates_minute(arena, language, zone, time);

	return zone_is_utc(zone) ? minute
				 : arena_printf(arena, "%s (%s)", minute,
					   zone_label(zone));
}

static char *
ago(struct arena *arena, const char *text, int64_t count)
{
	char digits[DIGITS_SIZE];

	return text_fill(
		arena, text, "count", digits_text(count, digits), NULL);
}

/* How many midnights lie between. */
static int64_t
days_between(
	const struct zone *zone, struct timestamp time, struct timestamp now)
{
	return (zone_day(zone, now).microseconds -
		       zone_day(zone, time).microseconds) /
	       CLOCK_DAY;
}

char *
dates_ago(struct arena *arena, enum language language, const struct zone *zone,
	struct timestamp time, struct timestamp now)
{
	int64_t age = now.microseconds - time.microseconds;
	int64_t days = days_between(zone, time, now);

	if (age < -CLOCK_MINUTE || age >= 30 * CLOCK_DAY)
		return dates_day(arena, language, zone, time);
	if (age < CLOCK_MINUTE)
		return arena_text(arena, text_get(language, N_("just now")));
	if (age < CLOCK_HOUR)
		return ago(arena,
			text_plural(language, "{{count}} minute ago",
				"{{count}} minutes ago", age / CLOCK_MINUTE),
			age / CLOCK_MINUTE);
	/* The day on which clocks are put back has 25. */
	if (age < CLOCK_DAY || days == 0)
		return ago(arena,
			text_plural(language, "{{count}} hour ago",
				"{{count}} hours ago", age / CLOCK_HOUR),
			age / CLOCK_HOUR);
	if (days == 1)
		return arena_text(arena, text_get(language, N_("yesterday")));
	return ago(arena,
		text_plural(language, "{{count}} day ago", "{{count}} days ago",
			days),
		days);
}

/* ISO 4217: currencies whose minor unit is not a hundredth. */
unsigned
dates_money_digits(const char *currency)
{
	static const char none[][4] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
		"KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
		"XPF"};
	static const char three[][4] = {
		"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

	for (size_t i = 0; i < COUNT_OF(none); i++)
		if (strcmp(none[i], currency) == 0)
			return 0;
	for (size_t i = 0; i < COUNT_OF(three); i++)
		if (strcmp(three[i], currency) == 0)
			return 3;
	return 2;
}

static const char *
symbol_of(const char *currency)
{
	static const struct {
		char code[4];
		const char *symbol;
	} symbols[] = {{"EUR", "€"}, {"GBP", "£"}, {"USD", "$"}, {"JPY", "¥"}};

	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		if (strcmp(symbols[i].code, currency) == 0)
			return symbols[i].symbol;
	return NULL;
}

/* The digits with separators: "1,250.00". */
static void
add_amount(struct buffer *buffer, const struct convention *convention,
	uint64_t minor, unsigned decimals)
{
	char digits[24];
	size_t start = sizeof(digits), length, whole;

	while (minor > 0 || sizeof(digits) - start < decimals + 1) {
		digits[--start] = (char)('0' + minor % 10);
		minor /= 10;
	}
	length = sizeof(digits) - start;
	whole = length - decimals;
	for (size_t i = 0; i < length; i++) {
		if (i == whole)
			buffer_add_text(buffer, convention->decimal);
		else if (i > 0 && i < whole && (whole - i) % 3 == 0)
			buffer_add_text(buffer, convention->thousands);
		buffer_add_byte(buffer, digits[start + i]);
	}
}

char *
dates_money(struct arena *arena, enum language language, int64_t minor,
	const char *currency)
{
	const struct convention *convention = &conventions[language];
	const char *symbol = symbol_of(currency);
	struct buffer buffer = BUFFER_EMPTY;
	char *text;

	if (minor < 0)
		buffer_add_byte(&buffer, '-');
	if (convention->symbol_first) {
		buffer_add_text(&buffer, symbol ? symbol : currency);
		buffer_add_text(&buffer, symbol ? "" : "\u00a0");
	}
	add_amount(&buffer, convention,
		minor < 0 ? -(uint64_t)minor : (uint64_t)minor,
		dates_money_digits(currency));
	if (!convention->symbol_first) {
		buffer_add_text(&buffer, "\u00a0");
		buffer_add_text(&buffer, symbol ? symbol : currency);
	}
	text = arena_copy(arena, buffer.data, buffer.length);
	buffer_release(&buffer);
	return text;
}
