#include "crew_report.h"

#include <string.h>

#include "channel.h"
#include "crew_member.h"

static struct crew_report_line
line_of(const struct crew_member *member)
{
	struct crew_report_line line = {
		.process = member->process,
		.since = member->changed,
		.starts = member->starts,
		.state = member->ready	       ? CREW_SERVING
			 : member->process > 0 ? CREW_STARTING
					       : CREW_WAITING,
	};

	memcpy(line.name, member->name, sizeof(line.name));
	return line;
}

void
crew_tell_steward(struct crew *crew)
{
	struct crew_report report = {
		.mails = crew->mails,
		.started = crew->started,
		.read_only = crew->read_only,
	};
	struct channel *steward = NULL;

	for (size_t i = 0; i < crew->count && i < CREW_REPORT_MOST; i++) {
		const struct crew_member *member = &crew->members[i];

		if (member->kind == CREW_STEWARD)
			steward = member->channel;
		if (member->kind != CREW_DATABASE || crew_has_database(crew))
			report.lines[report.count++] = line_of(member);
	}
	if (steward != NULL && !crew->stopping)
		channel_send(steward, CHANNEL_CREW, &report, sizeof(report));
}
