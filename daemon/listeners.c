#include "listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/record.h"
#include "settings.h"

#define BACKLOG 1024

/* The endpoint's form was checked with the settings. */
static socklen_t
parse_endpoint(const char *endpoint, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	const char *colon = strrchr(endpoint, ':');
	in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	char host[64];

	memset(address, 0, sizeof(*address));
	if (endpoint[0] == '[') {
		snprintf(host, sizeof(host), "%.*s",
			(int)(colon - endpoint) - 2, endpoint + 1);
		v6->sin6_family = AF_INET6;
		v6->sin6_port = port;
		inet_pton(AF_INET6, host, &v6->sin6_addr);
		return sizeof(*v6);
	}
	snprintf(host, sizeof(host), "%.*s", (int)(colon - endpoint), endpoint);
	v4->sin_family = AF_INET;
	v4->sin_port = port;
	inet_pton(AF_INET, host, &v4->sin_addr);
	return sizeof(*v4);
}

static int
open_tcp(const char *endpoint, struct error *error)
{
	struct sockaddr_storage address;
	socklen_t length = parse_endpoint(endpoint, &address);
	int on = 1;
	int descriptor = socket(address.ss_family,
		SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		return error_set(
			error, "listen %s: %s", endpoint, strerror(errno));
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		setsockopt(
			descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(descriptor, (const struct sockaddr *)&address, length) == 0 &&
		listen(descriptor, BACKLOG) == 0)
		return descriptor;
	error_set(error,
		errno == EADDRINUSE
			? "listen %s: another program has this address: stop "
			  "it or choose another port (%s)"
		: errno == EACCES ? "listen %s: ports below 1024 need root or "
				    "CAP_NET_BIND_SERVICE (%s)"
				  : "listen %s: %s",
		endpoint, strerror(errno));
	close(descriptor);
	return -1;
}

static int
open_control(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int descriptor;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error,
			"%s: too long for a Unix socket (%zu bytes at most)",
			path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	descriptor =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	/* Another missiond that runs would answer. */
	if (connect(descriptor, (const struct sockaddr *)&address,
		    sizeof(address)) == 0 ||
		errno == EAGAIN) {
		close(descriptor);
		return error_set(
			error, "%s: another missiond is running", path);
	}
	close(descriptor);
	unlink(path);
	descriptor =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (descriptor >= 0 &&
		bind(descriptor, (const struct sockaddr *)&address,
			sizeof(address)) == 0 &&
		chmod(path, 0660) == 0 && listen(descriptor, BACKLOG) == 0)
		return descriptor;
	error_set(error, "%s: %s", path, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static int
open_all(const struct record_list *endpoints, int *descriptors, size_t *count,
	struct error *error)
{
	const char *const *items = endpoints->items;

	for (size_t i = 0; i < endpoints->count; i++) {
		int descriptor = open_tcp(items[i], error);

		if (descriptor < 0)
			return -1;
		descriptors[(*count)++] = descriptor;
	}
	return 0;
}

int
listeners_open(const struct settings *settings, const char *control_path,
	struct listeners *listeners, struct error *error)
{
	*listeners = (struct listeners){.control = -1};
	listeners->control = open_control(control_path, error);
	snprintf(listeners->control_path, sizeof(listeners->control_path), "%s",
		control_path);
	if (listeners->control >= 0 &&
		open_all(&settings->listen.http, listeners->http,
			&listeners->http_count, error) == 0 &&
		open_all(&settings->listen.https, listeners->https,
			&listeners->https_count, error) == 0 &&
		open_all(&settings->listen.metrics, listeners->metrics,
			&listeners->metrics_count, error) == 0)
		return 0;
	listeners_close(listeners);
	return -1;
}

void
listeners_refuse(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->http_count; i++)
		close(listeners->http[i]);
	for (size_t i = 0; i < listeners->https_count; i++)
		close(listeners->https[i]);
	listeners->http_count = listeners->https_count = 0;
}

void
listeners_close(struct listeners *listeners)
{
	listeners_refuse(listeners);
	for (size_t i = 0; i < listeners->metrics_count; i++)
		close(listeners->metrics[i]);
	if (listeners->control >= 0) {
		/* While it is open, no other missiond has the name. */
		if (unlink(listeners->control_path) < 0 && errno != ENOENT)
			log_event(LOG_WARNING, NULL, "control.left", "path",
				listeners->control_path, "reason",
				strerror(errno), NULL);
		close(listeners->control);
	}
	*listeners = (struct listeners){.control = -1};
}
