/*
 * planted.h: a feature with one leak of each kind, so that a test sees that
 * missionctl selftest finds them: a statement that names another schema, a
 * handler that believes a header about where it is, and one that does not ask
 * whose page it has kept. It is in no missiond that is installed: only in
 * missiond-leaking, a program of builds with -Dplanted_leaks=true.
 */
#ifndef MISSIOND_TESTS_PLANTED_H
#define MISSIOND_TESTS_PLANTED_H

#include "tenants/features.h"

extern const struct feature planted_feature;

#endif
