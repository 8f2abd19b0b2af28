/*
 * lifecycle_killed.h: stewards that are killed at a step of a job (fault.h).
 * Such a steward is the test's program again, started with two arguments.
 */
#ifndef MISSIOND_TESTS_LIFECYCLE_KILLED_H
#define MISSIOND_TESTS_LIFECYCLE_KILLED_H

#include <stdint.h>

#include "base/uuid.h"

/* What such a program's main() returns. */
int lifecycle_be_steward(char **arguments);

/* "provision:3:before". It has lifecycle_test_warm. */
void lifecycle_run_until_killed(const char *where);

/* All that can differ between two communities of the same file: tables, their
 * columns, keys and triggers, rights, rows, and the state in the registry. */
int64_t lifecycle_digest(struct uuid id);

#endif
