/* check_faces.c: which columns of which rows a circle gets. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCOPE_SIZE_MAX = 4000 };

enum bsync_result bsync_schema_scope_look(struct bsync_schema_build *build, uint32_t table, const char *scope,
					  struct bsync_schema_query *query)
{
	assert(build != NULL);
	assert(table < build->schema->table_count);
	assert(scope != NULL);
	assert(query != NULL);
	char sql[SCOPE_SIZE_MAX + 200];

	memset(query, 0, sizeof(*query));
	if (strlen(scope) > SCOPE_SIZE_MAX) {
		snprintf(query->why, sizeof(query->why), "it is longer than %d bytes", SCOPE_SIZE_MAX);
		return BSYNC_OK;
	}
	/* The line ends keep a comment in the expression from swallowing what follows it. */
	snprintf(sql, sizeof(sql), "SELECT (\n%s\n) FROM \"%s\"", scope, build->schema->tables[table].name);
	enum bsync_result result = bsync_schema_query_look(build, sql, (int)table, query);
	if (result == BSYNC_OK && query->is_good && (query->column_count != 1 || query->parameter_count != 0)) {
		query->is_good = false;
		snprintf(query->why, sizeof(query->why), "it is not one expression over the columns of the row");
	}
	return result;
}

/* What everybody gets may not say anything about a client. */
static enum bsync_result open_face_check(struct bsync_schema_build *build, const struct bsync_table *table,
					 const struct bsync_face *face, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(
		&build->db,
		"SELECT name FROM sync_column WHERE tbl = ?1"
		" AND (lower(name) IN ('dossier_id', 'persoon_id', 'adres') OR aard = 'identificerend')",
		&row);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(row, 1, table->name);
		result = bsync_db_step(row, &has_row);
	}
	while (result == BSYNC_OK && has_row) {
		const char *name = bsync_db_string(row, 0);
		int c = bsync_table_column_named(table, name);

		if (c >= 0 && face->has_column[c])
			bsync_schema_report_error(
				build->report, place,
				"face %s of table %s has one scope for all rows and holds %s, which is about a client; "
				"leave the column out or give the face a scope by dossier",
				face->name, table->name, name);
		result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

/* A device writes a group whole, so whoever gets one column of it gets all. */
static void groups_check(struct bsync_schema_build *build, const struct bsync_table *table,
			 const struct bsync_face *face, struct bsync_schema_place place)
{
	assert(face != NULL);
	for (uint32_t a = 0; a < table->column_count; a++) {
		for (uint32_t b = 0; b < table->column_count; b++) {
			if (face->has_column[a] && !face->has_column[b] &&
			    bsync_column_same_group(&table->columns[a], &table->columns[b]))
				bsync_schema_report_error(
					build->report, place,
					"face %s of table %s has column %s but not %s of its group '%s'; give it both, "
					"or neither",
					face->name, table->name, table->columns[a].name, table->columns[b].name,
					table->columns[b].group);
		}
	}
}

static enum bsync_result face_check(struct bsync_schema_build *build, uint32_t table_index,
				    const struct bsync_face *face, struct bsync_schema_query *query)
{
	assert(build != NULL);
	assert(face != NULL);
	const struct bsync_table *table = &build->schema->tables[table_index];
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_FACE, face->no, table->name,
								 face->name);
	enum bsync_result result = bsync_schema_scope_look(build, table_index, face->scope_sql, query);

	if (result != BSYNC_OK)
		return result;
	if (!query->is_good)
		bsync_schema_report_error(build->report, place, "the scope of face %s of table %s does not compile: %s",
					  face->name, table->name, query->why);
	else if (!query->reads_column)
		result = open_face_check(build, table, face, place);
	groups_check(build, table, face, place);
	return result;
}

static void travel_note(struct bsync_schema_build *build, const struct bsync_table *table)
{
	assert(build != NULL);
	assert(table != NULL);
	if (table->face_count == 0) {
		bsync_schema_report_note(build->report, bsync_schema_place_object(build, table->name),
					 "table %s has no face: its rows do not travel", table->name);
		return;
	}
	for (uint32_t c = 0; c < table->column_count; c++) {
		if (!table->columns[c].travels)
			bsync_schema_report_note(
				build->report, bsync_schema_place_column(build, table->name, table->columns[c].name),
				"column %s.%s is in no face: it does not travel", table->name, table->columns[c].name);
	}
}

enum bsync_result bsync_schema_check_faces(struct bsync_schema_build *build)
{
	assert(build != NULL);
	const struct bsync_schema *schema = build->schema;
	struct bsync_schema_query *query = calloc(1, sizeof(*query));
	enum bsync_result result = query != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	for (uint32_t t = 0; result == BSYNC_OK && t < schema->table_count; t++) {
		for (uint32_t f = 0; result == BSYNC_OK && f < schema->tables[t].face_count; f++)
			result = face_check(build, t, &schema->tables[t].faces[f], query);
		travel_note(build, &schema->tables[t]);
	}
	free(query);
	return result;
}
