#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

static struct bsync_file_edit *edit_find(struct bsync_file *file, uint32_t table_no, struct bsync_bytes packed)
{
	for (uint32_t i = 0; i < file->edit_count; i++) {
		if (file->edits[i].table_no == table_no &&
		    bsync_bytes_equal(bsync_buffer_bytes(&file->edits[i].key), packed))
			return &file->edits[i];
	}
	return NULL;
}

static enum bsync_result edit_add(struct bsync_file *file, uint32_t table_no, struct bsync_bytes packed)
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
	*edit = (struct bsync_file_edit){.table_no = table_no, .base = bsync_file_cursor(file)};
	bsync_buffer_init(&edit->key, BSYNC_DB_VALUE_SIZE_MAX);
	result = bsync_buffer_append(&edit->key, packed.data, packed.size);
	if (result == BSYNC_OK)
		file->edit_count++;
	return result;
}

enum bsync_result bsync_file_edit_begin(struct bsync_file *file, const char *table, const struct bsync_value *key,
					uint32_t key_count)
{
	struct bsync_bytes packed = {NULL, 0};
	struct bsync_file_edit *edit = NULL;
	uint32_t table_no = 0;
	enum bsync_result result = bsync_file_refresh(file);

	assert(table != NULL);
	if (result == BSYNC_OK)
		result = row_find(file, table, key, key_count, &table_no, &packed);
	if (result != BSYNC_OK)
		return result;
	edit = edit_find(file, table_no, packed);
	if (edit == NULL)
		return edit_add(file, table_no, packed);
	/* The form was opened anew: it shows what is there now. */
	edit->base = bsync_file_cursor(file);
	return BSYNC_OK;
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
	bsync_buffer_clear(&edit->key);
	*edit = file->edits[--file->edit_count];
}

void bsync_file_set_base(struct bsync_file *file, struct bsync_position base)
{
	file->base_override = base;
}
