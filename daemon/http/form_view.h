/*
 * form_view.h: what the partial look/form.html shows, made by form_show(). A
 * view record that has a form declares FIELD_OPTIONAL(struct …, form,
 * struct form_view, form_view_record) and its page writes
 * {{#form}}{{>look/form.html}}{{/form}}.
 *
 * All texts are already in the visitor's language. The form token is not here:
 * the layout's record has it ({{csrf}}).
 */
#ifndef MISSIOND_HTTP_FORM_VIEW_H
#define MISSIOND_HTTP_FORM_VIEW_H

#include "base/record.h"

struct form_option_view {
	const char *id; /* of its radio button or checkbox */
	const char *value;
	const char *label;
	bool selected;
};

/* Exactly one of the is_… flags is true. */
struct form_field_view {
	const char *id; /* "field-title" */
	const char *name;
	const char *label;
	const char *help;	 /* or NULL; stands in an element help_id */
	const char *error;	 /* or NULL; stands in an element error_id */
	const char *help_id;	 /* "help-title" */
	const char *error_id;	 /* "error-title" */
	const char *describedby; /* aria-describedby: ids, or NULL */
	bool required;

	bool is_input;	  /* <input type="{{type}}" value="{{value}}"> */
	bool is_textarea; /* several lines */
	bool is_markdown; /* several lines of Markdown, with preview */
	bool is_select;
	bool is_radio;
	bool is_checkbox; /* one box, `checked` */
	bool is_choices;  /* several boxes of one name */

	const char *type;	  /* text, email, password, number, date … */
	const char *inputmode;	  /* or NULL */
	const char *autocomplete; /* or NULL */
	const char *value;	  /* or NULL */
	int64_t maxlength;	  /* UTF-16 units at most, or none */
	bool is_name;		  /* no capital letters or spelling help */
	bool is_colour;		  /* always has a value: no "required" */
	const char *preview_id;	  /* where the preview stands */
	const char *preview;	  /* HTML of the Markdown, once asked for */
	bool checked;
	struct record_list options; /* of form_option_view */
};

/* Fields under one heading; a form without groups has one without. */
struct form_group_view {
	const char *heading;	   /* or NULL: then no fieldset */
	struct record_list fields; /* of form_field_view */
};

struct form_hidden_view {
	const char *name;
	const char *value;
};

/* A line of the summary: a link to the field. */
struct form_error_view {
	const char *id; /* of the field, or NULL: the form as a whole */
	const char *label;
	const char *message;
};

struct form_view {
	const char *id; /* "form", "form-2" */
	const char *action;
	const char *submit;
	const char *notice;	   /* why it is shown again, or NULL */
	bool failed;		   /* there are errors */
	struct record_list errors; /* of form_error_view */
	struct record_list hidden; /* of form_hidden_view */
	struct record_list groups; /* of form_group_view */
};

extern const struct record form_view_record;
extern const struct record form_hidden_view_record;

#endif
