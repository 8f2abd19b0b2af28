#include "tenants/metrics_table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/exposition.h"
#include "base/log.h"
#include "base/record.h"
#include "http/route.h"
#include "tenants/features.h"

/* Numbers that are no row's. */
enum { NUMBER_GATE, NUMBER_UNKNOWN, NUMBER_FIRST };

const int64_t metrics_ends[METRICS_BUCKETS - 1] = {1000, 2500, 5000, 10000,
	25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
	10000000, 30000000};

static const char *const kinds[METRICS_KINDS] = {
	[RATE_PAGE] = "page",
	[RATE_WRITE] = "write",
	[RATE_LOGIN] = "login",
	[RATE_ASSET] = "asset",
};

static const char *const classes[METRICS_CLASSES] = {
	"1xx", "2xx", "3xx", "4xx", "5xx"};

/* Rows of one name stand together. */
static const struct {
	const char *name, *label, *value;
	const char *help; /* of the name's first row */
	bool time;
} values[METRICS_VALUES] = {
	[METRICS_LIMITED] = {"missiond_too_many_requests_total", "reason",
		"requests_per_second",
		"Answers 429, by what there was too much of; of event"
		" streams 503, too."},
	[METRICS_CROWDED] = {"missiond_too_many_requests_total", "reason",
		"waiting_requests"},
	[METRICS_CONNECTIONS_REFUSED] = {"missiond_too_many_requests_total",
		"reason", "connections"},
	[METRICS_PASSWORDS] = {"missiond_too_many_requests_total", "reason",
		"waiting_passwords"},
	[METRICS_TRIES] = {"missiond_too_many_requests_total", "reason",
		"network"},
	[METRICS_THROTTLED] = {"missiond_too_many_requests_total", "reason",
		"account"},
	[METRICS_STREAMS_REFUSED] = {"missiond_too_many_requests_total",
		"reason", "event_streams"},
	[METRICS_TURNS] = {"missiond_turns_total",
		.help = "Requests that came for a turn of their community."},
	[METRICS_TURNS_WAITED] = {"missiond_turns_waited_total",
		.help = "How often one had to wait for it."},
	[METRICS_POOL_CONNECTS] = {"missiond_database_connects_total",
		.help = "Connections opened to the database."},
	[METRICS_POOL_FAILURES] = {"missiond_database_failures_total",
		.help = "Connects and log-ins that failed."},
	[METRICS_POOL_SWITCHES] = {"missiond_database_switches_total",
		.help = "Log-ins of a connection as another account."},
	[METRICS_POOL_WAITS] = {"missiond_database_waits_total",
		.help = "How often a connection had to be waited for."},
	[METRICS_POOL_WAITED] = {"missiond_database_wait_seconds_total",
		.help = "How long, together.", .time = true},
	[METRICS_CACHE_HITS] = {"missiond_page_cache_hits_total",
		.help = "Pages answered from the page cache."},
	[METRICS_CACHE_MISSES] = {"missiond_page_cache_misses_total",
		.help = "Pages that could have been, and were made."},
	[METRICS_EVENTS] = {"missiond_events_sent_total",
		.help = "Events sent to event streams."},
	[METRICS_ACCEPTED] = {"missiond_connections_accepted_total",
		.help = "Connections of visitors accepted."},
	[METRICS_REFUSED] = {"missiond_refused_total",
		.help = "Connections above a limit, and requests that could not be read."},
	[METRICS_CONNECTIONS] = {"missiond_connections",
		.help = "Connections of visitors that are open."},
	[METRICS_STREAMS] = {"missiond_event_streams",
		.help = "Of these, event streams."},
	[METRICS_REQUESTS] = {"missiond_requests_in_flight",
		.help = "Requests that are not answered yet."},
	[METRICS_WORKING] = {"missiond_turns_held",
		.help = "Turns that are held: requests in work."},
	[METRICS_WAIT_TURNS] = {"missiond_waiting", "queue", "turns",
		"Who waits, by what for: a turn of its community, a thread for its password, what a host name is, a connection to the database."},
	[METRICS_WAIT_PASSWORDS] = {"missiond_waiting", "queue", "passwords"},
	[METRICS_WAIT_NAMES] = {"missiond_waiting", "queue", "host_names"},
	[METRICS_WAIT_POOL] = {"missiond_waiting", "queue", "database"},
	[METRICS_POOL_IDLE] = {"missiond_database_connections", "state", "idle",
		"Connections to the database, of workers."},
	[METRICS_POOL_BUSY] = {"missiond_database_connections", "state",
		"busy"},
	[METRICS_CACHE_PAGES] = {"missiond_page_cache_pages",
		.help = "Pages kept."},
	[METRICS_CACHE_BYTES] = {"missiond_page_cache_bytes",
		.help = "Memory they take."},
	[METRICS_TASKS_PARKED] = {"missiond_tasks", "state", "parked",
		"Tasks of workers, by whether they wait."},
	[METRICS_TASKS_READY] = {"missiond_tasks", "state", "ready"},
};

/* All rows in the order of features[], and where each is in memory. */
static struct {
	const struct route *rows[METRICS_ROUTES_MOST];
	size_t count;
	struct place {
		const struct route *row;
		size_t number;
	} sorted[METRICS_ROUTES_MOST];
} routes;

static int
compare(const void *one, const void *other)
{
	uintptr_t left = (uintptr_t)((const struct place *)one)->row;
	uintptr_t right = (uintptr_t)((const struct place *)other)->row;

	return left < right ? -1 : left > right;
}

static void
number_row(const struct route *row)
{
	size_t number = NUMBER_FIRST + routes.count;

	if (number == METRICS_ROUTES_MOST)
		log_defect("metrics", "more than %d routes", (int)number);
	routes.sorted[routes.count] = (struct place){row, number};
	routes.rows[routes.count++] = row;
}

static void
number_routes(void)
{
	if (routes.count > 0)
		return;
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->route_count; j++)
			number_row(&features[i]->routes[j]);
	qsort(routes.sorted, routes.count, sizeof(routes.sorted[0]), compare);
}

size_t
metrics_route_number(const struct route *route)
{
	const struct place wanted = {.row = route}, *found;

	if (route == NULL)
		return NUMBER_GATE;
	number_routes();
	found = bsearch(&wanted, routes.sorted, routes.count,
		sizeof(routes.sorted[0]), compare);
	return found == NULL ? NUMBER_UNKNOWN : found->number;
}

static void
print_route(const struct metrics_sum *sum, size_t number, const char *method,
	const char *path, struct buffer *buffer)
{
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		if (sum->routes[number][i] > 0)
			exposition_count(buffer, "missiond_requests_total",
				sum->routes[number][i], "method", method,
				"route", path, "class", classes[i], NULL);
}

static void
print_routes(const struct metrics_sum *sum, struct buffer *buffer)
{
	number_routes();
	exposition_family(buffer, "missiond_requests_total", EXPOSITION_COUNTER,
		"Requests answered, by route and class of status; \"gate\" is "
		"what needs no route, \"unknown\" what has none.");
	print_route(sum, NUMBER_GATE, "any", "gate", buffer);
	print_route(sum, NUMBER_UNKNOWN, "any", "unknown", buffer);
	for (size_t i = 0; i < routes.count; i++)
		print_route(sum, NUMBER_FIRST + i,
			route_method(routes.rows[i]->method),
			routes.rows[i]->path, buffer);
}

static void
print_statuses(const struct metrics_sum *sum, struct buffer *buffer)
{
	char status[12];

	exposition_family(buffer, "missiond_responses_total",
		EXPOSITION_COUNTER, "Requests answered, by status.");
	for (unsigned i = 0; i < METRICS_STATUSES; i++) {
		if (sum->statuses[i] == 0)
			continue;
		snprintf(status, sizeof(status), "%u", 100 + i);
		exposition_count(buffer, "missiond_responses_total",
			sum->statuses[i], "status", status, NULL);
	}
}

static void
print_kind(const struct metrics_sum *sum, size_t kind, struct buffer *buffer)
{
	static const char name[] = "missiond_request_duration_seconds";
	char end[EXPOSITION_SECONDS_SIZE], full[sizeof(name) + 8];
	uint64_t count = 0;

	snprintf(full, sizeof(full), "%s_bucket", name);
	for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
		count += sum->durations[kind][i];
		exposition_print_seconds((uint64_t)metrics_ends[i], end);
		exposition_count(buffer, full, count, "kind", kinds[kind], "le",
			end, NULL);
	}
	count += sum->durations[kind][METRICS_BUCKETS - 1];
	exposition_count(
		buffer, full, count, "kind", kinds[kind], "le", "+Inf", NULL);
	snprintf(full, sizeof(full), "%s_sum", name);
	exposition_seconds(
		buffer, full, sum->spent[kind], "kind", kinds[kind], NULL);
	snprintf(full, sizeof(full), "%s_count", name);
	exposition_count(buffer, full, count, "kind", kinds[kind], NULL);
}

static void
print_value(const struct metrics_sum *sum, size_t i, struct buffer *buffer)
{
	bool first = i == 0 || strcmp(values[i].name, values[i - 1].name) != 0;

	if (first)
		exposition_family(buffer, values[i].name,
			i < METRICS_COUNTERS ? EXPOSITION_COUNTER
					     : EXPOSITION_GAUGE,
			values[i].help);
	if (values[i].time)
		exposition_seconds(
			buffer, values[i].name, sum->values[i], NULL);
	else if (values[i].label == NULL)
		exposition_count(buffer, values[i].name, sum->values[i], NULL);
	else
		exposition_count(buffer, values[i].name, sum->values[i],
			values[i].label, values[i].value, NULL);
}

void
metrics_print(const struct metrics_sum *sum, struct buffer *buffer)
{
	print_routes(sum, buffer);
	print_statuses(sum, buffer);
	exposition_family(buffer, "missiond_request_duration_seconds",
		EXPOSITION_HISTOGRAM,
		"From a request's head to its answer, by kind of route.");
	for (size_t i = 0; i < METRICS_KINDS; i++)
		print_kind(sum, i, buffer);
	for (size_t i = 0; i < METRICS_VALUES; i++)
		print_value(sum, i, buffer);
}
