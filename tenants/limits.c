#include "tenants/limits.h"

#include <stddef.h>
#include <string.h>

#include "base/parse.h"

static const struct field limit_words_fields[] = {
	FIELD_TEXT(struct limit_words, requests_per_second),
	FIELD_TEXT(struct limit_words, burst),
	FIELD_TEXT(struct limit_words, connections),
	FIELD_TEXT(struct limit_words, concurrent_requests),
	FIELD_TEXT(struct limit_words, shared_requests),
	FIELD_TEXT(struct limit_words, waiting_passwords),
	FIELD_TEXT(struct limit_words, streams),
};
const struct record limit_words_record =
	RECORD(struct limit_words, limit_words_fields);

static int
read_word(const char *text, int64_t *value)
{
	if (strcmp(text, "off") == 0) {
		*value = LIMIT_OFF;
		return 0;
	}
	return parse_integer(text, 1, LIMIT_MOST, value);
}

const char *
limit_check(const char *text)
{
	int64_t unused;

	return read_word(text, &unused) == 0
		       ? NULL
		       : "a number from 1 to 1000000, or off";
}

const char *
limit_check_burst(const char *text)
{
	int64_t unused;

	return parse_integer(text, 1, LIMIT_MOST, &unused) == 0
		       ? NULL
		       : "a number from 1 to 1000000";
}

static int64_t
limit_of(const char *text)
{
	int64_t value;

	/* What an older or newer steward stored counts as not said. */
	return text == NULL || read_word(text, &value) < 0 ? LIMIT_UNSET
							   : value;
}

struct limits
limits_read(const struct limit_words *words)
{
	return (struct limits){
		.requests_per_second = limit_of(words->requests_per_second),
		.burst = limit_of(words->burst),
		.connections = limit_of(words->connections),
		.concurrent_requests = limit_of(words->concurrent_requests),
		.shared_requests = limit_of(words->shared_requests),
		.waiting_passwords = limit_of(words->waiting_passwords),
		.streams = limit_of(words->streams),
	};
}

static int64_t
either(int64_t own, int64_t host)
{
	return own != LIMIT_UNSET ? own : host;
}

/* A rate of one's own comes with a burst of one's own. */
static int64_t
burst_of(const struct limits *own, const struct limits *host, int64_t rate)
{
	int64_t burst = own->burst;

	if (burst == LIMIT_UNSET && own->requests_per_second == LIMIT_UNSET)
		burst = host->burst;
	if (burst == LIMIT_UNSET)
		burst = 2 * rate;
	return burst > 0 ? burst : 1;
}

struct limits
limits_join(const struct limits *own, const struct limits *host)
{
	int64_t rate =
		either(own->requests_per_second, host->requests_per_second);

	return (struct limits){
		.requests_per_second = rate,
		.burst = burst_of(own, host, rate),
		.connections = either(own->connections, host->connections),
		.concurrent_requests = either(
			own->concurrent_requests, host->concurrent_requests),
		.shared_requests =
			either(own->shared_requests, host->shared_requests),
		.waiting_passwords =
			either(own->waiting_passwords, host->waiting_passwords),
		.streams = either(own->streams, host->streams),
	};
}
