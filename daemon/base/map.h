/*
 * map.h: text → pointer, open addressing, keyed with a random seed so that a
 * visitor cannot choose collisions. Keys are copied; values are not owned.
 */
#ifndef MISSIOND_BASE_MAP_H
#define MISSIOND_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map;

struct map *map_new(void);
void map_free(struct map *map);

/* The value stored for the key, or NULL. */
void *map_get(const struct map *map, const char *key);

/* Stores (a value that is not NULL) and returns the one replaced, or NULL. */
void *map_set(struct map *map, const char *key, void *value);

/* Removes and returns the value, or NULL. */
void *map_remove(struct map *map, const char *key);

size_t map_count(const struct map *map);

/* Visits every pair in no order: start with *position = 0; false at the end.
 * The map must not change meanwhile. */
_Bool map_next(const struct map *map, size_t *position, const char **key,
	void **value);

/* SipHash-2-4 under this process's random key. */
uint64_t map_hash(const void *data, size_t length);

/* The same under a key of the caller's: tests, and what processes share. */
uint64_t map_hash_keyed(const uint64_t key[2], const void *data, size_t length);

#endif
