/* checklist.h: what a new founder is led by, and admins with them. */
#ifndef MISSIOND_TENANTS_SETTINGS_CHECKLIST_H
#define MISSIOND_TENANTS_SETTINGS_CHECKLIST_H

#include <stdbool.h>
#include <stdint.h>

struct request;

/* A step without a right to take it is not shown; a step that the YAML leaves
 * no room for neither. That of appointing always is. */
struct checklist {
	bool shows_describe;
	bool described;
	bool shows_colour;
	bool coloured;
	bool appointed;
	bool shows_invite;
	bool invited;
	bool all_done;
	bool any_applications;
	int64_t applications; /* 0 for who may not answer them */
};

/* As the actor sees it. 0 or -1. */
int checklist_read(struct request *request, struct checklist *ret_checklist);

#endif
