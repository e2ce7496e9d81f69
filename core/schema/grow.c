/* grow.c: a file behind those that are in use may only add: what devices and rows already follow stays as it is. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdio.h>

enum { SQL_SIZE = 600 };

/* How a schema hands work over is asked at that moment alone, so it may change. */
static bool may_change(enum bsync_registry registry)
{
	return registry == BSYNC_REGISTRY_HANDOVER;
}

enum bsync_result bsync_schema_keep(struct bsync_schema_build *build)
{
	assert(build != NULL);
	enum bsync_result result = BSYNC_OK;

	for (int i = 0; result == BSYNC_OK && i < BSYNC_REGISTRY_COUNT; i++) {
		const char *name = bsync_registry_name((enum bsync_registry)i);
		char sql[SQL_SIZE];

		snprintf(sql, sizeof(sql), "CREATE TEMP TABLE bsync_kept_%s AS SELECT * FROM main.%s", name, name);
		result = bsync_db_exec(&build->db, sql);
	}
	return result == BSYNC_OK
		       ? bsync_db_exec(&build->db, "CREATE TEMP TABLE bsync_kept_view AS SELECT name, sql FROM "
						   "main.sqlite_schema WHERE type = 'view'")
		       : result;
}

/* The place of the statement that ran last. */
static struct bsync_schema_place place_last(const struct bsync_schema_build *build)
{
	assert(build->statement_count != 0);
	const struct bsync_schema_statement *last = &build->statements[build->statement_count - 1];
	const uint8_t *start = build->source->files[last->file].sql.data;

	return bsync_schema_place_offset(build->source, last->file, (size_t)(last->text.data - start));
}

enum bsync_result bsync_schema_kept_check(struct bsync_schema_build *build)
{
	assert(build != NULL);
	enum bsync_result result = BSYNC_OK;

	for (int i = 0; result == BSYNC_OK && i < BSYNC_REGISTRY_COUNT; i++) {
		const char *name = bsync_registry_name((enum bsync_registry)i);
		char sql[SQL_SIZE];
		int64_t is_changed = 0;

		if (may_change((enum bsync_registry)i))
			continue;
		snprintf(sql, sizeof(sql),
			 "SELECT EXISTS (SELECT * FROM temp.bsync_kept_%s EXCEPT SELECT * FROM main.%s)", name, name);
		result = bsync_db_query_int64(&build->db, sql, &is_changed);
		if (result == BSYNC_OK && is_changed != 0) {
			bsync_schema_report_error(
				build->report, place_last(build),
				"this changes what a file that is in use says in %s: devices and rows already follow "
				"it; leave that as it is, and add a new table or column beside it",
				name);
			result = BSYNC_SCHEMA;
		}
	}
	return result;
}

/* What is wrong with new rows; each query gives the row, two strings to find it by, and what to say. */
static const struct {
	enum bsync_registry registry;
	const char *sql;
} rules[] = {
	{BSYNC_REGISTRY_FACE,
	 "SELECT no, tbl, name, format('table %s is in use and gets the face %s: rows that are there would go to people who "
	 "were not to have them; give people what they need in a new table', tbl, name) FROM sync_face "
	 "WHERE tbl IN (SELECT name FROM temp.bsync_kept_sync_table) "
	 "AND no NOT IN (SELECT no FROM temp.bsync_kept_sync_face)"},
	{BSYNC_REGISTRY_COLUMN,
	 "SELECT n.rowid, n.tbl, n.name, format('column %s.%s joins a group that is in use: a device on the version before "
	 "writes that group without it; give it a group of its own', n.tbl, n.name) FROM sync_column n "
	 "WHERE EXISTS (SELECT 1 FROM temp.bsync_kept_sync_column k WHERE k.tbl = n.tbl AND k.grp = n.grp) "
	 "AND n.name NOT IN (SELECT name FROM temp.bsync_kept_sync_column WHERE tbl = n.tbl)"},
	/* SQLite looks for a bare name in the nearest table first. */
	{BSYNC_REGISTRY_COLUMN,
	 "WITH asks(circle, sql) AS (SELECT name, lower(concat_ws(' ', members, writers, founders, lead)) "
	 "FROM temp.bsync_kept_sync_circle UNION ALL SELECT circle, lower(scopes) FROM temp.bsync_kept_sync_circle_dep "
	 "UNION ALL SELECT circle, lower(scope) FROM temp.bsync_kept_sync_face), "
	 "says(circle, sql) AS (SELECT circle, sql FROM asks UNION ALL SELECT a.circle, lower(v.sql) FROM asks a "
	 "JOIN temp.bsync_kept_view v ON instr(a.sql, lower(v.name))) "
	 "SELECT n.rowid, n.tbl, n.name, format('column %s.%s: what circle %s asks says %s without a table before it, "
	 "and could mean this one from now on, which would let other people in; give the column another name', n.tbl, "
	 "n.name, s.circle, n.name) FROM sync_column n JOIN says s ON instr(s.sql, lower(n.tbl)) AND "
	 "(' ' || s.sql || ' ' GLOB '*[^a-z0-9_.\"]' || lower(n.name) || '[^a-z0-9_]*' "
	 "OR ' ' || s.sql GLOB '*[^.]\"' || lower(n.name) || '\"*') "
	 "WHERE n.tbl IN (SELECT name FROM temp.bsync_kept_sync_table) "
	 "AND n.name NOT IN (SELECT name FROM temp.bsync_kept_sync_column WHERE tbl = n.tbl) GROUP BY n.tbl, n.name"},
	{BSYNC_REGISTRY_REFERENCE,
	 "SELECT r.no, r.tbl, r.name, format('column %s.%s is in use and becomes a reference: what its rows name may have "
	 "been deleted without telling; add a column that is a reference', r.tbl, r.name) FROM sync_reference r "
	 "JOIN temp.bsync_kept_sync_column k ON k.tbl = r.tbl AND k.name = r.name "
	 "WHERE r.no NOT IN (SELECT no FROM temp.bsync_kept_sync_reference)"},
	{BSYNC_REGISTRY_FREEZE,
	 "SELECT rowid, tbl, NULL, format('table %s is in use and gets a freeze: what was signed before is kept nowhere; "
	 "freeze a new table', tbl) FROM sync_freeze WHERE tbl IN (SELECT name FROM temp.bsync_kept_sync_table) "
	 "AND tbl NOT IN (SELECT tbl FROM temp.bsync_kept_sync_freeze)"},
	{BSYNC_REGISTRY_FREEZE_CHILD,
	 "SELECT rowid, root, tbl, format('table %s joins the freeze of %s, and one of them is in use: what was signed "
	 "before did not have it; leave it out', tbl, root) FROM sync_freeze_child c "
	 "WHERE (tbl IN (SELECT name FROM temp.bsync_kept_sync_table) "
	 "OR root IN (SELECT tbl FROM temp.bsync_kept_sync_freeze)) "
	 "AND NOT EXISTS (SELECT 1 FROM temp.bsync_kept_sync_freeze_child k WHERE k.root = c.root AND k.tbl = c.tbl)"},
	{BSYNC_REGISTRY_DIRECTORY,
	 "SELECT rowid, what, tbl, format('table %s gets a row for each %s, and those who are there would have none; leave "
	 "it out', tbl, what) FROM sync_directory "
	 "WHERE what NOT IN (SELECT what FROM temp.bsync_kept_sync_directory)"},
};

static enum bsync_result rule_check(struct bsync_schema_build *build, size_t rule)
{
	assert(rule < sizeof(rules) / sizeof(rules[0]));
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, rules[rule].sql, &row);

	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_schema_place place = bsync_schema_place_row(
			build, rules[rule].registry, bsync_db_int64(row, 0), bsync_db_string(row, 1),
			bsync_db_string(row, 2));
		bsync_schema_report_error(build->report, place, "%s", bsync_db_string(row, 3));
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

/* A view that a circle asks, itself or through another, says who is in it. */
static enum bsync_result views_check(struct bsync_schema_build *build)
{
	assert(build != NULL);
	static const char sql[] =
		"WITH RECURSIVE changed(name, asks) AS (SELECT name, name FROM temp.bsync_kept_view k WHERE NOT EXISTS "
		"(SELECT 1 FROM main.sqlite_schema s WHERE s.type = 'view' AND s.name = k.name AND s.sql = k.sql) "
		"UNION SELECT c.name, k.name FROM temp.bsync_kept_view k JOIN changed c ON instr(lower(k.sql), lower(c.asks))) "
		"SELECT DISTINCT c.name, q.circle FROM changed c JOIN (SELECT name AS circle, concat_ws(' ', members, "
		"writers, founders, lead) AS sql FROM temp.bsync_kept_sync_circle UNION ALL "
		"SELECT circle, scopes FROM temp.bsync_kept_sync_circle_dep) q ON instr(lower(q.sql), lower(c.asks))";
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		bsync_schema_report_error(build->report, bsync_schema_place_object(build, bsync_db_string(row, 0)),
					  "circle %s asks view %s, so another view would let other people in; leave it "
					  "as it is, and make one with another name",
					  bsync_db_string(row, 1), bsync_db_string(row, 0));
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

enum bsync_result bsync_schema_check_growth(struct bsync_schema_build *build)
{
	assert(build != NULL);
	enum bsync_result result = BSYNC_OK;

	if (build->kept_count == 0)
		return BSYNC_OK;
	for (size_t i = 0; result == BSYNC_OK && i < sizeof(rules) / sizeof(rules[0]); i++)
		result = rule_check(build, i);
	return result == BSYNC_OK ? views_check(build) : result;
}
