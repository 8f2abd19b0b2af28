/* courier_setup.h: missiond.yaml's word on mail, for the courier. */
#ifndef MISSIOND_COURIER_SETUP_H
#define MISSIOND_COURIER_SETUP_H

#include "base/record.h"

#include "crypto/digest.h"

struct arena;
struct courier;
struct courier_settings;
struct db_account;
struct db_pool;
struct error;
struct loop;
struct settings;

/*
 * Fills in how mail goes out (from, folder or smtp, attempts) and the times;
 * reads the password file; makes the folder when it is missing. The rest is
 * the caller's. 0 or -1.
 */
int courier_setup(struct arena *arena, const struct settings *settings,
	struct courier_settings *courier, struct error *error);

/* What the supervisor gives the courier's process. */
struct courier_rights {
	struct db_pool *pool;
	const struct db_account *registry;
	const unsigned char *tenant_key; /* DIGEST_SIZE bytes; copied */
	struct uuid holder;
	struct mail_counts *counts;
};

/*
 * The whole start: settings, libcurl, threads, the courier itself. Everything
 * given must outlive it. To end: courier_stop(), loop_stop(), and when
 * loop_run() has returned courier_free(). NULL on error.
 */
struct courier *courier_start(struct arena *arena, struct loop *loop,
	const struct settings *settings, const struct courier_rights *rights,
	struct error *error);

#endif
