/*
 * origin.h: the files that communities were applied from, where the steward
 * names them in `applied_file` of a plan's lines: whether they are still there.
 * The steward cannot know: it sees only what missionctl sends.
 */
#ifndef MISSIOND_CTL_ORIGIN_H
#define MISSIOND_CTL_ORIGIN_H

#include <stdbool.h>
#include <stdio.h>

struct json_t;

/* Notes `applied_file_exists` of each line that has an `applied_file`: false
 * also where that is the line's own file under another name, null where it
 * cannot be looked at. */
void origin_look(const struct json_t *lines);

/* Whether a file would take a community over from another that is, or may be,
 * still there. After origin_look(). */
bool origin_is_taken(const struct json_t *line);

/* What is wrong with each of those, a line each; how many there were. */
size_t origin_complain(const struct json_t *lines, FILE *stream);

#endif
