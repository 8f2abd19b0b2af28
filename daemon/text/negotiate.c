#include "text/catalogue.h"

#include <string.h>
#include <strings.h>

/* Weights in thousandths: a qvalue has at most three decimals. */
#define MOST_WEIGHT 1000
#define NOT_NAMED   (-1)

/* "q=0.8" in thousandths; what cannot be read counts as 0. */
static int
parse_weight(const char *text, size_t length)
{
	int weight = 0, unit = MOST_WEIGHT / 10;

	if (length < 1 || (*text != '0' && *text != '1'))
		return 0;
	if (*text == '1')
		return MOST_WEIGHT;
	if (length < 2 || text[1] != '.')
		return 0;
	for (size_t i = 2; i < length && i < 5; i++, unit /= 10) {
		if (text[i] < '0' || text[i] > '9')
			break;
		weight += (text[i] - '0') * unit;
	}
	return weight;
}

static const char *
skip_space(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	return text;
}

/* The weight after the tag: ";q=0.8" with optional white space. */
static int
find_weight(const char *text, const char *end)
{
	text = skip_space(text, end);
	if (text == end || *text != ';')
		return MOST_WEIGHT;
	text = skip_space(text + 1, end);
	if (end - text < 2 || strncasecmp(text, "q=", 2) != 0)
		return 0;
	return parse_weight(text + 2, (size_t)(end - text - 2));
}

/*
 * Notes one "fr-CA;q=0.5" in the languages it stands for. The first subtag
 * alone counts: no language here has variants. The best mention of a language
 * decides, so that "fr-CA;q=0.3, fr;q=0.8" is 0.8.
 */
static void
note_range(const char *range, const char *end, int weights[LANGUAGE_COUNT],
	int *wildcard)
{
	size_t length;
	int weight;

	range = skip_space(range, end);
	length = strcspn(range, " \t;,-");
	weight = find_weight(range + strcspn(range, " \t;,"), end);
	if (length == 1 && *range == '*')
		*wildcard = weight;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		const char *code = language_code((enum language)i);

		if (strlen(code) == length &&
			strncasecmp(code, range, length) == 0 &&
			weight > weights[i])
			weights[i] = weight;
	}
}

enum language
language_negotiate(
	const char *header, unsigned allowed, enum language otherwise)
{
	int weights[LANGUAGE_COUNT];
	int wildcard = NOT_NAMED, best_weight = 0;
	enum language best = otherwise;

	if (!header)
		return otherwise;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++)
		weights[i] = NOT_NAMED;
	while (*header) {
		const char *end = header + strcspn(header, ",");

		note_range(header, end, weights, &wildcard);
		header = *end ? end + 1 : end;
	}
	/* `otherwise` goes first: it wins where the visitor does not care. */
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		enum language language =
			(enum language)((otherwise + i) % LANGUAGE_COUNT);
		int weight = weights[language] == NOT_NAMED ? wildcard
							    : weights[language];

		if (!(allowed & 1U << language) || weight <= best_weight)
			continue;
		best = language;
		best_weight = weight;
	}
	return best;
}
