/* check_circles.c: the queries that say who holds what. */
#include "core/schema/build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/token.h"

/* Queries and views that are looked into for one SELECT; with more of them it cannot be told what it ends by. */
enum { LOOKS_MAX = 100 };

/* What the checks of one circle share. */
struct circle_look {
	struct bsync_schema_build *build;
	const struct bsync_circle *circle;
	uint32_t index;
	struct bsync_schema_place place;
	struct bsync_schema_query query;
	struct bsync_schema_query part;      /* one SELECT of the members query */
	struct bsync_schema_query face;      /* the last scope expression that was looked at */
	bool reads[BSYNC_TABLES_MAX];        /* by the members or writers query */
	struct bsync_schema_holding holding; /* of who holds a scope of the circle */
};

static bool has_parameter(const struct bsync_schema_query *query, const char *name)
{
	assert(query != NULL);
	assert(name != NULL);
	for (int i = 0; i < query->parameter_count; i++) {
		if (strcmp(query->parameters[i], name) == 0)
			return true;
	}
	return false;
}

/* Reports what is wrong with a query of the circle that was looked at; false after a report. */
static bool circle_query_check(struct circle_look *look, const char *kind, int columns_max)
{
	assert(look != NULL);
	assert(kind != NULL);
	struct bsync_schema_report *report = look->build->report;
	const struct bsync_schema_query *query = &look->query;

	if (!query->is_good) {
		bsync_schema_report_error(report, look->place, "the %s query of circle %s does not compile: %s", kind,
					  look->circle->name, query->why);
		return false;
	}
	if (query->column_count > columns_max) {
		bsync_schema_report_error(report, look->place,
					  "the %s query of circle %s gives %d columns; it gives %s", kind,
					  look->circle->name, query->column_count,
					  columns_max == 3 ? "worker, from and until" : "the worker");
		return false;
	}
	for (int i = 0; i < query->parameter_count; i++) {
		if (strcmp(query->parameters[i], ":scope") == 0)
			continue;
		bsync_schema_report_error(report, look->place,
					  "the %s query of circle %s binds %s; it binds :scope only", kind,
					  look->circle->name, query->parameters[i]);
		return false;
	}
	return true;
}

/* Compiles one query of the circle; false after a report.  `kind` is its column in sync_circle. */
static enum bsync_result circle_query(struct circle_look *look, const char *kind, const char *sql, int columns_max,
				      bool *is_good)
{
	assert(look != NULL);
	assert(kind != NULL);
	enum bsync_result result = bsync_schema_query_look(look->build, sql, -1, &look->query);

	*is_good = result == BSYNC_OK && circle_query_check(look, kind, columns_max);
	return result;
}

/* The same scope for all rows: an expression without columns. */
static enum bsync_result face_is_constant(struct circle_look *look, uint32_t table, const struct bsync_face *face,
					  bool *is_constant)
{
	assert(look != NULL);
	assert(face != NULL);
	enum bsync_result result = bsync_schema_scope_look(look->build, table, face->scope_sql, &look->face);

	*is_constant = result == BSYNC_OK && !(look->face.is_good && look->face.reads_column);
	return result;
}

/* True when every face of the circle has the same scope for all rows. */
static enum bsync_result scopes_are_constant(struct circle_look *look, bool *are_constant)
{
	assert(look != NULL);
	assert(are_constant != NULL);
	const struct bsync_schema *schema = look->build->schema;
	enum bsync_result result = BSYNC_OK;

	*are_constant = true;
	for (uint32_t t = 0; t < schema->table_count; t++) {
		for (uint32_t f = 0; result == BSYNC_OK && f < schema->tables[t].face_count; f++) {
			const struct bsync_face *face = &schema->tables[t].faces[f];
			bool is_constant = true;
			if (face->circle == look->index)
				result = face_is_constant(look, t, face, &is_constant);
			*are_constant = *are_constant && is_constant;
		}
	}
	return result;
}

/* A circle of all workers, whatever the scope: "SELECT id FROM medewerker". */
static bool is_of_everybody(const struct bsync_schema *schema, const struct bsync_circle *circle)
{
	assert(schema != NULL);
	assert(circle != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(circle->members_sql);
	struct bsync_token tokens[4];
	size_t count = 0;

	while (count < 4 && bsync_token_next(&rest, &tokens[count]))
		count++;
	bsync_token_skip(&rest);
	for (uint32_t i = 0; count == 4 && rest.size == 0 && i < schema->directory_count; i++) {
		const struct bsync_directory *directory = &schema->directory[i];
		const struct bsync_table *table = &schema->tables[directory->table];
		if (strcmp(directory->what, "worker") == 0 && directory->id >= 0 &&
		    bsync_token_is_word(&tokens[0], "SELECT") &&
		    bsync_token_is_name(&tokens[1], table->columns[directory->id].name) &&
		    bsync_token_is_word(&tokens[2], "FROM") && bsync_token_is_name(&tokens[3], table->name))
			return true;
	}
	return false;
}

/* What is in the scope itself, and what everybody has.  A face whose rows are all in one scope is in no other scope of the circle. */
static enum bsync_result holding_fill(struct circle_look *look, bool are_constant)
{
	assert(look != NULL);
	const struct bsync_schema *schema = look->build->schema;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t t = 0; t < schema->table_count; t++) {
		const struct bsync_table *table = &schema->tables[t];
		for (uint32_t f = 0; result == BSYNC_OK && f < table->face_count; f++) {
			const struct bsync_face *face = &table->faces[f];
			bool is_held = is_of_everybody(schema, &schema->circles[face->circle]);
			bool is_constant = false;
			if (!is_held && face->circle == look->index) {
				result = face_is_constant(look, t, face, &is_constant);
				is_held = are_constant || !is_constant;
			}
			for (uint32_t c = 0; is_held && c < table->column_count; c++)
				look->holding.is_held[t][c] |= face->has_column[c];
		}
	}
	return result;
}

static bool is_compound_word(const struct bsync_token *token)
{
	assert(token != NULL);
	return bsync_token_is_word(token, "UNION") || bsync_token_is_word(token, "EXCEPT") ||
	       bsync_token_is_word(token, "INTERSECT");
}

/* Takes the next SELECT of a compound one off the front of `sql`; all of it where it is a single one. */
static struct bsync_bytes select_next(struct bsync_bytes *sql)
{
	assert(sql != NULL);
	struct bsync_bytes select = *sql;
	struct bsync_token token;
	int depth = 0;

	while (bsync_token_next(sql, &token)) {
		depth += bsync_token_is_sign(&token, '(') - bsync_token_is_sign(&token, ')');
		if (depth != 0 || !is_compound_word(&token))
			continue;
		select.size = (size_t)(token.text.data - select.data);
		struct bsync_bytes after = *sql;
		if (bsync_token_next(&after, &token) && bsync_token_is_word(&token, "ALL"))
			*sql = after;
		return select;
	}
	return select;
}

/* Of `look->part`: whether its until can be put off. */
static void until_look(struct circle_look *look, bool is_first)
{
	assert(look != NULL);
	const struct bsync_schema_query *query = &look->part;
	struct bsync_schema_report *report = look->build->report;

	if (query->column_count < 3)
		return;
	if (query->until_table < 0 || query->until_column < 0) {
		if (is_first)
			bsync_schema_report_note(
				report, look->place,
				"circle %s: until is computed, so it cannot be told whether an earlier end always wins; the "
				"column it comes from should have the rule min",
				look->circle->name);
		return;
	}
	const struct bsync_table *table = &look->build->schema->tables[query->until_table];
	const struct bsync_column *column = &table->columns[query->until_column];
	if (!column->is_key && column->rule != BSYNC_RULE_MIN && column->rule != BSYNC_RULE_SERVER)
		bsync_schema_report_error(
			report, look->place,
			"circle %s: access ends at %s.%s, whose rule is %s; an end set by one worker must not lose to "
			"a later write of another: make it min",
			look->circle->name, table->name, column->name, bsync_rule_name(column->rule));
}

/* What stands behind CREATE VIEW name AS. */
static const char *view_query(const char *sql)
{
	assert(sql != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(sql);
	struct bsync_token token;

	while (bsync_token_next(&rest, &token) && !bsync_token_is_word(&token, "AS"))
		continue;
	return (const char *)rest.data;
}

/* Of a compound query inside another one SQLite tells the first SELECT only, so what the others end by is not seen: true when
 * there is one in `sql`, or in a view that it names. */
static enum bsync_result compound_find(struct bsync_schema_build *build, const char *sql, int *looks, bool *is_inside)
{
	assert(build != NULL);
	assert(looks != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(sql);
	struct bsync_token token;
	sqlite3_stmt *view = NULL;
	bool has_row = false;
	enum bsync_result result;

	while (bsync_token_next(&rest, &token))
		*is_inside = *is_inside || is_compound_word(&token);
	*is_inside = *is_inside || ++*looks > LOOKS_MAX;
	if (*is_inside)
		return BSYNC_OK;
	result = bsync_db_prepare(&build->db, "SELECT name, sql FROM sqlite_schema WHERE type = 'view'", &view);
	while (result == BSYNC_OK && !*is_inside && (result = bsync_db_step(view, &has_row)) == BSYNC_OK && has_row) {
		const char *name = bsync_db_string(view, 0);
		bool is_named = false;
		rest = bsync_bytes_of_string(sql);
		while (bsync_token_next(&rest, &token))
			is_named = is_named || bsync_token_is_name(&token, name);
		if (is_named)
			result = compound_find(build, view_query(bsync_db_string(view, 1)), looks, is_inside);
	}
	bsync_db_finalize(&view);
	return result;
}

/* One SELECT of the members query: notes or reports what keeps its until from being looked at. */
static enum bsync_result part_check(struct circle_look *look, const char *sql, bool is_first)
{
	assert(look != NULL);
	assert(sql != NULL);
	struct bsync_schema_report *report = look->build->report;
	bool is_inside = false;
	int looks = 0;
	enum bsync_result result = bsync_schema_query_look(look->build, sql, -1, &look->part);

	if (result != BSYNC_OK)
		return result;
	if (!look->part.is_good) {
		bsync_schema_report_error(
			report, look->place,
			"a SELECT of the members query of circle %s does not compile alone, so it cannot be told what it "
			"ends by: %s; write each as a whole query",
			look->circle->name, look->part.why);
		return BSYNC_OK;
	}
	until_look(look, is_first);
	if (look->part.until_column >= 0)
		result = compound_find(look->build, sql, &looks, &is_inside);
	if (is_inside)
		bsync_schema_report_note(
			report, look->place,
			"circle %s: there is a UNION inside a query or view that the members query reads, so it cannot be "
			"told whether an earlier end always wins; what each of its SELECTs ends by should have the rule min",
			look->circle->name);
	return result;
}

/* SQLite tells where the columns of the first SELECT come from, so each is looked at alone. */
static enum bsync_result until_check(struct circle_look *look)
{
	assert(look != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(look->circle->members_sql);
	char *sql = malloc(rest.size + 1);
	enum bsync_result result = sql != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	for (bool is_first = true; result == BSYNC_OK && rest.size != 0; is_first = false) {
		struct bsync_bytes select = select_next(&rest);
		memcpy(sql, select.data, select.size);
		sql[select.size] = '\0';
		result = part_check(look, sql, is_first);
	}
	free(sql);
	return result;
}

/* Devices find out by themselves who leads: `look->query` is the members query, as somebody in the circle can run it. */
static enum bsync_result lead_check(struct circle_look *look)
{
	assert(look != NULL);
	const struct bsync_circle *circle = look->circle;
	enum bsync_result result;

	if (circle->lead_sql == NULL)
		return BSYNC_OK;
	if (!circle->knows_members)
		bsync_schema_report_error(
			look->build->report, look->place,
			"circle %s says who leads, but a device cannot tell who is in it: the members query does not "
			"compile there: %s",
			circle->name, look->query.why);
	result = bsync_schema_query_look_held(look->build, circle->lead_sql, &look->holding, &look->query);
	if (result == BSYNC_OK)
		circle_query_check(look, "lead", 1);
	return result;
}

static enum bsync_result members_check(struct circle_look *look)
{
	assert(look != NULL);
	bool is_good;
	bool are_constant;
	enum bsync_result result = circle_query(look, "members", look->circle->members_sql, 3, &is_good);

	if (result != BSYNC_OK || !is_good)
		return result;
	memcpy(look->reads, look->query.reads, sizeof(look->reads));
	if (look->query.column_count == 3)
		result = until_check(look);
	if (result == BSYNC_OK)
		result = scopes_are_constant(look, &are_constant);
	if (result == BSYNC_OK && !are_constant && !has_parameter(&look->query, ":scope"))
		bsync_schema_report_error(
			look->build->report, look->place,
			"the members query of circle %s does not use :scope, so everybody in it would hold every scope; "
			"add a condition on :scope",
			look->circle->name);
	if (result == BSYNC_OK)
		result = holding_fill(look, are_constant);
	if (result == BSYNC_OK)
		result = bsync_schema_query_look_held(look->build, look->circle->members_sql, &look->holding,
						      &look->query);
	if (result == BSYNC_OK)
		look->build->schema->circles[look->index].knows_members = look->query.is_good;
	return result == BSYNC_OK ? lead_check(look) : result;
}

static enum bsync_result others_check(struct circle_look *look)
{
	assert(look != NULL);
	const struct bsync_circle *circle = look->circle;
	enum bsync_result result = BSYNC_OK;
	bool is_good = false;

	if (circle->writers_sql != NULL && circle->writers_sql[0] != '\0')
		result = circle_query(look, "writers", circle->writers_sql, 1, &is_good);
	for (int t = 0; is_good && t < BSYNC_TABLES_MAX; t++)
		look->reads[t] = look->reads[t] || look->query.reads[t];
	if (result == BSYNC_OK && circle->founders_sql != NULL)
		result = circle_query(look, "founders", circle->founders_sql, 3, &is_good);
	if (circle->founders_sql != NULL && circle->root_table < 0)
		bsync_schema_report_error(
			look->build->report, look->place,
			"circle %s says who may found a scope but has no root table; name the table whose insert "
			"begins one",
			circle->name);
	return result;
}

/* Every table that a query reads must say which scopes a change of it touches. */
static void deps_check(struct circle_look *look)
{
	assert(look != NULL);
	const struct bsync_schema *schema = look->build->schema;

	for (uint32_t t = 0; t < schema->table_count; t++) {
		bool has_dep = false;
		for (uint32_t d = 0; d < schema->dep_count; d++)
			has_dep = has_dep || (schema->deps[d].circle == look->index && schema->deps[d].table == t);
		if (look->reads[t] && !has_dep)
			bsync_schema_report_error(
				look->build->report, look->place,
				"circle %s reads table %s but sync_circle_dep does not say which of its scopes a "
				"changed row of %s touches; add a row, or its members stay as they were",
				look->circle->name, schema->tables[t].name, schema->tables[t].name);
	}
}

static void faces_check(struct circle_look *look)
{
	assert(look != NULL);
	const struct bsync_schema *schema = look->build->schema;
	bool has_face = false;
	bool has_root_face = false;

	for (uint32_t t = 0; t < schema->table_count; t++) {
		for (uint32_t f = 0; f < schema->tables[t].face_count; f++) {
			bool is_ours = schema->tables[t].faces[f].circle == look->index;
			has_face = has_face || is_ours;
			has_root_face = has_root_face || (is_ours && (int)t == look->circle->root_table);
		}
	}
	if (!has_face)
		bsync_schema_report_note(look->build->report, look->place, "no table has a face for circle %s",
					 look->circle->name);
	else if (look->circle->root_table >= 0 && !has_root_face)
		bsync_schema_report_error(
			look->build->report, look->place,
			"the root table %s of circle %s has no face for that circle, so no scope could be founded",
			schema->tables[look->circle->root_table].name, look->circle->name);
}

/* :old_COLUMN and :new_COLUMN of the dep's table. */
static bool is_row_parameter(const struct bsync_table *table, const char *name)
{
	assert(table != NULL);
	assert(name != NULL);
	if (strncmp(name, ":old_", 5) != 0 && strncmp(name, ":new_", 5) != 0)
		return false;
	return bsync_table_column_named(table, name + 5) >= 0;
}

static enum bsync_result dep_check(struct bsync_schema_build *build, const struct bsync_circle_dep *dep,
				   struct bsync_schema_query *query)
{
	assert(build != NULL);
	assert(dep != NULL);
	const struct bsync_table *table = &build->schema->tables[dep->table];
	const char *circle = build->schema->circles[dep->circle].name;
	int64_t row = 0;
	sqlite3_stmt *find = NULL;
	enum bsync_result result = bsync_db_prepare(
		&build->db, "SELECT rowid FROM sync_circle_dep WHERE circle = ?1 AND tbl = ?2", &find);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_string(find, 1, circle);
	bsync_db_bind_string(find, 2, table->name);
	result = bsync_db_row(find);
	if (result == BSYNC_OK)
		row = bsync_db_int64(find, 0);
	bsync_db_finalize(&find);
	struct bsync_schema_place place = bsync_schema_place_row(build, BSYNC_REGISTRY_DEP, row, circle, table->name);
	if (result == BSYNC_OK)
		result = bsync_schema_query_look(build, dep->scopes_sql, -1, query);
	if (result != BSYNC_OK)
		return result;
	if (!query->is_good)
		bsync_schema_report_error(build->report, place,
					  "the scopes query of circle %s on %s does not compile: %s", circle,
					  table->name, query->why);
	else if (query->column_count != 1)
		bsync_schema_report_error(build->report, place,
					  "the scopes query of circle %s on %s gives %d columns; it gives the scope",
					  circle, table->name, query->column_count);
	for (int i = 0; query->is_good && i < query->parameter_count; i++) {
		if (!is_row_parameter(table, query->parameters[i]))
			bsync_schema_report_error(
				build->report, place,
				"the scopes query of circle %s on %s binds %s; it binds :old_COLUMN and :new_COLUMN of %s",
				circle, table->name, query->parameters[i], table->name);
	}
	return BSYNC_OK;
}

enum bsync_result bsync_schema_check_circles(struct bsync_schema_build *build)
{
	assert(build != NULL);
	const struct bsync_schema *schema = build->schema;
	struct circle_look *look = calloc(1, sizeof(*look));
	enum bsync_result result = look != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	for (uint32_t i = 0; result == BSYNC_OK && i < schema->circle_count; i++) {
		memset(look, 0, sizeof(*look));
		look->build = build;
		look->circle = &schema->circles[i];
		look->index = i;
		look->place = bsync_schema_place_row(build, BSYNC_REGISTRY_CIRCLE, look->circle->no, look->circle->name,
						     NULL);
		result = members_check(look);
		if (result == BSYNC_OK)
			result = others_check(look);
		if (result != BSYNC_OK)
			break;
		deps_check(look);
		faces_check(look);
	}
	for (uint32_t i = 0; result == BSYNC_OK && i < schema->dep_count; i++)
		result = dep_check(build, &schema->deps[i], &look->query);
	free(look);
	return result;
}
