/* files.h: the YAML files of a command line as the request's JSON. */
#ifndef MISSIOND_CTL_FILES_H
#define MISSIOND_CTL_FILES_H

struct call;
struct command_options;

/*
 * {"files": [{"name", "path", "text"}…], "whole", "replace"} of the files and
 * folders named ("-": standard input), or of all *.yaml in the options' folder
 * (NULL: the one of missiond.yaml, which the steward is asked for) when none
 * is; then "whole" is true. NULL after a message on standard error, with the
 * exit code in `ret_code`. Freed with free().
 */
char *files_request(struct call *call, char **arguments,
	const struct command_options *options, int *ret_code);

#endif
