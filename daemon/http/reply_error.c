#include "http/reply.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/form_state.h"
#include "http/request.h"
#include "http/service.h"
#include "http/template.h"
#include "text/json.h"

static const struct field error_view_fields[] = {
	FIELD_INTEGER(struct error_view, status),
	FIELD_TEXT(struct error_view, title),
	FIELD_TEXT(struct error_view, detail),
	FIELD_TEXT(struct error_view, request_id),
};
const struct record error_view_record =
	RECORD(struct error_view, error_view_fields);

/* RFC 9457. */
struct problem {
	const char *type;
	const char *title;
	int64_t status;
	const char *detail;
	const char *instance; /* the request's id, to tell the host */
};

static const struct field problem_fields[] = {
	FIELD_TEXT(struct problem, type),
	FIELD_TEXT(struct problem, title),
	FIELD_INTEGER(struct problem, status),
	FIELD_TEXT(struct problem, detail),
	FIELD_TEXT(struct problem, instance),
};
static const struct record problem_record =
	RECORD(struct problem, problem_fields);

/* Problem documents also say which fields of a form are wrong. */
struct problem_field {
	const char *field;
	const char *detail;
};

static const struct field problem_field_fields[] = {
	FIELD_TEXT(struct problem_field, field),
	FIELD_TEXT(struct problem_field, detail),
};
static const struct record problem_field_record =
	RECORD(struct problem_field, problem_field_fields);

struct form_problem {
	const char *type;
	const char *title;
	int64_t status;
	const char *instance;
	struct record_list errors;
};

static const struct field form_problem_fields[] = {
	FIELD_TEXT(struct form_problem, type),
	FIELD_TEXT(struct form_problem, title),
	FIELD_INTEGER(struct form_problem, status),
	FIELD_TEXT(struct form_problem, instance),
	FIELD_LIST(struct form_problem, errors, problem_field_record),
};
static const struct record form_problem_record =
	RECORD(struct form_problem, form_problem_fields);

/* The type of a problem that has no name of its own. */
static const struct {
	int status;
	const char *name;
} status_problems[] = {
	{400, "malformed"},
	{401, "token-required"},
	{403, "forbidden"},
	{404, "not-found"},
	{405, "method-not-allowed"},
	{408, "too-slow"},
	{409, "refused"},
	{410, "gone"},
	{413, "too-large"},
	{414, "target-too-long"},
	{415, "unsupported-content"},
	{417, "unknown-expectation"},
	{421, "unknown-host"},
	{422, "invalid-fields"},
	{429, "too-many-tries"},
	{431, "head-too-large"},
	{500, "internal"},
	{501, "not-implemented"},
	{503, "unavailable"},
	{505, "unknown-version"},
};

static const char *
type_of(struct request *request, int status, const char *name)
{
	for (size_t i = 0; name == NULL && i < COUNT_OF(status_problems); i++)
		if (status_problems[i].status == status)
			name = status_problems[i].name;
	if (name == NULL)
		return "about:blank";
	return arena_printf(request->arena, "urn:missiond:problem:%s", name);
}

static int
reply_document(struct request *request, int status, const struct record *record,
	const void *problem)
{
	struct buffer buffer = BUFFER_EMPTY;

	json_add_record(&buffer, record, problem);
	const char *body =
		arena_copy(request->arena, buffer.data, buffer.length);
	size_t length = buffer.length;
	buffer_release(&buffer);
	return reply_bytes(
		request, status, "application/problem+json", body, length);
}

static const char *
instance_of(struct request *request)
{
	return arena_printf(request->arena, "urn:request:%s", request->id);
}

static void
add_element(struct buffer *buffer, const char *name, const char *text)
{
	buffer_printf(buffer, "<%s>", name);
	buffer_add_html(buffer, text, strlen(text));
	buffer_printf(buffer, "</%s>\n", name);
}

/* Where no community is known there is no layout to show it in, and nothing
 * may be revealed of the communities that live here. */
static int
reply_plain_error(struct request *request, const struct error_view *view)
{
	struct buffer buffer = BUFFER_EMPTY;

	buffer_printf(&buffer,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n",
		language_code(request->language));
	add_element(&buffer, "title", view->title);
	buffer_add_text(&buffer, "</head>\n<body>\n<main>\n");
	add_element(&buffer, "h1", view->title);
	if (view->detail != NULL)
		add_element(&buffer, "p", view->detail);
	add_element(&buffer, "p",
		text_fill(request->arena,
			text_get(request->language,
				N_("If you write to us about this, name the "
				   "request {{request_id}}.")),
			"request_id", view->request_id, NULL));
	buffer_add_text(&buffer, "</main>\n</body>\n</html>\n");
	const char *body =
		arena_copy(request->arena, buffer.data, buffer.length);
	size_t length = buffer.length;
	buffer_release(&buffer);
	return reply_bytes(request, (int)view->status,
		"text/html; charset=utf-8", body, length);
}

int
reply_problem(struct request *request, int status, const char *problem,
	const char *title, const char *detail)
{
	struct error_view view = {
		.status = status,
		.title = text_get(request->language, title),
		.detail = detail == NULL ? NULL
					 : text_get(request->language, detail),
		.request_id = request->id,
	};

	if (!request_is_api(request) && request->community != NULL)
		return reply_page(
			request, status, request->service->error_page, &view);
	if (!request_is_api(request))
		return reply_plain_error(request, &view);
	struct problem document = {
		.type = type_of(request, status, problem),
		.title = view.title,
		.status = status,
		.detail = view.detail,
		.instance = instance_of(request),
	};
	return reply_document(request, status, &problem_record, &document);
}

int
reply_error(struct request *request, int status, const char *title,
	const char *detail)
{
	return reply_problem(request, status, NULL, title, detail);
}

int
reply_not_found(struct request *request)
{
	return reply_error(request, 404, N_("There is nothing here"),
		N_("The address may be mistyped, or what stood here is gone."));
}

int
reply_form_errors(struct request *request)
{
	const struct form_state *state = form_state_get(request);
	const struct form_fault *fault;
	size_t count = 0;

	STAILQ_FOREACH (fault, &state->faults, next)
		count++;
	struct problem_field *errors =
		arena_array(request->arena, count, sizeof(*errors));
	count = 0;
	STAILQ_FOREACH (fault, &state->faults, next)
		errors[count++] = (struct problem_field){
			fault->field, form_fault_text(request, fault)};
	struct form_problem problem = {
		.type = type_of(request, 422, NULL),
		.title = text_get(request->language,
			N_("Something in the form is not right")),
		.status = 422,
		.instance = instance_of(request),
		.errors = {errors, count},
	};
	return reply_document(request, 422, &form_problem_record, &problem);
}
