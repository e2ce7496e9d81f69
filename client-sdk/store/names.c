#include "client-sdk/store/names.h"

#include <assert.h>
#include <string.h>

enum bsync_result bsync_names_begin(struct bsync_file *file, struct bsync_names *names)
{
	const struct bsync_schema *schema = file->schema;
	enum bsync_result result = BSYNC_OK;

	*names = (struct bsync_names){.file = file};
	for (uint32_t i = 0; i < schema->directory_count; i++) {
		const struct bsync_directory *directory = &schema->directory[i];
		const struct bsync_table *table = &schema->tables[directory->table];
		char *sql = NULL;

		if (strcmp(directory->what, "worker") != 0 || directory->id < 0 || directory->name < 0)
			continue;
		sql = sqlite3_mprintf("SELECT \"%w\" FROM main.\"%w\" WHERE \"%w\" = ?1",
				      table->columns[directory->name].name, table->name,
				      table->columns[directory->id].name);
		result = sql == NULL ? BSYNC_NO_MEMORY : bsync_db_prepare(&file->db, sql, &names->lookup);
		sqlite3_free(sql);
		return bsync_file_fail_sqlite(file, result);
	}
	return BSYNC_OK;
}

static enum bsync_result text_copy(struct bsync_arena *arena, struct bsync_bytes text, const char **out)
{
	char *copy = bsync_arena_take(arena, text.size + 1);

	if (copy == NULL)
		return BSYNC_NO_MEMORY;
	if (text.size != 0)
		memcpy(copy, text.data, text.size);
	*out = copy;
	return BSYNC_OK;
}

enum bsync_result bsync_names_of(struct bsync_names *names, const struct bsync_worker_id *worker,
				 struct bsync_arena *arena, const char **name)
{
	static const struct bsync_worker_id nobody = {{0}};
	char hex[BSYNC_ID_TEXT_SIZE];
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	*name = NULL;
	if (memcmp(worker->bytes, nobody.bytes, BSYNC_ID_SIZE) == 0)
		return BSYNC_OK;
	if (names->lookup != NULL) {
		bsync_db_bind_data(names->lookup, 1, worker->bytes, BSYNC_ID_SIZE);
		result = bsync_db_step(names->lookup, &has_row);
		if (result == BSYNC_OK && has_row && !bsync_db_is_null(names->lookup, 0))
			result = text_copy(arena, bsync_db_bytes(names->lookup, 0), name);
		bsync_db_reset(names->lookup);
	}
	if (result != BSYNC_OK || *name != NULL)
		return result;
	if (memcmp(worker->bytes, names->file->identity.worker.bytes, BSYNC_ID_SIZE) == 0)
		return text_copy(arena, bsync_bytes_of_string(names->file->identity.worker_name), name);
	bsync_id_text(worker->bytes, hex);
	return text_copy(arena, bsync_bytes_of_string(hex), name);
}

void bsync_names_end(struct bsync_names *names)
{
	bsync_db_finalize(&names->lookup);
}
