/* resolve.c: the operator's answer to an inbox item, and another try of what is set aside. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/merge.h"
#include "core/schema/duplicates.h"
#include "daemon/store/directory.h"
#include "daemon/store/item.h"
#include "daemon/store/judge.h"
#include "daemon/store/plan.h"
#include "daemon/store/recovery.h"
#include "daemon/store/set_aside.h"

enum { RESOLVE_VALUES_MAX = 2 * BSYNC_COLUMNS_MAX };

/* An item or conflict, found by its id. */
struct found {
	struct bsync_table_sql *sql;
	struct bsync_row row;
	struct bsync_value *values; /* of an item: column_no, value, … */
	uint32_t value_count;
	uint32_t column_no; /* of a conflict */
	struct bsync_item_place place;
};

static enum bsync_result row_find(struct bsync_act *act, uint32_t table_no, struct bsync_bytes key, struct found *found)
{
	struct bsync_arena *arena = &act->store->work;
	struct bsync_value *values = NULL;
	uint32_t count = 0;
	enum bsync_result result;

	found->sql = bsync_tables_find(&act->store->base.tables, table_no);
	result = bsync_values_copy(key, arena, BSYNC_KEY_COLUMNS_MAX, &values, &count);
	if (found->sql == NULL || (result == BSYNC_OK && count != found->sql->table->key_count))
		return BSYNC_STORAGE_CORRUPT;
	return result == BSYNC_OK ? bsync_row_by_key(&act->store->base, found->sql, values, true, arena, &found->row)
				  : result;
}

static enum bsync_result conflict_find(struct bsync_act *act, const uint8_t id[16], struct found *found)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, CONFLICT_GET);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		found->column_no = (uint32_t)bsync_db_int64(statement, 2);
		result = row_find(act, (uint32_t)bsync_db_int64(statement, 0), bsync_db_bytes(statement, 1), found);
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result item_find(struct bsync_act *act, const uint8_t id[16], struct found *found)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, ITEM_GET);
	struct bsync_arena *arena = &act->store->work;
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, id, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_is_null(statement, 15))
		result = BSYNC_NOT_FOUND;
	if (result == BSYNC_OK) {
		bsync_item_place_read(statement, id, &found->place);
		result = bsync_values_copy(bsync_db_bytes(statement, 11), arena, RESOLVE_VALUES_MAX, &found->values,
					   &found->value_count);
		if (result == BSYNC_OK)
			result = row_find(act, found->place.table_no, bsync_db_bytes(statement, 5), found);
	}
	bsync_db_reset(statement);
	return result;
}

/* A row that is not there begins only where somebody gets it: an edit alone does not say in which scope it belongs. */
static enum bsync_result place_check(struct bsync_act *act, const struct bsync_change *change)
{
	struct bsync_scope *scopes[BSYNC_FACES_MAX];
	struct bsync_plan plan;
	enum bsync_result result = bsync_plan_make(act, change, &plan);

	if (result == BSYNC_OK)
		result = bsync_judge_scopes(act, plan.sql, plan.values, scopes);
	for (uint32_t i = 0; result == BSYNC_OK && i < plan.sql->table->face_count; i++) {
		if (scopes[i] != NULL)
			return BSYNC_OK;
	}
	return result == BSYNC_OK ? bsync_act_refuse(act, "the row is not there, and what was handed in does not say "
							  "where it belongs; take its insert first")
				  : result;
}

/* Writes cells as the store itself, which has seen all there is. */
static enum bsync_result cells_write(struct bsync_act *act, const struct found *found, struct bsync_cell_write *cells,
				     uint32_t count)
{
	uint32_t kept = 0;

	/* PROTOCOL 4: "An insert names every column that is not NULL, and no other." */
	for (uint32_t i = 0; i < count; i++) {
		if (found->row.is_live || cells[i].kind != BSYNC_WRITE_VALUE || cells[i].value.kind != BSYNC_NULL)
			cells[kept++] = cells[i];
	}
	struct bsync_change change = {
		.table_no = found->sql->table->no,
		.kind = found->row.is_live ? BSYNC_CHANGE_UPDATE : BSYNC_CHANGE_INSERT,
		.key_count = found->sql->table->key_count,
		.key = found->row.key,
		.cell_count = kept,
		.cells = cells,
	};

	enum bsync_result result = found->row.is_live ? BSYNC_OK : place_check(act, &change);

	return result == BSYNC_OK ? bsync_directory_change(act, &change) : result;
}

static enum bsync_result conflict_resolve(struct bsync_act *act, const struct found *found, uint32_t take,
					  const struct bsync_value *value)
{
	int column = bsync_table_sql_column(found->sql, found->column_no);
	struct bsync_cells cells = found->row.cells;
	const struct bsync_cell *cell = column >= 0 ? bsync_cells_find(&cells, (uint32_t)column) : NULL;
	struct bsync_cell_write write = {.column_no = found->column_no, .kind = BSYNC_WRITE_VALUE};

	if (cell == NULL)
		return BSYNC_STORAGE_CORRUPT;
	if (value == NULL && (take == 0 || take > cell->count))
		return bsync_act_refuse(act, "one of its versions 1 to %" PRIu32 " must stand", cell->count);
	write.value = value != NULL ? *value : cell->standing[take - 1].value;
	return cells_write(act, found, &write, 1);
}

/* One value that was handed in, as its column's rule takes it. */
static struct bsync_cell_write item_write(const struct found *found, uint32_t index, const struct bsync_value *value)
{
	uint32_t no = (uint32_t)found->values[index].as.integer;
	int column = bsync_table_sql_column(found->sql, no);
	struct bsync_cell_write write = {.column_no = no, .kind = BSYNC_WRITE_VALUE, .value = *value};

	if (column >= 0 && found->sql->table->columns[column].rule == BSYNC_RULE_COUNTER &&
	    value->kind == BSYNC_INTEGER) {
		write.kind = BSYNC_WRITE_DELTA;
		write.delta = value->as.integer;
	}
	return write;
}

/* A write that has seen all there is can still lose, by the rules that bind every write: that is said before. */
static enum bsync_result rules_check(struct bsync_act *act, const struct found *found,
				     const struct bsync_cell_write *writes, uint32_t count)
{
	struct bsync_cells cells = found->row.cells;

	for (uint32_t i = 0; i < count && found->row.is_live; i++) {
		int index = bsync_table_sql_column(found->sql, writes[i].column_no);
		const struct bsync_cell *cell = index >= 0 ? bsync_cells_find(&cells, (uint32_t)index) : NULL;
		const struct bsync_column *column = index >= 0 ? &found->sql->table->columns[index] : NULL;

		if (cell == NULL || cell->count == 0 || cell->standing[0].is_unwritten ||
		    writes[i].kind != BSYNC_WRITE_VALUE ||
		    bsync_merge_takes(column, &found->row.values[index], &writes[i].value))
			continue;
		return bsync_act_refuse(
			act,
			"column %s has the rule %s, so what stands would stay and this would be lost: take 1 to "
			"keep what stands, or give another value",
			column->name, bsync_rule_name(column->rule));
	}
	return BSYNC_OK;
}

/* What stands is kept, what was handed in is taken, or one value is given; then the item is closed. */
static enum bsync_result item_resolve(struct bsync_act *act, const struct found *found, uint32_t take,
				      const struct bsync_value *value)
{
	uint32_t count = found->value_count / 2;
	/* Where the row is there, number 1 is what stands in it. */
	uint32_t handed_in = found->row.is_live ? 2 : 1;
	struct bsync_cell_write *cells = bsync_arena_take(&act->store->work, (count + 1) * sizeof(*cells));
	enum bsync_result result = BSYNC_OK;

	if (cells == NULL)
		return BSYNC_NO_MEMORY;
	if (value != NULL && count != 1)
		return bsync_act_refuse(act, "a value is for one column, and the item has %" PRIu32, count);
	if (value == NULL && count != 0 && take > handed_in)
		return bsync_act_refuse(act, "the item has versions 1 to %" PRIu32, handed_in);
	for (uint32_t i = 0; i < count; i++)
		cells[i] = item_write(found, 2 * i, value != NULL ? value : &found->values[2 * i + 1]);
	if (count != 0 && (value != NULL || take == handed_in)) {
		result = rules_check(act, found, cells, count);
		if (result == BSYNC_OK)
			result = cells_write(act, found, cells, count);
	}
	return result == BSYNC_OK ? bsync_item_close(act, &found->place) : result;
}

/* Rows that clash are not chosen between here: which one goes, and how, is the workers' to say. */
static enum bsync_result duplicate_refuse(struct bsync_act *act, const uint8_t id[16])
{
	struct bsync_base *base = &act->store->base;
	bool is_duplicate = false;
	enum bsync_result result = bsync_duplicates_has(&base->db, base->schema, id, &is_duplicate);

	if (result != BSYNC_OK)
		return result;
	return is_duplicate ? bsync_act_refuse(act, "%s", bsync_duplicate_advice) : BSYNC_CHANGED;
}

static enum bsync_result resolve_run(struct bsync_act *act, const uint8_t id[16], uint32_t take,
				     const struct bsync_value *value)
{
	struct found found = {0};
	enum bsync_result result = conflict_find(act, id, &found);

	if (result == BSYNC_OK)
		return conflict_resolve(act, &found, take, value);
	if (result != BSYNC_NOT_FOUND)
		return result;
	result = item_find(act, id, &found);
	if (result == BSYNC_NOT_FOUND)
		return duplicate_refuse(act, id);
	return result == BSYNC_OK ? item_resolve(act, &found, take, value) : result;
}

enum bsync_result bsync_store_inbox_resolve(struct bsync_store *store, const uint8_t id[16], uint32_t take,
					    const struct bsync_value *value, int64_t now_ms)
{
	struct bsync_act act;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(id != NULL);
	store->refusal[0] = '\0';
	/* Who handed in what is kept had not seen the choice. */
	if (store->recovery != BSYNC_RECOVERY_NONE) {
		snprintf(store->refusal, sizeof(store->refusal), "%s", bsync_recovery_refusal);
		return BSYNC_INVALID;
	}
	result = bsync_act_store_begin(&act, store, now_ms);
	if (result != BSYNC_OK)
		return result;
	result = resolve_run(&act, id, take, value);
	if (result == BSYNC_OK)
		result = bsync_act_store_end(&act, "resolve");
	if (result == BSYNC_OK)
		return bsync_aside_retry_scopes(store, now_ms);
	if (result == BSYNC_INVALID || result == BSYNC_CHANGED) {
		enum bsync_result undone = BSYNC_OK;

		memcpy(store->refusal, act.reason, sizeof(store->refusal));
		undone = bsync_act_undo(&act);
		if (undone != BSYNC_OK)
			return undone;
	}
	return result;
}

const char *bsync_store_refusal(const struct bsync_store *store)
{
	assert(store != NULL);
	return store->refusal;
}

enum bsync_result bsync_store_quarantine_retry(struct bsync_store *store, const struct bsync_device_id *device,
					       const struct bsync_line_id *line_id, uint64_t seq, int64_t now_ms,
					       enum bsync_verdict *verdict)
{
	sqlite3_stmt *statement = NULL;
	uint32_t line = 0;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(device != NULL && verdict != NULL);
	if (store->recovery != BSYNC_RECOVERY_NONE)
		return BSYNC_MISUSE;
	statement = BSYNC_STATEMENT(&store->base, ASIDE_OF_DEVICE);
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	if (line_id != NULL)
		bsync_db_bind_data(statement, 3, line_id->bytes, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		line = (uint32_t)bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		result = bsync_aside_retry(store, line, seq, now_ms, verdict);
	return result == BSYNC_OK ? bsync_aside_retry_scopes(store, now_ms) : result;
}
