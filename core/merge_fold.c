#include <assert.h>

#include "core/merge_rules.h"

/* PROTOCOL 7.3: "`first`: the write with the least (stamp, device, seq) stands. `max`, `min`: the greatest or least value by the order of
 * 3.1, NULL lowest for both." */
enum bsync_result bsync_merge_best(struct bsync_merge *merge)
{
	const struct bsync_cell *cell = merge->cell;
	struct bsync_standing own = {merge->edit->version, *merge->edit->value, false, NULL};
	struct bsync_standing *room = NULL;

	if (bsync_merge_own(cell, merge->edit) == BSYNC_OWN_REPEAT)
		return BSYNC_OK;
	for (uint32_t i = 0; i < cell->count; i++) {
		if (!cell->standing[i].is_unwritten &&
		    bsync_merge_rank(merge->column, merge->lines, &cell->standing[i], &own) < 0)
			return bsync_merge_cover(merge);
	}
	room = bsync_merge_room(merge, (size_t)cell->count + 1);
	if (room == NULL)
		return BSYNC_NO_MEMORY;
	room[0] = own;
	merge->replaced->standing = room + 1;
	for (uint32_t i = 0; i < cell->count; i++) {
		if (!cell->standing[i].is_unwritten)
			merge->replaced->standing[merge->replaced->count++] = cell->standing[i];
	}
	bsync_merge_commit(merge, room, 1, BSYNC_MERGE_APPLIED);
	return BSYNC_OK;
}

/* What the edit adds.  Sums are modulo 2^64: clamping would make the result depend on the order of arrival. */
static uint64_t delta_of(const struct bsync_cell_edit *edit)
{
	if (edit->kind == BSYNC_WRITE_DELTA)
		return (uint64_t)edit->delta;
	return edit->value->kind == BSYNC_INTEGER ? (uint64_t)edit->value->as.integer : 0;
}

enum bsync_result bsync_merge_counter(struct bsync_merge *merge)
{
	const struct bsync_cell *cell = merge->cell;
	const struct bsync_version *version = &merge->edit->version;
	struct bsync_standing own = {*version, bsync_value_integer((int64_t)delta_of(merge->edit)), false, NULL};
	struct bsync_standing *room = NULL;
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	size_t count = 0;
	size_t place = 0;

	if (bsync_merge_own(cell, merge->edit) != BSYNC_OWN_NEWER)
		return BSYNC_OK;
	if (cell->count >= BSYNC_STANDING_MAX)
		return BSYNC_TOO_LARGE;
	room = bsync_merge_room(merge, (size_t)cell->count + 1);
	if (room == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *standing = &cell->standing[i];

		if (standing->is_unwritten)
			continue;
		assert(standing->value.kind == BSYNC_INTEGER);
		if (standing->version.line == version->line) {
			uint64_t sum = (uint64_t)own.value.as.integer + (uint64_t)standing->value.as.integer;

			own.value.as.integer = (int64_t)sum;
			continue;
		}
		if (standing->version.line < version->line)
			place = count + 1;
		if (!bsync_merge_removes(merge->edit, standing))
			outcome = BSYNC_MERGE_BESIDE;
		room[count++] = *standing;
	}
	for (size_t i = count; i > place; i--)
		room[i] = room[i - 1];
	room[place] = own;
	bsync_merge_commit(merge, room, count + 1, outcome);
	return BSYNC_OK;
}
