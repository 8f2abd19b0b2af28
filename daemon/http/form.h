/*
 * form.h: each field declared once: label, type, limits, help. The same table
 * renders the page's form, reads urlencoded, multipart and JSON bodies into a
 * struct, and says what is wrong beside the field; what was typed is kept
 * (passwords are not). Input that is not UTF-8, holds NUL or control
 * characters, or is too long gets its own message.
 */
#ifndef MISSIOND_HTTP_FORM_H
#define MISSIOND_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "http/form_view.h"

struct request;

enum form_control {
	FORM_LINE,     /* const char *, trimmed, one line */
	FORM_EMAIL,    /* const char *, trimmed, checked for form */
	FORM_USERNAME, /* const char *, [a-z0-9][a-z0-9._-]*, lowered */
	FORM_PASSWORD, /* const char *, as typed, never shown again */
	FORM_TEXT,     /* const char *, several lines */
	FORM_MARKDOWN, /* const char *, several lines, with preview */
	FORM_SELECT,   /* const char *, one of the choices */
	FORM_RADIO,    /* const char *, one of the choices */
	FORM_CHECKBOX, /* bool */
	FORM_CHOICES,  /* struct record_list of texts (FIELD_TEXTS) */
	FORM_INTEGER,  /* int64_t, least…most */
	FORM_MONEY,    /* int64_t minor units; typed as "12.50" or "12,50" */
	FORM_DATE,     /* struct timestamp, midnight UTC */
	FORM_COLOUR,   /* const char *, "#rrggbb" */
	FORM_HIDDEN    /* const char * */
};

struct form_choice {
	const char *value;
	const char *label; /* N_() text */
};

struct form_field {
	const char *name; /* of the record's member and of the input */
	enum form_control control;
	const char *label; /* N_() */
	const char *help;  /* N_() or NULL */
	bool required;
	int64_t least,
		most; /* code points of text, or the value; 0 most: none */
	const struct form_choice *choices; /* ends with {NULL, NULL} */
	const char *autocomplete;	   /* HTML token or NULL */
	const char *group; /* N_() heading; consecutive equal ones make a
			      fieldset */
};

struct form {
	const struct record *record; /* the struct that is filled */
	const struct form_field *fields;
	size_t count;
	const char *submit; /* N_() text of the button */
	bool carries;	    /* takes a kept form along, see form_keep() */
};

/*
 * Reads the request's body (and nothing else) into the zeroed struct. Returns
 * 0 when all is well, 1 when a field is wrong (errors stand in the request:
 * show the form again with status 422, or reply_form_errors()) or when the
 * visitor pressed a Markdown field's preview button or the form is held (show
 * it in the same way: reply_page() sets the status right), −1 when the body
 * cannot be read at all; then a reply has been made (400, 415) and the handler
 * returns 0.
 */
int form_read(
	struct request *request, const struct form *form, void *structure);

/* Whether form_read() took this field's value: for the handler's own checks,
 * so that all that is wrong is said at once. */
bool form_took(struct request *request, const char *field);

/* Adds an error to a field after a check of the handler's own ("" for the form
 * as a whole). `message` is an N_() text. Returns 1. */
int form_fail(struct request *request, const char *field, const char *message);

/* Choices known only at run time, for a field of the form to be shown or read:
 * call before form_read and form_show. Labels are shown as they are. */
void form_choices(struct request *request, const char *field,
	const struct form_choice *choices);

/* Leaves a field out of this request's form (not offered, not read). */
void form_omit(struct request *request, const char *field);

/*
 * The form that was sent is to be shown again and not carried out: form_read()
 * returns 1 without a look at what was typed, the page that shows it has this
 * status, and above the form stands `notice` (N_()).
 */
void form_hold(struct request *request, int status, const char *notice);

/*
 * The form that was sent waits until the person has sent another one first, in
 * whose hidden fields it travels: nothing of it is stored here. A form that
 * `carries` does so, as often as it is shown. False when nothing was sent that
 * could be kept. Passwords do not travel.
 */
bool form_keep(struct request *request);

/* Bytes of a kept form, names and values, that a form takes along; of more
 * nothing is taken, and the form says so. Whoever keeps forms lets less travel,
 * so nobody who fills in forms by hand meets this. */
#define FORM_KEPT_MOST ((size_t)80 * 1024)

/* The name of each password field in forms of routes with ROUTE_REFILLS: what
 * is sent under it never travels. */
#define FORM_PASSWORD_NAME "password"

/*
 * What was sent, as hidden fields (form_hidden_view) of a form that sends it
 * once more with this token (or NULL); needs no form and no database. Without
 * passwords and files. Empty when nothing was sent that could be read.
 */
struct record_list form_resend(struct request *request, const char *token);

/* What was made of the form that was sent is forgotten, so that its handler can
 * begin once more. */
void form_begin_again(struct request *request);

/* The hidden field with the path that the kept form was sent to. */
#define FORM_KEPT_PATH "kept"

/* The fields kept in the form that was sent become what was sent; returns the
 * path that they had been sent to, from outside as all of it, or NULL when
 * there are none. */
const char *form_restore(struct request *request);

/*
 * What the template needs (form_view.h; partial look/form.html). `values` is a
 * struct of the form's record to start from, or NULL; after a failed form_read
 * what was typed is shown instead: of texts twice what their field takes, so
 * that who wrote too much sees what to shorten, of other values 100 characters.
 * `action` is the path it posts to.
 */
const struct form_view *form_show(struct request *request,
	const struct form *form, const char *action, const void *values);

/* Whether what was sent is a form at all: else form_read() answers 400 or 415.
 */
bool form_is_readable(struct request *request);

/* Whether anything was sent under that name, of the right type or not. */
bool form_was_sent(struct request *request, const char *name);

/* One value of a small form without a table (a button with a hidden field);
 * NULL when absent or invalid. */
const char *form_value(struct request *request, const char *name);

#endif
