/*
 * template_program.h: a compiled page: a flat program per language. Private to
 * the template engine. While it runs there is an array of slots: slot 0 is the
 * common record, slot 1 the page's view, and each open section has one more.
 */
#ifndef MISSIOND_HTTP_TEMPLATE_PROGRAM_H
#define MISSIOND_HTTP_TEMPLATE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "text/catalogue.h"

struct arena;
struct buffer;
struct error;
struct page;
struct template_node;
struct zone;

#define TEMPLATE_SLOTS 16
#define TEMPLATE_HOPS  4 /* optional records that one dotted name may cross */

/* Where a value is: a slot, and offsets with a pointer to follow between. */
struct template_reference {
	uint8_t slot;
	uint8_t hops;
	enum field_type type;
	uint32_t offsets[TEMPLATE_HOPS + 1];
};

enum template_filter {
	TEMPLATE_PLAIN,
	TEMPLATE_DATE,
	TEMPLATE_MINUTE,
	TEMPLATE_THERE,
	TEMPLATE_AGO,
	TEMPLATE_ISO,
	TEMPLATE_DAY,
	TEMPLATE_ISODAY,
	TEMPLATE_MONEY,
	TEMPLATE_URL,
	TEMPLATE_NUMBER
};

enum template_operation {
	TEMPLATE_ADD,	      /* text */
	TEMPLATE_ADD_VALUE,   /* value, second, filter, escape */
	TEMPLATE_UNLESS_GOTO, /* target when the value is false */
	TEMPLATE_IF_GOTO,     /* target when the value is true */
	TEMPLATE_ENTER,	      /* slot := the record, or target when none */
	TEMPLATE_EACH,	      /* slot := first element, or target when none */
	TEMPLATE_NEXT,	      /* slot := next element and target, or go on */
	TEMPLATE_MANY_GOTO,   /* target when the count asks for the plural */
	TEMPLATE_GOTO,
	TEMPLATE_END
};

struct template_instruction {
	enum template_operation operation;
	enum template_filter filter;
	bool escape;
	uint8_t slot;
	size_t target; /* index of an instruction */
	const char *text;
	size_t length;
	size_t stride; /* EACH: bytes of an element */
	struct template_reference value, second;
};

struct template_program {
	struct template_instruction *instructions;
	size_t count, capacity;
};

/* Reads (once) the file's tree; NULL on error. Called while compiling. */
struct template_files;
const struct template_node *template_files_get(struct template_files *files,
	const char *file, const struct template_node *asker,
	struct error *error);

/* What stays the same while a set is compiled. */
struct template_setting {
	struct arena *arena;
	struct template_files *files;
	const struct record *common; /* or NULL */
	struct error *error;
};

/* Compiles a page for one language into the arena; 0 or -1. */
int template_compile(const struct template_setting *setting,
	const struct page *page, enum language language,
	struct template_program *program);

/* Runs it. `scratch` is cleared as it is used. */
void template_run(const struct template_program *program, const void *view,
	const void *common, enum language language, const struct zone *zone,
	struct arena *scratch, struct buffer *output);

#endif
