/* references.c: load what names other rows, and check that it can be followed. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>

static bool is_written_whole(const struct bsync_column *column)
{
	return column->is_key || (column->rule != BSYNC_RULE_COUNTER && column->rule != BSYNC_RULE_SET &&
				  column->rule != BSYNC_RULE_TEXT);
}

static enum bsync_result column_check(struct bsync_schema_build *build, const struct bsync_reference *reference,
				      struct bsync_schema_place place)
{
	const struct bsync_table *table = &build->schema->tables[reference->table];
	const struct bsync_table *parent = &build->schema->tables[reference->parent];
	const struct bsync_column *column = &table->columns[reference->column];
	bool has_column[BSYNC_COLUMNS_MAX] = {false};
	bool is_there = false;
	enum bsync_result result = BSYNC_OK;

	if (parent->key_count != 1 || parent->columns[parent->key[0]].affinity != column->affinity)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s names rows of %s, whose key is not one column of that type",
					  table->name, column->name, parent->name);
	if (!column->travels || !is_written_whole(column))
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s names rows, and is in no face or has the rule counter, set or text", table->name,
			column->name);
	has_column[reference->column] = true;
	result = bsync_schema_has_index(build, table, has_column, 1, &is_there);
	if (result == BSYNC_OK && !is_there)
		bsync_schema_report_error(
			build->report, place,
			"no index of table %s begins with %s; make one, so that the rows that name a row "
			"are found without reading the table",
			table->name, column->name);
	return result;
}

static enum bsync_result reference_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	const char *tbl = bsync_db_string(row, 1);
	const char *name = bsync_db_string(row, 2);
	const int table = bsync_schema_table_index(schema, tbl);
	const int parent = bsync_schema_table_index(schema, bsync_db_string(row, 3));
	const int column = table >= 0 ? bsync_table_column_named(&schema->tables[table], name) : -1;
	const struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_REFERENCE,
								       bsync_db_int64(row, 0), tbl, name);
	struct bsync_reference *reference = NULL;

	if (column < 0 || parent < 0 || schema->reference_count == BSYNC_REFERENCES_MAX) {
		bsync_schema_report_error(build->report, place,
					  "%s.%s names rows of %s: that is no column of a synced table, or no synced "
					  "table, or there are more than %d",
					  tbl, name, bsync_db_string(row, 3), BSYNC_REFERENCES_MAX);
		return BSYNC_OK;
	}
	reference = &schema->references[schema->reference_count++];
	*reference = (struct bsync_reference){(uint32_t)table, (uint32_t)column, (uint32_t)parent};
	return column_check(build, reference, place);
}

enum bsync_result bsync_schema_load_references(struct bsync_schema_build *build)
{
	assert(build != NULL);
	build->schema->references = calloc(BSYNC_REFERENCES_MAX, sizeof(*build->schema->references));
	if (build->schema->references == NULL)
		return BSYNC_NO_MEMORY;
	return bsync_schema_rows_load(build, "SELECT no, tbl, name, parent FROM sync_reference ORDER BY no",
				      reference_load);
}
