#include "core/schema/purposes.h"

#include <assert.h>
#include <string.h>

#include "core/schema/domain.h"

/* The circles with a face that has the column. */
static void circles_find(const struct bsync_schema *schema, const struct bsync_table *table, uint32_t column,
			 struct bsync_purpose *purpose)
{
	assert(schema != NULL);
	assert(column < table->column_count);
	for (uint32_t f = 0; f < table->face_count; f++) {
		const struct bsync_face *face = &table->faces[f];
		const char *name = schema->circles[face->circle].name;
		bool is_told = !face->has_column[column] && !table->columns[column].is_key;

		for (uint32_t i = 0; i < purpose->circle_count; i++)
			is_told = is_told || strcmp(purpose->circles[i], name) == 0;
		if (!is_told)
			purpose->circles[purpose->circle_count++] = name;
	}
}

/* The row's columns are those of the query in bsync_schema_purposes. */
static enum bsync_result column_tell(sqlite3_stmt *row, const struct bsync_schema *schema,
				     const struct bsync_table *table, uint32_t column, bsync_purpose_take *take,
				     void *context)
{
	assert(row != NULL);
	struct bsync_purpose purpose = {.table = table->name, .column = table->columns[column].name};
	enum bsync_result result;

	bsync_db_bind_string(row, 1, purpose.table);
	bsync_db_bind_string(row, 2, purpose.column);
	result = bsync_db_row(row);
	if (result == BSYNC_OK) {
		purpose.rule = bsync_db_string(row, 0);
		purpose.nature = bsync_db_string(row, 1);
		purpose.purpose = bsync_db_string(row, 2);
		purpose.ground = bsync_db_string(row, 3);
		purpose.life = bsync_db_string(row, 4);
		circles_find(schema, table, column, &purpose);
		result = take(context, &purpose);
	}
	bsync_db_reset(row);
	return result;
}

enum bsync_result bsync_schema_purposes(const struct bsync_schema_source *source, const struct bsync_schema *schema,
					bsync_purpose_take *take, void *context)
{
	assert(source != NULL);
	assert(schema != NULL);
	assert(take != NULL);
	static const char sql[] = "SELECT c.rule, c.aard, c.doelbinding, t.grondslag, t.levensloop FROM sync_column c"
				  " JOIN sync_table t ON t.name = c.tbl WHERE c.tbl = ?1 AND c.name = ?2";
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct bsync_db db;
	sqlite3_stmt *row = NULL;
	enum bsync_result result = bsync_db_open(&db, NULL, &options);

	if (result != BSYNC_OK)
		return result;
	result = bsync_schema_install(&db, source, 0, false);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(&db, sql, &row);
	for (uint32_t t = 0; result == BSYNC_OK && t < schema->table_count; t++) {
		const struct bsync_table *table = &schema->tables[t];
		for (uint32_t c = 0; result == BSYNC_OK && c < table->column_count; c++)
			result = column_tell(row, schema, table, c, take, context);
	}
	bsync_db_finalize(&row);
	bsync_db_close(&db);
	return result;
}
