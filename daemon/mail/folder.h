/*
 * folder.h: mails as .eml files in a directory, for trying out and for tests:
 * what the courier would send can be read with any mail program.
 */
#ifndef MISSIOND_MAIL_FOLDER_H
#define MISSIOND_MAIL_FOLDER_H

#include <stddef.h>

struct error;

/*
 * Writes DIRECTORY/NAME.eml whole or not at all (a temporary file, fsync,
 * rename); the same name again replaces it. Blocks on the disk: call it in
 * task_work(). `name` holds no slash. 0 or -1.
 */
int folder_write(const char *directory, const char *name, const char *data,
	size_t length, struct error *error);

#endif
