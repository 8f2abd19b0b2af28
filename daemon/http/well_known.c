#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/reply.h"
#include "http/reply_state.h"

#define ACME_PREFIX   "/.well-known/acme-challenge/"
#define ACME_LIMIT    ((size_t)4096)
#define SECURITY_PATH "/.well-known/security.txt"

static bool
is_token(const char *text)
{
	return text[0] != '\0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
		       strlen(text);
}

/* Its length, or -1 with the reason; NULL when there is none. `data` has room
 * for a byte more than a challenge may have. */
static ssize_t
read_challenge(const char *path, char *data, const char **ret_why)
{
	int descriptor =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	ssize_t length = -1;

	if (descriptor < 0) {
		/* Of a link; ENXIO is a socket's. */
		*ret_why = errno == ELOOP || errno == ENXIO ? "not a file"
			   : errno == ENOENT || errno == ENAMETOOLONG
				   ? NULL
				   : strerror(errno);
		return -1;
	}
	*ret_why = "not a file";
	if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
		length = read(descriptor, data, ACME_LIMIT + 1);
		*ret_why =
			length < 0 ? strerror(errno) : "larger than 4096 bytes";
	}
	close(descriptor);
	return length > (ssize_t)ACME_LIMIT ? -1 : length;
}

/* A challenge is a small local file whose name is a token (RFC 8555, 8.3): to
 * read it does not wait. */
static int
reply_challenge(struct http_connection *connection, const char *token)
{
	struct request *request = &connection->exchange->request;
	const char *folder = connection->server->options->acme;
	char *data = arena_alloc(request->arena, ACME_LIMIT + 1);
	const char *path, *why = NULL;
	ssize_t length = -1;

	if (folder != NULL && is_token(token)) {
		path = arena_printf(request->arena, "%s/%s", folder, token);
		length = read_challenge(path, data, &why);
		if (length < 0 && why != NULL)
			log_event(LOG_WARNING, NULL, "challenge.refused",
				"file", path, "reason", why, NULL);
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
