/* descriptors.h: how many files and connections a process may have open
 * (RLIMIT_NOFILE, getrlimit(2)). */
#ifndef MISSIOND_DESCRIPTORS_H
#define MISSIOND_DESCRIPTORS_H

/* As many as the hard limit allows: what shells give, 1,024, is fewer than
 * limits.connections. Children inherit it. */
void descriptors_raise(void);

/* How many of `wanted` connections of visitors there may be, so that the
 * `others` (to the database) and some files can be opened besides. Logs when it
 * is fewer. */
unsigned descriptors_for(unsigned wanted, unsigned others);

#endif
