/*
 * courier_fixture.h: a server (tests/unit/db/server.h) with a registry and two
 * communities that have an outbox and a name, and a courier run on it. In SQL
 * {s} stands for a community's schema, {i} for its id, {k} for its key.
 */
#ifndef MISSIOND_TESTS_COURIER_FIXTURE_H
#define MISSIOND_TESTS_COURIER_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "courier.h"
#include "db/pool.h"

extern const unsigned char courier_tenant_key[DIGEST_SIZE];

void courier_fixture_start(void);
void courier_fixture_stop(void);

/* Where .eml files go; how many of them hold the pattern. */
const char *courier_folder(void);
int courier_count_files(const char *pattern);

void courier_sql(int community, const char *text);
int64_t courier_number(int community, const char *text);

/* A mail that is due, and the registry told of it. */
void courier_put(int community, const char *recipient);
void courier_move(int community);

/* Runs a courier until `count` answers `expected`; false after ten seconds. Of
 * the settings folder, smtp and sweep are the caller's. */
bool courier_runs_until(struct db_pool *pool, struct courier_settings settings,
	int community, const char *count, int64_t expected);

#endif
