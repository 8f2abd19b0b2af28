/* files.h: the YAML files of a command line as the request's JSON. */
#ifndef MISSIOND_CTL_FILES_H
#define MISSIOND_CTL_FILES_H

#include <stdbool.h>

/*
 * {"files": [{"name", "text"}…], "whole"} of the files and folders named, or
 * of all *.yaml in `folder` when none is (then "whole" is true). NULL after a
 * message on standard error. Freed with free().
 */
char *files_request(char **arguments, const char *folder);

#endif
