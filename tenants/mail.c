#include "tenants/mail.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "http/request.h"
#include "http/service.h"
#include "http/template.h"
#include "tenants/outbox/outbox.h"

#define SUBJECT_LIMIT 240 /* bytes */

static void
release(void *object)
{
	buffer_release(object);
}

/* A text field of the view by name; NULL when it has none of that name. */
static const char *
view_text(const struct mail_message *message, const char *name, size_t length)
{
	const struct record *record = message->page->view;

	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field->type == FIELD_TYPE_TEXT &&
			strlen(field->name) == length &&
			memcmp(field->name, name, length) == 0)
			return *(const char *const *)field_in(
				field, message->view);
	}
	return NULL;
}

/* The translated subject, its {{names}} filled in from the view, on one line.
 */
static const char *
fill_subject(struct request *request, const struct mail_message *message)
{
	const char *text = text_get(message->language, message->subject);
	struct buffer subject = BUFFER_EMPTY;
	char *filled;

	for (const char *open; (open = strstr(text, "{{")) != NULL;) {
		const char *close = strstr(open, "}}");
		if (close == NULL)
			break;
		const char *value = view_text(
			message, open + 2, (size_t)(close - open - 2));
		buffer_add(&subject, text, (size_t)(open - text));
		buffer_add_text(&subject, value == NULL ? "" : value);
		text = close + 2;
	}
	buffer_add_text(&subject, text);
	filled = arena_copy(request->arena, buffer_text(&subject),
		utf8_cut(buffer_text(&subject), SUBJECT_LIMIT));
	buffer_release(&subject);
	for (char *at = filled; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
	return filled;
}

static const char *
render(struct request *request, const struct mail_message *message)
{
	struct buffer *body = ARENA_NEW(request->arena, struct buffer);

	arena_on_free(request->arena, release, body);
	template_render(request->service->templates, message->page,
		message->view, NULL, message->language, request->zone, body);
	return buffer_text(body);
}

int
mail_queue(struct request *request, struct db *db,
	const struct mail_message *message)
{
	const struct outbox_new mail = {
		.id = uuid_new(),
		.member = message->member,
		.recipient = message->to,
		.recipient_name = message->to_name,
		.language = language_code(message->language),
		.subject = fill_subject(request, message),
		.body = render(request, message),
	};

	return outbox_put(db, &mail);
}
