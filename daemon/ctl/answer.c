#include "ctl/answer.h"

#include <stdlib.h>
#include <string.h>

int
answer_add(struct answer *answer, const char *bytes, size_t length)
{
	char *bigger = realloc(answer->text, answer->length + length + 1);

	if (bigger == NULL)
		return -1;
	answer->text = bigger;
	memcpy(answer->text + answer->length, bytes, length);
	answer->length += length;
	answer->text[answer->length] = '\0';
	return 0;
}

size_t
answer_collect(char *data, size_t size, size_t count, void *argument)
{
	return answer_add(argument, data, size * count) == 0 ? size * count : 0;
}

void
answer_release(struct answer *answer)
{
	free(answer->text);
	answer->text = NULL;
	answer->length = 0;
}
