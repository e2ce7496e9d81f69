#include "core/schema/changeset_json.h"

#include <assert.h>

#include "core/schema/row_text.h"

enum { ROW_SIZE_MAX = 1 << 20 };

const char *bsync_change_kind_name(enum bsync_change_kind kind)
{
	switch (kind) {
	case BSYNC_CHANGE_INSERT:
		return "insert";
	case BSYNC_CHANGE_UPDATE:
		return "update";
	case BSYNC_CHANGE_DELETE:
		return "delete";
	}
	return "unknown";
}

static void put_values(struct bsync_json *json, const char *name, const struct bsync_value *values, uint32_t count)
{
	bsync_json_name(json, name);
	bsync_json_array(json);
	for (uint32_t i = 0; i < count; i++)
		bsync_json_value(json, &values[i]);
	bsync_json_array_end(json);
}

static void put_cell(struct bsync_json *json, const struct bsync_table *table, const struct bsync_cell_write *write)
{
	int column = table == NULL ? -1 : bsync_table_column(table, write->column_no);
	bsync_json_object(json);
	bsync_json_named(json, "column", column < 0 ? NULL : table->columns[column].name);
	bsync_json_name(json, "column_no");
	bsync_json_unsigned(json, write->column_no);
	switch (write->kind) {
	case BSYNC_WRITE_VALUE:
		bsync_json_name(json, "value");
		bsync_json_value(json, &write->value);
		if (write->base_value.kind != BSYNC_NULL) {
			bsync_json_name(json, "made_from");
			bsync_json_value(json, &write->base_value);
		}
		break;
	case BSYNC_WRITE_DELTA:
		bsync_json_name(json, "delta");
		bsync_json_integer(json, write->delta);
		break;
	case BSYNC_WRITE_SET:
		put_values(json, "removes", write->removes, write->remove_count);
		put_values(json, "adds", write->adds, write->add_count);
		break;
	}
	bsync_json_object_end(json);
}

static void put_change(struct bsync_json *json, const struct bsync_schema *schema, const struct bsync_change *change)
{
	const struct bsync_table *table = bsync_schema_table(schema, change->table_no);
	struct bsync_buffer word;
	bsync_buffer_init(&word, ROW_SIZE_MAX);
	if (bsync_row_text_write(change->key, change->key_count, &word) != BSYNC_OK)
		bsync_buffer_clear(&word);
	bsync_json_object(json);
	bsync_json_named(json, "table", table == NULL ? NULL : table->name);
	bsync_json_name(json, "table_no");
	bsync_json_unsigned(json, change->table_no);
	bsync_json_named(json, "kind", bsync_change_kind_name(change->kind));
	bsync_json_name(json, "row");
	bsync_json_text(json, bsync_buffer_bytes(&word));
	put_values(json, "key", change->key, change->key_count);
	bsync_json_name(json, "cells");
	bsync_json_array(json);
	for (uint32_t i = 0; i < change->cell_count; i++)
		put_cell(json, table, &change->cells[i]);
	bsync_json_array_end(json);
	bsync_json_object_end(json);
	bsync_buffer_clear(&word);
}

void bsync_changeset_json(struct bsync_json *json, const struct bsync_schema *schema, const struct bsync_changeset *set)
{
	char base[BSYNC_POSITION_TEXT_SIZE];
	assert(json != NULL && schema != NULL && set != NULL);
	bsync_position_text(set->base, base);
	bsync_json_object(json);
	bsync_json_name(json, "schema_version");
	bsync_json_unsigned(json, set->schema_version);
	bsync_json_name(json, "device_time");
	bsync_json_integer(json, set->evidence.clock.wall_ms);
	bsync_json_named(json, "base", base);
	bsync_json_name(json, "changes");
	bsync_json_array(json);
	for (uint32_t i = 0; i < set->change_count; i++)
		put_change(json, schema, &set->changes[i]);
	bsync_json_array_end(json);
	bsync_json_object_end(json);
}
