#include "base/clock.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"

/* The years a timestamp may show: what DATETIME holds and four digits write. */
#define LEAST_YEAR 1
#define MOST_YEAR  9999

struct timestamp
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct timestamp){
		now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000};
}

int64_t
clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000;
}

/*
 * Days since 1970-01-01 of a proleptic Gregorian date. Years are counted from
 * March so that the leap day comes last; 719468 days lie between 0000-03-01 and
 * 1970-01-01, 146097 in 400 years.
 */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - 719468;
}

static void
civil_from_days(int64_t days, struct clock_date *date)
{
	int64_t era, day_of_era, year_of_era, day_of_year, month;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day_of_era = days - era * 146097;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			      day_of_era / 146096) /
		      365;
	day_of_year = day_of_era -
		      (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	date->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	date->month = (int)(month < 10 ? month + 3 : month - 9);
	date->year = (int)(year_of_era + era * 400 + (date->month <= 2));
}

void
clock_split(struct timestamp time, struct clock_date *date)
{
	int64_t days = time.microseconds / CLOCK_DAY;
	int64_t rest = time.microseconds % CLOCK_DAY;

	if (rest < 0) {
		rest += CLOCK_DAY;
		days--;
	}
	civil_from_days(days, date);
	/* 1970-01-01 was a Thursday. */
	date->weekday = (int)(((days + 4) % 7 + 7) % 7);
	date->hour = (int)(rest / CLOCK_HOUR);
	date->minute = (int)(rest % CLOCK_HOUR / CLOCK_MINUTE);
	date->second = (int)(rest % CLOCK_MINUTE / CLOCK_SECOND);
	date->microsecond = (int)(rest % CLOCK_SECOND);
}

struct timestamp
clock_join(const struct clock_date *date)
{
	int64_t days = days_from_civil(date->year, date->month, date->day);

	return (struct timestamp){days * CLOCK_DAY + date->hour * CLOCK_HOUR +
				  date->minute * CLOCK_MINUTE +
				  date->second * CLOCK_SECOND +
				  date->microsecond};
}

/* "10:00:00" */
static char *
add_time(char *at, const struct clock_date *date)
{
	at = digits_padded(at, (unsigned)date->hour, 2);
	*at++ = ':';
	at = digits_padded(at, (unsigned)date->minute, 2);
	*at++ = ':';
	return digits_padded(at, (unsigned)date->second, 2);
}

void
clock_format(struct timestamp time, char text[CLOCK_TEXT_SIZE])
{
	struct clock_date date;
	char *at = text;

	clock_split(time, &date);
	at = digits_padded(at, (unsigned)date.year, 4);
	*at++ = '-';
	at = digits_padded(at, (unsigned)date.month, 2);
	*at++ = '-';
	at = digits_padded(at, (unsigned)date.day, 2);
	*at++ = 'T';
	at = add_time(at, &date);
	*at++ = '.';
	at = digits_padded(at, (unsigned)date.microsecond, 6);
	*at++ = 'Z';
	*at = '\0';
}

void
clock_format_http(struct timestamp time, char text[CLOCK_HTTP_SIZE])
{
	static const char days[7][4] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct clock_date date;
	char *at = text;

	clock_split(time, &date);
	at = stpcpy(at, days[date.weekday]);
	at = stpcpy(at, ", ");
	at = digits_padded(at, (unsigned)date.day, 2);
	*at++ = ' ';
	at = stpcpy(at, months[date.month - 1]);
	*at++ = ' ';
	at = digits_padded(at, (unsigned)date.year, 4);
	*at++ = ' ';
	at = add_time(at, &date);
	stpcpy(at, " GMT");
}

/* Reads exactly `digits` decimal digits; false when there are fewer. */
static bool
take_number(const char **text, int digits, int least, int most, int *value)
{
	int number = 0;

	for (int i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		number = number * 10 + (**text - '0');
	}
	*value = number;
	return number >= least && number <= most;
}

static bool
take_byte(const char **text, char byte)
{
	if (**text != byte)
		return false;
	(*text)++;
	return true;
}

static int
days_of_month(int year, int month)
{
	static const int days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool
take_day(const char **text, struct clock_date *date)
{
	return take_number(text, 4, LEAST_YEAR, MOST_YEAR, &date->year) &&
	       take_byte(text, '-') &&
	       take_number(text, 2, 1, 12, &date->month) &&
	       take_byte(text, '-') &&
	       take_number(text, 2, 1, days_of_month(date->year, date->month),
		       &date->day);
}

/* Digits after the sixth are read and dropped. */
static bool
take_fraction(const char **text, int *microsecond)
{
	int unit = 100000;

	if (!take_byte(text, '.'))
		return true;
	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		*microsecond += (**text - '0') * unit;
	return true;
}

static bool
take_offset(const char **text, int64_t *offset)
{
	int hours, minutes;
	bool behind;

	*offset = 0;
	if (take_byte(text, 'Z') || take_byte(text, 'z'))
		return true;
	behind = **text == '-';
	if (!take_byte(text, '+') && !take_byte(text, '-'))
		return false;
	if (!take_number(text, 2, 0, 23, &hours) || !take_byte(text, ':') ||
		!take_number(text, 2, 0, 59, &minutes))
		return false;
	*offset = hours * CLOCK_HOUR + minutes * CLOCK_MINUTE;
	if (behind)
		*offset = -*offset;
	return true;
}

int
clock_parse(const char *text, struct timestamp *time)
{
	struct clock_date date = {0};
	int64_t offset = 0;

	if (!take_day(&text, &date))
		return -1;
	if (*text != '\0' &&
		(!(take_byte(&text, 'T') || take_byte(&text, 't') ||
			 take_byte(&text, ' ')) ||
			!take_number(&text, 2, 0, 23, &date.hour) ||
			!take_byte(&text, ':') ||
			!take_number(&text, 2, 0, 59, &date.minute) ||
			!take_byte(&text, ':') ||
			!take_number(&text, 2, 0, 60, &date.second) ||
			!take_fraction(&text, &date.microsecond) ||
			!take_offset(&text, &offset)))
		return -1;
	if (*text != '\0')
		return -1;
	time->microseconds = clock_join(&date).microseconds - offset;
	return 0;
}
