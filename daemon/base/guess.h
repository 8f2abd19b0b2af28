/* guess.h: "did you mean …?" */
#ifndef MISSIOND_BASE_GUESS_H
#define MISSIOND_BASE_GUESS_H

#include <stddef.h>

/* The candidate closest to a misspelt word (edit distance about a third of its
 * length at most), or NULL. */
const char *guess_word(
	const char *word, const char *const *candidates, size_t count);

#endif
