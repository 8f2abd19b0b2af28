/* courier_setup.h: missiond.yaml's word on mail, for the courier. */
#ifndef MISSIOND_COURIER_SETUP_H
#define MISSIOND_COURIER_SETUP_H

struct arena;
struct courier_settings;
struct error;
struct settings;

/*
 * Fills in how mail goes out (from, folder or smtp, attempts) and the times;
 * reads the password file; makes the folder when it is missing. The rest is
 * the caller's. 0 or -1.
 */
int courier_setup(struct arena *arena, const struct settings *settings,
	struct courier_settings *courier, struct error *error);

#endif
