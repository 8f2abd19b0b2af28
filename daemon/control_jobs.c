#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "channel.h"
#include "child.h"
#include "control_service.h"
#include "http/reply.h"
#include "http/request.h"
#include "loop/task.h"
#include "tenants/lifecycle/job.h"

/* Longest wait for a job's next step in one request. */
#define WAIT_LIMIT (20 * CLOCK_SECOND)
/* For the supervisor's answer. */
#define RELOAD_LIMIT (30 * CLOCK_SECOND)

struct jobs_answer {
	struct record_list jobs;
};

static const struct field jobs_fields[] = {
	FIELD_LIST(struct jobs_answer, jobs, job_state_record),
};
static const struct record jobs_record =
	RECORD(struct jobs_answer, jobs_fields);

struct reload_answer {
	const char *notes; /* of keys that need a start, or "" */
};

static const struct field reload_fields[] = {
	FIELD_TEXT(struct reload_answer, notes),
};
static const struct record reload_record =
	RECORD(struct reload_answer, reload_fields);

int
control_jobs(struct request *request)
{
	struct jobs_answer answer;

	if (job_list(request->db, request->arena, &answer.jobs) < 0)
		return -1;
	return reply_record(request, 200, &jobs_record, &answer);
}

/* With ?wait=1 the answer comes when the job moved on from where it is, or
 * after a while. */
int
control_job(struct request *request)
{
	struct job_state state = {0};
	uint64_t before = job_moves();
	int found = job_read(request->db, request->arena,
		request_parameter_uuid(request, "id"), &state);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_error(request, 404, "There is no such job", NULL);
	if (request_query(request, "wait") != NULL && !job_is_over(&state) &&
		job_wait(request->db, request->arena,
			clock_monotonic() + WAIT_LIMIT, before, &state) < 0)
		return -1;
	return reply_record(request, 200, &job_state_record, &state);
}

void
control_reload_done(struct control *control, const char *errors)
{
	free((char *)control->reload_errors);
	control->reload_errors = memory_text(errors);
	if (control->reloading != NULL)
		task_wake(control->reloading);
}

int
control_reload(struct request *request)
{
	struct control *control = control_of(request);
	struct reload_answer answer;
	int64_t until = clock_monotonic() + RELOAD_LIMIT;
	enum task_wake wake = TASK_READY;

	if (control->reloading != NULL)
		return reply_error(request, 409, "Another reload is under way",
			"Try again when it has ended.");
	free((char *)control->reload_errors);
	control->reload_errors = NULL;
	control->reloading = task_current();
	channel_send(control->setting.child->channel, CHANNEL_RELOAD, NULL, 0);
	while (control->reload_errors == NULL && wake == TASK_READY)
		wake = task_park("reload", until);
	control->reloading = NULL;
	if (control->reload_errors == NULL)
		return reply_error(
			request, 503, "The supervisor did not answer", NULL);
	answer.notes = arena_text(request->arena, control->reload_errors);
	if (answer.notes[0] == '\0' || strncmp(answer.notes, "note: ", 6) == 0)
		return reply_record(request, 200, &reload_record, &answer);
	return reply_error(request, 409,
		"Nothing was changed: the configuration is wrong",
		answer.notes);
}
