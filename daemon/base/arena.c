#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)0)
#endif

#define ALIGNMENT   _Alignof(max_align_t)
#define FIRST_CHUNK ((size_t)4096)
#define MOST_CHUNK  ((size_t)256 * 1024)

struct chunk {
	struct chunk *older;
	size_t size; /* of data */
	size_t used;
	_Alignas(max_align_t) unsigned char data[];
};

struct release {
	struct release *older;
	void (*run)(void *object);
	void *object;
};

struct arena {
	struct chunk *newest;
	struct release *releases; /* newest first; they live in the chunks */
};

static struct chunk *
chunk_new(size_t size, struct chunk *older)
{
	struct chunk *chunk = memory_new(1, sizeof(*chunk) + size);

	chunk->older = older;
	chunk->size = size;
	ASAN_POISON_MEMORY_REGION(chunk->data, size);
	return chunk;
}

static void
chunk_free(struct chunk *chunk)
{
	ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
	explicit_bzero(chunk->data, chunk->used);
	free(chunk);
}

struct arena *
arena_new(void)
{
	struct arena *arena = memory_new(1, sizeof(*arena));

	arena->newest = chunk_new(FIRST_CHUNK - sizeof(struct chunk), NULL);
	return arena;
}

/* A release may itself look at what the arena holds, so all run first. */
static void
run_releases(struct arena *arena)
{
	while (arena->releases) {
		struct release *release = arena->releases;

		arena->releases = release->older;
		release->run(release->object);
	}
}

void
arena_clear(struct arena *arena)
{
	struct chunk *chunk;

	run_releases(arena);
	while ((chunk = arena->newest)->older) {
		arena->newest = chunk->older;
		chunk_free(chunk);
	}
	ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->used);
	memset(chunk->data, 0, chunk->used);
	ASAN_POISON_MEMORY_REGION(chunk->data, chunk->size);
	chunk->used = 0;
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	run_releases(arena);
	while (arena->newest) {
		struct chunk *chunk = arena->newest;

		arena->newest = chunk->older;
		chunk_free(chunk);
	}
	free(arena);
}

/* Makes a chunk with room for `size`; each twice the one before, to a limit. */
static struct chunk *
grow(struct arena *arena, size_t size)
{
	size_t next = 2 * (arena->newest->size + sizeof(struct chunk));

	if (next > MOST_CHUNK)
		next = MOST_CHUNK;
	next -= sizeof(struct chunk);
	if (next < size)
		next = size;
	arena->newest = chunk_new(next, arena->newest);
	return arena->newest;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->newest;
	size_t room;
	void *memory;

	if (size > SIZE_MAX / 2)
		log_defect("arena", "%zu bytes asked for", size);
	/* At least one byte, so that no two results are the same. */
	room = ((size ? size : 1) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (chunk->size - chunk->used < room)
		chunk = grow(arena, room);
	memory = chunk->data + chunk->used;
	chunk->used += room;
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
	return memory;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		log_defect("arena", "%zu x %zu bytes asked for", count, size);
	return arena_alloc(arena, bytes);
}

char *
arena_copy(struct arena *arena, const void *data, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length)
		memcpy(copy, data, length);
	return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text, strlen(text)) : NULL;
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list values)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, values);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		log_defect("arena", "cannot format '%s'", format);
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, values);
	return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list values;
	char *text;

	va_start(values, format);
	text = arena_vprintf(arena, format, values);
	va_end(values);
	return text;
}

void
arena_on_free(struct arena *arena, void (*release)(void *object), void *object)
{
	struct release *entry = ARENA_NEW(arena, struct release);

	entry->older = arena->releases;
	entry->run = release;
	entry->object = object;
	arena->releases = entry;
}
