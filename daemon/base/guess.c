#include "base/guess.h"

#include <string.h>

#define WORD_LIMIT 40

/* Levenshtein's distance with neighbouring letters swapped counting as one
 * (Damerau), of words up to WORD_LIMIT bytes. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][WORD_LIMIT + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > WORD_LIMIT || b_length > WORD_LIMIT)
		return WORD_LIMIT;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best =
				above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1] &&
				two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *
guess_word(const char *word, const char *const *candidates, size_t count)
{
	size_t limit = strlen(word) / 3 + 1, best = limit + 1;
	const char *guess = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t far = distance(word, candidates[i]);

		if (far < best) {
			best = far;
			guess = candidates[i];
		}
	}
	return guess;
}
