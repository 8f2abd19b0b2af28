#include "tenants/epoch_news.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "tenants/epoch_shared.h"

/* How far a place may be from where its tag points. */
#define PROBES 64

/* Added to `elsewhere`, where 0 says that nothing is known. */
#define KNOWN (INT64_C(1) << 40)

/* Two that want the same free place agree on who has it: the other finds there
 * either its own community, or another's and goes on. */
static struct place *
find_place(const struct epoch_table *table, struct uuid community, bool take)
{
	uint64_t tag = epoch_tag(community);
	size_t start = epoch_spread(tag);

	for (size_t i = 0; i < PROBES; i++) {
		struct place *place =
			&table->shared->places[(start + i) % PLACES];
		uint64_t there = atomic_load(&place->tag);

		if (there == 0 && !take)
			return NULL;
		if (there == 0 && atomic_compare_exchange_strong(
					  &place->tag, &there, tag))
			return place;
		if (there == tag)
			return place;
	}
	return NULL;
}

void
epoch_news_add(const struct epoch_table *table, struct uuid community)
{
	struct place *place = find_place(table, community, true);

	if (place != NULL)
		atomic_fetch_add(&place->news, 1);
}

uint64_t
epoch_news(const struct epoch_table *table, struct uuid community)
{
	struct place *place = find_place(table, community, false);

	return place == NULL ? 0 : atomic_load(&place->news);
}

uint32_t
epoch_news_name(const struct epoch_table *table)
{
	return table->shared->name;
}

void
epoch_news_tell(
	const struct epoch_table *table, struct uuid community, int64_t times)
{
	struct place *place = find_place(table, community, true);

	if (place != NULL)
		atomic_fetch_add(&place->told, times);
}

/*
 * Of the moves that the control schema counts, those that this machine did not
 * tell are others'. While it is telling one, it has counted it already: others
 * are then one too few, and found with the next poll. Of a community that is
 * heard of for the first time, nobody knows how many there were before: who
 * told something of it heard that, who did not heard of somebody else.
 */
void
epoch_news_hear(
	const struct epoch_table *table, struct uuid community, int64_t moves)
{
	struct place *place = find_place(table, community, true);
	int64_t told, elsewhere, known;

	if (place == NULL)
		return;
	told = atomic_load(&place->told);
	elsewhere = moves - told + KNOWN;
	known = atomic_load(&place->elsewhere);
	if (known != 0 && elsewhere <= known)
		return;
	atomic_store(&place->elsewhere, elsewhere);
	if (known != 0 || (told == 0 && moves > 0))
		atomic_fetch_add(&place->news, 1);
}
