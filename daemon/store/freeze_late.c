/* freeze_late.c: what comes after a signature that it had not seen goes to the fork, on the base that it had. */
#include <assert.h>

#include "daemon/store/freeze.h"
#include "daemon/store/plan.h"

static bool is_delete(const struct bsync_plan *plan)
{
	return plan->change->kind == BSYNC_CHANGE_DELETE;
}

static const struct bsync_freeze_part *part_of(const struct bsync_act *act, const struct bsync_plan *plan)
{
	const struct bsync_schema *schema = act->store->base.schema;
	const struct bsync_freeze *freeze = NULL;

	return bsync_schema_freeze(schema, (uint32_t)(plan->sql->table - schema->tables), &freeze);
}

/* The part of the change that goes to the copy, with the copy's key. */
static enum bsync_result change_turn(struct bsync_act *act, const struct bsync_plan *plan, struct bsync_change *change)
{
	struct bsync_arena *arena = &act->store->work;
	const struct bsync_signing *signing = plan->signing;
	const struct bsync_freeze_part *part = part_of(act, plan);
	struct bsync_value *key = bsync_arena_take(arena, sizeof(*key));
	struct bsync_cell_write *cells = bsync_arena_take(arena, (plan->change->cell_count + 1) * sizeof(*cells));

	if (key == NULL || cells == NULL)
		return BSYNC_NO_MEMORY;
	*change = *plan->change;
	if (!is_delete(plan))
		change->kind = BSYNC_CHANGE_UPDATE;
	change->key = key;
	change->cells = cells;
	change->cell_count = 0;
	for (uint32_t i = 0; i < plan->change->cell_count; i++) {
		const struct bsync_cell_write *write = &plan->change->cells[i];
		struct bsync_cell_write *turned = &cells[change->cell_count];
		const uint32_t column = (uint32_t)bsync_table_sql_column(plan->sql, write->column_no);

		if (!bsync_mask_has(&plan->late, column))
			continue;
		*turned = *write;
		turned->value = *bsync_freeze_turn(signing, part, column, &write->value);
		change->cell_count++;
	}
	return bsync_freeze_key(act, &signing->version, &plan->row->key[0], key);
}

static bool hangs_on(const struct bsync_row *row, uint32_t parent, const struct bsync_value *root)
{
	struct bsync_cells cells = row->cells;
	const struct bsync_cell *cell = bsync_cells_find(&cells, parent);

	for (uint32_t i = 0; cell != NULL && i < cell->count; i++) {
		if (bsync_value_equal(&cell->standing[i].value, root))
			return true;
	}
	return false;
}

/* A row that came to hang on a signed root goes on to its fork. */
static enum bsync_result adopt(struct bsync_act *act, const struct bsync_plan *plan, struct bsync_signing *signing,
			       bool *is_adopted)
{
	const struct bsync_freeze_part *part = part_of(act, plan);
	struct bsync_value key = plan->values[plan->sql->table->key[0]];
	struct bsync_row *row = bsync_arena_take(&act->store->work, sizeof(*row));
	enum bsync_result result = BSYNC_NO_MEMORY;

	assert(part != NULL && part->parent >= 0);
	*is_adopted = false;
	if (row != NULL)
		result = bsync_row_by_key(&act->store->base, plan->sql, &key, false, &act->store->work, row);
	if (result != BSYNC_OK || !row->is_live || !hangs_on(row, (uint32_t)part->parent, &signing->root))
		return result;
	*is_adopted = true;
	result = bsync_freeze_fork(act, signing);
	if (result == BSYNC_OK)
		result = bsync_freeze_adopt(act, signing, part, row);
	return result == BSYNC_OK ? bsync_freeze_tell(act, signing, &act->version) : result;
}

static enum bsync_result copy_change(struct bsync_act *act, const struct bsync_plan *plan)
{
	struct bsync_change *change = bsync_arena_take(&act->store->work, sizeof(*change));
	struct bsync_plan *copy = bsync_arena_take(&act->store->work, sizeof(*copy));
	enum bsync_result result = change != NULL && copy != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (result == BSYNC_OK)
		result = bsync_freeze_fork(act, plan->signing);
	if (result == BSYNC_OK)
		result = change_turn(act, plan, change);
	if (result == BSYNC_OK)
		result = bsync_plan_make(act, change, copy);
	if (result == BSYNC_OK)
		result = bsync_judge_scopes(act, copy->sql, copy->values, copy->scopes);
	/* The fork may be signed too, or the row go to what is. */
	if (result == BSYNC_OK)
		result = bsync_freeze_judge(act, copy);
	if (result == BSYNC_OK)
		result = bsync_change_apply(act, copy);
	if (result == BSYNC_OK)
		result = bsync_freeze_late(act, copy);
	return result == BSYNC_OK ? bsync_freeze_tell(act, plan->signing, &act->version) : result;
}

/* To the fork, and where that is signed too, on to the fork of it. */
static enum bsync_result adopt_through(struct bsync_act *act, const struct bsync_plan *plan)
{
	struct bsync_signing signing = *plan->signing;
	bool is_adopted = true;
	enum bsync_result result = BSYNC_OK;

	/* Who had not seen a signature had not seen that of its fork either. */
	while (result == BSYNC_OK && signing.freeze != NULL && is_adopted) {
		const struct bsync_value fork = signing.fork;
		const struct bsync_freeze *freeze = signing.freeze;

		result = adopt(act, plan, &signing, &is_adopted);
		if (result == BSYNC_OK)
			result = bsync_freeze_find(act, freeze, &fork, &signing);
	}
	return result;
}

enum bsync_result bsync_freeze_late(struct bsync_act *act, const struct bsync_plan *plan)
{
	struct bsync_value key = {0};
	struct bsync_row *row = NULL;
	enum bsync_result result = BSYNC_OK;

	if (plan->signing == NULL || plan->judgement != BSYNC_ALLOWED)
		return BSYNC_OK;
	if (plan->is_adopted)
		return adopt_through(act, plan);
	result = copy_change(act, plan);
	if (result != BSYNC_OK)
		return result;
	key = plan->values[plan->sql->table->key[0]];
	row = bsync_arena_take(&act->store->work, sizeof(*row));
	if (row == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_row_by_key(&act->store->base, plan->sql, &key, false, &act->store->work, row);
	/* What its author wrote is not what stands: the device gets the row as it is. */
	return result == BSYNC_OK && row->is_live ? bsync_change_stays(act, row) : result;
}
