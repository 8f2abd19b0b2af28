#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/connection.h"
#include "http/forwarded.h"
#include "http/reply.h"
#include "http/reply_state.h"
#include "http/service.h"
#include "loop/loop.h"
#include "loop/task.h"

/* What a streaming consumer gets at a time. */
#define STREAM_PIECE ((size_t)64 * 1024)

static bool
is_streaming(const struct exchange *exchange)
{
	return exchange->has_body &&
	       (exchange->request.route->flags & ROUTE_STREAMS) != 0;
}

/* Runs on the loop after a task's end. */
static void
after_task(void *argument)
{
	struct http_connection *connection = argument;
	struct exchange *exchange = connection->exchange;

	exchange->busy = false;
	if (connection->gone) {
		http_connection_close(connection);
		return;
	}
	if (exchange->body_due) {
		exchange->body_due = false;
		http_connection_enter(connection, CONNECTION_BODY);
		if (exchange->head.expects_continue)
			wire_say(connection, "HTTP/1.1 100 Continue\r\n\r\n",
				25);
		exchange_feed(connection);
		return;
	}
	exchange_answer(connection);
}

static void
end_of_task(struct http_connection *connection)
{
	connection->exchange->task = NULL;
	loop_defer(connection->server->loop, after_task, connection);
}

static void
conclude(struct exchange *exchange, int outcome)
{
	struct request *request = &exchange->request;

	if (outcome >= 0 && request->reply->status != 0)
		return;
	if (outcome >= 0)
		log_event(LOG_ERR, &request->log, "handler.silent", "route",
			request->route->name, NULL);
	reply_restart(request);
	exchange->service->failed(request);
}

/* Hands the body to the route's consumer as it comes. 0, 1 (replied), −1. */
static int
stream_body(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct body_stream *body = &exchange->body;
	struct request *request = &exchange->request;

	for (;;) {
		if (body->data.length > 0) {
			if (request->route->consume(request, body->data.data,
				    body->data.length) != 0)
				return -1;
			buffer_clear(&body->data);
		}
		if (body->complete)
			return request->route->consume(request, NULL, 0);
		if (exchange->refused != 0) {
			refusal_reply(exchange);
			return 1;
		}
		exchange->body_wanted = true;
		loop_defer(connection->server->loop,
			(void (*)(void *))http_connection_advance, connection);
		if (task_park("body", 0) != TASK_READY)
			return -1;
	}
}

static int
handle(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	int outcome = 0;

	if (exchange->refused != 0)
		return refusal_reply(exchange);
	if (is_streaming(exchange)) {
		outcome = stream_body(connection);
	} else {
		request->body =
			(struct slice){(const unsigned char *)buffer_text(
					       &exchange->body.data),
				exchange->body.data.length};
	}
	if (outcome == 0 && exchange->service->begin != NULL)
		outcome = exchange->service->begin(request);
	if (outcome == 0 && request->method != METHOD_GET &&
		!request_is_api(request))
		outcome = exchange->service->check(request);
	if (outcome != 0)
		return outcome;
	outcome = request->route->handle(request);
	if (outcome == 0 && exchange->service->replied != NULL)
		exchange->service->replied(request);
	return outcome;
}

static void
run_handler(void *argument)
{
	struct http_connection *connection = argument;

	conclude(connection->exchange, handle(connection));
	end_of_task(connection);
}

/* Admission, and where no body is to come the handler at once. */
static void
run_admission(void *argument)
{
	struct http_connection *connection = argument;
	struct exchange *exchange = connection->exchange;
	int outcome = exchange->service->admit(&exchange->request);

	if (outcome == 0 && exchange->refused == 0 && exchange->has_body &&
		!is_streaming(exchange)) {
		exchange->body_due = true;
		end_of_task(connection);
		return;
	}
	if (outcome == 0)
		outcome = handle(connection);
	exchange->close_after |= exchange->has_body && !exchange->body.complete;
	conclude(exchange, outcome);
	end_of_task(connection);
}

static void
start_task(struct http_connection *connection, enum http_connection_state state,
	void (*run)(void *))
{
	struct exchange *exchange = connection->exchange;

	exchange->busy = true;
	http_connection_enter(connection, state);
	exchange->task = task_start(connection->server->loop,
		exchange->request.route->name, exchange->request.deadline, run,
		connection);
}

/* What has arrived of the body; at its end, or where it is refused, on to the
 * handler. */
void
exchange_feed(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct body_stream *body = &exchange->body;
	struct evbuffer *input = wire_input(connection);

	while (!body->complete && exchange->refused == 0 &&
		wire_available(connection) > 0 &&
		(!is_streaming(exchange) || body->data.length < STREAM_PIECE)) {
		size_t length = evbuffer_get_contiguous_space(input);
		const unsigned char *data =
			evbuffer_pullup(input, (ev_ssize_t)length);
		size_t used = body_stream_feed(body, data, length);

		evbuffer_drain(input, used);
		if (body->too_large)
			exchange->refused = 413;
		else if (body->malformed)
			exchange->refused = 400;
	}
	/* Half a body is none. */
	if (connection->half_closed && !body->complete &&
		exchange->refused == 0 && wire_available(connection) == 0)
		exchange->refused = 400;
	if (is_streaming(exchange)) {
		if (exchange->task != NULL &&
			(body->data.length > 0 || body->complete ||
				exchange->refused != 0)) {
			exchange->body_wanted = false;
			task_wake(exchange->task);
		}
		return;
	}
	if (body->complete || exchange->refused != 0)
		start_task(connection, CONNECTION_HANDLE, run_handler);
}

static void
fill_request(struct http_connection *connection, struct exchange *exchange)
{
	struct request *request = &exchange->request;
	const struct head *head = &exchange->head;

	request->arena = exchange->arena;
	request->service = exchange->service;
	request->method = head->method;
	request->head = head->is_head;
	request->host = head->host;
	request->path = head->path;
	request->target = head->target;
	request->query = head->query;
	request->headers = head->headers;
	request->header_count = head->count;
	request->now = clock_now();
	request->deadline =
		exchange->began + connection->server->options->request_time;
	request_name(request);
	forwarded_read(connection, request);
	request->origin = arena_printf(request->arena, "%s://%s",
		request->secure ? "https" : "http", head->authority);
	reply_start(request);
}

static void
choose_route(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	enum route_match match = route_find(exchange->service->routes,
		request->method, request->path, &request->route,
		&request->parameters, &exchange->allowed);

	if (match == ROUTE_FOUND) {
		if (exchange->has_body &&
			(request->route->body_limit == 0 ||
				(exchange->head.length != HEAD_CHUNKED &&
					exchange->head.length >
						request->route->body_limit)))
			exchange->refused = 413;
		return;
	}
	exchange->refused = match == ROUTE_UNKNOWN ? 404 : 405;
	request->route = refusal_route(request->path);
}

void
exchange_start(
	struct http_connection *connection, const char *head, size_t length)
{
	struct exchange *exchange = memory_new(1, sizeof(*exchange));
	int status;

	exchange->arena = arena_new();
	exchange->began = clock_monotonic();
	exchange->service = connection->server->service;
	status = head_read(exchange->arena, head, length, &exchange->head);
	if (status != 0) {
		exchange_free(exchange);
		refuse(connection, status);
		return;
	}
	evbuffer_drain(wire_input(connection), length);
	connection->exchange = exchange;
	exchange->has_body = exchange->head.length != 0;
	exchange->close_after = !exchange->head.keep_alive;
	fill_request(connection, exchange);
	if (well_known_answer(connection))
		return;
	choose_route(exchange);
	body_stream_start(&exchange->body, &exchange->head,
		exchange->request.route->body_limit);
	exchange->admitted = true;
	connection->server->counts.requests++;
	start_task(connection, CONNECTION_ADMIT, run_admission);
}

/* One in so many: a sample, whatever was asked for. */
static bool
is_logged(struct server *server)
{
	unsigned interval = server->options->access;

	if (interval == 0 || ++server->unlogged < interval)
		return false;
	server->unlogged = 0;
	return true;
}

/* Who asked, and with which words, is nobody's business: no address, no query,
 * no member, and of the path the route alone. */
static void
log_request(const struct http_connection *connection)
{
	const struct exchange *exchange = connection->exchange;
	const struct request *request = &exchange->request;

	if (is_logged(connection->server))
		log_event(LOG_INFO, &request->log, "request", "route",
			request->route == NULL ? "gate" : request->route->name,
			"method",
			request->head ? "HEAD" : route_method(request->method),
			"status", log_integer(request->reply->status), "bytes",
			log_integer((int64_t)request->reply->length),
			"microseconds",
			log_integer(clock_monotonic() - exchange->began), NULL);
}

static void
leave(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if (!exchange->admitted)
		return;
	exchange->admitted = false;
	connection->server->counts.requests--;
	exchange->service->leave(&exchange->request);
}

/* What is on its way is a copy: who reads slowly holds that, and not also what
 * they sent and the page as it was made. */
static void
forget_request(struct exchange *exchange)
{
	body_stream_release(&exchange->body);
	arena_free(exchange->arena);
	exchange->arena = NULL;
	exchange->request = (struct request){0};
}

void
exchange_answer(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	struct buffer head = BUFFER_EMPTY;
	bool streams = request->reply->stream != NULL && !request->head;
	bool close = exchange->close_after || connection->server->draining ||
		     streams;

	reply_apply_conditions(request);
	reply_write_head(request, close, &head);
	log_request(connection);
	if (exchange->service->answered != NULL)
		exchange->service->answered(
			request, clock_monotonic() - exchange->began);
	leave(connection);
	connection->server->counts.answered++;
	/* Nobody would hear of the end of who has closed their side: they get
	 * what a stream begins with. */
	if (streams && !connection->server->draining &&
		!connection->half_closed) {
		event_stream_open(connection, &head);
	} else {
		http_connection_send(connection, &head, request->reply->body,
			request->head ? 0 : request->reply->length, close);
		forget_request(exchange);
	}
	buffer_release(&head);
}

void
exchange_end(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;

	if (exchange == NULL)
		return;
	leave(connection);
	connection->exchange = NULL;
	exchange_free(exchange);
}

void
exchange_free(struct exchange *exchange)
{
	body_stream_release(&exchange->body);
	arena_free(exchange->arena);
	free(exchange);
}
