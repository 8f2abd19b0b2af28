/* accept.h: the SQL behind joining with an invitation. */
#ifndef MISSIOND_TENANTS_INVITATIONS_ACCEPT_H
#define MISSIOND_TENANTS_INVITATIONS_ACCEPT_H

struct db_statement;

extern const struct db_statement invitation_find_statement;
extern const struct db_statement invitation_offer_statement;
extern const struct db_statement invitation_use_statement;

#endif
