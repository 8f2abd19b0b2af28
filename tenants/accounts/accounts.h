/* accounts.h: joining, logging in, passwords, sessions, access tokens, and the
 * founder's claim. Public to other features: links.h, session.h of the core. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_ACCOUNTS_H
#define MISSIOND_TENANTS_ACCOUNTS_ACCOUNTS_H

#include "tenants/features.h"

extern const struct feature accounts_feature;

#endif
