#include "tenants/epoch.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "tenants/epoch_shared.h"

int
epoch_create(void)
{
	int descriptor = memfd_create("missiond-epochs", MFD_CLOEXEC);
	struct uuid random = uuid_new();
	uint32_t name;

	if (descriptor < 0)
		return -1;
	memcpy(&name, random.bytes + sizeof(random.bytes) - sizeof(name),
		sizeof(name));
	if (ftruncate(descriptor, sizeof(struct shared)) < 0 ||
		pwrite(descriptor, &name, sizeof(name),
			offsetof(struct shared, name)) != sizeof(name)) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

static struct slot *
slot_of(const struct epoch_table *table, struct uuid community, size_t *index)
{
	*index = epoch_spread(epoch_tag(community));
	return &table->shared->slots[*index];
}

static void
move(const struct epoch_table *table, struct slot *slot, unsigned kinds)
{
	/* In this order: epoch_settings_moves(). */
	if ((kinds & EPOCH_SETTINGS) != 0) {
		atomic_fetch_add(&table->shared->settings_moves, 1);
		atomic_fetch_add(&slot->settings, 1);
	}
	atomic_fetch_add(&slot->counter, 2);
}

/* What this number's predecessor was doing when it died may have happened. */
static void
take_over(const struct epoch_table *table)
{
	uint64_t mine = UINT64_C(1) << table->process;

	for (size_t i = 0; i < NOTES; i++) {
		struct note *note = &table->shared->notes[table->process][i];
		size_t index;

		if ((atomic_load(&note->kinds) & NOTE_OPEN) == 0)
			continue;
		move(table, slot_of(table, note->community, &index), EPOCH_ALL);
		epoch_news_add(table, note->community);
		atomic_store(&note->kinds, EPOCH_ALL);
	}
	for (size_t i = 0; i < SLOTS; i++)
		atomic_fetch_and(&table->shared->slots[i].busy, ~mine);
}

struct epoch_table *
epoch_map(int descriptor, unsigned process)
{
	struct epoch_table *table;
	struct shared *shared;

	if (process >= EPOCH_PROCESSES)
		log_defect("epoch_map", "process %u", process);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
		descriptor, 0);
	if (shared == MAP_FAILED)
		return NULL;
	table = memory_new(1, sizeof(*table));
	table->shared = shared;
	table->process = process;
	table->open_slots = memory_new(SLOTS, sizeof(*table->open_slots));
	take_over(table);
	return table;
}

void
epoch_unmap(struct epoch_table *table)
{
	if (table == NULL)
		return;
	munmap(table->shared, sizeof(*table->shared));
	free(table->open_slots);
	free(table);
}

uint64_t
epoch_read(const struct epoch_table *table, struct uuid community)
{
	size_t index;
	struct slot *slot = slot_of(table, community, &index);
	bool busy = atomic_load(&slot->busy) != 0;

	return atomic_load(&slot->counter) | busy;
}

uint64_t
epoch_settings(const struct epoch_table *table, struct uuid community)
{
	size_t index;

	return atomic_load(&slot_of(table, community, &index)->settings);
}

uint64_t
epoch_settings_moves(const struct epoch_table *table)
{
	return atomic_load(&table->shared->settings_moves);
}

/* This process's note on the community: the one there is, else a free one;
 * NOTES when all are taken. */
static size_t
find_note(const struct epoch_table *table, struct uuid community)
{
	struct note *notes = table->shared->notes[table->process];
	size_t free_note = NOTES;

	for (size_t i = 0; i < NOTES; i++) {
		if (atomic_load(&notes[i].kinds) == 0) {
			if (free_note == NOTES)
				free_note = i;
		} else if (uuid_equal(notes[i].community, community)) {
			return i;
		}
	}
	if (free_note < NOTES)
		notes[free_note].community = community;
	return free_note;
}

/* More communities moved within one interval of epoch_sync.h than there are
 * notes: on this machine all is exact, other machines find out by their slow
 * sweep. */
static void
note_begin(struct epoch_table *table, struct uuid community)
{
	size_t note = find_note(table, community);

	if (note == NOTES)
		return;
	table->open_notes[note]++;
	atomic_fetch_or(
		&table->shared->notes[table->process][note].kinds, NOTE_OPEN);
}

/* A change that began without a note may find one now, even that of another
 * change of the same community: it counts for both. */
static void
note_end(struct epoch_table *table, struct uuid community, unsigned kinds)
{
	size_t note = find_note(table, community);
	_Atomic unsigned *noted;

	if (note == NOTES)
		return;
	noted = &table->shared->notes[table->process][note].kinds;
	atomic_fetch_or(noted, kinds);
	if (table->open_notes[note] > 0)
		table->open_notes[note]--;
	if (table->open_notes[note] == 0)
		atomic_fetch_and(noted, ~NOTE_OPEN);
}

void
epoch_begin(struct epoch_table *table, struct uuid community)
{
	size_t index;
	struct slot *slot = slot_of(table, community, &index);

	note_begin(table, community);
	if (table->open_slots[index]++ == 0)
		atomic_fetch_or(&slot->busy, UINT64_C(1) << table->process);
	atomic_fetch_add(&slot->counter, 2);
}

void
epoch_end(struct epoch_table *table, struct uuid community, unsigned kinds)
{
	size_t index;
	struct slot *slot = slot_of(table, community, &index);

	move(table, slot, kinds);
	if ((kinds & EPOCH_NEWS) != 0)
		epoch_news_add(table, community);
	note_end(table, community, kinds);
	if (--table->open_slots[index] == 0)
		atomic_fetch_and(&slot->busy, ~(UINT64_C(1) << table->process));
}

void
epoch_follow(struct epoch_table *table, struct uuid community, unsigned kinds)
{
	size_t index;

	move(table, slot_of(table, community, &index), kinds);
}

bool
epoch_take(struct epoch_table *table, struct uuid *community, unsigned *kinds)
{
	struct note *notes = table->shared->notes[table->process];

	for (size_t i = 0; i < NOTES; i++) {
		unsigned noted = atomic_load(&notes[i].kinds);

		if ((noted & EPOCH_ALL) == 0)
			continue;
		*community = notes[i].community;
		*kinds = noted & EPOCH_ALL;
		atomic_fetch_and(&notes[i].kinds, ~EPOCH_ALL);
		return true;
	}
	return false;
}

void
epoch_put_back(struct epoch_table *table, struct uuid community, unsigned kinds)
{
	size_t note = find_note(table, community);

	if (note < NOTES)
		atomic_fetch_or(
			&table->shared->notes[table->process][note].kinds,
			kinds);
}

int64_t
epoch_polled(const struct epoch_table *table)
{
	return atomic_load(&table->shared->polled);
}

void
epoch_set_polled(struct epoch_table *table, int64_t moved_at)
{
	atomic_store(&table->shared->polled, moved_at);
}
