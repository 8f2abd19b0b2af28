/*
 * arena.h: memory that dies together. A request, a job or a community snapshot
 * owns an arena; whatever is made for it comes from there and is never freed by
 * itself. It is overwritten when it goes: what a visitor sent lies here,
 * passwords and tokens too. No allocation returns NULL: when memory is out the
 * process logs and aborts, and the supervisor starts another.
 */
#ifndef MISSIOND_BASE_ARENA_H
#define MISSIOND_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new, empty arena. Chunks start at 4 KiB and grow. */
struct arena *arena_new(void);

/* Frees everything; NULL is allowed. */
void arena_free(struct arena *arena);

/* Forgets everything but keeps the first chunk, for reuse in a pool. */
void arena_clear(struct arena *arena);

/* `size` zeroed bytes, aligned for any type; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` zeroed elements of `size` bytes; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A copy of `length` bytes followed by a NUL. */
char *arena_copy(struct arena *arena, const void *data, size_t length);

/* A copy of a NUL-terminated string; NULL gives NULL. */
char *arena_text(struct arena *arena, const char *text);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list values)
	__attribute__((format(printf, 2, 0), nonnull(2)));

/* Calls `release(object)` when the arena is freed or cleared, newest first. */
void arena_on_free(
	struct arena *arena, void (*release)(void *object), void *object);

/* One struct, zeroed. */
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
