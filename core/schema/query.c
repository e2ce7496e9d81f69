#include "core/schema/build.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/schema/token.h"

struct look {
	const struct bsync_schema *schema;
	int only;
	const struct bsync_schema_holding *holding; /* NULL: all may be read */
	int select_count;
	struct bsync_schema_query *query;
};

static const char *const clock_functions[] = {"date",      "time",     "datetime", "julianday",
					      "unixepoch", "strftime", "timediff"};

static bool is_clock_function(const char *name)
{
	assert(name != NULL);
	for (size_t i = 0; i < sizeof(clock_functions) / sizeof(clock_functions[0]); i++) {
		if (sqlite3_stricmp(name, clock_functions[i]) == 0)
			return true;
	}
	return false;
}

/* Why a query may not call a function; NULL when it may. */
static const char *function_refusal(const char *name, const char *view)
{
	assert(name != NULL);
	static const char *const never[] = {
		"random",  "randomblob",    "current_date",      "current_time",   "current_timestamp",
		"changes", "total_changes", "last_insert_rowid", "load_extension",
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		if (sqlite3_stricmp(name, never[i]) == 0)
			return "it calls a function whose answer changes by itself, and nothing would look it up again; give "
			       "from and until as columns";
	}
	if (view != NULL && is_clock_function(name))
		return "it calls a function of date and time inside a view; call it in the query itself";
	return NULL;
}

static int refuse(struct look *look, const char *why)
{
	assert(look != NULL);
	assert(why != NULL);
	snprintf(look->query->why, sizeof(look->query->why), "%s", why);
	return SQLITE_DENY;
}

/* A table may be read for no column of it: to count its rows. */
static bool is_held(const struct look *look, int table, const char *column)
{
	assert(look != NULL);
	const struct bsync_table *type = &look->schema->tables[table];

	if (look->holding == NULL)
		return true;
	for (uint32_t i = 0; i < type->column_count; i++) {
		if (look->holding->is_held[table][i] &&
		    (column[0] == '\0' || sqlite3_stricmp(type->columns[i].name, column) == 0))
			return true;
	}
	return false;
}

static int table_read(struct look *look, const char *table, const char *column, const char *view)
{
	assert(look != NULL);
	assert(table != NULL);
	int index = bsync_schema_table_index(look->schema, table);
	char why[200];

	if (index < 0) {
		bool is_hidden = sqlite3_strnicmp(table, "sqlite_", 7) == 0 ||
				 sqlite3_strnicmp(table, "bsync_", 6) == 0 || bsync_registry_has(table) ||
				 sqlite3_strnicmp(table, "pragma_", 7) == 0;
		/* What is left are views, which show the tables they read, and json_each and its like. */
		if (!is_hidden)
			return SQLITE_OK;
		snprintf(why, sizeof(why), "it reads %s, which is not a table of the schema", table);
		return refuse(look, why);
	}
	if (look->only >= 0 && (index != look->only || view != NULL)) {
		snprintf(why, sizeof(why), "it reads %s; it may read the columns of its own row only", table);
		return refuse(look, why);
	}
	if (!is_held(look, index, column)) {
		snprintf(why, sizeof(why),
			 "it reads %.60s.%.60s, which its members do not hold; give the circle a face of it", table,
			 column);
		return refuse(look, why);
	}
	look->query->reads[index] = true;
	look->query->reads_column = look->query->reads_column || column[0] != '\0';
	return SQLITE_OK;
}

static int authorize(void *context, int action, const char *first, const char *second, const char *database,
		     const char *view)
{
	assert(context != NULL);
	struct look *look = context;
	const char *why;

	(void)database;
	switch (action) {
	case SQLITE_SELECT:
		look->select_count++;
		if (look->only >= 0 && look->select_count > 1)
			return refuse(look, "it holds a query; it may compute with the columns of its own row only");
		return SQLITE_OK;
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return table_read(look, first, second != NULL ? second : "", view);
	case SQLITE_FUNCTION:
		why = function_refusal(second, view);
		return why == NULL ? SQLITE_OK : refuse(look, why);
	default:
		return refuse(look, "it does more than read; it is one SELECT");
	}
}

/* SQLite does not report arguments: date('now') and date() are found in the text. */
static bool asks_the_clock(const char *sql)
{
	assert(sql != NULL);
	struct bsync_bytes rest = bsync_bytes_of_string(sql);
	struct bsync_token tokens[3] = {0};
	bool is_clock = false;

	while (bsync_token_next(&rest, &tokens[2])) {
		if (bsync_token_is_sign(&tokens[2], ')') && bsync_token_is_sign(&tokens[1], '(')) {
			for (size_t i = 0; i < sizeof(clock_functions) / sizeof(clock_functions[0]); i++)
				is_clock = is_clock || bsync_token_is_name(&tokens[0], clock_functions[i]);
		}
		if (tokens[2].kind == BSYNC_TOKEN_STRING && tokens[2].text.size == 3 &&
		    sqlite3_strnicmp((const char *)tokens[2].text.data, "now", 3) == 0)
			is_clock = true;
		tokens[0] = tokens[1];
		tokens[1] = tokens[2];
	}
	return is_clock;
}

/* Notes the parameters, the columns and where the third comes from. */
static void statement_look(const struct bsync_schema *schema, sqlite3_stmt *statement, struct bsync_schema_query *query)
{
	assert(schema != NULL);
	assert(statement != NULL);
	int count = sqlite3_bind_parameter_count(statement);

	query->is_good = true;
	query->column_count = sqlite3_column_count(statement);
	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(statement, i);
		if (query->parameter_count == BSYNC_SCHEMA_PARAMETERS_MAX || name == NULL ||
		    strlen(name) >= sizeof(query->parameters[0])) {
			query->is_good = false;
			snprintf(query->why, sizeof(query->why), "it has a parameter without a name, or too many");
			return;
		}
		snprintf(query->parameters[query->parameter_count++], sizeof(query->parameters[0]), "%s", name);
	}
	if (query->column_count < 3)
		return;
	const char *table = sqlite3_column_table_name(statement, 2);
	const char *column = sqlite3_column_origin_name(statement, 2);
	if (table != NULL && column != NULL)
		query->until_table = bsync_schema_table_index(schema, table);
	if (query->until_table >= 0)
		query->until_column = bsync_table_column_named(&schema->tables[query->until_table], column);
}

static enum bsync_result query_look(struct bsync_schema_build *build, const char *sql, struct look *look)
{
	assert(build != NULL);
	assert(sql != NULL);
	struct bsync_schema_query *query = look->query;
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;

	memset(query, 0, sizeof(*query));
	query->until_table = -1;
	query->until_column = -1;
	if (asks_the_clock(sql)) {
		snprintf(query->why, sizeof(query->why),
			 "it asks what time it is, and nothing would look it up again; give from and until as columns");
		return BSYNC_OK;
	}
	sqlite3_set_authorizer(build->db.handle, authorize, look);
	int code = sqlite3_prepare_v3(build->db.handle, sql, -1, 0, &statement, &tail);
	sqlite3_set_authorizer(build->db.handle, NULL, NULL);
	if ((code & 0xff) == SQLITE_NOMEM)
		return BSYNC_NO_MEMORY;
	if (code != SQLITE_OK && query->why[0] == '\0')
		snprintf(query->why, sizeof(query->why), "SQLite: %s", sqlite3_errmsg(build->db.handle));
	struct bsync_bytes rest = bsync_bytes_of_string(code == SQLITE_OK ? tail : "");
	bsync_token_skip(&rest);
	if (code == SQLITE_OK && (statement == NULL || rest.size != 0))
		snprintf(query->why, sizeof(query->why), "it is not one statement");
	else if (code == SQLITE_OK)
		statement_look(build->schema, statement, query);
	sqlite3_finalize(statement);
	return BSYNC_OK;
}

enum bsync_result bsync_schema_query_look(struct bsync_schema_build *build, const char *sql, int only,
					  struct bsync_schema_query *query)
{
	assert(query != NULL);
	struct look look = {.schema = build->schema, .only = only, .query = query};

	return query_look(build, sql, &look);
}

enum bsync_result bsync_schema_query_look_held(struct bsync_schema_build *build, const char *sql,
					       const struct bsync_schema_holding *holding,
					       struct bsync_schema_query *query)
{
	assert(holding != NULL);
	assert(query != NULL);
	struct look look = {.schema = build->schema, .only = -1, .holding = holding, .query = query};

	return query_look(build, sql, &look);
}
