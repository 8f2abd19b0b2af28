#include <event2/buffer.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/reply.h"
#include "http/reply_state.h"

/* Stands for a path or method that no row has: the service still says whose
 * site this is, so that the answer looks like it. */
static const struct route unknown_page = {
	.path = "/",
	.name = "unknown",
	.flags = ROUTE_BEFORE_TERMS,
};
static const struct route unknown_api = {
	.path = "/",
	.name = "unknown.api",
	.flags = ROUTE_BEFORE_TERMS | ROUTE_API,
};

const struct route *
refusal_route(const char *path)
{
	return head_is_api(path, strlen(path)) ? &unknown_api : &unknown_page;
}

struct refusal {
	int status;
	const char *title;
	const char *advice;	/* to who sees a page */
	const char *api_advice; /* to who wrote the program; NULL: the same */
};

static const char go_back[] =
	N_("Go back and use the links and buttons of the page.");

/* Of what was no HTTP that we speak. */
static const struct refusal of_heads[] = {
	{400, N_("What was sent cannot be read"),
		N_("The request was not clear. Load the page again."),
		N_("Check the request line and the headers.")},
	{408, N_("That took too long"),
		N_("The request took too long to arrive. Try again."), NULL},
	{414, N_("The address is too long"),
		N_("Check the link and try again."),
		N_("Shorten the path and the query.")},
	{417, N_("What the request expects is not done here"),
		N_("Load the page again."),
		N_("Send it without the header Expect.")},
	{431, N_("The request carries too much"),
		N_("Delete this site’s cookies and try again."),
		N_("Send fewer and shorter headers.")},
	{501, N_("Such requests are not answered here"), go_back,
		N_("Use GET, HEAD, POST, PUT, PATCH or DELETE, and no transfer "
		   "coding but chunked.")},
	{505, N_("This version of HTTP is not spoken here"),
		N_("Use another browser."), N_("Use HTTP/1.1.")},
};

/* Of a request that was read, and of its body. */
static const struct refusal of_requests[] = {
	{400, N_("What was sent cannot be read"),
		N_("Go back, load the page again and send it once more."),
		N_("Check how the body is framed and encoded.")},
	{405, N_("This cannot be done here"), go_back,
		N_("The header Allow says which methods there are.")},
	{408, N_("That took too long"),
		N_("The connection was too slow to send everything. Try again, "
		   "with less at a time."),
		NULL},
	{413, N_("That is too much"),
		N_("What was sent is larger than what is taken here. Shorten "
		   "it and send it again."),
		NULL},
};

static int
reply_refusal(struct request *request, const struct refusal *refusals,
	size_t count, int status)
{
	const struct refusal *refusal = &refusals[0];

	for (size_t i = 0; i < count; i++)
		if (refusals[i].status == status)
			refusal = &refusals[i];
	return reply_error(request, status, refusal->title,
		request_is_api(request) && refusal->api_advice != NULL
			? refusal->api_advice
			: refusal->advice);
}

static const char *
list_methods(struct arena *arena, unsigned allowed)
{
	const char *list = "";

	for (unsigned i = 0; i < METHOD_COUNT; i++)
		if ((allowed & 1U << i) != 0)
			list = arena_printf(arena, "%s%s%s", list,
				*list == '\0' ? "" : ", ", route_method(i));
	return list;
}

int
refusal_reply(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	/* What is left of the body is not read. */
	exchange->close_after |= exchange->has_body && !exchange->body.complete;
	if (exchange->refused == 404)
		return reply_not_found(request);
	if (exchange->refused == 405)
		reply_header(request, "Allow",
			list_methods(request->arena, exchange->allowed));
	return reply_refusal(
		request, of_requests, COUNT_OF(of_requests), exchange->refused);
}

/* Of what came: which face it was meant for, and in which language its sender
 * reads. Nothing that was sent is repeated. */
static void
glance(struct http_connection *connection, struct request *request)
{
	struct evbuffer *input = wire_input(connection);
	size_t length = evbuffer_get_length(input);
	struct head_glance seen = {0};

	if (length > HEAD_SIZE_LIMIT)
		length = HEAD_SIZE_LIMIT;
	if (length > 0)
		head_glance(request->arena,
			(const char *)evbuffer_pullup(
				input, (ev_ssize_t)length),
			length, &seen);
	request->route = seen.is_api ? &unknown_api : &unknown_page;
	request->language =
		language_negotiate(seen.accept_language, ~0U, LANGUAGE_ENGLISH);
}

/* No line of the log has a visitor's address. A proxy is the host's own. */
static void
log_refusal(const struct http_connection *connection,
	const struct request *request, int status)
{
	const struct server_options *options = connection->server->options;
	bool proxied = network_contains(
		options->trusted, options->trusted_count, connection->peer);

	log_event(LOG_INFO, &request->log, "request.refused", "status",
		log_integer(status), "face",
		request_is_api(request) ? "api" : "page", "proxy",
		proxied ? connection->peer : "-", NULL);
}

void
refuse(struct http_connection *connection, int status)
{
	struct arena *arena = arena_new();
	struct request request = {
		.arena = arena,
		.service = connection->server->service,
		.secure = connection->secure,
	};
	struct buffer head = BUFFER_EMPTY;

	request_name(&request);
	reply_start(&request);
	glance(connection, &request);
	reply_refusal(&request, of_heads, COUNT_OF(of_heads), status);
	reply_write_head(&request, true, &head);
	connection->server->counts.refused++;
	log_refusal(connection, &request, status);
	http_connection_send(connection, &head, request.reply->body,
		request.reply->length, true);
	buffer_release(&head);
	arena_free(arena);
}
