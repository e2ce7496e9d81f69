#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/form.h"
#include "client-sdk/store/origin.h"

enum { CELLS_MAX = 64 << 20 };

/* Finds the table and packs the key into the scratch arena. */
static enum bsync_result row_find(struct bsync_file *file, const char *name, const struct bsync_value *key,
				  uint32_t key_count, uint32_t *table_no, struct bsync_bytes *packed)
{
	const struct bsync_table *table = bsync_schema_table_named(file->schema, name);

	if (table == NULL)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "there is no synced table %.100s", name);
	if (table->key_count != key_count)
		return bsync_file_fail(file, BSYNC_INVALID, "the key of %s has %u columns, not %u", name,
				       table->key_count, key_count);
	*table_no = table->no;
	bsync_arena_reset(&file->scratch);
	return bsync_key_pack(&file->scratch, key, key_count, packed);
}

static struct bsync_file_edit *edit_find(const struct bsync_file *file, uint32_t table_no, struct bsync_bytes packed)
{
	for (uint32_t i = 0; i < file->edit_count; i++) {
		if (file->edits[i].table_no == table_no &&
		    bsync_bytes_equal(bsync_buffer_bytes(&file->edits[i].key), packed))
			return &file->edits[i];
	}
	return NULL;
}

static enum bsync_result cell_note(struct bsync_file_edit *edit, const struct bsync_origin_ask *ask,
				   enum bsync_rule rule)
{
	const struct bsync_pending_cell *cell = bsync_pending_find(ask->entry, ask->column_no);
	struct bsync_file_edit_cell *note = &edit->cells[edit->cell_count];
	struct bsync_value origin = bsync_value_null();
	enum bsync_result result = BSYNC_OK;

	*note = (struct bsync_file_edit_cell){.column_no = ask->column_no, .base = edit->base};
	/* A set shows what is pulled under an own edit too; a state says what its author saw of all that it holds. */
	if (rule == BSYNC_RULE_SET || rule == BSYNC_RULE_ORDER)
		note->base = edit->base;
	else if (cell != NULL && bsync_pending_is_edited(&cell->edit))
		note->base = cell->edit.base;
	else if (bsync_pending_is_edited(&ask->entry->row))
		note->base = ask->entry->row.base;
	if (rule == BSYNC_RULE_TEXT)
		result = bsync_origin_now(ask, &origin);
	if (result == BSYNC_OK && !bsync_value_copy(&edit->arena, &origin, &note->origin))
		result = BSYNC_NO_MEMORY;
	if (result == BSYNC_OK)
		edit->cell_count++;
	return result;
}

static enum bsync_result shown_note(struct bsync_file_edit *edit, const struct bsync_table *table,
				    const struct bsync_value *values)
{
	enum bsync_result result = bsync_arena_array(&edit->arena, table->column_count, sizeof(*edit->shown),
						     &edit->shown);

	for (uint32_t i = 0; result == BSYNC_OK && i < table->column_count; i++) {
		if (!bsync_value_copy(&edit->arena, &values[i], &edit->shown[i]))
			result = BSYNC_NO_MEMORY;
	}
	if (result == BSYNC_OK)
		edit->shown_count = table->column_count;
	return result;
}

/* What a form shows of a cell may be older than the cursor: an own edit that no pull has shown hides what came since. */
static enum bsync_result cells_note(struct bsync_file *file, const struct bsync_value *key,
				    struct bsync_file_edit *edit)
{
	const struct bsync_table *table = bsync_schema_table(file->schema, edit->table_no);
	const struct bsync_record_key record = {
		.table = (uint32_t)(table - file->schema->tables), .count = table->key_count, .values = key};
	struct bsync_pending_entry entry;
	struct bsync_origin_ask ask = {.file = file,
				       .arena = &file->scratch,
				       .table_no = edit->table_no,
				       .key = bsync_buffer_bytes(&edit->key),
				       .entry = &entry};
	struct bsync_value *values = NULL;
	bool found = false;
	enum bsync_result result = bsync_pending_get(file, edit->table_no, ask.key, &file->scratch, &entry, &found);

	if (result == BSYNC_OK)
		result = bsync_record_read(file, &record, &file->scratch, &values);
	if (result == BSYNC_OK && values != NULL)
		result = shown_note(edit, table, values);
	if (result == BSYNC_OK)
		result = bsync_arena_array(&edit->arena, table->column_count, sizeof(*edit->cells), &edit->cells);
	for (uint32_t i = 0; result == BSYNC_OK && values != NULL && i < table->column_count; i++) {
		const struct bsync_column *column = &table->columns[i];

		ask.column_no = column->no;
		ask.shown = &values[i];
		if (!column->is_key && column->travels && (found || column->rule == BSYNC_RULE_TEXT))
			result = cell_note(edit, &ask, column->rule);
	}
	return result;
}

static enum bsync_result edit_add(struct bsync_file *file, uint32_t table_no, struct bsync_bytes packed,
				  struct bsync_file_edit **out)
{
	struct bsync_file_edit *edit = NULL;
	enum bsync_result result = BSYNC_OK;

	if (file->edits == NULL)
		file->edits = calloc(BSYNC_FILE_EDITS_MAX, sizeof(*file->edits));
	if (file->edits == NULL)
		return BSYNC_NO_MEMORY;
	if (file->edit_count == BSYNC_FILE_EDITS_MAX)
		return bsync_file_fail(file, BSYNC_TOO_LARGE, "%d rows are under edit; end some", BSYNC_FILE_EDITS_MAX);
	edit = &file->edits[file->edit_count];
	*edit = (struct bsync_file_edit){.table_no = table_no};
	bsync_buffer_init(&edit->key, BSYNC_DB_VALUE_SIZE_MAX);
	bsync_arena_init(&edit->arena, CELLS_MAX);
	result = bsync_buffer_append(&edit->key, packed.data, packed.size);
	if (result == BSYNC_OK)
		file->edit_count++;
	*out = edit;
	return result;
}

static void edit_drop(struct bsync_file *file, struct bsync_file_edit *edit)
{
	bsync_buffer_clear(&edit->key);
	bsync_arena_clear(&edit->arena);
	*edit = file->edits[--file->edit_count];
}

/* In one state of the file: the cursor and what the row shows at it.  `is_written`: others may see that there is a form. */
static enum bsync_result form_open(struct bsync_file *file, const char *table, const struct bsync_value *key,
				   uint32_t key_count, bool is_written, struct bsync_file_edit **out)
{
	struct bsync_bytes packed = {NULL, 0};
	struct bsync_file_edit *edit = NULL;
	uint32_t table_no = 0;
	enum bsync_result result = bsync_file_refresh(file);

	if (result == BSYNC_OK)
		result = row_find(file, table, key, key_count, &table_no, &packed);
	if (result != BSYNC_OK)
		return result;
	edit = edit_find(file, table_no, packed);
	if (edit == NULL)
		result = edit_add(file, table_no, packed, &edit);
	if (result != BSYNC_OK)
		return result;
	assert(edit != NULL);
	*out = edit;
	/* A form that is opened anew shows what is there now. */
	bsync_arena_reset(&edit->arena);
	edit->cell_count = 0;
	edit->shown_count = 0;
	edit->base = bsync_file_cursor(file);
	result = cells_note(file, key, edit);
	return result == BSYNC_OK && is_written
		       ? bsync_form_open(file, table_no, bsync_buffer_bytes(&edit->key), edit->base, &edit->form)
		       : result;
}

static enum bsync_result edit_open(struct bsync_file *file, const char *table, const struct bsync_value *key,
				   uint32_t key_count, bool is_written)
{
	const bool is_within = bsync_db_in_transaction(&file->db);
	struct bsync_file_edit *edit = NULL;
	enum bsync_result result = BSYNC_OK;

	if (!is_within && is_written)
		result = bsync_file_begin(file);
	else if (!is_within)
		result = bsync_file_fail_sqlite(file, bsync_db_begin_read(&file->db));
	if (result != BSYNC_OK)
		return result;
	result = form_open(file, table, key, key_count, is_written, &edit);
	if (!is_within && is_written)
		result = bsync_file_end(file, result);
	else if (!is_within)
		bsync_db_rollback(&file->db);
	if (result != BSYNC_OK && edit != NULL)
		edit_drop(file, edit);
	return result;
}

enum bsync_result bsync_file_edit_begin(struct bsync_file *file, const char *table, const struct bsync_value *key,
					uint32_t key_count)
{
	const bool is_within = bsync_db_in_transaction(&file->db);
	enum bsync_result result = BSYNC_OK;

	assert(table != NULL);
	result = edit_open(file, table, key, key_count, true);
	/* Where it cannot be written down the form keeps its base all the same; a pull may take its row away. */
	if (!is_within && (result == BSYNC_BUSY || result == BSYNC_STORAGE_FULL))
		result = edit_open(file, table, key, key_count, false);
	return result;
}

const struct bsync_file_edit_cell *bsync_file_edit_cell(const struct bsync_file *file, uint32_t table_no,
							struct bsync_bytes key, uint32_t column_no)
{
	const struct bsync_file_edit *edit = edit_find(file, table_no, key);

	for (uint32_t i = 0; edit != NULL && i < edit->cell_count; i++) {
		if (edit->cells[i].column_no == column_no)
			return &edit->cells[i];
	}
	return NULL;
}

/* What cannot be written down now stays until it is too old (form.c). */
static void forms_close(struct bsync_file *file, const struct bsync_file_edit *edits, uint32_t count)
{
	const bool is_within = bsync_db_in_transaction(&file->db);
	enum bsync_result result = is_within ? BSYNC_OK : bsync_file_begin(file);

	if (result != BSYNC_OK)
		return;
	for (uint32_t i = 0; result == BSYNC_OK && i < count; i++) {
		if (edits[i].form != 0)
			result = bsync_form_close(file, edits[i].form);
	}
	if (!is_within)
		result = bsync_file_end(file, result);
	(void)result;
}

void bsync_file_edit_end(struct bsync_file *file, const char *table, const struct bsync_value *key, uint32_t key_count)
{
	struct bsync_bytes packed = {NULL, 0};
	struct bsync_file_edit *edit = NULL;
	uint32_t table_no = 0;

	if (row_find(file, table, key, key_count, &table_no, &packed) != BSYNC_OK)
		return;
	edit = edit_find(file, table_no, packed);
	if (edit == NULL)
		return;
	forms_close(file, edit, 1);
	edit_drop(file, edit);
}

const struct bsync_value *bsync_file_edit_shown(const struct bsync_file *file, uint32_t table_no,
						struct bsync_bytes key, uint32_t column)
{
	const struct bsync_file_edit *edit = edit_find(file, table_no, key);

	return edit != NULL && column < edit->shown_count ? &edit->shown[column] : NULL;
}

void bsync_file_edit_saved(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
			   const struct bsync_value *values)
{
	struct bsync_file_edit *edit = edit_find(file, table_no, key);

	if (edit == NULL)
		return;
	edit->is_saved = true;
	for (uint32_t i = 0; i < edit->shown_count; i++) {
		if (!bsync_value_equal(&edit->shown[i], &values[i]) &&
		    !bsync_value_copy(&edit->arena, &values[i], &edit->shown[i]))
			edit->shown_count = 0;
	}
}

void bsync_file_edits_settle(struct bsync_file *file, bool is_committed)
{
	for (uint32_t i = 0; i < file->edit_count; i++) {
		/* Whether the next save says what this one said is not known: it is written whole. */
		if (file->edits[i].is_saved && !is_committed)
			file->edits[i].shown_count = 0;
		file->edits[i].is_saved = false;
	}
}

bool bsync_file_edit_base(const struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
			  struct bsync_position *base)
{
	const struct bsync_file_edit *edit = edit_find(file, table_no, key);

	if (edit != NULL)
		*base = edit->base;
	return edit != NULL;
}

void bsync_file_edits_clear(struct bsync_file *file)
{
	if (file->edit_count != 0)
		forms_close(file, file->edits, file->edit_count);
	while (file->edit_count != 0)
		edit_drop(file, &file->edits[file->edit_count - 1]);
	free(file->edits);
	file->edits = NULL;
}

void bsync_file_set_base(struct bsync_file *file, struct bsync_position base)
{
	file->base_override = base;
}
