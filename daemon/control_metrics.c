/* GET /metrics: what the workers counted, what the supervisor told, and what
 * the database says of jobs. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/exposition.h"
#include "base/memory.h"
#include "child.h"
#include "control_exporter.h"
#include "control_service.h"
#include "crew_report.h"
#include "db/db.h"
#include "http/reply.h"
#include "http/request.h"
#include "loop/task.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/warm.h"
#include "tenants/metrics.h"
#include "tenants/metrics_table.h"
#include "tenants/metrics_top.h"

/* For the database to answer: who reads gives up after ten seconds. */
#define DATABASE_LIMIT (3 * CLOCK_SECOND)

struct control_metrics {
	struct metrics *sheets;
	struct metrics_top *top;
};

struct control_metrics *
control_metrics_open(int descriptor, struct error *error)
{
	struct control_metrics *metrics;
	struct metrics *sheets = metrics_map_all(descriptor);

	if (sheets == NULL) {
		error_set(error, "metrics: %s", strerror(errno));
		return NULL;
	}
	metrics = memory_new(1, sizeof(*metrics));
	metrics->sheets = sheets;
	metrics->top = metrics_top_new();
	return metrics;
}

static void
print_one(struct buffer *buffer, const char *name, const char *help,
	uint64_t value)
{
	exposition_family(buffer, name, EXPOSITION_GAUGE, help);
	exposition_count(buffer, name, value, NULL);
}

static void
print_program(const struct crew_report *crew, struct buffer *buffer)
{
	int64_t uptime = clock_now().microseconds - crew->started;

	exposition_family(buffer, "missiond_build_info", EXPOSITION_GAUGE,
		"The version that runs.");
	exposition_count(buffer, "missiond_build_info", 1, "version",
		MISSIOND_VERSION, NULL);
	exposition_family(buffer, "missiond_start_time_seconds",
		EXPOSITION_GAUGE, "When missiond was started, in Unix time.");
	exposition_seconds(buffer, "missiond_start_time_seconds",
		(uint64_t)crew->started, NULL);
	exposition_family(buffer, "missiond_uptime_seconds", EXPOSITION_GAUGE,
		"How long ago that was.");
	/* The clock may have been set back. */
	exposition_seconds(buffer, "missiond_uptime_seconds",
		uptime > 0 ? (uint64_t)uptime : 0, NULL);
	print_one(buffer, "missiond_read_only",
		"1 while there is too little space to write.",
		crew->read_only != 0);
}

static bool
has_role(const struct crew_report_line *line, const char *role)
{
	size_t length = strlen(role);

	return strncmp(line->name, role, length) == 0 &&
	       (line->name[length] == '\0' || line->name[length] == '-');
}

static void
print_processes(const struct crew_report *crew, struct buffer *buffer)
{
	static const char *const roles[] = {
		"worker", "steward", "courier", "database"};

	exposition_family(buffer, "missiond_process_up", EXPOSITION_GAUGE,
		"Whether a process serves.");
	for (int64_t i = 0; i < crew->count; i++)
		exposition_count(buffer, "missiond_process_up",
			crew->lines[i].state == CREW_SERVING, "process",
			crew->lines[i].name, NULL);
	exposition_family(buffer, "missiond_restarts_total", EXPOSITION_COUNTER,
		"How often processes of a role were started again.");
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		uint64_t restarts = 0;
		bool found = false;

		for (int64_t j = 0; j < crew->count; j++) {
			const struct crew_report_line *line = &crew->lines[j];

			if (!has_role(line, roles[i]))
				continue;
			found = true;
			if (line->starts > 1)
				restarts += (uint64_t)line->starts - 1;
		}
		if (found)
			exposition_count(buffer, "missiond_restarts_total",
				restarts, "role", roles[i], NULL);
	}
}

static void
print_mails(const struct mail_counts *mails, struct buffer *buffer)
{
	static const char name[] = "missiond_mails_total";

	/* The courier has said nothing yet. */
	if (mails->since == 0)
		return;
	exposition_family(buffer, name, EXPOSITION_COUNTER,
		"What became of mails since the courier's start.");
	exposition_count(
		buffer, name, (uint64_t)mails->sent, "outcome", "sent", NULL);
	exposition_count(buffer, name, (uint64_t)mails->put_off, "outcome",
		"put_off", NULL);
	exposition_count(buffer, name, (uint64_t)mails->given_up, "outcome",
		"given_up", NULL);
	print_one(buffer, "missiond_mails_waiting",
		"Mails in the communities' outboxes, as the courier last saw "
		"them.",
		(uint64_t)mails->waiting);
}

/* 0, or −1 with nothing printed. */
static int
print_work(struct request *request, struct buffer *buffer)
{
	struct job_counts jobs;
	int64_t ready = warm_ready(request->db, request->arena);

	if (ready < 0 || job_count(request->db, request->arena, &jobs) < 0)
		return -1;
	exposition_family(buffer, "missiond_jobs", EXPOSITION_GAUGE,
		"Jobs that are not done, by state.");
	exposition_count(buffer, "missiond_jobs", (uint64_t)jobs.waiting,
		"state", "waiting", NULL);
	exposition_count(buffer, "missiond_jobs", (uint64_t)jobs.running,
		"state", "running", NULL);
	exposition_count(buffer, "missiond_jobs", (uint64_t)jobs.failed,
		"state", "failed", NULL);
	print_one(buffer, "missiond_schemas_ahead",
		"Schemas made ahead and not taken yet.", (uint64_t)ready);
	return 0;
}

/* The rest is told all the same where the database is away. */
static void
print_database(struct request *request, const struct control_setting *setting,
	struct buffer *buffer)
{
	int64_t deadline = task_deadline(task_current());
	bool answers;

	task_set_deadline(task_current(), clock_monotonic() + DATABASE_LIMIT);
	answers = lifecycle_is_ready(setting->lifecycle) &&
		  print_work(request, buffer) == 0;
	task_set_deadline(task_current(), deadline);
	print_one(buffer, "missiond_database_up",
		"Whether the database answers and is prepared.", answers);
}

static bool
is_worker(int64_t process, const void *argument)
{
	const struct crew_report *crew = argument;

	for (int64_t i = 0; i < crew->count; i++)
		if (has_role(&crew->lines[i], "worker") &&
			crew->lines[i].process == process)
			return true;
	return false;
}

static void
print_workers(struct request *request, const struct control *control,
	struct buffer *buffer)
{
	const struct child *child = control->setting.child;
	struct metrics_sum *sum = ARENA_NEW(request->arena, struct metrics_sum);

	metrics_read(control->metrics->sheets, is_worker, &child->crew, sum);
	metrics_print(sum, buffer);
	metrics_top_print(control->metrics->top, sum,
		(size_t)child->configuration->settings.limits
			.metrics_communities,
		buffer);
	metrics_sum_release(sum);
}

int
control_metrics_reply(struct request *request, const struct control *control)
{
	const struct crew_report *crew = &control->setting.child->crew;
	struct buffer buffer = BUFFER_EMPTY;
	const char *text;
	size_t length;

	print_program(crew, &buffer);
	print_processes(crew, &buffer);
	print_mails(&crew->mails, &buffer);
	print_database(request, &control->setting, &buffer);
	/* Does not wait: what it goes on with is nobody else's meanwhile. */
	print_workers(request, control, &buffer);
	length = buffer.length;
	text = arena_copy(request->arena, buffer.data, length);
	buffer_release(&buffer);
	return reply_bytes(request, 200, EXPOSITION_TYPE, text, length);
}

int
control_metrics(struct request *request)
{
	return control_metrics_reply(request, control_of(request));
}
