#include "client-sdk/store/pull.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/asked.h"
#include "client-sdk/store/form.h"
#include "client-sdk/store/past.h"
#include "client-sdk/store/rebase.h"

enum bsync_result bsync_pull_begin(struct bsync_file *file, struct bsync_arena *arena, struct bsync_pull *pull)
{
	enum bsync_result result = BSYNC_OK;

	*pull = (struct bsync_pull){.file = file, .arena = arena};
	result = bsync_query_flag(file, BSYNC_QUERY_PENDING_ANY, &pull->has_pending);
	if (result == BSYNC_OK)
		result = bsync_query_flag(file, BSYNC_QUERY_VARIANT_ANY, &pull->has_variants);
	if (result == BSYNC_OK)
		result = bsync_query_flag(file, BSYNC_QUERY_LEFT_ANY, &pull->has_left);
	if (result == BSYNC_OK)
		result = bsync_query_flag(file, BSYNC_QUERY_ASKED_ANY, &pull->has_answers);
	if (result == BSYNC_OK)
		result = bsync_query_flag(file, BSYNC_QUERY_SCOPE_OVER_ANY, &pull->has_over);
	return result == BSYNC_OK ? bsync_forms_begin(file, &pull->has_forms) : result;
}

enum bsync_result bsync_pull_finish(struct bsync_pull *pull)
{
	assert(pull->file != NULL);
	return pull->has_forms ? bsync_forms_end(pull->file) : BSYNC_OK;
}

enum bsync_result bsync_pull_pack(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	enum bsync_result result = BSYNC_OK;

	if (row->is_packed)
		return BSYNC_OK;
	result = bsync_key_pack(pull->arena, row->key.values, row->key.count, &row->packed);
	row->is_packed = result == BSYNC_OK;
	return result;
}

/* Finds table and face; false when this device's schema has them not: then it is an older one. */
static bool row_place(struct bsync_pull *pull, const struct bsync_pulled_row *pulled, struct bsync_pull_row *row)
{
	const struct bsync_schema *schema = pull->file->schema;
	const struct bsync_table *table = bsync_schema_table(schema, pulled->table_no);

	if (table == NULL || pulled->key_count != table->key_count)
		return false;
	row->row = pulled;
	row->table = table;
	row->key = (struct bsync_record_key){
		.table = (uint32_t)(table - schema->tables), .count = pulled->key_count, .values = pulled->key};
	for (row->face = 0; row->face < table->face_count; row->face++) {
		if (table->faces[row->face].no == pulled->face_no)
			return true;
	}
	return pulled->kind == BSYNC_PULLED_ITEM;
}

/* PROTOCOL 6.12: "In kind 0 a column of the face that is not named is NULL." */
static enum bsync_result whole_show(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	struct bsync_value values[BSYNC_COLUMNS_MAX];
	uint32_t expected = 0;

	assert(row->table->column_count <= BSYNC_COLUMNS_MAX);
	memset(values, 0, row->table->column_count * sizeof(values[0]));
	for (uint32_t i = 0; i < row->row->cell_count; i++) {
		const struct bsync_pulled_cell *cell = &row->row->cells[i];
		/* Columns come in table order unless a later schema file says otherwise. */
		int column = expected < row->table->column_count && row->table->columns[expected].no == cell->column_no
				     ? (int)expected
				     : bsync_table_column(row->table, cell->column_no);

		if (column < 0) {
			pull->has_passed_over = true;
			continue;
		}
		values[column] = cell->value;
		expected = (uint32_t)column + 1;
	}
	return bsync_record_put_face(pull->file, &row->key, row->face, values);
}

static enum bsync_result cells_show(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	enum bsync_result result = BSYNC_OK;

	if (row->row->cell_count != 0)
		result = bsync_record_make(pull->file, &row->key);
	for (uint32_t i = 0; result == BSYNC_OK && i < row->row->cell_count; i++) {
		const struct bsync_pulled_cell *cell = &row->row->cells[i];
		const int column = bsync_table_column(row->table, cell->column_no);

		if (column < 0)
			pull->has_passed_over = true;
		else if (!row->table->columns[column].is_key)
			result = bsync_record_set(pull->file, &row->key, (uint32_t)column, &cell->value);
	}
	return result;
}

/* The versions of every cell that came, and what they replaced. */
static enum bsync_result versions_show(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	enum bsync_result result = BSYNC_OK;

	if (pull->has_variants && row->row->kind == BSYNC_PULLED_WHOLE)
		result = bsync_pull_versions_forget(pull, row);
	for (uint32_t i = 0; result == BSYNC_OK && i < row->row->cell_count; i++) {
		if (pull->has_variants || row->row->cells[i].variant_count != 0)
			result = bsync_pull_variants(pull, row, &row->row->cells[i]);
	}
	if (result == BSYNC_OK && row->row->past_count != 0)
		result = bsync_pull_pack(pull, row);
	for (uint32_t i = 0; result == BSYNC_OK && i < row->row->past_count; i++)
		result = bsync_past_keep(pull->file, row->table->no, row->packed, &row->row->pasts[i]);
	return result;
}

/* Own edits of the row are taken off before it changes. */
static enum bsync_result edits_meet(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	struct bsync_rebase_row met = {.table = row->table, .key = row->key};
	bool found = false;
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_pending || (row->row->kind == BSYNC_PULLED_CELLS && row->row->cell_count == 0))
		return BSYNC_OK;
	result = bsync_pull_pack(pull, row);
	met.packed = row->packed;
	if (result == BSYNC_OK)
		result = bsync_rebase_meet(pull, &met, &found);
	return result == BSYNC_OK && found ? bsync_rebase_is_there(pull, &met, row) : result;
}

static enum bsync_result present_show(struct bsync_pull *pull, struct bsync_pull_row *row)
{
	enum bsync_result result = BSYNC_OK;

	if (pull->has_left && row->table->face_count > 1)
		result = bsync_pull_entered(pull, row);
	if (result == BSYNC_OK && pull->has_answers)
		result = bsync_pull_pack(pull, row);
	if (result == BSYNC_OK && pull->has_answers)
		result = bsync_asked_over(pull->file, row->table->no, row->packed);
	if (result == BSYNC_OK)
		result = edits_meet(pull, row);
	if (result == BSYNC_OK)
		result = row->row->kind == BSYNC_PULLED_WHOLE ? whole_show(pull, row) : cells_show(pull, row);
	return result == BSYNC_OK ? versions_show(pull, row) : result;
}

enum bsync_result bsync_pull_rows(struct bsync_pull *pull, const struct bsync_rows *rows)
{
	bool is_over = false;
	enum bsync_result result = bsync_pull_is_over(pull, &rows->scope, &is_over);

	if (result != BSYNC_OK || is_over)
		return result;
	for (uint32_t i = 0; result == BSYNC_OK && i < rows->count; i++) {
		struct bsync_pull_row row = {.scope = &rows->scope};

		bsync_arena_reset(pull->arena);
		if (!row_place(pull, &rows->rows[i], &row)) {
			pull->has_passed_over = true;
			continue;
		}
		pull->is_shown = true;
		switch (rows->rows[i].kind) {
		case BSYNC_PULLED_WHOLE:
		case BSYNC_PULLED_CELLS:
			result = present_show(pull, &row);
			break;
		case BSYNC_PULLED_GONE:
			result = bsync_pull_gone(pull, &row);
			break;
		case BSYNC_PULLED_ITEM:
			result = bsync_pull_item(pull, &row);
			break;
		}
	}
	return result;
}
