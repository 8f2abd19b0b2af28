/* template_resolve.h: names and filters of a template against the records in
 * scope. Private to the template engine. */
#ifndef MISSIOND_HTTP_TEMPLATE_RESOLVE_H
#define MISSIOND_HTTP_TEMPLATE_RESOLVE_H

#include "http/template_program.h"

/* The records a name is looked up in, innermost last. NULL: no record there
 * (no common view; a list of texts, whose element is "."). */
struct template_scope {
	const struct record *records[TEMPLATE_SLOTS];
	size_t count;
};

/*
 * Where `name` is. `ret_record` is the record that a section of it brings
 * into scope, or NULL. 0, or -1 with the node's position in the message.
 */
int template_resolve(const struct template_scope *scope,
	const struct template_node *node, const char *name,
	struct template_reference *ret_reference,
	const struct record **ret_record, struct error *error);

/* Fills value, second, filter and escape for {{name|filter}}. 0 or -1. */
int template_resolve_value(const struct template_scope *scope,
	const struct template_node *node, bool escape,
	struct template_instruction *instruction, struct error *error);

#endif
