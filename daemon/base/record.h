/*
 * record.h: one description of a C struct for everything that moves data in or
 * out of it: database parameters and rows, template views, JSON, forms and
 * configuration. A struct is described once, in a table beside it:
 *
 *	struct listing_card {
 *		struct uuid id;
 *		const char *title;
 *		struct timestamp posted;
 *	};
 *	static const struct field listing_card_fields[] = {
 *		FIELD_UUID(struct listing_card, id),
 *		FIELD_TEXT(struct listing_card, title),
 *		FIELD_TIME(struct listing_card, posted),
 *	};
 *	const struct record listing_card_record =
 *		RECORD(struct listing_card, listing_card_fields);
 *
 * The macros fail to compile where the C type of the member is not the one the
 * field type stands for. Order matters to the database only: fields of a
 * parameter record bind to the question marks from left to right, fields of a
 * row record to the selected columns from left to right (their names must be
 * the same; a test compares them).
 *
 * "None" values, where a field allows them (NULL in SQL, null or absent in
 * JSON, false in a template section): a NULL pointer for text and bytes,
 * UUID_NONE, TIME_NONE, INTEGER_NONE.
 */
#ifndef MISSIOND_BASE_RECORD_H
#define MISSIOND_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes with a length; not NUL-terminated, not owned. */
struct slice {
	const unsigned char *data;
	size_t length;
};

/* RFC 9562; all zero bytes mean "none". */
struct uuid {
	unsigned char bytes[16];
};
#define UUID_NONE ((struct uuid){{0}})

/* Microseconds since 1970-01-01 00:00:00 UTC. */
struct timestamp {
	int64_t microseconds;
};
#define TIME_NONE ((struct timestamp){INT64_MIN})

#define INTEGER_NONE INT64_MIN

/*
 * A list of records: `items` points to `count` structs of the element record's
 * size, one after another, or to `count` pointers to text (FIELD_TEXTS).
 */
struct record_list {
	const void *items;
	size_t count;
};

enum field_type {
	FIELD_TYPE_TEXT, /* const char *, UTF-8, NUL-terminated */
	FIELD_TYPE_HTML, /* const char *, already safe HTML: templates only */
	FIELD_TYPE_BOOLEAN,  /* bool */
	FIELD_TYPE_INTEGER,  /* int64_t */
	FIELD_TYPE_TIME,     /* struct timestamp */
	FIELD_TYPE_UUID,     /* struct uuid */
	FIELD_TYPE_BYTES,    /* struct slice */
	FIELD_TYPE_RECORD,   /* a nested struct */
	FIELD_TYPE_OPTIONAL, /* pointer to a const struct, NULL when absent */
	FIELD_TYPE_LIST,     /* struct record_list of structs */
	FIELD_TYPE_TEXTS     /* struct record_list of const char * */
};

struct record;

struct field {
	const char *name;
	enum field_type type;
	uint32_t offset;
	const struct record *record; /* RECORD, OPTIONAL, LIST: the element */
};

struct record {
	const char *name; /* the C type, for messages */
	const struct field *fields;
	size_t count;
	size_t size; /* of the struct, the stride of a list */
};

/* A compile-time error unless `member` of `structure` has the C type `type`. */
#define FIELD_OFFSET(structure, member, type)                                  \
	((uint32_t)(offsetof(structure, member) + 0 * sizeof(struct {          \
		_Static_assert(_Generic(((structure *)0)->member, type : 1,    \
				       default : 0),                           \
			#structure "." #member " is not " #type);              \
		int unused;                                                    \
	})))

#define FIELD_PLAIN(structure, member, kind, ctype)                            \
	{                                                                      \
#member, kind, FIELD_OFFSET(structure, member, ctype), NULL    \
	}

#define FIELD_TEXT(structure, member)                                          \
	FIELD_PLAIN(structure, member, FIELD_TYPE_TEXT, const char *)
#define FIELD_HTML(structure, member)                                          \
	FIELD_PLAIN(structure, member, FIELD_TYPE_HTML, const char *)
#define FIELD_BOOLEAN(structure, member)                                       \
	FIELD_PLAIN(structure, member, FIELD_TYPE_BOOLEAN, bool)
#define FIELD_INTEGER(structure, member)                                       \
	FIELD_PLAIN(structure, member, FIELD_TYPE_INTEGER, int64_t)
#define FIELD_TIME(structure, member)                                          \
	FIELD_PLAIN(structure, member, FIELD_TYPE_TIME, struct timestamp)
#define FIELD_UUID(structure, member)                                          \
	FIELD_PLAIN(structure, member, FIELD_TYPE_UUID, struct uuid)
#define FIELD_BYTES(structure, member)                                         \
	FIELD_PLAIN(structure, member, FIELD_TYPE_BYTES, struct slice)
#define FIELD_TEXTS(structure, member)                                         \
	FIELD_PLAIN(structure, member, FIELD_TYPE_TEXTS, struct record_list)
#define FIELD_LIST(structure, member, element)                                 \
	{                                                                      \
#member, FIELD_TYPE_LIST,                                      \
			FIELD_OFFSET(structure, member, struct record_list),   \
			&(element)                                             \
	}
/* `ctype` is the nested struct's type, `element` its record. */
#define FIELD_RECORD(structure, member, ctype, element)                        \
	{                                                                      \
#member, FIELD_TYPE_RECORD,                                    \
			FIELD_OFFSET(structure, member, ctype), &(element)     \
	}
#define FIELD_OPTIONAL(structure, member, ctype, element)                      \
	{                                                                      \
#member, FIELD_TYPE_OPTIONAL,                                  \
			FIELD_OFFSET(structure, member, const ctype *),        \
			&(element)                                             \
	}

#define RECORD(structure, table)                                               \
	{                                                                      \
#structure, table, sizeof(table) / sizeof((table)[0]),         \
			sizeof(structure)                                      \
	}

/* The field called `name`, or NULL. */
const struct field *record_field(const struct record *record, const char *name);

/* The address of `field` inside `structure`. */
const void *field_in(const struct field *field, const void *structure);

/*
 * Whether the value is its type's "none" (see above); a boolean or a nested
 * record never is, an empty list is.
 */
bool field_is_none(const struct field *field, const void *structure);

/*
 * Sets the value to "none"; false where the type has none (a boolean, a nested
 * record). record_set_none() does so for every field, booleans false, nested
 * records field by field.
 */
bool field_set_none(const struct field *field, void *structure);
void record_set_none(const struct record *record, void *structure);

/* Number of elements of a real array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
