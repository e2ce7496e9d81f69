#include "client-sdk/store/pull.h"

#include <assert.h>

static enum bsync_result cell_forget(struct bsync_pull *pull, const struct bsync_pull_row *row, uint32_t column_no)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_DROP_CELL, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, row->table->no);
	bsync_db_bind_blob(statement, 2, row->packed);
	bsync_db_bind_int64(statement, 3, column_no);
	bsync_db_bind_int64(statement, 4, INT64_MAX);
	return bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
}

enum bsync_result bsync_pull_versions_forget(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	const bool *has_column = row->table->faces[row->face].has_column;
	enum bsync_result result = bsync_pull_pack(pull, row);

	for (uint32_t i = 0; result == BSYNC_OK && i < row->table->column_count; i++) {
		if (has_column[i] && bsync_rule_asks(row->table->columns[i].rule))
			result = cell_forget(pull, row, row->table->columns[i].no);
	}
	return result;
}

static enum bsync_result variant_add(struct bsync_pull *pull, const struct bsync_pull_row *row, uint32_t column_no,
				     uint32_t n, const struct bsync_variant *variant,
				     const struct bsync_text_base *base)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(pull->file, BSYNC_QUERY_VARIANT_ADD, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, row->table->no);
	bsync_db_bind_blob(statement, 2, row->packed);
	bsync_db_bind_int64(statement, 3, column_no);
	bsync_db_bind_int64(statement, 4, n);
	bsync_db_bind_data(statement, 5, variant->dot.device.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_data(statement, 6, variant->dot.line.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 7, (int64_t)variant->dot.seq);
	bsync_db_bind_data(statement, 8, variant->author.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 9, variant->device_ms);
	bsync_db_bind_int64(statement, 10, variant->stamp_ms);
	bsync_db_bind_int64(statement, 11, (int64_t)variant->counter);
	bsync_db_bind_value(statement, 12, &variant->value);
	bsync_db_bind_int64(statement, 13, (int64_t)row->row->counter);
	if (base != NULL) {
		bsync_db_bind_int64(statement, 14, (int64_t)base->counter);
		bsync_db_bind_value(statement, 15, &base->value);
	}
	return bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
}

enum bsync_result bsync_pull_variants(struct bsync_pull *pull, struct bsync_pull_row *row,
				      const struct bsync_pulled_cell *cell)
{
	const int column = bsync_table_column(row->table, cell->column_no);
	enum bsync_result result = bsync_pull_pack(pull, row);

	if (result == BSYNC_OK && pull->has_variants)
		result = cell_forget(pull, row, cell->column_no);
	/* Only where a person chooses is a set of versions of use here. */
	if (result != BSYNC_OK || column < 0 || !bsync_rule_asks(row->table->columns[column].rule))
		return result;
	for (uint32_t i = 0; result == BSYNC_OK && i < cell->variant_count; i++)
		result = variant_add(pull, row, cell->column_no, i, &cell->variants[i], i == 0 ? cell->base : NULL);
	pull->has_variants = pull->has_variants || cell->variant_count != 0;
	return result;
}

/* One version as the array of PROTOCOL 6.12. */
static void past_write(struct bsync_writer *writer, const struct bsync_past *past)
{
	const struct bsync_variant *variant = &past->variant;

	bsync_write_array(writer, 4);
	bsync_write_unsigned(writer, past->column_no);
	bsync_write_array(writer, 8);
	bsync_write_blob(writer, (struct bsync_bytes){variant->dot.device.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(writer, (struct bsync_bytes){variant->dot.line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(writer, variant->dot.seq);
	bsync_write_blob(writer, (struct bsync_bytes){variant->author.bytes, BSYNC_ID_SIZE});
	bsync_write_integer(writer, variant->device_ms);
	bsync_write_integer(writer, variant->stamp_ms);
	bsync_write_unsigned(writer, variant->counter);
	bsync_write_value(writer, &variant->value);
	bsync_write_unsigned(writer, past->replaced_counter);
	bsync_write_blob(writer, (struct bsync_bytes){past->replaced_by.bytes, BSYNC_ID_SIZE});
}

enum bsync_result bsync_pull_item(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	const struct bsync_pulled_item *item = row->row->item;
	struct bsync_buffer cells;
	struct bsync_writer writer;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_pull_pack(pull, row);

	if (result != BSYNC_OK || item == NULL)
		return result;
	bsync_buffer_init(&cells, BSYNC_DB_VALUE_SIZE_MAX);
	bsync_writer_init(&writer, &cells);
	bsync_write_array(&writer, item->cell_count);
	for (uint32_t i = 0; i < item->cell_count; i++)
		past_write(&writer, &item->cells[i]);
	result = writer.result;
	if (result == BSYNC_OK)
		result = bsync_query(pull->file, BSYNC_QUERY_ITEM_PUT, &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_data(statement, 1, item->id, sizeof(item->id));
		bsync_db_bind_text(statement, 2, item->kind);
		bsync_db_bind_int64(statement, 3, row->row->table_no);
		bsync_db_bind_blob(statement, 4, row->packed);
		bsync_db_bind_data(statement, 5, item->author.bytes, BSYNC_ID_SIZE);
		bsync_db_bind_text(statement, 6, item->reason);
		bsync_db_bind_int64(statement, 7, (int64_t)row->row->counter);
		bsync_db_bind_blob(statement, 8, bsync_buffer_bytes(&cells));
		bsync_db_bind_int64(statement, 9, item->is_open);
		bsync_db_bind_int64(statement, 10, item->device_ms);
		bsync_db_bind_int64(statement, 11, item->stamp_ms);
		bsync_db_bind_int64(statement, 12, row->scope->circle_no);
		bsync_db_bind_value(statement, 13, &row->scope->value);
		result = bsync_file_fail_sqlite(pull->file, bsync_db_run(statement));
	}
	bsync_buffer_clear(&cells);
	return result;
}
