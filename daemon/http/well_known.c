#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "http/connection.h"
#include "http/reply.h"
#include "http/reply_state.h"

#define ACME_PREFIX   "/.well-known/acme-challenge/"
#define ACME_LIMIT    ((size_t)4096)
#define SECURITY_PATH "/.well-known/security.txt"

/* A challenge is a small local file whose name is a token (RFC 8555, 8.3): to
 * read it does not wait. */
static int
reply_challenge(struct http_connection *connection, const char *token)
{
	struct request *request = &connection->exchange->request;
	const char *folder = connection->server->options->acme;
	char *data = arena_alloc(request->arena, ACME_LIMIT);
	ssize_t length = -1;
	int descriptor = -1;

	if (folder != NULL && token[0] != '\0' &&
		strspn(token, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
			strlen(token))
		descriptor = open(
			arena_printf(request->arena, "%s/%s", folder, token),
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (descriptor >= 0) {
		struct stat status;

		if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
			length = read(descriptor, data, ACME_LIMIT);
		close(descriptor);
	}
	if (length < 0)
		return reply_bytes(request, 404, "text/plain; charset=utf-8",
			"There is no such challenge.\n", 28);
	return reply_bytes(
		request, 200, "application/octet-stream", data, (size_t)length);
}

bool
well_known_answer(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;
	struct request *request = &exchange->request;
	const char *text = connection->server->options->security_text;
	bool reading = request->method == METHOD_GET;

	if (reading &&
		strncmp(request->path, ACME_PREFIX, strlen(ACME_PREFIX)) == 0) {
		reply_challenge(
			connection, request->path + strlen(ACME_PREFIX));
	} else if (reading && text != NULL &&
		   strcmp(request->path, SECURITY_PATH) == 0) {
		reply_bytes(request, 200, "text/plain; charset=utf-8", text,
			strlen(text));
	} else {
		return false;
	}
	exchange->close_after |= exchange->has_body;
	exchange_answer(connection);
	return true;
}
