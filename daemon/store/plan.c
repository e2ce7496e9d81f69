#include "daemon/store/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/store/deletes.h"

/* Turns a value into what a STRICT column of that affinity stores; false when it does not take it.
 * PROTOCOL 3.1: "Text that is not UTF-8 travels as bin, and a column of type TEXT stores those bytes as text." */
static bool value_fit(enum bsync_affinity affinity, struct bsync_value *value)
{
	if (value->kind == BSYNC_NULL)
		return true;
	switch (affinity) {
	case BSYNC_AFFINITY_INTEGER:
		return value->kind == BSYNC_INTEGER;
	case BSYNC_AFFINITY_REAL:
		if (value->kind == BSYNC_INTEGER)
			*value = bsync_value_real((double)value->as.integer);
		return value->kind == BSYNC_REAL;
	case BSYNC_AFFINITY_TEXT:
		if (value->kind == BSYNC_BLOB)
			value->kind = BSYNC_TEXT;
		return value->kind == BSYNC_TEXT;
	case BSYNC_AFFINITY_BLOB:
		return value->kind == BSYNC_BLOB;
	case BSYNC_AFFINITY_ANY:
		return true;
	}
	return false;
}

static bool is_too_large(const struct bsync_value *value)
{
	return (value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB) &&
	       value->as.bytes.size > BSYNC_VALUE_TRAVEL_MAX;
}

static enum bsync_result key_fit(struct bsync_act *act, const struct bsync_change *change, struct bsync_plan *plan,
				 struct bsync_value key[BSYNC_KEY_COLUMNS_MAX])
{
	const struct bsync_table *table = plan->sql->table;
	size_t size = 0;

	if (change->key_count != table->key_count)
		return bsync_act_refuse(act, "a key of table %s has %" PRIu32 " values, not %" PRIu32, table->name,
					table->key_count, change->key_count);
	for (uint32_t i = 0; i < table->key_count; i++) {
		const struct bsync_column *column = &table->columns[table->key[i]];

		key[i] = change->key[i];
		if (key[i].kind == BSYNC_NULL || !value_fit(column->affinity, &key[i]))
			return bsync_act_refuse(act, "column %s.%s does not take the value of its key", table->name,
						column->name);
		if (key[i].kind == BSYNC_TEXT || key[i].kind == BSYNC_BLOB)
			size += key[i].as.bytes.size;
	}
	/* HISTORY_GET carries a key in 4096 bytes. */
	if (size > 2048)
		return bsync_act_refuse(act, "a key of table %s is longer than 2048 bytes", table->name);
	return BSYNC_OK;
}

/* Looks the row up where the change is not an insert taken to be new. */
static enum bsync_result row_find(struct bsync_act *act, const struct bsync_change *change, struct bsync_plan *plan,
				  const struct bsync_value *key)
{
	struct bsync_store *store = act->store;
	bool is_insert = change->kind == BSYNC_CHANGE_INSERT;
	bool may_be_grave = store->has_graves;
	enum bsync_result result = BSYNC_OK;

	if (may_be_grave) {
		store->key.size = 0;
		result = bsync_key_bytes(key, change->key_count, &store->key);
		if (result != BSYNC_OK)
			return result;
		may_be_grave = bsync_writer_grave_possible(store, plan->sql->table->no,
							   bsync_buffer_bytes(&store->key));
	}
	if (is_insert && !act->is_careful && !may_be_grave)
		return BSYNC_OK;
	plan->row = bsync_arena_take(&store->work, sizeof(*plan->row));
	if (plan->row == NULL)
		return BSYNC_NO_MEMORY;
	return bsync_row_by_key(&store->base, plan->sql, key, may_be_grave, &store->work, plan->row);
}

static enum bsync_result write_value(struct bsync_act *act, const struct bsync_cell_write *write,
				     const struct bsync_column *column, struct bsync_plan *plan,
				     struct bsync_value *stored, struct bsync_value *image)
{
	const char *table = plan->sql->table->name;

	switch (write->kind) {
	case BSYNC_WRITE_VALUE:
		*stored = write->value;
		if (!value_fit(column->affinity, stored))
			return bsync_act_refuse(act, "column %s.%s does not take a value of that type", table,
						column->name);
		if (is_too_large(stored))
			return bsync_act_refuse(act, "a value of column %s.%s is over %d bytes", table, column->name,
						BSYNC_VALUE_TRAVEL_MAX);
		*image = *stored;
		/* An update that begins a row can clear a cell, which is no cell left alone. */
		plan->is_plain = plan->is_plain && stored->kind != BSYNC_NULL;
		return BSYNC_OK;
	case BSYNC_WRITE_DELTA:
		plan->is_plain = false;
		if (column->rule != BSYNC_RULE_COUNTER)
			return bsync_act_refuse(act, "column %s.%s is no counter", table, column->name);
		*stored = bsync_value_integer(write->delta);
		return BSYNC_OK;
	case BSYNC_WRITE_SET:
		plan->is_plain = false;
		if (column->rule != BSYNC_RULE_SET)
			return bsync_act_refuse(act, "column %s.%s is no set", table, column->name);
		return BSYNC_OK;
	}
	return bsync_act_refuse(act, "a write of an unknown kind");
}

static enum bsync_result writes_fit(struct bsync_act *act, const struct bsync_change *change, struct bsync_plan *plan)
{
	const struct bsync_table *table = plan->sql->table;
	uint32_t last = 0;

	plan->is_plain = plan->sql->has_simple_rules;
	plan->writes = bsync_arena_take(&act->store->work, (change->cell_count + 1) * sizeof(*plan->writes));
	if (plan->writes == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < change->cell_count; i++) {
		const struct bsync_cell_write *write = &change->cells[i];
		int index = bsync_table_sql_column(plan->sql, write->column_no);
		enum bsync_result result;

		if (index < 0)
			return bsync_act_refuse(act, "table %s has no column %" PRIu32, table->name, write->column_no);
		if (table->columns[index].is_key || (i != 0 && write->column_no <= last))
			return bsync_act_refuse(act, "column %s.%s is written out of place", table->name,
						table->columns[index].name);
		last = write->column_no;
		if (table->columns[index].rule == BSYNC_RULE_SERVER && !act->is_store) {
			bsync_mask_add(&plan->refused, (uint32_t)index);
			plan->writes[i] = write->value;
			continue;
		}
		bsync_mask_add(&plan->written, (uint32_t)index);
		result = write_value(act, write, &table->columns[index], plan, &plan->writes[i], &plan->values[index]);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_plan_make(struct bsync_act *act, const struct bsync_change *change, struct bsync_plan *plan)
{
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	const struct bsync_table *table = NULL;
	enum bsync_result result;

	*plan = (struct bsync_plan){.change = change};
	plan->sql = bsync_tables_find(&act->store->base.tables, change->table_no);
	if (plan->sql == NULL || plan->sql->table->face_count == 0)
		return bsync_act_refuse(act, "there is no table %" PRIu32 " in schema version %" PRIu32,
					change->table_no, act->store->base.schema->version);
	table = plan->sql->table;
	result = key_fit(act, change, plan, key);
	if (result == BSYNC_OK)
		result = row_find(act, change, plan, key);
	if (result != BSYNC_OK)
		return result;
	plan->values = bsync_arena_take(&act->store->work, table->column_count * sizeof(*plan->values));
	if (plan->values == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_judge_stood(act, plan);
	if (result != BSYNC_OK)
		return result;
	if (plan->row != NULL && plan->row->is_grave && change->kind == BSYNC_CHANGE_INSERT) {
		struct bsync_deletes deletes;

		result = bsync_deletes_judge(act, plan, &deletes);
		if (result != BSYNC_OK)
			return result;
		plan->is_new_life = deletes.seen_count != 0;
	}
	if (plan->row != NULL && plan->row->values != NULL && !plan->is_new_life)
		memcpy(plan->values, plan->row->values, table->column_count * sizeof(*plan->values));
	for (uint32_t i = 0; i < table->key_count; i++)
		plan->values[table->key[i]] = key[i];
	return writes_fit(act, change, plan);
}
