/* circles.c: load the circles, what they depend on, the faces of the tables and the directory. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/token.h"

enum { CIRCLES_MAX = 200, DEPS_MAX = 2000 };

int bsync_schema_circle_index(const struct bsync_schema *schema, const char *name)
{
	assert(schema != NULL);
	assert(name != NULL);
	for (uint32_t i = 0; i < schema->circle_count; i++) {
		if (strcmp(schema->circles[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* Copies a text column; NULL stays NULL. */
static enum bsync_result column_copy(sqlite3_stmt *row, int index, char **out)
{
	assert(row != NULL);
	assert(out != NULL);
	const char *text = bsync_db_string(row, index);

	*out = text != NULL ? strdup(text) : NULL;
	return text != NULL && *out == NULL ? BSYNC_NO_MEMORY : BSYNC_OK;
}

enum bsync_result bsync_schema_rows_load(struct bsync_schema_build *build, const char *sql, bsync_schema_row_load *load)
{
	assert(build != NULL);
	assert(sql != NULL);
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_db_prepare(&build->db, sql, &row);

	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = load(build, row);
		if (result == BSYNC_OK)
			result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

static enum bsync_result circle_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	struct bsync_schema *schema = build->schema;
	struct bsync_circle *circle = &schema->circles[schema->circle_count];
	const char *name = bsync_db_string(row, 1);
	const char *root = bsync_db_string(row, 5);
	const char *on_end = bsync_db_string(row, 6);
	int64_t no = bsync_db_int64(row, 0);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_CIRCLE, no, name, NULL);

	if (schema->circle_count == CIRCLES_MAX || no < 1 || no > 65535) {
		bsync_schema_report_error(build->report, place,
					  "there are more than %d circles, or a number is not in 1 … 65535",
					  CIRCLES_MAX);
		return BSYNC_OK;
	}
	schema->circle_count++;
	circle->no = (uint32_t)no;
	circle->root_table = root != NULL ? bsync_schema_table_index(schema, root) : -1;
	if (root != NULL && circle->root_table < 0)
		bsync_schema_report_error(build->report, place,
					  "circle %s has the root table %s, which is not a synced table", name, root);
	circle->on_end = strcmp(on_end, "apply") == 0 ? BSYNC_ON_END_APPLY : BSYNC_ON_END_INBOX;
	if (strcmp(on_end, "apply") != 0 && strcmp(on_end, "inbox") != 0)
		bsync_schema_report_error(build->report, place, "on_end of circle %s is '%s'; it is 'inbox' or 'apply'",
					  name, on_end);
	/* Whose access has ended is no longer asked for: who could only read would write. */
	if (circle->on_end == BSYNC_ON_END_APPLY && bsync_db_string(row, 3) != NULL)
		bsync_schema_report_error(build->report, place,
					  "circle %s has writers, and on_end 'apply': that is for one whose members "
					  "may all write",
					  name);
	enum bsync_result result = column_copy(row, 1, &circle->name);
	if (result == BSYNC_OK)
		result = column_copy(row, 2, &circle->members_sql);
	if (result == BSYNC_OK)
		result = column_copy(row, 3, &circle->writers_sql);
	if (result == BSYNC_OK)
		result = column_copy(row, 4, &circle->founders_sql);
	return result == BSYNC_OK ? column_copy(row, 7, &circle->lead_sql) : result;
}

static enum bsync_result dep_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	struct bsync_schema *schema = build->schema;
	const char *circle = bsync_db_string(row, 0);
	const char *tbl = bsync_db_string(row, 1);
	int circle_index = bsync_schema_circle_index(schema, circle);
	int table_index = bsync_schema_table_index(schema, tbl);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_DEP, bsync_db_int64(row, 3),
								 circle, tbl);

	if (circle_index < 0)
		bsync_schema_report_error(build->report, place,
					  "sync_circle_dep names the circle %s, which is not there", circle);
	if (table_index < 0)
		bsync_schema_report_error(build->report, place, "sync_circle_dep names %s, which is not a synced table",
					  tbl);
	if (circle_index < 0 || table_index < 0 || schema->dep_count == DEPS_MAX)
		return BSYNC_OK;
	struct bsync_circle_dep *dep = &schema->deps[schema->dep_count++];
	dep->circle = (uint32_t)circle_index;
	dep->table = (uint32_t)table_index;
	return column_copy(row, 2, &dep->scopes_sql);
}

enum bsync_result bsync_schema_load_circles(struct bsync_schema_build *build)
{
	assert(build != NULL);
	struct bsync_schema *schema = build->schema;
	enum bsync_result result;

	schema->circles = calloc(CIRCLES_MAX, sizeof(*schema->circles));
	schema->deps = calloc(DEPS_MAX, sizeof(*schema->deps));
	if (schema->circles == NULL || schema->deps == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_schema_rows_load(
		build, "SELECT no, name, members, writers, founders, root, on_end, lead FROM sync_circle ORDER BY no",
		circle_load);
	if (result != BSYNC_OK)
		return result;
	return bsync_schema_rows_load(build, "SELECT circle, tbl, scopes, rowid FROM sync_circle_dep ORDER BY rowid",
				      dep_load);
}

/* The index of the column when the scope expression is nothing but its name, else -1. */
static int scope_column(const struct bsync_table *table, const char *scope)
{
	assert(table != NULL);
	assert(scope != NULL);
	struct bsync_bytes sql = bsync_bytes_of_string(scope);
	struct bsync_token first;
	struct bsync_token second;

	if (!bsync_token_next(&sql, &first) || bsync_token_next(&sql, &second))
		return -1;
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (bsync_token_is_name(&first, table->columns[i].name))
			return (int)i;
	}
	return -1;
}

bool bsync_schema_columns_list(struct bsync_schema_build *build, const struct bsync_table *table, const char *what,
			       const char *columns, struct bsync_schema_place place, bool *has_column)
{
	assert(build != NULL);
	assert(table != NULL);
	assert(columns != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(columns);
	struct bsync_token token;
	bool is_all = false;

	while (bsync_token_next(&rest, &token)) {
		uint32_t i = 0;
		if (bsync_token_is_sign(&token, ','))
			continue;
		if (bsync_token_is_sign(&token, '*')) {
			is_all = true;
			continue;
		}
		while (i < table->column_count && !bsync_token_is_name(&token, table->columns[i].name))
			i++;
		if (i < table->column_count)
			has_column[i] = true;
		else
			bsync_schema_report_error(build->report, place,
						  "%s of table %s lists %.*s, which is not a column of it", what,
						  table->name, (int)token.text.size, (const char *)token.text.data);
	}
	return is_all;
}

static void face_columns(struct bsync_schema_build *build, const struct bsync_table *table, struct bsync_face *face,
			 const char *columns, struct bsync_schema_place place)
{
	assert(face != NULL);
	char what[120];
	bool is_all = false;

	snprintf(what, sizeof(what), "face %s", face->name);
	is_all = bsync_schema_columns_list(build, table, what, columns, place, face->has_column);
	face->is_whole = true;
	for (uint32_t i = 0; i < table->column_count; i++) {
		face->has_column[i] = face->has_column[i] || is_all || table->columns[i].is_key;
		table->columns[i].travels = table->columns[i].travels || face->has_column[i];
		face->is_whole = face->is_whole && face->has_column[i];
	}
}

static enum bsync_result face_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	struct bsync_schema *schema = build->schema;
	int64_t no = bsync_db_int64(row, 0);
	const char *tbl = bsync_db_string(row, 1);
	const char *name = bsync_db_string(row, 2);
	const char *circle = bsync_db_string(row, 4);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_FACE, no, tbl, name);
	int table_index = bsync_schema_table_index(schema, tbl);
	int circle_index = bsync_schema_circle_index(schema, circle);

	if (table_index < 0)
		bsync_schema_report_error(build->report, place, "face %s is of %s, which is not a synced table", name,
					  tbl);
	if (circle_index < 0)
		bsync_schema_report_error(build->report, place,
					  "face %s of table %s is for the circle %s, which is not there", name, tbl,
					  circle);
	if (no < 1 || no > 65535)
		bsync_schema_report_error(build->report, place, "face %s of table %s has a number outside 1 … 65535",
					  name, tbl);
	if (table_index < 0 || circle_index < 0)
		return BSYNC_OK;
	struct bsync_table *table = &schema->tables[table_index];
	if (table->face_count == BSYNC_FACES_MAX) {
		bsync_schema_report_error(build->report, place, "table %s has more than %d faces", tbl,
					  BSYNC_FACES_MAX);
		return BSYNC_OK;
	}
	if (table->faces == NULL)
		table->faces = calloc(BSYNC_FACES_MAX, sizeof(*table->faces));
	if (table->faces == NULL)
		return BSYNC_NO_MEMORY;
	struct bsync_face *face = &table->faces[table->face_count++];
	face->no = (uint32_t)no;
	face->circle = (uint32_t)circle_index;
	face->scope_column = scope_column(table, bsync_db_string(row, 3));
	enum bsync_result result = column_copy(row, 2, &face->name);
	if (result == BSYNC_OK)
		result = column_copy(row, 3, &face->scope_sql);
	if (result == BSYNC_OK)
		face_columns(build, table, face, bsync_db_string(row, 5), place);
	return result;
}

enum bsync_result bsync_schema_load_faces(struct bsync_schema_build *build)
{
	assert(build != NULL);
	return bsync_schema_rows_load(build, "SELECT no, tbl, name, scope, circle, columns FROM sync_face ORDER BY no",
				      face_load);
}

/* The column of `table` that column `index` of the directory's row names; -1 for NULL. */
static int directory_column(struct bsync_schema_build *build, const struct bsync_table *table, sqlite3_stmt *row,
			    int index, struct bsync_schema_place place)
{
	assert(build != NULL);
	assert(table != NULL);
	const char *name = bsync_db_string(row, index);
	int column = name != NULL ? bsync_table_column_named(table, name) : -1;

	if (name != NULL && column < 0)
		bsync_schema_report_error(build->report, place, "sync_directory names %s.%s, which is not a column",
					  table->name, name);
	return column;
}

static enum bsync_result directory_load(struct bsync_schema_build *build, sqlite3_stmt *row)
{
	assert(build != NULL);
	assert(row != NULL);
	struct bsync_schema *schema = build->schema;
	const char *what = bsync_db_string(row, 0);
	const char *tbl = bsync_db_string(row, 1);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_DIRECTORY,
								 bsync_db_int64(row, 7), what, tbl);
	int table_index = bsync_schema_table_index(schema, tbl);

	if (strcmp(what, "organisation") != 0 && strcmp(what, "team") != 0 && strcmp(what, "worker") != 0) {
		bsync_schema_report_error(build->report, place,
					  "sync_directory has '%s'; it has 'organisation', 'team' and 'worker'", what);
		return BSYNC_OK;
	}
	if (table_index < 0) {
		bsync_schema_report_error(build->report, place, "sync_directory names %s, which is not a synced table",
					  tbl);
		return BSYNC_OK;
	}
	const struct bsync_table *table = &schema->tables[table_index];
	struct bsync_directory *directory = &schema->directory[schema->directory_count++];
	memcpy(directory->what, what, strlen(what) + 1);
	directory->table = (uint32_t)table_index;
	directory->id = directory_column(build, table, row, 2, place);
	directory->name = directory_column(build, table, row, 3, place);
	directory->team = directory_column(build, table, row, 4, place);
	directory->role = directory_column(build, table, row, 5, place);
	directory->organisation = directory_column(build, table, row, 6, place);
	if (directory->id >= 0 && (table->key_count != 1 || table->key[0] != (uint32_t)directory->id ||
				   table->columns[directory->id].affinity != BSYNC_AFFINITY_BLOB))
		bsync_schema_report_error(
			build->report, place,
			"the id of '%s' is %s.%s, which is not a BLOB PRIMARY KEY alone; ids of workers and teams "
			"are 16-byte blobs",
			what, table->name, table->columns[directory->id].name);
	return BSYNC_OK;
}

enum bsync_result bsync_schema_load_directory(struct bsync_schema_build *build)
{
	assert(build != NULL);
	return bsync_schema_rows_load(
		build, "SELECT what, tbl, id, name, team, role, organisation, rowid FROM sync_directory ORDER BY what",
		directory_load);
}
