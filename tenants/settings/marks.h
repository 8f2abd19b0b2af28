/*
 * marks.h: the founder's checklist. A mark is set within the transaction of
 * the act that fulfils it, once; later acts leave it alone.
 */
#ifndef MISSIOND_TENANTS_SETTINGS_MARKS_H
#define MISSIOND_TENANTS_SETTINGS_MARKS_H

#include "db/db.h"

struct request;

enum settings_mark {
	MARK_DESCRIBED, /* the community has a description */
	MARK_COLOURED,	/* its colour was chosen */
	MARK_APPOINTED, /* an admin was appointed */
	MARK_INVITED	/* an invitation was made */
};
#define SETTINGS_MARK_COUNT 4

extern const struct db_statement settings_mark_statements[SETTINGS_MARK_COUNT];

/* 0 or -1. */
int settings_mark(
	struct request *request, struct db *db, enum settings_mark mark);

#endif
