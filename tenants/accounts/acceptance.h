/* acceptance.h: accepting the terms (P7): bound to member, time, version and
 * SHA-256 of the exact text. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_ACCEPTANCE_H
#define MISSIOND_TENANTS_ACCOUNTS_ACCEPTANCE_H

#include "base/record.h"

struct db;
struct request;

/* Records that the member accepted the terms now in force. 0 or -1. */
int acceptance_record(
	struct request *request, struct db *db, struct uuid member);

#endif
