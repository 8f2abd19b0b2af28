#include "mail/smtp.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "loop/task.h"
#include "mail/message.h"

/* Longest wait for the answer to QUIT. */
#define GOODBYE_LIMIT (5 * CLOCK_SECOND)

/* Sockets a delivery may have at a time: addresses tried side by side. */
#define SOCKETS 8

/* One delivery, on its task's stack, worked on by a thread. */
struct delivery {
	const struct smtp_server *server;
	const char *from, *to;
	const char *data;
	size_t length, sent;
	int sockets[SOCKETS]; /* open ones; -1: a free place */
	struct smtp_result result;
};

static atomic_bool stopping;

int
smtp_start(struct error *error)
{
	/* It copies the password, and mails with their links. */
	CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc,
		memory_wipe, memory_wipe_resize, strdup, calloc);

	if (code != CURLE_OK)
		return error_set(
			error, "libcurl: %s", curl_easy_strerror(code));
	atomic_store(&stopping, false);
	return 0;
}

void
smtp_stop(void)
{
	atomic_store(&stopping, true);
}

/* Called about once a second; not 0 ends the transfer. */
static int
look_up(void *unused, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)unused;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&stopping);
}

static size_t
give_data(char *room, size_t size, size_t count, void *argument)
{
	struct delivery *delivery = argument;
	size_t length = delivery->length - delivery->sent;

	if (length > size * count)
		length = size * count;
	memcpy(room, delivery->data + delivery->sent, length);
	delivery->sent += length;
	return length;
}

static curl_socket_t
open_socket(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct delivery *delivery = argument;

	(void)purpose;
	for (int i = 0; i < SOCKETS; i++) {
		if (delivery->sockets[i] >= 0)
			continue;
		delivery->sockets[i] = socket(address->family,
			address->socktype | SOCK_CLOEXEC, address->protocol);
		return delivery->sockets[i];
	}
	return CURL_SOCKET_BAD;
}

static int
close_socket(void *argument, curl_socket_t descriptor)
{
	struct delivery *delivery = argument;

	for (int i = 0; i < SOCKETS; i++)
		if (delivery->sockets[i] == descriptor)
			delivery->sockets[i] = -1;
	return close(descriptor);
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/* "smtp://host:port/hello"; brackets around an IPv6 address. */
static void
set_address(CURL *handle, const struct smtp_server *server)
{
	bool bare = strchr(server->host, ':') && *server->host != '[';
	struct buffer url = BUFFER_EMPTY;

	buffer_printf(&url, "%s://%s%s%s:%u/",
		server->security == SMTP_TLS ? "smtps" : "smtp",
		bare ? "[" : "", server->host, bare ? "]" : "", server->port);
	if (server->hello)
		buffer_add_url(&url, server->hello);
	curl_easy_setopt(handle, CURLOPT_URL, buffer_text(&url));
	buffer_release(&url);
}

static void
set_security(CURL *handle, const struct smtp_server *server)
{
	static const long levels[] = {
		[SMTP_PLAIN] = CURLUSESSL_NONE,
		[SMTP_TRY] = CURLUSESSL_TRY,
		[SMTP_STARTTLS] = CURLUSESSL_ALL,
		[SMTP_TLS] = CURLUSESSL_ALL,
	};

	curl_easy_setopt(handle, CURLOPT_USE_SSL, levels[server->security]);
	curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (server->ca_file) {
		curl_easy_setopt(handle, CURLOPT_CAINFO, server->ca_file);
		curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
	}
	/* Whoever could forge the certificate could as well drop the offer. */
	if (server->security == SMTP_TRY) {
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (server->user) {
		curl_easy_setopt(handle, CURLOPT_USERNAME, server->user);
		curl_easy_setopt(handle, CURLOPT_PASSWORD, server->password);
	}
}

static void
set_callbacks(CURL *handle, struct delivery *delivery)
{
	curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_data);
	curl_easy_setopt(handle, CURLOPT_READDATA, delivery);
	curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_up);
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, delivery);
	curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, delivery);
}

static void
set_options(CURL *handle, const struct delivery *delivery,
	const struct curl_slist *recipients)
{
	const struct smtp_server *server = delivery->server;
	long limit = (long)(server->total_limit / 1000);

	set_address(handle, server);
	set_security(handle, server);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(server->connect_limit / 1000));
	curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, limit);
	curl_easy_setopt(
		handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, limit / 1000 + 1);
	curl_easy_setopt(handle, CURLOPT_MAIL_FROM, delivery->from);
	curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(
		handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->length);
}

/*
 * A 55x condemns the mail only where it answers for the mail: to MAIL, RCPT and
 * DATA (libcurl says "send error") or to the message itself (all of it was
 * read). Elsewhere (greeting, STARTTLS, AUTH) and with 50x, 530 and 535 it is
 * the host's to repair, and the mail waits.
 */
static enum smtp_outcome
judge(CURLcode code, long reply, const struct delivery *delivery)
{
	bool about_mail = code == CURLE_SEND_ERROR ||
			  (delivery->sent == delivery->length &&
				  code == CURLE_WEIRD_SERVER_REPLY);

	if (code == CURLE_OK)
		return SMTP_DELIVERED;
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return SMTP_STOPPED;
	if (about_mail && reply >= 550 && reply <= 559)
		return SMTP_PERMANENT;
	return SMTP_TEMPORARY;
}

/* What libcurl would say when it closes the connection, but with a limit. */
static void
say_goodbye(CURL *handle)
{
	curl_easy_setopt(handle, CURLOPT_UPLOAD, 0L);
	curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, NULL);
	curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "QUIT");
	curl_easy_setopt(
		handle, CURLOPT_TIMEOUT_MS, (long)(GOODBYE_LIMIT / 1000));
	/* The mail is delivered, whatever comes of this. */
	(void)curl_easy_perform(handle);
}

static void
perform(CURL *handle, struct delivery *delivery)
{
	CURLcode code = curl_easy_perform(handle);
	long reply = 0;

	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply);
	delivery->result = (struct smtp_result){judge(code, reply, delivery),
		(int)reply, curl_easy_strerror(code)};
	if (code == CURLE_OK)
		say_goodbye(handle);
	/* Else closing would say QUIT and wait two minutes for its answer. */
	for (int i = 0; i < SOCKETS; i++)
		if (delivery->sockets[i] >= 0)
			shutdown(delivery->sockets[i], SHUT_RDWR);
}

/* On a thread of task_work(). */
static void
deliver(void *argument)
{
	struct delivery *delivery = argument;
	struct curl_slist *recipients = curl_slist_append(NULL, delivery->to);
	CURL *handle = curl_easy_init();

	if (!handle || !recipients)
		log_defect("smtp", "no memory");
	for (int i = 0; i < SOCKETS; i++)
		delivery->sockets[i] = -1;
	set_options(handle, delivery, recipients);
	set_callbacks(handle, delivery);
	perform(handle, delivery);
	curl_easy_cleanup(handle);
	curl_slist_free_all(recipients);
}

struct smtp_result
smtp_send(const struct smtp_server *server, const char *from, const char *to,
	const char *data, size_t length)
{
	struct delivery delivery = {.server = server,
		.from = from,
		.to = to,
		.data = data,
		.length = length,
		/* Stays so when the task's time is over already. */
		.result = {SMTP_STOPPED, 0, "no time left"}};

	if (!mailbox_valid(from) || !mailbox_valid(to))
		return (struct smtp_result){
			SMTP_PERMANENT, 0, "not a mail address"};
	if (server->user && server->security <= SMTP_TRY &&
		!is_loopback(server->host))
		return (struct smtp_result){
			SMTP_TEMPORARY, 0, "a log-in needs TLS"};
	task_work(deliver, &delivery);
	return delivery.result;
}
