/*
 * acceptance.h: accepting the terms (P7): bound to member, time, version and
 * SHA-256 of the exact text that was shown. A form carries the text's digest
 * along, so that a text which changed meanwhile is not accepted unread.
 */
#ifndef MISSIOND_TENANTS_LEGAL_ACCEPTANCE_H
#define MISSIOND_TENANTS_LEGAL_ACCEPTANCE_H

#include <stdbool.h>

#include "base/record.h"

struct db;
struct db_statement;
struct request;

/* The SHA-256 in hex of the terms as this request's language shows them, for
 * the form's hidden field. */
const char *acceptance_digest(struct request *request);

/* Whether the form carried that digest: 0, or 1 after form_fail() at `field`.
 */
int acceptance_check(
	struct request *request, const char *digest, const char *field);

/* Inside a transaction: records that the member accepted the terms, as evidence
 * and as what was accepted last. Only that counts: where a community goes back
 * to terms of before, they are accepted anew. 0 or -1. */
int acceptance_record(
	struct request *request, struct db *db, struct uuid member);

extern const struct db_statement acceptance_insert_statement;
extern const struct db_statement acceptance_last_statement;

#endif
