/* form_body.h: the three ways a form's values come in. Private to form_*.c. */
#ifndef MISSIOND_HTTP_FORM_BODY_H
#define MISSIOND_HTTP_FORM_BODY_H

#include "base/record.h"
#include "http/form_state.h"

struct request;

/* More inputs than this are refused. */
#define FORM_INPUTS_MOST 256

/* Each adds the body's values to the request's form state; 0, or -1 when the
 * body is malformed. Urlencoded, its bytes are overwritten: the values stand
 * there. */
int form_body_urlencoded(struct request *request, struct slice body);
int form_body_multipart(
	struct request *request, const char *content_type, struct slice body);
int form_body_json(struct request *request, struct slice body);

/* Adds one value, which ends with a NUL and lives as long as the request; bytes
 * that are not text become a NULL value. 0, or -1 when there are too many. */
int form_body_add(struct request *request, const char *name, const char *value,
	size_t length, enum form_input_kind kind);

#endif
