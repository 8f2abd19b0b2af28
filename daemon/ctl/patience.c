#include "ctl/patience.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ctl/call.h"
#include "ctl/output.h"

/* How long missiond may be away. */
#define PATIENCE_SECONDS 120

static time_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static int
give_up(const struct call *call, int code)
{
	if (code == CTL_OK)
		call_print_problem(call);
	else
		call_unreachable(call);
	fputs("The work goes on when it is back: missionctl jobs.\n", stderr);
	return CTL_UNREACHABLE;
}

int
patience_call(struct call *call, const char *method, const char *path,
	const char *body, const char *what)
{
	const struct timespec pause = {0, 300 * 1000 * 1000};
	time_t until = now() + PATIENCE_SECONDS;
	const bool shown = isatty(STDERR_FILENO) != 0;
	int code = call_try(call, method, path, body);

	while (code != CTL_OK || call->status >= 500) {
		if (now() >= until)
			return give_up(call, code);
		if (shown) {
			output_clear_line();
			fprintf(stderr, "%-24s waiting for missiond", what);
		}
		nanosleep(&pause, NULL);
		if (shown)
			output_clear_line();
		code = call_try(call, method, path, body);
	}
	return CTL_OK;
}
