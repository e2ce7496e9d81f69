/* freeze_restore.c: rows become what was signed of them, and what was not signed hangs on the fork. */
#include <assert.h>

#include "daemon/store/deletes.h"
#include "daemon/store/freeze.h"

/* One row that becomes what the signer saw. */
struct restoring {
	struct bsync_act *act;
	const struct bsync_signing *signing;
	struct bsync_sight sight;
	struct bsync_witness *witness;
	const struct bsync_row *copy; /* NULL: nobody wrote what the signer had not seen */
	struct bsync_merged merged;
	bool has_blank; /* a cell is as nobody wrote it: only a row that comes whole says so */
};

bool bsync_freeze_has(const struct bsync_cell *cell, const struct bsync_standing *standing)
{
	assert(cell != NULL && standing != NULL);
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *one = &cell->standing[i];

		if (!one->is_unwritten && !standing->is_unwritten && one->version.line == standing->version.line &&
		    one->version.seq == standing->version.seq)
			return true;
	}
	return false;
}

/* Nobody wrote either, or the same versions stand. */
static bool is_same(const struct bsync_cell *a, const struct bsync_cell *b)
{
	if (a->count != b->count)
		return false;
	if (a->standing[0].is_unwritten && b->standing[0].is_unwritten)
		return true;
	for (uint32_t i = 0; i < a->count; i++) {
		if (!bsync_freeze_has(b, &a->standing[i]))
			return false;
	}
	return true;
}

/* What the signer had not seen goes from the history of the row to that of its copy, and so does the signed value that
 * others replaced there: here it stands. */
static enum bsync_result past_move(const struct restoring *restoring, const struct bsync_cell *seen)
{
	const uint32_t column = seen->column;
	struct bsync_act *act = restoring->act;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, HISTORY_MOVE);
	const struct bsync_witness *witness = restoring->witness;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < witness->past_count && result == BSYNC_OK; i++) {
		const struct bsync_replacement *past = &witness->past[i];

		if (past->column != column ||
		    (bsync_sight_saw(&restoring->sight, witness, column, &past->standing, past) &&
		     !bsync_freeze_has(seen, &past->standing)))
			continue;
		assert(restoring->copy != NULL);
		bsync_db_bind_int64(statement, 1, past->id);
		bsync_db_bind_blob(statement, 2, restoring->copy->key_bytes);
		bsync_db_bind_int64(statement, 3, (int64_t)act->version.counter);
		bsync_db_bind_value(
			statement, 4,
			bsync_freeze_turn(restoring->signing, witness->part, column, &past->standing.value));
		result = bsync_db_run(statement);
	}
	return result;
}

static enum bsync_result cell_restore(struct restoring *restoring, struct bsync_cell *cell)
{
	struct bsync_act *act = restoring->act;
	struct bsync_lines lines = bsync_base_merge_lines(&act->store->base);
	struct bsync_row *row = &restoring->witness->row;
	struct bsync_shown before = {.is_conflict = false};
	struct bsync_value shown;
	struct bsync_cell seen;
	enum bsync_result result = bsync_sight_cell(act, &restoring->sight, restoring->witness, cell->column, &seen,
						    &shown);

	if (result == BSYNC_OK)
		result = past_move(restoring, &seen);
	if (result != BSYNC_OK || is_same(cell, &seen))
		return result;
	result = bsync_merge_shown(&row->sql->table->columns[cell->column], &lines, &act->store->work, cell, &before);
	if (before.is_conflict)
		bsync_mask_add(&restoring->merged.was_conflict, cell->column);
	/* Of a conflict that the signer saw the shown version is signed. */
	for (uint32_t i = 0; i < cell->count && result == BSYNC_OK; i++) {
		if (bsync_sight_saw(&restoring->sight, restoring->witness, cell->column, &cell->standing[i], NULL) &&
		    !bsync_freeze_has(&seen, &cell->standing[i]))
			result = bsync_past_add(act, row, cell->column, &cell->standing[i], false);
	}
	restoring->has_blank = restoring->has_blank || seen.standing[0].is_unwritten;
	cell->standing = seen.standing;
	cell->count = seen.count;
	cell->changed = act->version.counter;
	restoring->merged.has_changed = true;
	if (!bsync_value_equal(&row->values[cell->column], &shown)) {
		row->values[cell->column] = shown;
		bsync_mask_add(&restoring->merged.changed, cell->column);
	}
	return result;
}

enum bsync_result bsync_freeze_restore(struct bsync_act *act, const struct bsync_signing *signing,
				       struct bsync_witness *witness, const struct bsync_row *copy)
{
	struct restoring restoring = {
		.act = act,
		.signing = signing,
		.sight = bsync_freeze_sight(act, signing),
		.witness = witness,
		.copy = copy,
	};
	struct bsync_row *row = &witness->row;
	const bool was_grave = row->is_grave;
	enum bsync_result result = BSYNC_OK;

	assert(witness->is_signed);
	for (uint32_t i = 0; i < row->cells.cell_count && result == BSYNC_OK; i++) {
		if (witness->part->has_column[row->cells.cells[i].column])
			result = cell_restore(&restoring, &row->cells.cells[i]);
	}
	if (result != BSYNC_OK || (!was_grave && !restoring.merged.has_changed))
		return result;
	result = was_grave ? bsync_change_raise(act, row) : bsync_feed_lift(act, row);
	if (restoring.has_blank)
		bsync_feed_renew(act, row);
	if (result == BSYNC_OK && was_grave)
		result = bsync_deletes_forget(act, row);
	if (result == BSYNC_OK && was_grave)
		result = bsync_freeze_fate(act, row, &act->version, 0, BSYNC_FATE_BACK);
	return result == BSYNC_OK ? bsync_change_place(act, row, &restoring.merged) : result;
}

enum bsync_result bsync_freeze_adopt(struct bsync_act *act, const struct bsync_signing *signing,
				     const struct bsync_freeze_part *part, struct bsync_row *row)
{
	struct bsync_lines lines = bsync_base_merge_lines(&act->store->base);
	const uint32_t parent = (uint32_t)part->parent;
	struct bsync_cell *cell = bsync_cells_find(&row->cells, parent);
	const struct bsync_version deleted = row->cells.deleted;
	const bool was_grave = row->is_grave;
	struct bsync_merged merged = {0};
	struct bsync_shown shown;
	enum bsync_result result = BSYNC_OK;

	assert((row->is_live || was_grave) && cell != NULL);
	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_value *turned = bsync_freeze_turn(signing, part, parent, &cell->standing[i].value);

		if (turned == &cell->standing[i].value)
			continue;
		cell->standing[i].value = *turned;
		cell->changed = act->version.counter;
		merged.has_changed = true;
	}
	if (!merged.has_changed)
		return BSYNC_OK;
	result = bsync_merge_shown(&row->sql->table->columns[parent], &lines, &act->store->work, cell, &shown);
	if (result != BSYNC_OK)
		return result;
	if (!bsync_value_equal(&row->values[parent], &shown.value)) {
		row->values[parent] = shown.value;
		bsync_mask_add(&merged.changed, parent);
	}
	result = was_grave ? bsync_change_raise(act, row) : bsync_feed_lift(act, row);
	if (result == BSYNC_OK)
		result = bsync_change_place(act, row, &merged);
	/* A deleted row stays deleted; its fate is known already. */
	return result == BSYNC_OK && was_grave ? bsync_change_remove(act, row, &deleted, 0) : result;
}
