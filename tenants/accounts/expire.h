/*
 * expire.h: removes what is of no use any more: sessions, tokens and links that
 * have ended, counts of tries and known places that count no more, and accounts
 * whose address was never confirmed. The courier calls it in its sweep, under
 * the community's own account.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_EXPIRE_H
#define MISSIOND_TENANTS_ACCOUNTS_EXPIRE_H

struct db;

/* A link that has ended is kept so long: its page says so to whoever opens
 * it late. */
#define LINKS_KEPT_DAYS 30

/* So long somebody may take to confirm an address; then the user name and the
 * address are free again. */
#define UNCONFIRMED_KEPT_DAYS 7

/* A few thousand rows at most; the next sweep takes the rest. Waits. 0 or -1:
 * db_failure() says why. */
int accounts_expire(struct db *db);

#endif
