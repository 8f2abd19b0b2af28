/* epoch_shared.h: the memory behind epoch.h and epoch_news.h, for these two
 * only. It begins as zeros. */
#ifndef MISSIOND_TENANTS_EPOCH_SHARED_H
#define MISSIOND_TENANTS_EPOCH_SHARED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/record.h"
#include "tenants/epoch.h"

#define SLOTS 65536

/* Communities of one process whose moves are not told yet. */
#define NOTES 512

/* In a note: between begin and end, so that a crash there is seen. */
#define NOTE_OPEN 16U

/* Communities whose news are known; as many as there are slots. */
#define PLACES SLOTS

struct slot {
	_Atomic uint64_t counter; /* even */
	_Atomic uint64_t settings;
	_Atomic uint64_t busy; /* bit per process */
};

struct note {
	struct uuid community;
	_Atomic unsigned kinds; /* 0: the note is free */
};

/* A community's own, unlike a slot. Once taken it is not given back. */
struct place {
	_Atomic uint64_t tag; /* whose; 0: nobody's */
	_Atomic uint64_t news;
	_Atomic int64_t told;	   /* moves that this machine told others of */
	_Atomic int64_t elsewhere; /* that others told; see epoch_news.c */
};

struct shared {
	struct slot slots[SLOTS];
	struct note notes[EPOCH_PROCESSES][NOTES];
	_Atomic int64_t polled;
	_Atomic uint64_t settings_moves; /* of all slots */
	uint32_t name;			 /* random */
	struct place places[PLACES];
};

struct epoch_table {
	struct shared *shared;
	unsigned process;
	uint16_t *open_slots; /* how many changes are under way */
	uint16_t open_notes[NOTES];
};

/* The last bytes of a UUIDv7 are random; all processes must agree, so there is
 * no key. */
static inline uint64_t
epoch_tag(struct uuid community)
{
	uint64_t tag;

	memcpy(&tag, community.bytes + 8, sizeof(tag));
	return tag;
}

/* Where it begins in a table of SLOTS. */
static inline size_t
epoch_spread(uint64_t tag)
{
	return (size_t)((tag * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

/* epoch_news.c: one more. */
void epoch_news_add(const struct epoch_table *table, struct uuid community);

#endif
