/*
 * reply.h: one answer per request. Head and body leave as one buffer. All
 * functions return 0 so that a handler can end with `return reply_…;`.
 */
#ifndef MISSIOND_HTTP_REPLY_H
#define MISSIOND_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct buffer;
struct page;
struct request;

/* Renders a page (with the service's layout view as common record). */
int reply_page(struct request *request, int status, const struct page *page,
	const void *view);

/* 303 See Other to a path of this site ("/listings"); never to other hosts. */
int reply_redirect(struct request *request, const char *path);

/* As reply_redirect; the next page shows the notice of that name
 * (tenants/look/notices.c) once. */
int reply_redirect_notice(
	struct request *request, const char *path, const char *notice);

/* One record as JSON. */
int reply_record(struct request *request, int status,
	const struct record *record, const void *structure);

/* 204. */
int reply_empty(struct request *request);

/*
 * An error: a page in the visitor's language, or for the API a problem
 * document (RFC 9457) whose type goes by the status. `title` and `detail` are
 * N_() texts; the detail says what to do next and may be NULL.
 */
int reply_error(struct request *request, int status, const char *title,
	const char *detail);

/* The same where programs should tell several errors of one status apart:
 * `problem` is the last part of the type, "urn:missiond:problem:<problem>".
 * docs/openapi.yaml lists them all. */
int reply_problem(struct request *request, int status, const char *problem,
	const char *title, const char *detail);
int reply_not_found(struct request *request);

/* The form's errors as a problem document (422, "errors": [{field, detail}]);
 * API only, pages show the form again with status 422. */
int reply_form_errors(struct request *request);

/* Bytes as they are. The data must outlive the reply (arena or longer). */
int reply_bytes(struct request *request, int status, const char *type,
	const void *data, size_t length);

/* Before the reply: a further header. Values with CR, LF are a defect. */
void reply_header(struct request *request, const char *name, const char *value);

/*
 * A cookie: HttpOnly, SameSite=Lax, Path=/; under TLS Secure and named with the
 * "__Host-" prefix, which request_cookie() hides. `seconds` 0: for the
 * browser's session; negative: remove. Said twice of one name, the last counts.
 */
void reply_cookie(struct request *request, const char *name, const char *value,
	int64_t seconds);

/* Cache-Control of this reply; "no-store" unless said. */
void reply_cache(struct request *request, const char *control);

/* Whether the reply has further headers, cookies among them. */
bool reply_sets_headers(const struct request *request);

/* What was replied: the status, and for reply_page() and reply_bytes() type and
 * bytes (the type is static where a page was rendered). */
int reply_made(const struct request *request, const char **ret_type,
	struct slice *ret_body);

/* Strong ETag; a matching If-None-Match turns the reply into 304. */
void reply_etag(struct request *request, const char *etag);

#endif
