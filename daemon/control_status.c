#include "base/arena.h"
#include "base/clock.h"
#include "child.h"
#include "control_service.h"
#include "crew_report.h"
#include "http/reply.h"
#include "http/request.h"
#include "loop/task.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/warm.h"

/* For the database to answer; one that is slower is as good as away. */
#define DATABASE_LIMIT (5 * CLOCK_SECOND)

struct process {
	const char *name;
	const char *state; /* "serving", "starting", "waiting" */
	int64_t process;   /* id; 0: none */
	struct timestamp since;
	int64_t starts;
};

static const struct field process_fields[] = {
	FIELD_TEXT(struct process, name),
	FIELD_TEXT(struct process, state),
	FIELD_INTEGER(struct process, process),
	FIELD_TIME(struct process, since),
	FIELD_INTEGER(struct process, starts),
};
static const struct record process_record =
	RECORD(struct process, process_fields);

struct mails {
	struct timestamp since; /* the courier's start */
	int64_t sent, put_off, given_up, waiting;
};

static const struct field mails_fields[] = {
	FIELD_TIME(struct mails, since),
	FIELD_INTEGER(struct mails, sent),
	FIELD_INTEGER(struct mails, put_off),
	FIELD_INTEGER(struct mails, given_up),
	FIELD_INTEGER(struct mails, waiting),
};
static const struct record mails_record = RECORD(struct mails, mails_fields);

struct status_answer {
	const char *version;
	const char *tenants; /* the folder of the communities' files */
	bool read_only;	     /* there is little space */
	bool database;	     /* answers, and is prepared */
	bool starting;	     /* it has not been prepared yet since our start */
	struct record_list processes;
	const struct mails *mails;	  /* NULL: the courier said nothing */
	int64_t waiting, running, failed; /* jobs */
	int64_t schemas_ahead;		  /* made and not taken yet */
	int64_t schemas_ahead_wanted;
};

static const struct field status_fields[] = {
	FIELD_TEXT(struct status_answer, version),
	FIELD_TEXT(struct status_answer, tenants),
	FIELD_BOOLEAN(struct status_answer, read_only),
	FIELD_BOOLEAN(struct status_answer, database),
	FIELD_BOOLEAN(struct status_answer, starting),
	FIELD_LIST(struct status_answer, processes, process_record),
	FIELD_OPTIONAL(struct status_answer, mails, struct mails, mails_record),
	FIELD_INTEGER(struct status_answer, waiting),
	FIELD_INTEGER(struct status_answer, running),
	FIELD_INTEGER(struct status_answer, failed),
	FIELD_INTEGER(struct status_answer, schemas_ahead),
	FIELD_INTEGER(struct status_answer, schemas_ahead_wanted),
};
static const struct record status_record =
	RECORD(struct status_answer, status_fields);

static struct record_list
list_processes(struct arena *arena, const struct crew_report *crew)
{
	static const char *const states[] = {
		[CREW_WAITING] = "waiting",
		[CREW_STARTING] = "starting",
		[CREW_SERVING] = "serving",
	};
	struct process *items =
		arena_array(arena, (size_t)crew->count, sizeof(*items));

	for (int64_t i = 0; i < crew->count; i++) {
		const struct crew_report_line *line = &crew->lines[i];

		items[i] = (struct process){
			.name = arena_text(arena, line->name),
			.state = states[line->state],
			.process = line->process,
			.since = {line->since},
			.starts = line->starts,
		};
	}
	return (struct record_list){items, (size_t)crew->count};
}

/* Jobs and schemas made ahead. */
static int
count_work(struct request *request, struct status_answer *answer)
{
	struct job_counts jobs;

	answer->schemas_ahead = warm_ready(request->db, request->arena);
	if (answer->schemas_ahead < 0 ||
		job_count(request->db, request->arena, &jobs) < 0)
		return -1;
	answer->waiting = jobs.waiting;
	answer->running = jobs.running;
	answer->failed = jobs.failed;
	return 0;
}

/* A database that is away is no reason not to tell the rest. */
int
control_status(struct request *request)
{
	const struct control_setting *setting = &control_of(request)->setting;
	const struct child *child = setting->child;
	int64_t deadline = task_deadline(task_current());
	const struct mails mails = {
		.since = {child->crew.mails.since},
		.sent = child->crew.mails.sent,
		.put_off = child->crew.mails.put_off,
		.given_up = child->crew.mails.given_up,
		.waiting = child->crew.mails.waiting,
	};
	struct status_answer answer = {
		.version = MISSIOND_VERSION,
		.tenants = child->configuration->settings.paths.tenants,
		.read_only = child->crew.read_only != 0,
		.starting = !lifecycle_is_ready(setting->lifecycle),
		.processes = list_processes(request->arena, &child->crew),
		.mails = mails.since.microseconds == 0 ? NULL : &mails,
		.schemas_ahead_wanted =
			child->configuration->settings.database.schemas_ahead,
	};

	task_set_deadline(task_current(), clock_monotonic() + DATABASE_LIMIT);
	/* Before that the table of jobs may not be there. */
	answer.database = !answer.starting && count_work(request, &answer) == 0;
	task_set_deadline(task_current(), deadline);
	return reply_record(request, 200, &status_record, &answer);
}
