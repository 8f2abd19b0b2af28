/* announce.h: telling those who decide about applications that one waits. */
#ifndef MISSIOND_TENANTS_MEMBERS_ANNOUNCE_H
#define MISSIOND_TENANTS_MEMBERS_ANNOUNCE_H

#include "base/record.h"

struct db;
struct request;

/*
 * In the transaction that made `applicant` pending: queues a mail to the
 * founder and the admins who hold the scope members, unless another application
 * of the last hour still waits, of which they were told. The caller moves
 * EPOCH_MAIL. Waits; 0 or -1.
 */
int application_announce(
	struct request *request, struct db *db, struct uuid applicant);

#endif
