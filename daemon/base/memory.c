#include "base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void *
memory_new(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		log_defect(
			"memory", "no memory for %zu x %zu bytes", count, size);
	return memory;
}

void *
memory_resize(void *memory, size_t size)
{
	void *moved = realloc(memory, size ? size : 1);

	if (!moved)
		log_defect("memory", "no memory for %zu bytes", size);
	return moved;
}

void
memory_wipe(void *memory)
{
	if (memory == NULL)
		return;
	/* What malloc() gave beyond what was asked for was never written. */
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void *
memory_wipe_resize(void *memory, size_t size)
{
	size_t was = memory == NULL ? 0 : malloc_usable_size(memory);
	void *moved = malloc(size ? size : 1);

	if (!moved)
		log_defect("memory", "no memory for %zu bytes", size);
	if (was > 0)
		memcpy(moved, memory, was < size ? was : size);
	memory_wipe(memory);
	return moved;
}

char *
memory_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(memory_new(size, 1), text, size);
}
