#include "http/template_program.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "http/template.h"
#include "http/template_parse.h"
#include "http/template_resolve.h"

/* Blocks that a page gives to its layout. */
struct overrides {
	const struct template_node *blocks;
	struct overrides *page; /* whose layout this page is, or NULL */
	uint32_t used;		/* bit per block: found in the layout */
};

struct compiler {
	const struct template_setting *setting;
	enum language language;
	bool escape;
	struct template_scope scope;
	struct template_program *program;
	struct overrides *overrides;
	struct buffer literal; /* text not yet in an instruction */
	unsigned depth;
};

/* Files within files; a file that includes itself ends here. */
#define COMPILE_DEPTH 64

static int compile_nodes(
	struct compiler *compiler, const struct template_node *nodes);

static struct template_instruction *
append(struct compiler *compiler, enum template_operation operation)
{
	struct template_program *program = compiler->program;

	if (program->count == program->capacity) {
		size_t capacity =
			program->capacity == 0 ? 64 : program->capacity * 2;
		struct template_instruction *grown = arena_array(
			compiler->setting->arena, capacity, sizeof(*grown));
		if (program->count > 0)
			memcpy(grown, program->instructions,
				program->count * sizeof(*grown));
		program->instructions = grown;
		program->capacity = capacity;
	}
	struct template_instruction *instruction =
		&program->instructions[program->count++];
	instruction->operation = operation;
	return instruction;
}

/* Neighbouring literal texts become one instruction. */
static void
flush_literal(struct compiler *compiler)
{
	struct template_instruction *instruction;

	if (compiler->literal.length == 0)
		return;
	instruction = append(compiler, TEMPLATE_ADD);
	instruction->length = compiler->literal.length;
	instruction->text = arena_copy(compiler->setting->arena,
		compiler->literal.data, compiler->literal.length);
	buffer_clear(&compiler->literal);
}

/* The index the next instruction will have. */
static size_t
here(struct compiler *compiler)
{
	flush_literal(compiler);
	return compiler->program->count;
}

/* Adds an instruction and returns its index, for its target to be set. */
static size_t
emit(struct compiler *compiler, enum template_operation operation,
	const struct template_reference *value)
{
	flush_literal(compiler);
	struct template_instruction *instruction = append(compiler, operation);

	if (value != NULL)
		instruction->value = *value;
	return compiler->program->count - 1;
}

static void
land(struct compiler *compiler, size_t instruction)
{
	size_t target = here(compiler);

	compiler->program->instructions[instruction].target = target;
}

static int
compile_value(struct compiler *compiler, const struct template_node *node)
{
	struct template_instruction value = {.operation = TEMPLATE_ADD_VALUE};

	if (template_resolve_value(&compiler->scope, node, compiler->escape,
		    &value, compiler->setting->error) < 0)
		return -1;
	size_t index = emit(compiler, TEMPLATE_ADD_VALUE, NULL);
	compiler->program->instructions[index] = value;
	return 0;
}

/* A section over a record or a list: its fields come into scope. */
static int
compile_scoped(struct compiler *compiler, const struct template_node *node,
	const struct template_reference *value, const struct record *record)
{
	bool list = value->type == FIELD_TYPE_LIST ||
		    value->type == FIELD_TYPE_TEXTS;
	struct template_scope *scope = &compiler->scope;

	if (scope->count == TEMPLATE_SLOTS)
		return template_fail(compiler->setting->error, node->source,
			node->offset, "sections are nested too deep");
	size_t first =
		emit(compiler, list ? TEMPLATE_EACH : TEMPLATE_ENTER, value);
	struct template_instruction *enter =
		&compiler->program->instructions[first];
	enter->slot = (uint8_t)scope->count;
	enter->stride = record == NULL ? sizeof(const char *) : record->size;
	scope->records[scope->count++] = record;
	size_t body = here(compiler);
	if (compile_nodes(compiler, node->children) < 0)
		return -1;
	scope->count--;
	if (list) {
		size_t next = emit(compiler, TEMPLATE_NEXT, NULL);
		struct template_instruction *again =
			&compiler->program->instructions[next];
		again->slot = (uint8_t)scope->count;
		again->stride = compiler->program->instructions[first].stride;
		again->target = body;
	}
	land(compiler, first);
	return 0;
}

static int
compile_section(struct compiler *compiler, const struct template_node *node)
{
	struct template_reference value;
	const struct record *record;
	bool inverted = node->kind == TEMPLATE_INVERTED;

	if (template_resolve(&compiler->scope, node, node->name, &value,
		    &record, compiler->setting->error) < 0)
		return -1;
	if (!inverted && (record != NULL || value.type == FIELD_TYPE_TEXTS))
		return compile_scoped(compiler, node, &value, record);
	size_t first = emit(compiler,
		inverted ? TEMPLATE_IF_GOTO : TEMPLATE_UNLESS_GOTO, &value);
	if (compile_nodes(compiler, node->children) < 0)
		return -1;
	land(compiler, first);
	return 0;
}

/* A translation holds values only: a translator must not move logic. */
static int
compile_fragment(struct compiler *compiler, const struct template_node *node,
	const char *text)
{
	struct arena *arena = compiler->setting->arena;
	struct template_source *source =
		ARENA_NEW(arena, struct template_source);
	struct template_node *nodes;

	source->file = node->source->file;
	source->text = arena_text(arena, text);
	source->length = strlen(text);
	source->within = node;
	source->language = language_code(compiler->language);
	if (template_parse(arena, source, &nodes, compiler->setting->error) < 0)
		return -1;
	for (const struct template_node *part = nodes; part != NULL;
		part = part->next)
		if (part->kind != TEMPLATE_TEXT &&
			part->kind != TEMPLATE_VALUE &&
			part->kind != TEMPLATE_RAW)
			return template_fail(compiler->setting->error, source,
				part->offset,
				"only values may stand in a translated text");
	return compile_nodes(compiler, nodes);
}

static int
compile_plural(struct compiler *compiler, const struct template_node *node)
{
	struct template_reference value;
	const struct record *record;
	struct error *error = compiler->setting->error;

	if (template_resolve(&compiler->scope, node, node->name, &value,
		    &record, error) < 0)
		return -1;
	if (value.type != FIELD_TYPE_INTEGER)
		return template_fail(error, node->source, node->offset,
			"%s is not a number to count with", node->name);
	size_t choice = emit(compiler, TEMPLATE_MANY_GOTO, &value);
	if (compile_fragment(compiler, node,
		    text_plural(compiler->language, node->text, node->plural,
			    1)) < 0)
		return -1;
	size_t skip = emit(compiler, TEMPLATE_GOTO, NULL);
	land(compiler, choice);
	if (compile_fragment(compiler, node,
		    text_plural(compiler->language, node->text, node->plural,
			    2)) < 0)
		return -1;
	land(compiler, skip);
	return 0;
}

static int
compile_file(struct compiler *compiler, const struct template_node *node)
{
	const struct template_node *nodes =
		template_files_get(compiler->setting->files, node->name, node,
			compiler->setting->error);

	if (nodes == NULL)
		return -1;
	return compile_nodes(compiler, nodes);
}

static int
check_blocks(struct compiler *compiler, const struct template_node *node)
{
	size_t count = 0;

	for (const struct template_node *child = node->children; child != NULL;
		child = child->next) {
		if (child->kind == TEMPLATE_TEXT &&
			strspn(child->text, " \t\r\n") >= child->length)
			continue;
		if (child->kind != TEMPLATE_BLOCK)
			return template_fail(compiler->setting->error,
				child->source, child->offset,
				"only {{$block}} may stand in {{<%s}}",
				node->name);
		if (++count > 32)
			return template_fail(compiler->setting->error,
				child->source, child->offset,
				"there are more than 32 blocks");
	}
	return 0;
}

/* A block the layout never shows is a misspelt name. */
static int
check_used(struct compiler *compiler, const struct template_node *node,
	uint32_t used)
{
	for (const struct template_node *child = node->children; child != NULL;
		child = child->next) {
		if (child->kind != TEMPLATE_BLOCK)
			continue;
		if ((used & 1) == 0)
			return template_fail(compiler->setting->error,
				child->source, child->offset,
				"%s has no block \"%s\"", node->name,
				child->name);
		used >>= 1;
	}
	return 0;
}

static int
compile_layout(struct compiler *compiler, const struct template_node *node)
{
	struct overrides overrides = {node->children, compiler->overrides, 0};

	if (check_blocks(compiler, node) < 0)
		return -1;
	compiler->overrides = &overrides;
	int result = compile_file(compiler, node);
	compiler->overrides = overrides.page;
	if (result < 0)
		return -1;
	return check_used(compiler, node, overrides.used);
}

static const struct template_node *
find_block(struct overrides *overrides, const char *name)
{
	uint32_t bit = 1;

	for (const struct template_node *block = overrides->blocks;
		block != NULL; block = block->next) {
		if (block->kind != TEMPLATE_BLOCK)
			continue;
		if (strcmp(block->name, name) == 0) {
			overrides->used |= bit;
			return block;
		}
		bit <<= 1;
	}
	return NULL;
}

/* The outermost page's block of that name, else the default here. */
static int
compile_block(struct compiler *compiler, const struct template_node *node)
{
	const struct template_node *best = node;

	for (struct overrides *level = compiler->overrides; level != NULL;
		level = level->page) {
		const struct template_node *block =
			find_block(level, node->name);
		if (block != NULL)
			best = block;
	}
	return compile_nodes(compiler, best->children);
}

static int
compile_node(struct compiler *compiler, const struct template_node *node)
{
	switch (node->kind) {
	case TEMPLATE_TEXT:
		buffer_add(&compiler->literal, node->text, node->length);
		return 0;
	case TEMPLATE_VALUE:
	case TEMPLATE_RAW:
		return compile_value(compiler, node);
	case TEMPLATE_SECTION:
	case TEMPLATE_INVERTED:
		return compile_section(compiler, node);
	case TEMPLATE_PARTIAL:
		return compile_file(compiler, node);
	case TEMPLATE_LAYOUT:
		return compile_layout(compiler, node);
	case TEMPLATE_BLOCK:
		return compile_block(compiler, node);
	case TEMPLATE_TRANSLATED:
		return compile_fragment(compiler, node,
			text_get(compiler->language, node->text));
	case TEMPLATE_PLURAL:
		return compile_plural(compiler, node);
	}
	return -1;
}

static int
compile_nodes(struct compiler *compiler, const struct template_node *nodes)
{
	if (nodes == NULL)
		return 0;
	if (compiler->depth == COMPILE_DEPTH)
		return template_fail(compiler->setting->error, nodes->source,
			nodes->offset,
			"templates are nested too deep: does this file include itself?");
	compiler->depth++;
	for (; nodes != NULL; nodes = nodes->next)
		if (compile_node(compiler, nodes) < 0)
			return -1;
	compiler->depth--;
	return 0;
}

int
template_compile(const struct template_setting *setting,
	const struct page *page, enum language language,
	struct template_program *program)
{
	size_t length = strlen(page->file);
	struct compiler compiler = {
		.setting = setting,
		.language = language,
		.program = program,
		.scope = {.records = {setting->common, page->view}, .count = 2},
		.literal = BUFFER_EMPTY,
	};
	const struct template_node *nodes;
	int result = -1;

	compiler.escape =
		length < 4 || strcmp(page->file + length - 4, ".txt") != 0;
	if (!compiler.escape)
		compiler.scope.records[0] = NULL;
	nodes = template_files_get(
		setting->files, page->file, NULL, setting->error);
	if (nodes != NULL)
		result = compile_nodes(&compiler, nodes);
	if (result == 0)
		emit(&compiler, TEMPLATE_END, NULL);
	buffer_release(&compiler.literal);
	return result;
}
