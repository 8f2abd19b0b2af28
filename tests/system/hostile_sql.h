/* hostile_sql.h: part of hostile.c. */
#ifndef MISSIOND_TESTS_HOSTILE_SQL_H
#define MISSIOND_TESTS_HOSTILE_SQL_H

/* Tries everything, on a thread of a worker. */
void hostile_sql(void);

#endif
