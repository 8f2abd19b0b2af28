/* form_check.h: one field being checked. Private to form_check.c and
 * form_text.c. */
#ifndef MISSIOND_HTTP_FORM_CHECK_H
#define MISSIOND_HTTP_FORM_CHECK_H

#include "http/form_state.h"

struct arena;

/* Where a field goes and what was sent for it. */
struct form_check {
	struct request *request;
	const struct form_field *field;
	void *target;	   /* in the struct that is filled */
	const char *typed; /* valid UTF-8; "" when nothing was sent */
	bool json;
};

/* All return 0, or 1 after form_fail(). An empty text that is not required
 * leaves none. */
int form_check_line(const struct form_check *check);
int form_check_email(const struct form_check *check);
int form_check_username(const struct form_check *check);
int form_check_password(const struct form_check *check);
int form_check_text(const struct form_check *check);
int form_check_hidden(const struct form_check *check);

int form_check_fail(const struct form_check *check, const char *message);
int form_check_fail_limit(
	const struct form_check *check, const char *message, int64_t limit);
int form_check_fail_missing(const struct form_check *check);

/* A copy without white space at both ends. */
char *form_trim(struct arena *arena, const char *text);

#endif
