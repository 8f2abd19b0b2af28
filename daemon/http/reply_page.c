#include "http/reply.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "http/form_state.h"
#include "http/request.h"
#include "http/service.h"
#include "http/template.h"

static void
release(void *object)
{
	struct buffer *buffer = object;

	buffer_release(buffer);
}

/* Most pages fit, so that the buffer grows once. */
#define PAGE_SIZE_USUAL 32000

int
reply_page(struct request *request, int status, const struct page *page,
	const void *view)
{
	const struct service *service = request->service;
	struct buffer *buffer = ARENA_NEW(request->arena, struct buffer);

	/* A preview is asked for with a form that is not sent yet. */
	if (request->form != NULL && request->form->preview != NULL)
		status = 200;
	if (request->form != NULL && request->form->held != 0 &&
		request->form->shown > 0)
		status = request->form->held;
	arena_on_free(request->arena, release, buffer);
	buffer_reserve(buffer, PAGE_SIZE_USUAL);
	template_render(service->templates, page, view,
		service->common_view(request), request->language, request->zone,
		buffer);
	return reply_bytes(request, status, "text/html; charset=utf-8",
		buffer->data, buffer->length);
}
