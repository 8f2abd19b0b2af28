#include "ctl/answer.h"

#include <stdlib.h>
#include <string.h>

size_t
answer_collect(char *data, size_t size, size_t count, void *argument)
{
	struct answer *answer = argument;
	size_t length = size * count;
	char *bigger = realloc(answer->text, answer->length + length + 1);

	if (bigger == NULL)
		return 0;
	answer->text = bigger;
	memcpy(answer->text + answer->length, data, length);
	answer->length += length;
	answer->text[answer->length] = '\0';
	return length;
}

void
answer_release(struct answer *answer)
{
	free(answer->text);
	answer->text = NULL;
	answer->length = 0;
}
