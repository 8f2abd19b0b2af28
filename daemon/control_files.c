#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "child.h"
#include "configuration.h"
#include "control_service.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/plan.h"
#include "tenants/lifecycle/plan_moved.h"
#include "tenants/lifecycle/reality.h"
#include "tenants/lifecycle/registry_write.h"
#include "text/json.h"

/* What plan, apply and drift are sent. */
struct files_input {
	struct record_list files; /* of struct plan_file */
	bool whole;
	/* Of apply: files that are gone, as whose successors others may be
	 * applied (texts); and whether any may. */
	struct record_list gone;
	bool replace;
};

static const struct field input_fields[] = {
	FIELD_LIST(struct files_input, files, plan_file_record),
	FIELD_BOOLEAN(struct files_input, whole),
	FIELD_TEXTS(struct files_input, gone),
	FIELD_BOOLEAN(struct files_input, replace),
};
static const struct record input_record =
	RECORD(struct files_input, input_fields);

/* One file that was applied. */
struct applied {
	const char *file;
	const char *slug;
	const char *change;
	struct uuid job;
	const char *refusal; /* or NULL */
};

static const struct field applied_fields[] = {
	FIELD_TEXT(struct applied, file),
	FIELD_TEXT(struct applied, slug),
	FIELD_TEXT(struct applied, change),
	FIELD_UUID(struct applied, job),
	FIELD_TEXT(struct applied, refusal),
};
static const struct record applied_record =
	RECORD(struct applied, applied_fields);

struct apply_answer {
	struct record_list applied;
	int64_t refused;
	const char *errors; /* of the files; nothing was applied */
	/* Lines of the plan that wait for a word on the file that was applied
	 * before (plan_moved.h); nothing was applied. */
	struct record_list moved;
};

static const struct field answer_fields[] = {
	FIELD_LIST(struct apply_answer, applied, applied_record),
	FIELD_INTEGER(struct apply_answer, refused),
	FIELD_TEXT(struct apply_answer, errors),
	FIELD_LIST(struct apply_answer, moved, plan_line_record),
};
static const struct record answer_record =
	RECORD(struct apply_answer, answer_fields);

/* 0, or 1 when a reply was made. */
static int
read_input(struct request *request, struct files_input *input)
{
	struct error error = {0};
	const struct json_t *tree = json_parse(request->arena,
		(const char *)request->body.data, request->body.length, &error);
	const struct plan_file *files;

	if (tree == NULL || json_read_record(request->arena, tree,
				    &input_record, true, input, &error) < 0) {
		reply_error(request, 400, "The request cannot be read",
			arena_text(request->arena, error.text));
		return 1;
	}
	files = input->files.items;
	for (size_t i = 0; i < input->files.count; i++)
		if (files[i].name == NULL || files[i].text == NULL) {
			reply_error(request, 400, "A file has no name or text",
				NULL);
			return 1;
		}
	return 0;
}

static int
make_plan(struct request *request, const struct files_input *input, bool whole,
	struct plan *ret_plan)
{
	const struct settings *settings =
		&control_of(request)->setting.child->configuration->settings;
	const struct plan_cluster cluster = {
		.name = settings->database.name,
		.region = settings->database.region,
	};

	return plan_make(request->db, request->arena, &cluster, &input->files,
		whole, ret_plan);
}

int
control_plan(struct request *request)
{
	struct files_input input = {0};
	struct plan plan;

	if (read_input(request, &input) != 0)
		return 0;
	if (make_plan(request, &input, input.whole, &plan) < 0)
		return -1;
	return reply_record(request, 200, &plan_record, &plan);
}

/* A plan, and where the database differs from the registry. */
struct drift {
	struct record_list lines;
	int64_t creates, updates, unchanged, missing, wrong;
	const char *errors;
	struct record_list reality; /* texts */
};

static const struct field drift_fields[] = {
	FIELD_LIST(struct drift, lines, plan_line_record),
	FIELD_INTEGER(struct drift, creates),
	FIELD_INTEGER(struct drift, updates),
	FIELD_INTEGER(struct drift, unchanged),
	FIELD_INTEGER(struct drift, missing),
	FIELD_INTEGER(struct drift, wrong),
	FIELD_TEXT(struct drift, errors),
	FIELD_TEXTS(struct drift, reality),
};
static const struct record drift_record = RECORD(struct drift, drift_fields);

int
control_drift(struct request *request)
{
	const struct control *control = control_of(request);
	struct files_input input = {0};
	struct drift drift;
	struct plan plan;

	if (read_input(request, &input) != 0)
		return 0;
	if (make_plan(request, &input, input.whole, &plan) < 0)
		return -1;
	drift = (struct drift){
		.lines = plan.lines,
		.creates = plan.creates,
		.updates = plan.updates,
		.unchanged = plan.unchanged,
		.missing = plan.missing,
		.wrong = plan.wrong,
		.errors = plan.errors,
	};
	if (reality_check(request->db, request->arena,
		    lifecycle_newest(control->setting.lifecycle),
		    &drift.reality) < 0)
		return -1;
	return reply_record(request, 200, &drift_record, &drift);
}

/* The unfinished work of a community whose file has not changed: of an apply
 * that was cut short, perhaps. */
static void
note_unfinished(const struct record_list *list, struct applied *applied)
{
	const struct job_state *jobs = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(jobs[i].state, "failed") != 0 &&
			jobs[i].slug != NULL && applied->slug != NULL &&
			strcmp(jobs[i].slug, applied->slug) == 0)
			applied->job = jobs[i].id;
}

/* The job of a new community begins at once, when there is room for it. */
static int
apply_and_begin(struct request *request, struct control_apply *apply,
	struct control_applied *done, struct error *refusal)
{
	struct lifecycle *lifecycle = control_of(request)->setting.lifecycle;
	bool reserved = lifecycle_reserve(lifecycle);
	int outcome;

	if (reserved)
		apply->holder = lifecycle_holder(lifecycle, &apply->lease);
	outcome = control_apply(
		request->db, request->arena, apply, done, refusal);
	if (reserved)
		lifecycle_begin(lifecycle, done);
	return outcome;
}

static int
apply_line(struct request *request, const struct plan_line *line,
	const struct record_list *unfinished, struct applied *applied)
{
	struct control_apply apply = {
		.config = line->config,
		.operator= control_operator(request),
		.schema_version = lifecycle_newest(
			control_of(request)->setting.lifecycle),
	};
	struct control_applied done = {0};
	struct error refusal = {0};
	int outcome;

	*applied = (struct applied){
		.file = line->file,
		.slug = line->slug,
		.change = line->change,
	};
	if (line->config == NULL) {
		note_unfinished(unfinished, applied);
		return 0;
	}
	apply.text = line->source->text;
	apply.file = plan_place(request->arena, line->source);
	outcome = apply_and_begin(request, &apply, &done, &refusal);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		applied->refusal = arena_text(request->arena, refusal.text);
	applied->job = done.job;
	return outcome;
}

static bool
is_gone(const struct files_input *input, const char *file)
{
	const char *const *gone = input->gone.items;

	for (size_t i = 0; i < input->gone.count; i++)
		if (gone[i] != NULL && strcmp(gone[i], file) == 0)
			return true;
	return false;
}

static struct record_list
find_moved(struct arena *arena, const struct files_input *input,
	const struct plan *plan)
{
	const struct plan_line *lines = plan->lines.items;
	struct plan_line *moved =
		arena_array(arena, plan->lines.count, sizeof(*moved));
	size_t count = 0;

	for (size_t i = 0; !input->replace && i < plan->lines.count; i++)
		if (lines[i].applied_file != NULL &&
			!is_gone(input, lines[i].applied_file))
			moved[count++] = lines[i];
	return (struct record_list){moved, count};
}

int
control_apply_files(struct request *request)
{
	struct files_input input = {0};
	struct apply_answer answer = {0};
	const struct plan_line *lines;
	struct applied *applied;
	struct record_list unfinished = {NULL, 0};
	struct plan plan;
	size_t count = 0;
	bool refused;

	if (read_input(request, &input) != 0)
		return 0;
	if (make_plan(request, &input, false, &plan) < 0)
		return -1;
	if (plan.unchanged > 0 &&
		job_list(request->db, request->arena, &unfinished) < 0)
		return -1;
	answer.errors = plan.errors;
	answer.moved = find_moved(request->arena, &input, &plan);
	/* One bad file changes nothing at all. */
	refused = plan.wrong > 0 || answer.moved.count > 0;
	if (!refused && plan.creates + plan.updates > 0 &&
		control_refuse_write(request) != 0)
		return 0;
	lines = plan.lines.items;
	applied =
		arena_array(request->arena, plan.lines.count, sizeof(*applied));
	for (size_t i = 0; !refused && i < plan.lines.count; i++) {
		int outcome = apply_line(
			request, &lines[i], &unfinished, &applied[count]);

		if (outcome < 0)
			return -1;
		answer.refused += outcome;
		count++;
	}
	answer.applied = (struct record_list){applied, count};
	lifecycle_wake(control_of(request)->setting.lifecycle);
	return reply_record(request,
		!refused && answer.refused == 0 ? 200 : 409, &answer_record,
		&answer);
}
