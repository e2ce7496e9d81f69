/* handovers.c: load what a hand-over of a worker's work writes, and check that it can be written. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool is_written_whole(const struct bsync_column *column)
{
	return column->rule != BSYNC_RULE_COUNTER && column->rule != BSYNC_RULE_SET && column->rule != BSYNC_RULE_TEXT;
}

/* Which columns the query gives; reports a name that is none, and a column that is not written whole. */
static enum bsync_result columns_look(struct bsync_schema_build *build, const struct bsync_table *table,
				      const char *sql, struct bsync_schema_place place,
				      bool has_column[BSYNC_COLUMNS_MAX])
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &statement);

	for (int i = 0; result == BSYNC_OK && i < sqlite3_column_count(statement); i++) {
		const int column = bsync_table_column_named(table, sqlite3_column_name(statement, i));

		if (column < 0 || has_column[column] || !is_written_whole(&table->columns[column]))
			bsync_schema_report_error(
				build->report, place,
				"the hand-over gives %s: that is no column of %s, or it is there twice, "
				"or has the rule counter, set or text",
				sqlite3_column_name(statement, i), table->name);
		else
			has_column[column] = true;
	}
	bsync_db_finalize(&statement);
	return result;
}

/* The whole key, or none of it where the store can make one. */
static void key_check(struct bsync_schema_build *build, struct bsync_handover *handover,
		      const bool has_column[BSYNC_COLUMNS_MAX], struct bsync_schema_place place)
{
	const struct bsync_table *table = &build->schema->tables[handover->table];
	uint32_t count = 0;

	for (uint32_t i = 0; i < table->key_count; i++)
		count += has_column[table->key[i]];
	handover->has_key = count > 0;
	if (count < table->key_count &&
	    (count > 0 || table->key_count != 1 || table->columns[table->key[0]].affinity != BSYNC_AFFINITY_BLOB))
		bsync_schema_report_error(
			build->report, place,
			"the hand-over gives a part of the key of %s, or none though that is not one BLOB",
			table->name);
	if (handover->has_key && table->is_append_only)
		bsync_schema_report_error(build->report, place,
					  "the hand-over changes rows of %s, which is append-only", table->name);
	for (const struct bsync_handover *other = build->schema->handovers; other < handover; other++) {
		if (handover->has_key && other->has_key && other->table == handover->table)
			bsync_schema_report_error(build->report, place,
						  "another query of the hand-over changes rows of %s; make one of them",
						  table->name);
	}
}

static enum bsync_result query_check(struct bsync_schema_build *build, struct bsync_handover *handover,
				     struct bsync_schema_place place)
{
	static const char *const known[] = {":from", ":to", ":now"};
	const struct bsync_table *table = &build->schema->tables[handover->table];
	bool has_column[BSYNC_COLUMNS_MAX] = {false};
	struct bsync_schema_query query;
	enum bsync_result result = bsync_schema_query_look(build, handover->rows_sql, -1, &query);

	if (result != BSYNC_OK)
		return result;
	if (!query.is_good) {
		bsync_schema_report_error(build->report, place, "the hand-over of %s cannot be used: %s", table->name,
					  query.why);
		return BSYNC_OK;
	}
	if (strchr(handover->rows_sql, ';') != NULL)
		bsync_schema_report_error(
			build->report, place,
			"the hand-over of %s has a semicolon, and becomes part of another query; leave it out",
			table->name);
	for (int i = 0; i < query.parameter_count; i++) {
		bool is_known = false;

		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			is_known = is_known || strcmp(query.parameters[i], known[k]) == 0;
		if (!is_known)
			bsync_schema_report_error(build->report, place,
						  "the hand-over binds %s; there are :from, :to and :now",
						  query.parameters[i]);
	}
	result = columns_look(build, table, handover->rows_sql, place, has_column);
	if (result == BSYNC_OK)
		key_check(build, handover, has_column, place);
	return result;
}

static enum bsync_result handover_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	const char *tbl = bsync_db_string(row, 1);
	const int table = bsync_schema_table_index(schema, tbl);
	const struct bsync_schema_place place = bsync_schema_place_row(
		build, BSYNC_REGISTRY_HANDOVER, bsync_db_int64(row, 0), tbl, bsync_db_string(row, 2));
	struct bsync_handover *handover = NULL;

	if (table < 0 || schema->handover_count == BSYNC_HANDOVERS_MAX) {
		bsync_schema_report_error(build->report, place,
					  "the hand-over writes rows of %s: that is no synced table, or there are more "
					  "than %d queries",
					  tbl, BSYNC_HANDOVERS_MAX);
		return BSYNC_OK;
	}
	handover = &schema->handovers[schema->handover_count];
	handover->table = (uint32_t)table;
	handover->rows_sql = strdup(bsync_db_string(row, 2));
	if (handover->rows_sql == NULL)
		return BSYNC_NO_MEMORY;
	schema->handover_count++;
	return query_check(build, handover, place);
}

enum bsync_result bsync_schema_load_handovers(struct bsync_schema_build *build)
{
	assert(build != NULL);
	build->schema->handovers = calloc(BSYNC_HANDOVERS_MAX, sizeof(*build->schema->handovers));
	if (build->schema->handovers == NULL)
		return BSYNC_NO_MEMORY;
	return bsync_schema_rows_load(build, "SELECT no, tbl, rows FROM sync_handover ORDER BY no", handover_load);
}
