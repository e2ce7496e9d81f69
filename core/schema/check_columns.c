/* check_columns.c: purpose, names and rules of the columns. */
#include "core/schema/build.h"

#include <assert.h>
#include <string.h>

#include "core/lattice.h"
#include "core/schema/token.h"

/* True when `segment` is a whole part of `name` between underscores: uur is not in buurt. */
static bool has_segment(const char *name, const char *segment)
{
	assert(name != NULL);
	assert(segment != NULL);
	size_t size = strlen(segment);

	for (const char *part = name; part != NULL; part = strchr(part, '_') != NULL ? strchr(part, '_') + 1 : NULL) {
		if (sqlite3_strnicmp(part, segment, (int)size) == 0 && (part[size] == '_' || part[size] == '\0'))
			return true;
	}
	return false;
}

static void name_check(struct bsync_schema_build *build, const struct bsync_table *table,
		       const struct bsync_column *column, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	static const char *const segments[] = {"uur", "uren", "minuten", "tarief", "dbc", "product"};

	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
		if (has_segment(column->name, segments[i]))
			bsync_schema_report_error(
				build->report, place,
				"column %s.%s: no hours, minutes, tariffs or products are registered ('%s'); leave it "
				"out",
				table->name, column->name, segments[i]);
	}
	if (has_segment(column->name, "bsn"))
		bsync_schema_report_error(build->report, place,
					  "column %s.%s: a BSN does not leave the central registration; leave it out",
					  table->name, column->name);
}

static void rule_check(struct bsync_schema_build *build, const struct bsync_table *table,
		       const struct bsync_column *column, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	if (column->is_key)
		return;
	if (column->rule == BSYNC_RULE_COUNTER && column->affinity != BSYNC_AFFINITY_INTEGER)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s has the rule counter, which adds whole numbers; make it INTEGER", table->name,
			column->name);
	if (column->rule == BSYNC_RULE_SET && column->affinity != BSYNC_AFFINITY_TEXT)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s has the rule set, which is shown as a JSON array; make it TEXT",
					  table->name, column->name);
	if (column->rule == BSYNC_RULE_ORDER && column->affinity != BSYNC_AFFINITY_TEXT)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s has the rule order, whose states are names; make it TEXT",
					  table->name, column->name);
	if (column->rule == BSYNC_RULE_TEXT && column->affinity != BSYNC_AFFINITY_TEXT)
		bsync_schema_report_error(build->report, place,
					  "column %s.%s has the rule text, which merges prose by words; make it TEXT",
					  table->name, column->name);
	if (table->is_append_only && column->rule != BSYNC_RULE_FIRST && column->rule != BSYNC_RULE_SERVER)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s has the rule %s, but rows of an append-only table are written once; use first "
			"or server",
			table->name, column->name, bsync_rule_name(column->rule));
}

/* Who a client is and what was told about him is moved about, not understood. */
static void nature_check(struct bsync_schema_build *build, const struct bsync_table *table,
			 const struct bsync_column *column, const char *nature, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	bool is_told = nature != NULL && strcmp(nature, "verhalend") == 0;
	const char *rule = bsync_column_rule_name(column);
	bool is_blind = !column->is_key && (column->rule == BSYNC_RULE_LWW || column->rule == BSYNC_RULE_KEEP ||
					    column->rule == BSYNC_RULE_FIRST || column->rule == BSYNC_RULE_SET ||
					    column->rule == BSYNC_RULE_ROLE);

	if (nature == NULL)
		return;
	if (!is_told && strcmp(nature, "identificerend") != 0)
		bsync_schema_report_error(build->report, place,
					  "aard of column %s.%s is '%s'; it is 'identificerend', 'verhalend' or NULL",
					  table->name, column->name, nature);
	else if (!is_blind && !(is_told && column->rule == BSYNC_RULE_TEXT))
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s is %s and has the rule %s, by which the store reads, compares or makes its value; "
			"use lww, keep, first, set or role%s",
			table->name, column->name, nature, rule, is_told ? ", or text for prose" : "");
}

/* A provider under contract takes on whom it is sent. */
static void refusal_check(struct bsync_schema_build *build, const struct bsync_table *table,
			  const struct bsync_column *column, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	if (sqlite3_stricmp(table->name, "verwijzing") != 0 || column->lattice == NULL)
		return;
	if (bsync_lattice_find(column->lattice, "geweigerd") >= 0)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s has the state 'geweigerd', but a provider under contract must accept a referral; "
			"leave the state out, and let a redirect be a new row",
			table->name, column->name);
}

static bool is_alone(const struct bsync_table *table, const struct bsync_column *column)
{
	for (uint32_t c = 0; c < table->column_count; c++) {
		if (&table->columns[c] != column && bsync_column_same_group(&table->columns[c], column))
			return false;
	}
	return true;
}

static void group_check(struct bsync_schema_build *build, const struct bsync_table *table,
			const struct bsync_column *column, struct bsync_schema_place place)
{
	assert(build != NULL);
	if (column->group == NULL)
		return;
	if (column->is_key || column->rule != BSYNC_RULE_LWW)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s is in group '%s' and has the rule %s; columns move together by the rule lww",
			table->name, column->name, column->group, bsync_column_rule_name(column));
	if (is_alone(table, column))
		bsync_schema_report_error(build->report, place,
					  "column %s.%s is alone in group '%s'; name the others, or leave grp NULL",
					  table->name, column->name, column->group);
}

/* Reads the row of sync_column for one column, if it has one. */
static void row_check(struct bsync_schema_build *build, const struct bsync_table *table,
		      const struct bsync_column *column, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(table != NULL);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_COLUMN, bsync_db_int64(row, 0),
								 table->name, column->name);
	const char *purpose = bsync_db_string(row, 1);
	const char *args = bsync_db_string(row, 2);
	const char *nature = bsync_db_string(row, 3);

	if (purpose == NULL || purpose[0] == '\0')
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s has no doelbinding; say what it is for, or leave the column out", table->name,
			column->name);
	if (args != NULL && column->rule != BSYNC_RULE_ORDER && column->rule != BSYNC_RULE_ROLE)
		bsync_schema_report_error(
			build->report, place,
			"column %s.%s gives its rule arguments ('%s'); only the rules order and role take any, leave args NULL",
			table->name, column->name, args);
	name_check(build, table, column, place);
	rule_check(build, table, column, place);
	group_check(build, table, column, place);
	nature_check(build, table, column, nature, place);
	refusal_check(build, table, column, place);
}

/* A column that came later has no value in the rows that were there: a default would look like one. */
static enum bsync_result default_check(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	for (size_t i = 0; i < build->statement_count; i++) {
		struct bsync_bytes sql = build->statements[i].text;
		struct bsync_token token = {0};
		bool is_default = false;

		if (!bsync_token_next(&sql, &token) || !bsync_token_is_word(&token, "ALTER") ||
		    !bsync_token_next(&sql, &token) || !bsync_token_next(&sql, &token) ||
		    !bsync_token_is_name(&token, table->name))
			continue;
		while (bsync_token_next(&sql, &token))
			is_default = is_default || bsync_token_is_word(&token, "DEFAULT");
		if (!is_default)
			continue;
		const uint8_t *start = build->source->files[build->statements[i].file].sql.data;
		bsync_schema_report_error(
			build->report,
			bsync_schema_place_offset(build->source, build->statements[i].file,
						  (size_t)(build->statements[i].text.data - start)),
			"a column added to table %s has a DEFAULT: rows that are there already would show a value nobody wrote; "
			"leave DEFAULT out",
			table->name);
	}
	return BSYNC_OK;
}

enum bsync_result bsync_schema_check_columns(struct bsync_schema_build *build)
{
	assert(build->schema != NULL);
	sqlite3_stmt *row = NULL;
	enum bsync_result result = bsync_db_prepare(
		&build->db, "SELECT rowid, trim(doelbinding), args, aard FROM sync_column WHERE tbl = ?1 AND name = ?2",
		&row);

	for (uint32_t t = 0; result == BSYNC_OK && t < build->schema->table_count; t++) {
		const struct bsync_table *table = &build->schema->tables[t];
		for (uint32_t c = 0; result == BSYNC_OK && c < table->column_count; c++) {
			bool has_row = false;
			bsync_db_bind_string(row, 1, table->name);
			bsync_db_bind_string(row, 2, table->columns[c].name);
			result = bsync_db_step(row, &has_row);
			if (has_row)
				row_check(build, table, &table->columns[c], row);
			bsync_db_reset(row);
		}
		if (result == BSYNC_OK)
			result = default_check(build, table);
	}
	bsync_db_finalize(&row);
	return result;
}
