#include "tenants/accounts/settle.h"

#include "base/clock.h"
#include "http/request.h"
#include "loop/task.h"

#define STEP (CLOCK_SECOND / 4)

void
settle(struct request *request)
{
	int64_t spent = clock_now().microseconds - request->now.microseconds;

	if (spent < 0)
		spent = 0;
	task_sleep(clock_monotonic() + STEP - spent % STEP);
}
