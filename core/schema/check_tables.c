/* check_tables.c: a table must be one that any two honest devices can merge. */
#include "core/schema/build.h"

#include <assert.h>
#include <string.h>

#include "core/schema/token.h"

static bool is_plain_name(const char *name)
{
	assert(name != NULL);
	for (const char *c = name; *c != '\0'; c++) {
		bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
		if (!is_letter && !(*c >= '0' && *c <= '9' && c != name))
			return false;
	}
	return name[0] != '\0';
}

/* Steps a query over (name) bound to ?1 and reports each row through `report_row`. */
typedef void report_row(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row);

static enum bsync_result each(struct bsync_schema_build *build, const char *sql, const char *table, report_row *report)
{
	assert(build != NULL);
	assert(sql != NULL);
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	if (result == BSYNC_OK) {
		if (table != NULL)
			bsync_db_bind_string(row, 1, table);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		report(build, table, row);
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

static void unsynced_report(struct bsync_schema_build *build, const char *unused, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	const char *name = bsync_db_string(row, 0);

	(void)unused;
	bsync_schema_report_error(build->report, bsync_schema_place_object(build, name),
				  "table %s has no row in sync_table; declare it, with its grondslag and levensloop",
				  name);
}

static void strict_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	(void)row;
	bsync_schema_report_error(
		build->report, bsync_schema_place_object(build, table),
		"table %s is not STRICT, so one device could store text where another expects a number; "
		"write STRICT behind its closing parenthesis",
		table);
}

static void unique_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *index = bsync_db_string(row, 0);
	struct bsync_schema_place place = bsync_db_int64(row, 1) != 0 ? bsync_schema_place_object(build, index)
								      : bsync_schema_place_object(build, table);

	bsync_schema_report_error(
		build->report, place,
		"table %s has a UNIQUE besides its key; two offline devices may both use a value, and then one "
		"row could not be applied; leave UNIQUE out",
		table);
}

static void index_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *index = bsync_db_string(row, 0);

	bsync_schema_report_error(
		build->report, bsync_schema_place_object(build, index),
		"index %s of table %s is on an expression, or has a WHERE; a row with a value that this cannot read could not "
		"be applied; index columns",
		index, table);
}

static void reference_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *column = bsync_db_string(row, 0);

	bsync_schema_report_error(
		build->report, bsync_schema_place_column(build, table, column),
		"column %s.%s has REFERENCES to %s; rows arrive in any order and their parent may be deleted "
		"elsewhere, so the row could not be applied; leave REFERENCES and FOREIGN KEY out",
		table, column, bsync_db_string(row, 1));
}

static void generated_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *column = bsync_db_string(row, 0);

	bsync_schema_report_error(
		build->report, bsync_schema_place_column(build, table, column),
		"column %s.%s is generated; its value is computed, not written, so it cannot be merged; make it "
		"a column of a view",
		table, column);
}

static void not_null_report(struct bsync_schema_build *build, const char *table, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *column = bsync_db_string(row, 0);

	bsync_schema_report_error(
		build->report, bsync_schema_place_column(build, table, column),
		"column %s.%s is NOT NULL; a device on an older version, or outside a circle, does not know the "
		"column, and its row could not be applied; leave NOT NULL out",
		table, column);
}

/* What SQLite reports about one table, each with a reason. */
static enum bsync_result listed_check(struct bsync_schema_build *build, const char *table)
{
	assert(build != NULL);
	assert(table != NULL);
	static const struct {
		const char *sql;
		report_row *report;
	} lists[] = {
		{"SELECT name FROM pragma_table_list(?1) WHERE schema = 'main' AND NOT strict", strict_report},
		{"SELECT name, origin = 'c' FROM pragma_index_list(?1) WHERE \"unique\" AND origin <> 'pk'",
		 unique_report},
		{"SELECT name FROM pragma_index_list(?1) AS l WHERE l.partial OR EXISTS (SELECT 1 FROM "
		 "pragma_index_xinfo(l.name) WHERE cid = -2)",
		 index_report},
		{"SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1)", reference_report},
		{"SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 0", generated_report},
		{"SELECT name FROM pragma_table_xinfo(?1) WHERE \"notnull\" AND NOT pk", not_null_report},
	};
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; result == BSYNC_OK && i < sizeof(lists) / sizeof(lists[0]); i++)
		result = each(build, lists[i].sql, table, lists[i].report);
	return result;
}

static void key_column_check(struct bsync_schema_build *build, const struct bsync_table *table,
			     const struct bsync_column *column)
{
	struct bsync_schema_place place = bsync_schema_place_column(build, table->name, column->name);
	const char *collation = NULL;
	int is_autoincrement = 0;
	int code = sqlite3_table_column_metadata(build->db.handle, "main", table->name, column->name, NULL, &collation,
						 NULL, NULL, &is_autoincrement);

	assert(code == SQLITE_OK);
	(void)code;
	if (column->affinity == BSYNC_AFFINITY_REAL || column->affinity == BSYNC_AFFINITY_ANY)
		bsync_schema_report_error(
			build->report, place,
			"key column %s.%s must be BLOB, TEXT or INTEGER, so that a key is the same bytes on every "
			"device",
			table->name, column->name);
	if (collation != NULL && sqlite3_stricmp(collation, "BINARY") != 0)
		bsync_schema_report_error(
			build->report, place,
			"key column %s.%s compares with %s, so two different keys could be one row; leave COLLATE "
			"out",
			table->name, column->name, collation);
	if (is_autoincrement)
		bsync_schema_report_error(
			build->report, place,
			"the key of table %s is AUTOINCREMENT: two devices without a network would hand out the same "
			"number to different rows; use id BLOB PRIMARY KEY and uuid()",
			table->name);
}

/* A lone INTEGER PRIMARY KEY is filled in by SQLite where the application gives none. */
static enum bsync_result rowid_key_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	sqlite3_stmt *row = NULL;
	bool is_rowid = table->key_count == 1 && !table->is_without_rowid;
	enum bsync_result result = bsync_db_prepare(
		&build->db,
		"SELECT s.keys, s.no, t.type FROM sync_table s, pragma_table_xinfo(s.name) t"
		" WHERE s.name = ?1 AND t.pk = 1",
		&row);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_string(row, 1, table->name);
	result = bsync_db_row(row);
	if (result != BSYNC_OK)
		goto done;
	const char *keys = bsync_db_string(row, 0);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_TABLE, bsync_db_int64(row, 1),
								 table->name, NULL);
	is_rowid = is_rowid && sqlite3_stricmp(bsync_db_string(row, 2), "INTEGER") == 0;
	if (keys != NULL && strcmp(keys, "application") != 0)
		bsync_schema_report_error(build->report, place, "keys of table %s is '%s'; it is 'application' or NULL",
					  table->name, keys);
	else if (is_rowid && keys == NULL)
		bsync_schema_report_error(
			build->report, place,
			"table %s has an INTEGER PRIMARY KEY, which SQLite numbers by itself: two devices without a network would "
			"give the same number to different rows; use id BLOB PRIMARY KEY and uuid(), or, where the application "
			"always gives the number itself, set keys to 'application' in sync_table",
			table->name);
done:
	bsync_db_finalize(&row);
	return result;
}

static enum bsync_result key_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	struct bsync_schema_place place = bsync_schema_place_object(build, table->name);

	if (table->key_count == 0)
		bsync_schema_report_error(
			build->report, place,
			"table %s has no PRIMARY KEY, so a row could not be found again on another device; add "
			"id BLOB PRIMARY KEY",
			table->name);
	if (table->key_count > BSYNC_KEY_COLUMNS_MAX) {
		bsync_schema_report_error(build->report, place, "the key of table %s has more than %d columns",
					  table->name, BSYNC_KEY_COLUMNS_MAX);
		return BSYNC_OK;
	}
	for (uint32_t i = 0; i < table->key_count; i++)
		key_column_check(build, table, &table->columns[table->key[i]]);
	return table->key_count != 0 ? rowid_key_check(build, table) : BSYNC_OK;
}

/* SQLite does not list CHECK constraints: the word is looked for in the table's text. */
static enum bsync_result constraint_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	sqlite3_stmt *row = NULL;
	struct bsync_token token;
	enum bsync_result result = bsync_db_prepare(
		&build->db, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", &row);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_string(row, 1, table->name);
	result = bsync_db_row(row);
	struct bsync_bytes sql = result == BSYNC_OK ? bsync_db_bytes(row, 0) : bsync_bytes_of_string("");
	while (bsync_token_next(&sql, &token)) {
		if (bsync_token_is_word(&token, "CHECK"))
			bsync_schema_report_error(
				build->report, bsync_schema_place_object(build, table->name),
				"table %s has a CHECK; a row merged from two devices may break what each of them kept, "
				"and could not be applied; check in the application and leave CHECK out",
				table->name);
		if (bsync_token_is_word(&token, "CONFLICT"))
			bsync_schema_report_error(
				build->report, bsync_schema_place_object(build, table->name),
				"table %s has an ON CONFLICT clause, which replaces or drops rows unseen; leave it out",
				table->name);
	}
	bsync_db_finalize(&row);
	return result;
}

static enum bsync_result declaration_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	sqlite3_stmt *row = NULL;
	enum bsync_result result = bsync_db_prepare(
		&build->db, "SELECT no, trim(grondslag), trim(levensloop) FROM sync_table WHERE name = ?1", &row);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_string(row, 1, table->name);
	result = bsync_db_row(row);
	if (result == BSYNC_OK) {
		const char *grondslag = bsync_db_string(row, 1);
		const char *levensloop = bsync_db_string(row, 2);
		struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_TABLE,
									 bsync_db_int64(row, 0), table->name, NULL);
		if (grondslag == NULL || grondslag[0] == '\0')
			bsync_schema_report_error(
				build->report, place,
				"table %s has no grondslag; say on which legal ground its rows are kept", table->name);
		if (levensloop == NULL || levensloop[0] == '\0')
			bsync_schema_report_error(
				build->report, place,
				"table %s has no levensloop; say when its rows leave a device and when they are erased",
				table->name);
	}
	bsync_db_finalize(&row);
	return result;
}

static void name_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	struct bsync_schema_place place = bsync_schema_place_object(build, table->name);

	if (!is_plain_name(table->name))
		bsync_schema_report_error(
			build->report, place,
			"the name of table %s has something else than letters, digits and _; queries bind names",
			table->name);
	if (sqlite3_strnicmp(table->name, "bsync_", 6) == 0 || sqlite3_strnicmp(table->name, "sync_", 5) == 0)
		bsync_schema_report_error(build->report, place,
					  "table %s: names that begin with bsync_ or sync_ are Buurtsync's own",
					  table->name);
	for (uint32_t i = 0; i < table->column_count; i++) {
		const char *column = table->columns[i].name;
		if (!is_plain_name(column) || sqlite3_strnicmp(column, "_bsync", 6) == 0)
			bsync_schema_report_error(
				build->report, bsync_schema_place_column(build, table->name, column),
				"column %s.%s: a name has letters, digits and _ only, and does not begin with _bsync",
				table->name, column);
	}
}

enum bsync_result bsync_schema_check_tables(struct bsync_schema_build *build)
{
	assert(build->schema != NULL);
	enum bsync_result result = each(
		build,
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
		" AND name <> 'bsync_migration' AND name NOT IN ('sync_schema', 'sync_table', 'sync_column',"
		" 'sync_circle', 'sync_circle_dep', 'sync_face', 'sync_directory', 'sync_freeze', 'sync_unique', 'sync_reference',"
		" 'sync_freeze_child', 'sync_handover')"
		" AND name NOT IN (SELECT name FROM sync_table)",
		NULL, unsynced_report);

	for (uint32_t i = 0; result == BSYNC_OK && i < build->schema->table_count; i++) {
		const struct bsync_table *table = &build->schema->tables[i];
		name_check(build, table);
		result = key_check(build, table);
		if (result == BSYNC_OK)
			result = listed_check(build, table->name);
		if (result == BSYNC_OK)
			result = constraint_check(build, table);
		if (result == BSYNC_OK)
			result = declaration_check(build, table);
	}
	return result;
}
