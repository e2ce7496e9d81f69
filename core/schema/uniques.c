/* uniques.c: load what is to be unique, and check that everybody who sees a clash sees all of it. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The row of the registry at hand. */
struct naming {
	struct bsync_schema_build *build;
	struct bsync_schema_place place;
	const struct bsync_table *table;
	const char *name;
	bool has_column[BSYNC_COLUMNS_MAX];
	struct bsync_unique *unique;
};

static void columns_take(struct naming *naming, const char *columns, const char *unless)
{
	assert(columns != NULL);
	struct bsync_unique *unique = naming->unique;
	const struct bsync_table *table = naming->table;
	struct bsync_schema_report *report = naming->build->report;
	bool is_all = bsync_schema_columns_list(naming->build, table, "sync_unique", columns, naming->place,
						naming->has_column);
	bool is_key = true;
	uint32_t count = 0;

	if (unless != NULL)
		is_all = bsync_schema_columns_list(naming->build, table, "sync_unique", unless, naming->place,
						   unique->is_unless) ||
			 is_all;
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (!naming->has_column[i])
			continue;
		is_key = is_key && table->columns[i].is_key;
		if (count < BSYNC_UNIQUE_COLUMNS_MAX)
			unique->columns[count] = i;
		count++;
	}
	unique->column_count = count < BSYNC_UNIQUE_COLUMNS_MAX ? count : BSYNC_UNIQUE_COLUMNS_MAX;
	if (is_all || count == 0 || count > BSYNC_UNIQUE_COLUMNS_MAX)
		bsync_schema_report_error(report, naming->place, "%s of table %s names no columns, or more than %d",
					  naming->name, table->name, BSYNC_UNIQUE_COLUMNS_MAX);
	else if (is_key)
		bsync_schema_report_error(report, naming->place,
					  "%s of table %s names only columns of the key, which are one row's anyway",
					  naming->name, table->name);
}

/* A device that gets the values and not what leaves a row out would see clashes that are none. */
static void faces_check(const struct naming *naming)
{
	const struct bsync_table *table = naming->table;
	bool is_seen = false;

	for (uint32_t f = 0; f < table->face_count; f++) {
		const struct bsync_face *face = &table->faces[f];
		bool has_values = true;
		bool has_all = true;

		for (uint32_t i = 0; i < table->column_count; i++) {
			if (face->has_column[i])
				continue;
			has_values = has_values && !naming->has_column[i];
			has_all = has_all && !naming->unique->is_unless[i];
		}
		is_seen = is_seen || has_values;
		if (has_values && !has_all)
			bsync_schema_report_error(
				naming->build->report, naming->place,
				"face %s of table %s has what %s compares, and not what leaves a row out; add those "
				"columns to it",
				face->name, table->name, naming->name);
	}
	if (!is_seen)
		bsync_schema_report_error(naming->build->report, naming->place,
					  "no face of table %s has all columns of %s, so nobody would see a clash",
					  table->name, naming->name);
}

enum bsync_result bsync_schema_has_index(struct bsync_schema_build *build, const struct bsync_table *table,
					 const bool *has_column, uint32_t count, bool *has_index)
{
	static const char sql[] = "SELECT l.seq, i.seqno, i.name FROM pragma_index_list(?1) l,"
				  " pragma_index_info(l.name) i WHERE l.partial = 0 ORDER BY l.seq, i.seqno";
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	uint32_t found = 0;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	*has_index = false;
	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, table->name);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		const char *name = bsync_db_string(row, 2);
		int column = name != NULL ? bsync_table_column_named(table, name) : -1;

		if (bsync_db_int64(row, 1) == 0)
			found = 0;
		if (bsync_db_int64(row, 1) == (int64_t)found && column >= 0 && has_column[column])
			found++;
		*has_index = *has_index || found == count;
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

/* Looking for clashes must not cost a walk through the whole table. */
static enum bsync_result index_check(const struct naming *naming)
{
	bool is_there = false;
	enum bsync_result result = bsync_schema_has_index(naming->build, naming->table, naming->has_column,
							  naming->unique->column_count, &is_there);

	if (result == BSYNC_OK && !is_there)
		bsync_schema_report_error(naming->build->report, naming->place,
					  "no index of table %s begins with the columns of %s; make one, so that a "
					  "clash is found without reading the table",
					  naming->table->name, naming->name);
	return result;
}

static enum bsync_result unique_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	const char *tbl = bsync_db_string(row, 1);
	const int table = bsync_schema_table_index(schema, tbl);
	const struct bsync_freeze *freeze = NULL;
	struct naming naming = {
		.build = build,
		.place = bsync_schema_place_row(build, BSYNC_REGISTRY_UNIQUE, bsync_db_int64(row, 0), tbl, NULL),
		.name = bsync_db_string(row, 2),
	};

	if (table < 0 || schema->unique_count == BSYNC_UNIQUES_MAX) {
		bsync_schema_report_error(build->report, naming.place,
					  "%s is of %s, which is no synced table, or there are more than %d",
					  naming.name, tbl, BSYNC_UNIQUES_MAX);
		return BSYNC_OK;
	}
	naming.table = &schema->tables[table];
	naming.unique = &schema->uniques[schema->unique_count++];
	naming.unique->no = (uint32_t)bsync_db_int64(row, 0);
	naming.unique->table = (uint32_t)table;
	if (bsync_schema_freeze(schema, (uint32_t)table, &freeze) != NULL)
		bsync_schema_report_error(build->report, naming.place,
					  "table %s can be frozen, and the copy of a signed row would clash with it",
					  tbl);
	columns_take(&naming, bsync_db_string(row, 3), bsync_db_string(row, 4));
	faces_check(&naming);
	return index_check(&naming);
}

enum bsync_result bsync_schema_load_uniques(struct bsync_schema_build *build)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;

	schema->uniques = calloc(BSYNC_UNIQUES_MAX, sizeof(*schema->uniques));
	if (schema->uniques == NULL)
		return BSYNC_NO_MEMORY;
	return bsync_schema_rows_load(build, "SELECT no, tbl, name, columns, unless FROM sync_unique ORDER BY no",
				      unique_load);
}
