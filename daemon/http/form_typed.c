#include "http/form_state.h"

#include "base/arena.h"
#include "http/request.h"

/* Of texts so many times what the field takes; of texts without a limit, and of
 * numbers and dates, so many characters. */
#define TEXT_TIMES 2
#define TEXT_MOST  1000
#define VALUE_MOST 100

size_t
form_cut(const char *text, size_t most)
{
	const char *at = text;

	for (; *at != '\0'; at++) {
		bool begins = ((unsigned char)*at & 0xc0) != 0x80;
		bool ends_line = *at == '\n' && at > text && at[-1] == '\r';

		if (begins && !ends_line && most-- == 0)
			break;
	}
	return (size_t)(at - text);
}

/* `most` of numbers is what they may be worth. */
static size_t
shown_most(const struct form_field *field)
{
	switch (field->control) {
	case FORM_LINE:
	case FORM_EMAIL:
	case FORM_USERNAME:
	case FORM_TEXT:
	case FORM_MARKDOWN:
	case FORM_HIDDEN:
		return field->most > 0 ? TEXT_TIMES * (size_t)field->most
				       : TEXT_MOST;
	default:
		return VALUE_MOST;
	}
}

const char *
form_typed(struct request *request, const struct form_field *field)
{
	const struct form_input *input =
		form_input_find(request->form, field->name, NULL);
	size_t length;

	if (input == NULL || input->value == NULL)
		return NULL;
	length = form_cut(input->value, shown_most(field));
	return input->value[length] == '\0'
		       ? input->value
		       : arena_copy(request->arena, input->value, length);
}
