#include "base/map.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/memory.h"

#define FIRST_SLOTS ((size_t)16)

struct slot {
	char *key; /* NULL: empty */
	void *value;
	uint64_t hash;
};

struct map {
	struct slot *slots;
	size_t size; /* a power of two, or 0 before the first value */
	size_t count;
};

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void
sip_rounds(struct sip *s, unsigned rounds)
{
	while (rounds-- > 0) {
		s->v0 += s->v1;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v2 = rotate(s->v2, 32);
	}
}

static uint64_t
little_endian(const unsigned char *data, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)data[i] << (8 * i);
	return word;
}

/* SipHash-2-4 of Aumasson and Bernstein, "a fast short-input PRF", 2012. */
uint64_t
map_hash_keyed(const uint64_t key[2], const void *data, size_t length)
{
	const unsigned char *bytes = data;
	uint64_t last = (uint64_t)length << 56;
	struct sip s = {
		key[0] ^ UINT64_C(0x736f6d6570736575),
		key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261),
		key[1] ^ UINT64_C(0x7465646279746573),
	};

	for (; length >= 8; length -= 8, bytes += 8) {
		uint64_t word = little_endian(bytes, 8);

		s.v3 ^= word;
		sip_rounds(&s, 2);
		s.v0 ^= word;
	}
	last |= little_endian(bytes, length);
	s.v3 ^= last;
	sip_rounds(&s, 2);
	s.v0 ^= last;
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static uint64_t process_key[2];

static void
seed_process_key(void)
{
	if (getrandom(process_key, sizeof(process_key), 0) !=
		(ssize_t)sizeof(process_key))
		log_defect("map", "no random bytes");
}

uint64_t
map_hash(const void *data, size_t length)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, seed_process_key);
	return map_hash_keyed(process_key, data, length);
}

struct map *
map_new(void)
{
	return memory_new(1, sizeof(struct map));
}

void
map_free(struct map *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->size; i++)
		free(map->slots[i].key);
	free(map->slots);
	free(map);
}

/* The slot of the key, or the empty one where it belongs. */
static struct slot *
find(const struct map *map, const char *key, uint64_t hash)
{
	size_t i = hash & (map->size - 1);

	while (map->slots[i].key &&
		(map->slots[i].hash != hash ||
			strcmp(map->slots[i].key, key) != 0))
		i = (i + 1) & (map->size - 1);
	return &map->slots[i];
}

/* Keeps at least a quarter of the slots empty, so that every search ends. */
static void
make_room(struct map *map)
{
	struct map old = *map;

	if (map->size && (map->count + 1) * 4 <= map->size * 3)
		return;
	map->size = old.size ? old.size * 2 : FIRST_SLOTS;
	map->slots = memory_new(map->size, sizeof(struct slot));
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].key)
			*find(map, old.slots[i].key, old.slots[i].hash) =
				old.slots[i];
	free(old.slots);
}

void *
map_get(const struct map *map, const char *key)
{
	if (map->size == 0)
		return NULL;
	return find(map, key, map_hash(key, strlen(key)))->value;
}

void *
map_set(struct map *map, const char *key, void *value)
{
	uint64_t hash = map_hash(key, strlen(key));
	struct slot *slot;
	void *replaced;

	if (!value)
		log_defect("map", "NULL stored under '%s'", key);
	make_room(map);
	slot = find(map, key, hash);
	replaced = slot->value;
	if (!slot->key) {
		slot->key = memory_text(key);
		slot->hash = hash;
		map->count++;
	}
	slot->value = value;
	return replaced;
}

/*
 * Closes the gap: a later slot of the same run moves into it unless it would
 * then stand before the place its hash names.
 */
static void
close_gap(struct map *map, size_t gap)
{
	size_t mask = map->size - 1;

	for (size_t i = (gap + 1) & mask; map->slots[i].key;
		i = (i + 1) & mask) {
		size_t home = map->slots[i].hash & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		map->slots[gap] = map->slots[i];
		gap = i;
	}
	map->slots[gap] = (struct slot){NULL, NULL, 0};
}

void *
map_remove(struct map *map, const char *key)
{
	struct slot *slot;
	void *value;

	if (map->size == 0)
		return NULL;
	slot = find(map, key, map_hash(key, strlen(key)));
	if (!slot->key)
		return NULL;
	value = slot->value;
	free(slot->key);
	close_gap(map, (size_t)(slot - map->slots));
	map->count--;
	return value;
}

size_t
map_count(const struct map *map)
{
	return map->count;
}

bool
map_next(
	const struct map *map, size_t *position, const char **key, void **value)
{
	while (*position < map->size) {
		const struct slot *slot = &map->slots[(*position)++];

		if (!slot->key)
			continue;
		*key = slot->key;
		*value = slot->value;
		return true;
	}
	return false;
}
