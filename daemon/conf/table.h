/*
 * table.h: configuration as a table of keys. The parser knows YAML, the feature
 * knows meaning, the table is what they share: name, type, default, bounds,
 * choices, whether a reload may change it, and the sentence of the manual.
 *
 * Every key names a field of the record that is filled (base/record.h); the
 * field's type decides what a value must be:
 *
 *	FIELD_TEXT      a text; with `choices` one of them; with `check` what
 *	                that accepts; a number, true or false only in quotes
 *	FIELD_BOOLEAN   true or false (also yes, no, on, off)
 *	FIELD_INTEGER   a number, or by `unit` a duration ("15s", in
 *	                microseconds) or a size ("2MiB", in bytes)
 *	FIELD_TEXTS     a list of texts (one text counts as a list of one)
 *	FIELD_RECORD    a mapping, by `table`
 *	FIELD_LIST      a list of mappings, by `table`
 */
#ifndef MISSIOND_CONF_TABLE_H
#define MISSIOND_CONF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "conf/node.h"

struct arena;

enum conf_unit { CONF_UNIT_NONE, CONF_UNIT_DURATION, CONF_UNIT_SIZE };

struct conf_table;

struct conf_key {
	const char *name;
	bool required;
	const char *otherwise; /* the default as written in YAML, or NULL */
	enum conf_unit unit;
	int64_t least, most; /* of a number (in its unit); 0 0: unbounded */
	size_t longest;	     /* code points of a text; 0: CONF_TEXT_LIMIT */
	size_t entries;	     /* of a list; 0: CONF_LIST_LIMIT */
	const char *const *choices; /* ends with NULL */
	/* NULL when the text is good, else what was expected. */
	const char *(*check)(const char *text);
	bool unquoted; /* a number or off is a text that `check` looks at */
	const struct conf_table *table;
	bool at_start_only; /* a reload does not change it: restart */
	const char *help;   /* one sentence, for the manual */
};

#define CONF_TEXT_LIMIT 1000
#define CONF_LIST_LIMIT 1000

struct conf_table {
	const struct record *record;
	const struct conf_key *keys;
	size_t count;
};

/*
 * Fills a zeroed struct from a mapping (NULL: only defaults). All that is wrong
 * goes to `errors`: unknown keys (with a guess), wrong types, values out of
 * bounds, missing required keys. 0, or -1 when anything was.
 */
int conf_read(struct arena *arena, const struct conf_table *table,
	const struct conf_node *mapping, void *structure,
	struct conf_errors *errors);

#endif
