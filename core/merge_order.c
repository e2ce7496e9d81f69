/* merge_order.c: rule `order`: the states that no other state covers stand; what is shown is their join. */
#include <assert.h>

#include "core/lattice.h"
#include "core/merge_rules.h"

/* How a standing state and the written one lie to each other. */
enum order { BOTH_STAND, OWN_COVERS, OWN_IS_COVERED };

static enum order compare(const struct bsync_merge *merge, const struct bsync_standing *standing,
			  const struct bsync_standing *own, struct bsync_state state)
{
	const struct bsync_lattice *lattice = merge->column->lattice;
	struct bsync_state other, join;

	if (standing->is_unwritten || !bsync_lattice_read(lattice, &standing->value, &other))
		return OWN_COVERS;
	join = bsync_lattice_join(lattice, other, state);
	/* The same state twice: the least scalar keeps it, as in every fold. */
	if (bsync_state_equal(other, state))
		return bsync_merge_rank(merge->column, merge->lines, standing, own) < 0 ? OWN_IS_COVERED : OWN_COVERS;
	if (bsync_state_equal(join, other))
		return OWN_IS_COVERED;
	return bsync_state_equal(join, state) ? OWN_COVERS : BOTH_STAND;
}

/* PROTOCOL 7.3: "`order`: the states of which no other that was written is a join with something stand; shown is their join." */
enum bsync_result bsync_merge_order(struct bsync_merge *merge)
{
	const struct bsync_cell *cell = merge->cell;
	struct bsync_standing own = {merge->edit->version, *merge->edit->value, false, NULL};
	struct bsync_standing *room = NULL;
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	struct bsync_state state;
	size_t count = 0;
	bool is_placed = false;

	if (!bsync_lattice_read(merge->column->lattice, merge->edit->value, &state)) {
		*merge->outcome = BSYNC_MERGE_REFUSED;
		return BSYNC_OK;
	}
	if (bsync_merge_own(cell, merge->edit) == BSYNC_OWN_REPEAT)
		return BSYNC_OK;
	if (cell->count >= BSYNC_STANDING_MAX)
		return BSYNC_TOO_LARGE;
	for (uint32_t i = 0; i < cell->count; i++) {
		if (compare(merge, &cell->standing[i], &own, state) == OWN_IS_COVERED)
			return bsync_merge_cover(merge);
	}
	room = bsync_merge_room(merge, 2 * (size_t)cell->count + 1);
	if (room == NULL)
		return BSYNC_NO_MEMORY;
	merge->replaced->standing = room + cell->count + 1;
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *standing = &cell->standing[i];

		if (compare(merge, standing, &own, state) == OWN_COVERS) {
			if (!standing->is_unwritten)
				merge->replaced->standing[merge->replaced->count++] = *standing;
			continue;
		}
		/* PROTOCOL 6.9: "a version of another line, with another value, that it had not seen stands beside it" */
		if (standing->version.line != own.version.line && !bsync_merge_removes(merge->edit, standing))
			outcome = BSYNC_MERGE_BESIDE;
		if (!is_placed && bsync_merge_rank(merge->column, merge->lines, &own, standing) < 0) {
			room[count++] = own;
			is_placed = true;
		}
		room[count++] = *standing;
	}
	if (!is_placed)
		room[count++] = own;
	bsync_merge_commit(merge, room, count, outcome);
	return BSYNC_OK;
}

enum bsync_result bsync_merge_order_shown(const struct bsync_column *column, const struct bsync_cell *cell,
					  struct bsync_arena *arena, struct bsync_value *shown)
{
	struct bsync_state join = {.is_none = true};

	assert(column->lattice != NULL && cell->count != 0);
	if (cell->count == 1) {
		*shown = cell->standing[0].value;
		return BSYNC_OK;
	}
	for (uint32_t i = 0; i < cell->count; i++) {
		struct bsync_state state;

		if (bsync_lattice_read(column->lattice, &cell->standing[i].value, &state))
			join = bsync_lattice_join(column->lattice, join, state);
	}
	return bsync_lattice_write(column->lattice, join, arena, shown);
}
