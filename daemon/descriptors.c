#include "descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

/* Listeners, channel, log, templates while they are read. */
#define FILES 64

void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
		limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_event(LOG_WARNING, NULL, "descriptors.not_raised", "reason",
			strerror(errno), NULL);
}

unsigned
descriptors_for(unsigned wanted, unsigned others)
{
	struct rlimit limit;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return wanted;
	most = limit.rlim_cur > others + FILES + 10
		       ? limit.rlim_cur - others - FILES
		       : 10;
	if (wanted <= most)
		return wanted;
	log_event(LOG_WARNING, NULL, "descriptors.few", "allowed",
		log_integer((int64_t)limit.rlim_cur), "connections",
		log_integer((int64_t)most), NULL);
	return (unsigned)most;
}
