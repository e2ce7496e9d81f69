/* change_merge.c: the writes of one change into the cells of its row. */
#include <assert.h>
#include <string.h>

#include "daemon/store/change.h"

/* Names that the store does not know name nothing. */
static enum bsync_result names_find(struct bsync_act *act, const struct bsync_cell_write *write,
				    struct bsync_cell_edit *edit)
{
	struct bsync_version_name *names = bsync_arena_take(&act->store->work,
							    (write->name_count + 1) * sizeof(*names));

	if (names == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < write->name_count; i++) {
		static const struct bsync_dot store_dot;
		const struct bsync_dot *dot = &write->names[i];
		const struct bsync_writer_device *device = NULL;
		uint32_t line = 0;
		bool is_store = memcmp(dot->device.bytes, store_dot.device.bytes, BSYNC_ID_SIZE) == 0 &&
				memcmp(dot->line.bytes, store_dot.line.bytes, BSYNC_ID_SIZE) == 0;

		if (!is_store) {
			device = bsync_writer_device(act->store, &dot->device);
			if (device != NULL)
				line = bsync_writer_line(act->store, device, &dot->line);
		}
		if (is_store || line != 0)
			names[edit->name_count++] = (struct bsync_version_name){line, dot->seq};
	}
	edit->names = names;
	edit->by_name = true;
	return BSYNC_OK;
}

static enum bsync_result edit_make(struct bsync_act *act, const struct bsync_cell_write *write,
				   const struct bsync_value *stored, struct bsync_cell_edit *edit)
{
	*edit = (struct bsync_cell_edit){
		.kind = write->kind,
		.value = stored,
		.delta = write->delta,
		.add_count = write->add_count,
		.remove_count = write->remove_count,
		.adds = write->adds,
		.removes = write->removes,
		.base = act->base,
		.base_value = write->base_value,
		.version = act->version,
	};
	if (edit->base_value.kind == BSYNC_BLOB)
		edit->base_value.kind = BSYNC_TEXT;
	switch (write->base_kind) {
	case BSYNC_BASE_DEFAULT:
		return BSYNC_OK;
	case BSYNC_BASE_OWN:
		edit->base = bsync_judge_base(act, write->base);
		return BSYNC_OK;
	case BSYNC_BASE_NAMES_OWN:
		edit->base = bsync_judge_base(act, write->base);
		return names_find(act, write, edit);
	case BSYNC_BASE_NAMES:
		return names_find(act, write, edit);
	}
	return bsync_act_refuse(act, "a write has a base of an unknown kind");
}

static enum bsync_result cell_write(struct bsync_act *act, struct bsync_plan *plan, struct bsync_row *row,
				    struct bsync_cell *cell, const struct bsync_cell_edit *edit,
				    struct bsync_merged *merged)
{
	const struct bsync_table *table = row->sql->table;
	const struct bsync_column *column = &table->columns[cell->column];
	struct bsync_lines lines = bsync_base_merge_lines(&act->store->base);
	struct bsync_replaced replaced = {0};
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	struct bsync_shown shown;
	bool was_conflict = false;
	enum bsync_result result = bsync_merge_shown(column, &lines, &act->store->work, cell, &shown);

	was_conflict = result == BSYNC_OK && shown.is_conflict;
	if (was_conflict)
		bsync_mask_add(&merged->was_conflict, cell->column);
	if (result == BSYNC_OK)
		result = bsync_merge_cell(column, &lines, &act->store->work, cell, edit, &outcome, &replaced);
	if (result == BSYNC_TOO_LARGE || result == BSYNC_MALFORMED || result == BSYNC_INVALID)
		return bsync_act_refuse(act, "column %s.%s does not take the write", table->name, column->name);
	if (result == BSYNC_OK && outcome == BSYNC_MERGE_REFUSED) {
		/* The rest of the changeset is taken; this waits for a person. */
		bsync_mask_add(&plan->refused, cell->column);
		return BSYNC_OK;
	}
	for (uint32_t i = 0; i < replaced.count && result == BSYNC_OK; i++)
		result = bsync_past_add(act, row, cell->column, &replaced.standing[i],
					was_conflict && edit->by_name &&
						!bsync_value_equal(&replaced.standing[i].value, edit->value));
	if (result == BSYNC_OK)
		result = bsync_merge_shown(column, &lines, &act->store->work, cell, &shown);
	if (result != BSYNC_OK)
		return result;
	if (outcome == BSYNC_MERGE_COVERED && (replaced.count != 0 || edit->kind == BSYNC_WRITE_SET)) {
		/* The author sees what it wrote; it must get what stands: also a set in which what it took out still stands. */
		cell->changed = act->version.counter;
		merged->has_changed = true;
	}
	merged->has_changed = merged->has_changed || cell->changed == act->version.counter;
	act->is_merged = act->is_merged || outcome == BSYNC_MERGE_BESIDE;
	act->has_conflict = act->has_conflict || shown.is_conflict;
	if (!bsync_value_equal(&row->values[cell->column], &shown.value)) {
		row->values[cell->column] = shown.value;
		bsync_mask_add(&merged->changed, cell->column);
	}
	return BSYNC_OK;
}

enum bsync_result bsync_change_merge(struct bsync_act *act, struct bsync_plan *plan, struct bsync_row *row,
				     struct bsync_merged *merged)
{
	const struct bsync_change *change = plan->change;

	for (uint32_t i = 0; i < change->cell_count; i++) {
		uint32_t column = (uint32_t)bsync_table_sql_column(plan->sql, change->cells[i].column_no);
		struct bsync_cell *cell = NULL;
		struct bsync_cell_edit edit;
		enum bsync_result result;

		if (bsync_mask_has(&plan->refused, column) || bsync_mask_has(&plan->late, column))
			continue;
		cell = bsync_cells_find(&row->cells, column);
		if (cell == NULL)
			return bsync_act_refuse(act, "column %s.%s does not travel", plan->sql->table->name,
						plan->sql->table->columns[column].name);
		result = edit_make(act, &change->cells[i], &plan->writes[i], &edit);
		if (result == BSYNC_OK)
			result = bsync_judge_sight(act, plan, (int)column, &edit.base);
		if (result == BSYNC_OK)
			result = cell_write(act, plan, row, cell, &edit, merged);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}
