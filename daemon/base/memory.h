/*
 * memory.h: malloc that does not fail. What is made for a request belongs in
 * its arena (arena.h); these are for what lives longer. Freed with free().
 * When memory is out the process logs and aborts.
 */
#ifndef MISSIOND_BASE_MEMORY_H
#define MISSIOND_BASE_MEMORY_H

#include <stddef.h>

/* `count` elements of `size` zeroed bytes; aborts on overflow. */
void *memory_new(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));

/* As realloc: the contents are kept, what is new is not set. */
void *memory_resize(void *memory, size_t size) __attribute__((returns_nonnull));

/*
 * free() and realloc() that overwrite what they give back, of memory from
 * malloc() and the like; NULL is allowed. For what may hold a secret, and for
 * libraries that let us say how they free: all of them hold at some time what a
 * visitor sent.
 */
void memory_wipe(void *memory);
void *memory_wipe_resize(void *memory, size_t size);

/* A copy of a NUL-terminated string. */
char *memory_text(const char *text) __attribute__((malloc, returns_nonnull));

#endif
