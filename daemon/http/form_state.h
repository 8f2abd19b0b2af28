/* form_state.h: what a request knows of its form. Private to the form_*.c
 * files; form.h is for everybody else. */
#ifndef MISSIOND_HTTP_FORM_STATE_H
#define MISSIOND_HTTP_FORM_STATE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/record.h"
#include "http/form.h"
#include "text/json.h"

/* One value that was sent. Text of a form is INPUT_TEXT whatever it means;
 * JSON says more. */
enum form_input_kind {
	INPUT_TEXT,
	INPUT_TRUE,
	INPUT_FALSE,
	INPUT_NUMBER, /* an integer, as decimal text */
	INPUT_OTHER   /* what no field takes: an object, a fraction */
};

struct form_input {
	STAILQ_ENTRY(form_input) next;
	const char *name;  /* "" when it is not text */
	const char *value; /* NULL when it is not UTF-8 or holds NUL */
	bool has_zero;	   /* why the value is NULL */
	enum form_input_kind kind;
};

/* What is wrong with a field. */
struct form_fault {
	STAILQ_ENTRY(form_fault) next;
	const char *field;   /* "" for the form as a whole */
	const char *message; /* N_() text; {{limit}} is filled in */
	int64_t limit;	     /* or INTEGER_NONE */
};

/* What form_choices() and form_omit() said of a field. */
struct form_change {
	STAILQ_ENTRY(form_change) next;
	const char *field;
	const struct form_choice *choices; /* NULL: the field is left out */
};

enum form_body {
	FORM_BODY_UNREAD,
	FORM_BODY_READ,
	FORM_BODY_MALFORMED, /* 400 */
	FORM_BODY_UNKNOWN    /* 415 */
};

struct form_state {
	const struct form *form; /* the one that was read, or NULL */
	enum form_body body;
	bool json;
	bool checked;		     /* each field was looked at */
	struct json_fault malformed; /* JSON that is none; reason NULL: it is */
	int held;		     /* status after form_hold(), or 0 */
	const char *notice;	     /* why, N_() */
	const char *preview; /* name of the field to be previewed, or NULL */
	STAILQ_HEAD(form_input_list, form_input) inputs;
	STAILQ_HEAD(form_fault_list, form_fault) faults;
	STAILQ_HEAD(form_change_list, form_change) changes;
	size_t input_count;
	unsigned shown; /* forms on this page so far: ids must differ */
};

/* Before the names of the hidden fields in which a form carries another. */
#define FORM_KEPT_PREFIX "kept."

bool form_is_kept(const struct form_input *input);

/* Whether it is part of a kept form that travels on: a kept field, or the path.
 */
bool form_travels(const struct form_input *input);

/* Whether the kept form that was sent is no larger than FORM_KEPT_MOST. */
bool form_kept_fits(const struct form_state *state);

/* The request's state, made at first use. */
struct form_state *form_state_get(struct request *request);

/* Reads the body once; later calls give the same answer. */
enum form_body form_inputs_read(struct request *request);

/* The first (or, after `previous`, the next) input of that name, or NULL. */
const struct form_input *form_input_find(const struct form_state *state,
	const char *name, const struct form_input *previous);

/* Bytes of the beginning of a text that has at most so many characters; a line
 * end as browsers send it is one. */
size_t form_cut(const char *text, size_t most);

/* What was typed for a field, as far as it is shown again; NULL for nothing. */
const char *form_typed(struct request *request, const struct form_field *field);

/* The field's choices in this request; *ret_translate: labels are N_() texts.
 */
const struct form_choice *form_choices_of(const struct form_state *state,
	const struct form_field *field, bool *ret_translate);
bool form_is_omitted(const struct form_state *state, const char *field);

const struct form_fault *form_fault_find(
	const struct form_state *state, const char *field);

/* The message in the request's language. */
const char *form_fault_text(
	struct request *request, const struct form_fault *fault);

/* Adds a fault with a number in its message; returns 1. */
int form_fail_limit(struct request *request, const char *field,
	const char *message, int64_t limit);

/*
 * Checks what was sent for one field and stores it in the struct. Returns 0,
 * or 1 after form_fail().
 */
int form_check(struct request *request, const struct form_field *field,
	const struct field *target, void *structure);

#endif
