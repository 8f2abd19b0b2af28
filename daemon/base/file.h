/*
 * file.h: files that are read whole: templates, texts, assets. The supervisor
 * notes what it reads while it checks them, and hands the very bytes to its
 * children; these read from what was handed down, so that one started later
 * works with what was accepted, whatever stands on the disk by then.
 */
#ifndef MISSIOND_BASE_FILE_H
#define MISSIOND_BASE_FILE_H

#include <stddef.h>

struct buffer;

/* Appends the file. 0, or -1 with errno: EFBIG above `limit` bytes, EINVAL when
 * it is no regular file. */
int file_read(const char *path, size_t limit, struct buffer *buffer);

/* Files as they were, by path. */
struct file_set;

struct file_set *file_set_new(void);
void file_set_free(struct file_set *set);

/* Keeps a copy; a path that is there already is replaced. */
void file_set_add(struct file_set *set, const char *path, const void *data,
	size_t length);

/* Calls `visit` for each, in no order. */
void file_set_each(const struct file_set *set,
	void (*visit)(void *argument, const char *path, const void *data,
		size_t length),
	void *argument);

/* From here on file_read() adds what it read; NULL: no longer. */
void file_note(struct file_set *set);

/* From here on file_read() finds these and no others; NULL: the disk again. */
void file_serve(const struct file_set *set);

#endif
