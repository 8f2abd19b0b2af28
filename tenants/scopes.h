/*
 * scopes.h: the scopes of an appointment as people, forms and SQL write them:
 * words ("members,content", the SET column's own form) and bits.
 */
#ifndef MISSIOND_TENANTS_SCOPES_H
#define MISSIOND_TENANTS_SCOPES_H

#include <stddef.h>

#include "base/record.h"

struct arena;
struct form_choice;

struct scope_name {
	unsigned scope;	   /* one bit of enum scope */
	const char *word;  /* in SQL, YAML and the API */
	const char *label; /* N_() text: what its holder may do */
};

#define SCOPE_NAME_COUNT 5
extern const struct scope_name scope_names[SCOPE_NAME_COUNT];

/* From "members,content"; unknown words are left out. NULL gives 0. */
unsigned scopes_parse(const char *words);

/* From a list of words (FIELD_TEXTS); an unknown word gives -1. */
int scopes_from_list(const struct record_list *words, unsigned *ret_scopes);

/* To "members,content", in the table's order. */
const char *scopes_text(struct arena *arena, unsigned scopes);

/* To a list of words, for JSON. */
struct record_list scopes_list(struct arena *arena, unsigned scopes);

#endif
