/* tables.c: load the synced tables and their columns. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_NO_MAX = 65535, TABLE_NO_MAX = 65535 };

int bsync_schema_table_index(const struct bsync_schema *schema, const char *name)
{
	assert(schema != NULL);
	assert(name != NULL);
	const struct bsync_table *table = bsync_schema_table_named(schema, name);

	return table == NULL ? -1 : (int)(table - schema->tables);
}

static enum bsync_result copy_string(const char *text, char **out)
{
	assert(out != NULL);
	*out = strdup(text != NULL ? text : "");
	return *out != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
}

static enum bsync_affinity affinity_of(const char *type)
{
	assert(type != NULL);
	static const struct {
		const char *type;
		enum bsync_affinity affinity;
	} types[] = {
		{"INT", BSYNC_AFFINITY_INTEGER}, {"INTEGER", BSYNC_AFFINITY_INTEGER}, {"REAL", BSYNC_AFFINITY_REAL},
		{"TEXT", BSYNC_AFFINITY_TEXT},   {"BLOB", BSYNC_AFFINITY_BLOB},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (sqlite3_stricmp(type, types[i].type) == 0)
			return types[i].affinity;
	}
	return BSYNC_AFFINITY_ANY;
}

/* Takes the rule of one row of sync_column; the row's columns are those of the query in columns_load. */
static enum bsync_result rule_load(struct bsync_schema_build *build, const struct bsync_table *table,
				   struct bsync_column *column, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *rule = bsync_db_string(row, 5);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_COLUMN, bsync_db_int64(row, 8),
								 table->name, column->name);
	int64_t no = bsync_db_int64(row, 4);

	if (no < 1 || no > COLUMN_NO_MAX)
		bsync_schema_report_error(build->report, place, "column %s.%s has number %lld; a number lies in 1 … %d",
					  table->name, column->name, (long long)no, COLUMN_NO_MAX);
	column->no = (uint32_t)no;
	if (rule == NULL)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s has no rule; say how concurrent writes are merged, or 'key'",
					  table->name, column->name);
	else if (column->is_key && strcmp(rule, "key") != 0)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s is part of the primary key, which never changes; its rule is 'key', not '%s'",
			table->name, column->name, rule);
	else if (!column->is_key && strcmp(rule, "key") == 0)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s is not part of the primary key, so its rule is not 'key'",
					  table->name, column->name);
	else if (!column->is_key && !bsync_rule_parse(rule, &column->rule))
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s has the rule '%s', which is none; use lww, keep, text, role, first, server, max, "
			"min, counter, set or order",
			table->name, column->name, rule);
	else if (!column->is_key && column->rule == BSYNC_RULE_ORDER)
		return bsync_schema_states_load(build, table, column, bsync_db_string(row, 6), place);
	else if (!column->is_key && column->rule == BSYNC_RULE_ROLE)
		return bsync_schema_roles_load(build, table, column, bsync_db_string(row, 6), place);
	return BSYNC_OK;
}

/* Takes one column of a table; the row's columns are those of the query in columns_load. */
static enum bsync_result column_load(struct bsync_schema_build *build, struct bsync_table *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	struct bsync_column *column = &table->columns[table->column_count];
	int64_t key_place = bsync_db_int64(row, 3);
	enum bsync_result result = copy_string(bsync_db_string(row, 1), &column->name);

	if (result != BSYNC_OK)
		return result;
	column->affinity = affinity_of(bsync_db_string(row, 2));
	column->is_key = key_place > 0;
	if (key_place > 0 && key_place <= BSYNC_KEY_COLUMNS_MAX)
		table->key[key_place - 1] = table->column_count;
	table->key_count += key_place > 0;
	table->column_count++;
	if (bsync_db_string(row, 7) != NULL)
		result = copy_string(bsync_db_string(row, 7), &column->group);
	if (result != BSYNC_OK)
		return result;
	if (!bsync_db_is_null(row, 8))
		return rule_load(build, table, column, row);
	bsync_schema_report_error(build->report, bsync_schema_place_column(build, table->name, column->name),
				  "column %s.%s has no row in sync_column; give it a rule and its doelbinding",
				  table->name, column->name);
	return BSYNC_OK;
}

static enum bsync_result columns_load(struct bsync_schema_build *build, struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	/* Hidden columns (of generated values) are listed too; the checks refuse them. */
	static const char sql[] =
		"SELECT t.cid, t.name, t.type, t.pk, c.no, c.rule, c.args, c.grp, c.rowid"
		" FROM pragma_table_xinfo(?1) t LEFT JOIN sync_column c ON c.tbl = ?1 AND c.name = t.name"
		" ORDER BY t.cid";
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	table->columns = calloc(BSYNC_COLUMNS_MAX, sizeof(*table->columns));
	if (table->columns == NULL)
		result = BSYNC_NO_MEMORY;
	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, table->name);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		if (table->column_count == BSYNC_COLUMNS_MAX) {
			bsync_schema_report_error(build->report, bsync_schema_place_object(build, table->name),
						  "table %s has more than %d columns; split it", table->name,
						  BSYNC_COLUMNS_MAX);
			break;
		}
		result = column_load(build, table, row);
		if (result == BSYNC_OK)
			result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

static void deletes_load(struct bsync_schema_build *build, struct bsync_table *table, const char *word,
			 struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	table->deletes_win = word != NULL && strcmp(word, "win") == 0;
	if (word != NULL && !table->deletes_win)
		bsync_schema_report_error(build->report, place, "deletes of table %s is '%s'; it is 'win' or NULL",
					  table->name, word);
	if (table->deletes_win && table->is_append_only)
		bsync_schema_report_error(build->report, place,
					  "table %s is append-only, so its rows are never deleted; leave deletes out",
					  table->name);
}

/* Takes one row of sync_table. */
static enum bsync_result table_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	struct bsync_schema *schema = build->schema;
	struct bsync_table *table = &schema->tables[schema->table_count];
	int64_t no = bsync_db_int64(row, 0);
	const char *name = bsync_db_string(row, 1);
	int64_t append_only = bsync_db_int64(row, 2);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_TABLE, no, name, NULL);

	if (bsync_db_is_null(row, 3)) {
		bsync_schema_report_error(build->report, place, "sync_table names the table %s, which no file makes",
					  name);
		return BSYNC_OK;
	}
	if (no < 1 || no > TABLE_NO_MAX)
		bsync_schema_report_error(build->report, place, "table %s has number %lld; a number lies in 1 … %d",
					  name, (long long)no, TABLE_NO_MAX);
	if (append_only != 0 && append_only != 1)
		bsync_schema_report_error(build->report, place, "append_only of table %s is %lld; it is 0 or 1", name,
					  (long long)append_only);
	table->no = (uint32_t)no;
	table->is_append_only = append_only == 1;
	table->is_without_rowid = bsync_db_int64(row, 3) == 1;
	enum bsync_result result = copy_string(name, &table->name);
	if (result != BSYNC_OK)
		return result;
	schema->table_count++;
	deletes_load(build, table, bsync_db_string(row, 4), place);
	return columns_load(build, table);
}

/* Rows of sync_column that name nothing. */
static enum bsync_result strays_report(struct bsync_schema_build *build)
{
	assert(build != NULL);
	static const char sql[] = "SELECT rowid, tbl, name FROM sync_column c WHERE NOT EXISTS (SELECT 1 FROM"
				  " pragma_table_xinfo(c.tbl) t WHERE t.name = c.name) OR NOT EXISTS"
				  " (SELECT 1 FROM sync_table s WHERE s.name = c.tbl)";
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		const char *tbl = bsync_db_string(row, 1);
		const char *name = bsync_db_string(row, 2);
		bsync_schema_report_error(
			build->report,
			bsync_schema_place_row(build, BSYNC_REGISTRY_COLUMN, bsync_db_int64(row, 0), tbl, name),
			"sync_column names %s.%s, but there is no such synced table or column; correct the name", tbl,
			name);
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

enum bsync_result bsync_schema_load_tables(struct bsync_schema_build *build)
{
	assert(build != NULL);
	static const char sql[] =
		"SELECT s.no, s.name, s.append_only, t.wr, s.deletes FROM sync_table s LEFT JOIN pragma_table_list t"
		" ON t.schema = 'main' AND t.name = s.name AND t.type = 'table' ORDER BY s.no";
	struct bsync_schema *schema = build->schema;
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result;

	schema->tables = calloc(BSYNC_TABLES_MAX, sizeof(*schema->tables));
	if (schema->tables == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_db_prepare(&build->db, sql, &row);
	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		if (schema->table_count == BSYNC_TABLES_MAX) {
			struct bsync_schema_place nowhere = {NULL, 0};
			bsync_schema_report_error(build->report, nowhere, "there are more than %d synced tables",
						  BSYNC_TABLES_MAX);
			break;
		}
		result = table_load(build, row);
		if (result == BSYNC_OK)
			result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result == BSYNC_OK ? strays_report(build) : result;
}
