/* answer.h: the bytes of an answer, as one growing text. */
#ifndef MISSIOND_CTL_ANSWER_H
#define MISSIOND_CTL_ANSWER_H

#include <stddef.h>

struct answer {
	char *text; /* ends with a NUL that does not count; NULL: nothing came
		     */
	size_t length;
};

/* Appends; 0, or -1 without memory. */
int answer_add(struct answer *answer, const char *bytes, size_t length);

/* For CURLOPT_WRITEFUNCTION and _HEADERFUNCTION; `answer` is their data. */
size_t answer_collect(char *data, size_t size, size_t count, void *answer);

void answer_release(struct answer *answer);

#endif
