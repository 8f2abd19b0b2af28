#include "http/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/template_parse.h"
#include "http/template_program.h"

/* A template is written by hand; more is a mistake. */
#define TEMPLATE_FILE_LIMIT ((size_t)256 * 1024)

struct template_files {
	struct arena *arena;
	const char *directory;
	struct map *trees; /* file → struct template_node */
};

struct compiled {
	const struct page *page;
	struct template_program programs[LANGUAGE_COUNT];
};

struct template_set {
	struct arena *arena;
	struct arena *scratch;	/* dates and amounts while rendering */
	struct compiled *pages; /* ordered by the address of the page */
	size_t count;
};

/* The file as text in the arena, or NULL with errno. */
static char *
read_text(struct arena *arena, const char *path, size_t *length)
{
	struct buffer buffer = BUFFER_EMPTY;
	char *text = NULL;

	if (file_read(path, TEMPLATE_FILE_LIMIT, &buffer) == 0) {
		text = arena_copy(arena, buffer_text(&buffer), buffer.length);
		*length = buffer.length;
	}
	buffer_release(&buffer);
	return text;
}

const struct template_node *
template_files_get(struct template_files *files, const char *file,
	const struct template_node *asker, struct error *error)
{
	struct template_node *nodes = map_get(files->trees, file);
	struct template_source *source;

	if (nodes != NULL)
		return nodes;
	source = ARENA_NEW(files->arena, struct template_source);
	source->file = arena_text(files->arena, file);
	char *path =
		arena_printf(files->arena, "%s/%s", files->directory, file);
	source->text = read_text(files->arena, path, &source->length);
	if (source->text == NULL) {
		const char *reason = strerror(errno);
		if (asker == NULL)
			error_set(error, "%s: %s", path, reason);
		else
			template_fail(error, asker->source, asker->offset,
				"%s: %s", path, reason);
		return NULL;
	}
	if (strlen(source->text) != source->length) {
		error_set(error, "%s: has a zero byte", path);
		return NULL;
	}
	if (template_parse(files->arena, source, &nodes, error) < 0)
		return NULL;
	if (nodes == NULL) { /* an empty file */
		nodes = ARENA_NEW(files->arena, struct template_node);
		nodes->source = source;
		nodes->text = "";
	}
	map_set(files->trees, file, nodes);
	return nodes;
}

static int
compare_pages(const void *left, const void *right)
{
	uintptr_t a = (uintptr_t)((const struct compiled *)left)->page;
	uintptr_t b = (uintptr_t)((const struct compiled *)right)->page;

	return (a > b) - (a < b);
}

static int
compile_all(struct template_set *set, const struct template_setting *setting)
{
	for (size_t i = 0; i < set->count; i++)
		for (int language = 0; language < LANGUAGE_COUNT; language++)
			if (template_compile(setting, set->pages[i].page,
				    (enum language)language,
				    &set->pages[i].programs[language]) < 0)
				return -1;
	return 0;
}

struct template_set *
template_set_load(const char *directory, const struct page *const *pages,
	size_t count, const struct record *common, struct error *error)
{
	struct template_set *set = memory_new(1, sizeof(*set));

	set->arena = arena_new();
	set->scratch = arena_new();
	set->pages = arena_array(set->arena, count, sizeof(*set->pages));
	set->count = count;
	for (size_t i = 0; i < count; i++)
		set->pages[i].page = pages[i];
	struct template_files files = {set->arena, directory, map_new()};
	struct template_setting setting = {set->arena, &files, common, error};
	int result = compile_all(set, &setting);
	map_free(files.trees);
	if (result < 0) {
		template_set_free(set);
		return NULL;
	}
	qsort(set->pages, count, sizeof(*set->pages), compare_pages);
	return set;
}

void
template_set_free(struct template_set *set)
{
	if (set == NULL)
		return;
	arena_free(set->scratch);
	arena_free(set->arena);
	free(set);
}

void
template_render(const struct template_set *set, const struct page *page,
	const void *view, const void *common, enum language language,
	const struct zone *zone, struct buffer *output)
{
	const struct compiled key = {.page = page};
	const struct compiled *found = bsearch(
		&key, set->pages, set->count, sizeof(key), compare_pages);

	if (found == NULL)
		log_defect("template_render", "%s is not in the table of pages",
			page->file);
	template_run(&found->programs[language], view, common, language, zone,
		set->scratch, output);
}
