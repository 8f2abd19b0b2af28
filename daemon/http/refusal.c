#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/reply_state.h"

static const struct {
	int status;
	const char *advice;
} advices[] = {
	{400, "The request was not clear. Load the page again."},
	{408, "The request took too long to arrive. Try again."},
	{414, "The address is too long. Check the link and try again."},
	{417, "The request expects what this server does not do."},
	{431, "The request carries too much. Delete this site's cookies and "
	      "try again."},
	{501, "This server does not know that kind of request."},
	{503, "There are too many connections just now. Try again soon."},
	{505, "This server speaks HTTP/1.1."},
};

/* No community is known here and nothing that was sent is repeated. */
void
refuse(struct http_connection *connection, int status)
{
	struct buffer head = BUFFER_EMPTY, body = BUFFER_EMPTY;
	const char *advice = "";
	char date[CLOCK_HTTP_SIZE];

	for (size_t i = 0; i < COUNT_OF(advices); i++)
		if (advices[i].status == status)
			advice = advices[i].advice;
	buffer_printf(&body,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n<title>%s</title>\n</head>\n"
		"<body>\n<h1>%s</h1>\n<p>%s</p>\n</body>\n</html>\n",
		reply_phrase(status), reply_phrase(status), advice);
	clock_format_http(clock_now(), date);
	buffer_printf(&head,
		"HTTP/1.1 %d %s\r\nDate: %s\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Length: %zu\r\nCache-Control: no-store\r\n",
		status, reply_phrase(status), date, body.length);
	reply_add_security_headers(&head, connection->secure);
	buffer_add_text(&head, "Connection: close\r\n\r\n");
	connection->server->counts.refused++;
	log_event(LOG_INFO, NULL, "request.refused", "status",
		log_integer(status), NULL);
	exchange_end(connection);
	http_connection_send(connection, &head, body.data, body.length, true);
	buffer_release(&head);
	buffer_release(&body);
}
