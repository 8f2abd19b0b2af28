#include "requests.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#define LONGEST ((size_t)1024 * 1024)

static void
add(struct requests *requests, char *data, size_t length)
{
	struct request_bytes *items = realloc(requests->items,
		(requests->count + 1) * sizeof(*requests->items));

	if (items == NULL)
		err(1, "requests");
	items[requests->count++] = (struct request_bytes){data, length};
	requests->items = items;
}

void
requests_read(const char *path, struct requests *requests)
{
	FILE *file = fopen(path, "rb");
	size_t length;

	*requests = (struct requests){NULL, 0};
	if (file == NULL)
		err(1, "%s", path);
	while (fscanf(file, "%zu", &length) == 1) {
		char *data;

		if (length == 0 || length > LONGEST || fgetc(file) != '\n')
			errx(1, "%s: not a file of requests", path);
		data = malloc(length);
		if (data == NULL || fread(data, 1, length, file) != length)
			errx(1, "%s: cut short", path);
		add(requests, data, length);
	}
	if (ferror(file) || requests->count == 0)
		errx(1, "%s: no requests", path);
	fclose(file);
}

void
requests_free(struct requests *requests)
{
	for (size_t i = 0; i < requests->count; i++)
		free(requests->items[i].data);
	free(requests->items);
}
