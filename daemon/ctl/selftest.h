/* selftest.h: missionctl selftest isolation, in parts: the two communities made
 * for it (selftest_site.c), those that are named (selftest_named.c), the
 * attacks over HTTP (selftest_http.c), and the command. The attacks on the
 * database are the steward's. */
#ifndef MISSIOND_CTL_SELFTEST_H
#define MISSIOND_CTL_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/call.h"
#include "ctl/visit.h"

#define SELFTEST_IDS	6
#define SELFTEST_TOKENS 4

/* A community with a founder, a listing and all that others must not use. */
struct selftest_site {
	char slug[40];
	char canary[40]; /* stands in every text of it */
	char key[40];	 /* of its schema */
	char domain[80];
	char host[100];	  /* with the port */
	char origin[120]; /* "http://host" */
	char claim[64];	  /* the token of the claim link */
	char bearer[64], cookie[600], csrf[100]; /* the founder's */
	char stranger_cookie[300], stranger_csrf[100];
	char ids[SELFTEST_IDS][40]; /* listing, member, session… */
	size_t id_count;
	char tokens[SELFTEST_TOKENS][64]; /* of links and for the API */
	size_t token_count;
};

struct selftest {
	struct call *call;
	struct visitor visitor;
	struct json_t *surface;	 /* what the steward said of the routes */
	struct json_t *attempts; /* an array, as the steward's */
	struct selftest_site sites[2];
	struct selftest_site named[2]; /* by the operator, with real members */
	bool json;
};

/* Notes an attempt; `refused_by` NULL: nobody did. */
void selftest_note(struct selftest *selftest, const char *community,
	const char *other, const char *attempt, const char *refused_by,
	const char *detail);

/* Each 0 or an exit code. */
int selftest_discard(struct selftest *selftest);
int selftest_make(struct selftest *selftest);
int selftest_settle(struct selftest *selftest);
/* Links that lead into a community that nobody has claimed yet. */
int selftest_attack_unclaimed(struct selftest *selftest);
int selftest_attack_http(struct selftest *selftest);
/* Where the named communities are, and ids that any visitor sees there. */
int selftest_find_named(struct selftest *selftest, char **slugs);
/* Reads both ways, between the two and with one that was made. */
int selftest_read_named(struct selftest *selftest);
/* Every page of one, read with what is the other's; nothing is changed. */
int selftest_read_across(struct selftest *selftest,
	const struct selftest_site *site, const struct selftest_site *other);
/* Jobs of the first, and the second looked at. */
int selftest_attack_by_job(struct selftest *selftest);

/* How visitors call it, from its domain. */
void selftest_fill_host(struct selftest *selftest, struct selftest_site *site);

/* The key of its schema; what else the steward says of it is in call->tree. */
int selftest_read_key(struct selftest *selftest, struct selftest_site *site);

void selftest_keep_id(struct selftest_site *site, const char *id);

/* A digest of what stands in a community's tables. 0 or an exit code. */
int selftest_state(
	struct selftest *selftest, const char *slug, char digest[80]);

#endif
