/* why.c: which rows make a worker a member of a scope.
 *
 * The rows that the deps of a circle tie to the scope are all that its members query can depend on.  They are copied to a
 * database of their own; what can be taken out of it while the worker stays a member is no reason. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/schema/domain.h"
#include "core/schema/membership.h"
#include "core/schema/row_text.h"
#include "daemon/store/view_internal.h"

enum { CANDIDATES_MAX = 100000 };

/* A row that the scope can depend on. */
struct candidate {
	uint32_t table;
	bool is_in;     /* the small database has it */
	bool is_tried;  /* was in before what is tried now */
	bool is_barred; /* another way in is looked for, without it */
	struct bsync_value *values;
};

struct why {
	struct bsync_view *view;
	struct bsync_tables whole; /* of the store */
	struct bsync_db small;
	struct bsync_tables few;  /* of the small database */
	struct bsync_mask *reads; /* by table: what the members query reads */
	struct bsync_arena arena;
	uint32_t count, capacity;
	struct candidate *candidates;
	uint32_t circle;
	struct bsync_value scope;
	struct bsync_worker_id worker;
	int64_t now_ms;
};

/* --- The rows that can matter --- */

static bool candidate_add(struct why *why, uint32_t table, sqlite3_stmt *row)
{
	const uint32_t columns = why->view->base.schema->tables[table].column_count;
	struct candidate *candidate = NULL;

	if (why->count == CANDIDATES_MAX)
		return false;
	if (why->count == why->capacity) {
		uint32_t capacity = why->capacity * 2 + 64;
		struct candidate *list = realloc(why->candidates, capacity * sizeof(*list));

		if (list == NULL)
			return false;
		why->candidates = list;
		why->capacity = capacity;
	}
	candidate = &why->candidates[why->count];
	*candidate = (struct candidate){.table = table};
	candidate->values = bsync_arena_take(&why->arena, columns * sizeof(*candidate->values));
	for (uint32_t i = 0; candidate->values != NULL && i < columns; i++) {
		struct bsync_value value = bsync_db_value(row, (int)i + 1);

		if (!bsync_value_copy(&why->arena, &value, &candidate->values[i]))
			return false;
	}
	why->count += candidate->values != NULL;
	return candidate->values != NULL;
}

/* True when the dep ties the row, as it would come, to the scope. */
static enum bsync_result is_tied(const struct why *why, const struct bsync_dep_sql *dep,
				 const struct bsync_table *table, sqlite3_stmt *row, bool *tied)
{
	bool has_row = false;
	enum bsync_result result;

	*tied = false;
	for (int i = 1; i <= sqlite3_bind_parameter_count(dep->scopes); i++) {
		const char *name = sqlite3_bind_parameter_name(dep->scopes, i);
		int column = name != NULL && strncmp(name, ":new_", 5) == 0 ? bsync_table_column_named(table, name + 5)
									    : -1;
		struct bsync_value value = column >= 0 ? bsync_db_value(row, column + 1) : bsync_value_null();

		bsync_db_bind_value(dep->scopes, i, &value);
	}
	result = bsync_db_step(dep->scopes, &has_row);
	while (result == BSYNC_OK && has_row && !*tied) {
		struct bsync_value value = bsync_db_value(dep->scopes, 0);

		*tied = bsync_value_equal(&value, &why->scope);
		result = bsync_db_step(dep->scopes, &has_row);
	}
	bsync_db_reset(dep->scopes);
	return result;
}

static enum bsync_result table_search(struct why *why, uint32_t table, const struct bsync_dep_sql *dep)
{
	sqlite3_stmt *row = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_table_sql_select(&why->whole.tables[table], "", &row);

	if (result == BSYNC_OK)
		result = bsync_db_step(row, &has_row);
	while (result == BSYNC_OK && has_row) {
		bool tied = false;

		result = is_tied(why, dep, why->whole.tables[table].table, row, &tied);
		if (result == BSYNC_OK && tied && !candidate_add(why, table, row))
			result = why->count == CANDIDATES_MAX ? BSYNC_TOO_LARGE : BSYNC_NO_MEMORY;
		if (result == BSYNC_OK)
			result = bsync_db_step(row, &has_row);
	}
	bsync_db_finalize(&row);
	return result;
}

static enum bsync_result candidates_find(struct why *why)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < why->view->base.schema->table_count; i++) {
		const struct bsync_table_sql *sql = &why->whole.tables[i];

		for (uint32_t k = 0; k < sql->dep_count && result == BSYNC_OK; k++)
			if (sql->deps[k].circle == why->circle)
				result = table_search(why, i, &sql->deps[k]);
	}
	return result;
}

/* --- In and out of the small database --- */

static enum bsync_result row_put(struct why *why, struct candidate *candidate)
{
	struct bsync_table_sql *sql = &why->few.tables[candidate->table];
	sqlite3_stmt *insert = NULL;
	enum bsync_result result = bsync_table_sql_insert(sql, &insert);
	uint32_t i = 0;

	if (result != BSYNC_OK || candidate->is_in)
		return result;
	for (; i < sql->table->column_count; i++)
		bsync_db_bind_value(insert, (int)i + 1, &candidate->values[i]);
	bsync_db_bind_blob(insert, (int)i + 1, (struct bsync_bytes){NULL, 0});
	candidate->is_in = true;
	return bsync_db_run(insert);
}

static enum bsync_result row_take(struct why *why, struct candidate *candidate)
{
	struct bsync_table_sql *sql = &why->few.tables[candidate->table];
	sqlite3_stmt *remove = NULL;
	enum bsync_result result = bsync_table_sql_remove(sql, &remove);

	if (result != BSYNC_OK || !candidate->is_in)
		return result;
	for (uint32_t i = 0; i < sql->table->key_count; i++)
		bsync_db_bind_value(remove, (int)i + 1, &candidate->values[sql->table->key[i]]);
	candidate->is_in = false;
	return bsync_db_run(remove);
}

/* All that is not barred, and nothing else. */
static enum bsync_result rows_put(struct why *why)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < why->count && result == BSYNC_OK; i++) {
		struct candidate *candidate = &why->candidates[i];

		result = candidate->is_barred ? row_take(why, candidate) : row_put(why, candidate);
	}
	return result;
}

/* True when the rows that are in make the worker a member. */
static enum bsync_result is_member(const struct why *why, bool *is_member)
{
	return bsync_membership_ask(why->few.circles[why->circle].members, &why->scope, &why->worker, why->now_ms,
				    is_member);
}

/* --- Reasons --- */

/* Takes `count` rows from `from` on out, if the worker stays a member without them. */
static enum bsync_result try_without(struct why *why, uint32_t from, uint32_t count)
{
	struct candidate *end = &why->candidates[from + count];
	bool holds = true;
	uint32_t tried = 0;
	enum bsync_result result = BSYNC_OK;

	for (struct candidate *one = &why->candidates[from]; one < end && result == BSYNC_OK; one++) {
		one->is_tried = one->is_in;
		tried += one->is_in;
		result = row_take(why, one);
	}
	if (result == BSYNC_OK && tried > 0)
		result = is_member(why, &holds);
	for (struct candidate *one = &why->candidates[from]; one < end && result == BSYNC_OK && !holds; one++) {
		if (one->is_tried)
			result = row_put(why, one);
	}
	return result;
}

/* Leaves rows in of which none can be missed.  Large pieces first: most rows are no reason. */
static enum bsync_result shrink(struct why *why)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t size = why->count; size > 0 && result == BSYNC_OK; size /= 2) {
		for (uint32_t from = 0; from < why->count && result == BSYNC_OK; from += size)
			result = try_without(why, from, size < why->count - from ? size : why->count - from);
	}
	return result;
}

/* Bars one row of the reason that stands, such that the worker is a member without it; false when there is none. */
static enum bsync_result bar_one(struct why *why, bool *is_left)
{
	enum bsync_result result = BSYNC_OK;

	*is_left = false;
	for (uint32_t i = 0; i < why->count; i++)
		why->candidates[i].is_tried = why->candidates[i].is_in;
	for (uint32_t i = 0; i < why->count && result == BSYNC_OK && !*is_left; i++) {
		if (!why->candidates[i].is_tried)
			continue;
		why->candidates[i].is_barred = true;
		result = rows_put(why);
		if (result == BSYNC_OK)
			result = is_member(why, is_left);
		why->candidates[i].is_barred = *is_left;
	}
	return result;
}

/* The columns of the row that the members query reads. */
static enum bsync_result row_give(struct why *why, const struct candidate *candidate, struct bsync_why_row *row)
{
	const struct bsync_table *table = &why->view->base.schema->tables[candidate->table];
	struct bsync_value *key = bsync_arena_take(&why->arena, table->key_count * sizeof(*key));
	struct bsync_why_cell *cells = bsync_arena_take(&why->arena, table->column_count * sizeof(*cells));

	if (key == NULL || cells == NULL)
		return BSYNC_NO_MEMORY;
	*row = (struct bsync_why_row){.table = table->name, .key_count = table->key_count, .key = key, .cells = cells};
	for (uint32_t i = 0; i < table->key_count; i++)
		key[i] = candidate->values[table->key[i]];
	for (uint32_t i = 0; i < table->column_count; i++) {
		if (bsync_mask_has(&why->reads[candidate->table], i) && !table->columns[i].is_key &&
		    candidate->values[i].kind != BSYNC_NULL)
			cells[row->cell_count++] = (struct bsync_why_cell){table->columns[i].name,
									   candidate->values[i]};
	}
	return BSYNC_OK;
}

static enum bsync_result reason_give(struct why *why, struct bsync_why_reason *reason)
{
	struct bsync_why_row *rows = NULL;
	enum bsync_result result = BSYNC_OK;
	uint32_t count = 0;

	for (uint32_t i = 0; i < why->count; i++)
		count += why->candidates[i].is_in;
	rows = bsync_arena_take(&why->arena, (count + 1) * sizeof(*rows));
	if (rows == NULL)
		return BSYNC_NO_MEMORY;
	*reason = (struct bsync_why_reason){.rows = rows};
	for (uint32_t i = 0; i < why->count && result == BSYNC_OK; i++) {
		if (why->candidates[i].is_in)
			result = row_give(why, &why->candidates[i], &rows[reason->row_count++]);
	}
	return result;
}

static enum bsync_result reasons_find(struct why *why, struct bsync_why *out)
{
	bool is_left = false;
	enum bsync_result result = rows_put(why);

	if (result == BSYNC_OK)
		result = is_member(why, &is_left);
	while (result == BSYNC_OK && is_left && out->reason_count < BSYNC_WHY_REASONS_MAX) {
		result = rows_put(why);
		if (result == BSYNC_OK)
			result = shrink(why);
		if (result == BSYNC_OK)
			result = reason_give(why, &out->reasons[out->reason_count++]);
		if (result == BSYNC_OK)
			result = bar_one(why, &is_left);
	}
	out->has_more = is_left;
	return result;
}

/* --- The circles --- */

static int note_read(void *context, int action, const char *table_name, const char *column_name, const char *database,
		     const char *view)
{
	struct why *why = context;
	const struct bsync_schema *schema = why->view->base.schema;

	(void)database;
	(void)view;
	for (uint32_t i = 0; action == SQLITE_READ && i < schema->table_count; i++) {
		int column = bsync_table_column_named(&schema->tables[i], column_name);

		if (column >= 0 && sqlite3_stricmp(schema->tables[i].name, table_name) == 0)
			bsync_mask_add(&why->reads[i], (uint32_t)column);
	}
	return SQLITE_OK;
}

static enum bsync_result reads_find(struct why *why)
{
	const struct bsync_schema *schema = why->view->base.schema;
	sqlite3_stmt *query = NULL;
	enum bsync_result result;

	memset(why->reads, 0, schema->table_count * sizeof(*why->reads));
	sqlite3_set_authorizer(why->small.handle, note_read, why);
	result = bsync_db_prepare(&why->small, schema->circles[why->circle].members_sql, &query);
	sqlite3_set_authorizer(why->small.handle, NULL, NULL);
	bsync_db_finalize(&query);
	return result;
}

/* Whether the worker is a member of the scope in the store's books; `out` gets since when. */
static enum bsync_result books_read(struct why *why, struct bsync_why *out, bool *is_member)
{
	struct bsync_base *base = &why->view->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_FIND);
	struct bsync_worker_id founder;
	int64_t no = 0;
	enum bsync_result result;

	*is_member = false;
	bsync_db_bind_int64(statement, 1, base->schema->circles[why->circle].no);
	bsync_db_bind_value(statement, 2, &why->scope);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		no = bsync_db_int64(statement, 0);
		out->is_founder = bsync_db_int64(statement, 3) == 0 &&
				  bsync_db_copy(statement, 2, founder.bytes, BSYNC_ID_SIZE) &&
				  memcmp(founder.bytes, why->worker.bytes, BSYNC_ID_SIZE) == 0;
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
	statement = BSYNC_STATEMENT(base, MEMBER_GET);
	bsync_db_bind_data(statement, 1, why->worker.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, no);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		out->from_ms = bsync_db_is_null(statement, 0) ? 0 : bsync_db_int64(statement, 0);
		out->until_ms = bsync_db_is_null(statement, 1) ? 0 : bsync_db_int64(statement, 1);
		*is_member = bsync_db_is_null(statement, 2) &&
			     (bsync_db_is_null(statement, 1) || why->now_ms < out->until_ms);
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

static enum bsync_result circle_search(struct why *why, bsync_why_tell *tell, void *context)
{
	struct bsync_why out = {.circle = why->view->base.schema->circles[why->circle].name, .scope = why->scope};
	bool is_member = false;
	enum bsync_result result = books_read(why, &out, &is_member);

	if (result != BSYNC_OK || !is_member)
		return result;
	why->count = 0;
	result = reads_find(why);
	if (result == BSYNC_OK)
		result = candidates_find(why);
	if (result == BSYNC_OK)
		result = reasons_find(why, &out);
	for (uint32_t i = 0; i < why->count; i++)
		why->candidates[i].is_barred = true;
	if (result == BSYNC_OK)
		tell(context, &out);
	/* The next circle begins with nothing. */
	return result == BSYNC_OK ? rows_put(why) : result;
}

/* What a person typed may be an id, a number or a word. */
static enum bsync_result scopes_search(struct why *why, const char *scope, bsync_why_tell *tell, void *context)
{
	static const enum bsync_affinity affinities[] = {BSYNC_AFFINITY_BLOB, BSYNC_AFFINITY_INTEGER,
							 BSYNC_AFFINITY_TEXT};
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; i < sizeof(affinities) / sizeof(affinities[0]); i++) {
		result = bsync_row_text_value(affinities[i], bsync_bytes_of_string(scope), &why->arena, &why->scope);
		if (result == BSYNC_INVALID)
			continue;
		for (uint32_t k = 0; k < why->view->base.schema->circle_count && result == BSYNC_OK; k++) {
			why->circle = k;
			result = circle_search(why, tell, context);
		}
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_view_why(struct bsync_view *view, const struct bsync_worker_id *worker, const char *scope,
				 int64_t now_ms, bsync_why_tell *tell, void *context)
{
	const struct bsync_db_options options = {.mode = BSYNC_DB_MEMORY};
	struct why why = {.view = view, .worker = *worker, .now_ms = now_ms};
	enum bsync_result result = BSYNC_OK;

	assert(view != NULL && worker != NULL && scope != NULL && tell != NULL);
	assert(!view->is_taken);
	bsync_arena_init(&why.arena, BSYNC_WORK_SIZE_MAX);
	result = bsync_db_open(&why.small, NULL, &options);
	if (result == BSYNC_OK)
		result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK) {
		why.reads = calloc(view->base.schema->table_count + 1, sizeof(*why.reads));
		result = why.reads != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
	}
	if (result == BSYNC_OK)
		result = bsync_schema_install(&why.small, &view->base.source, 0, true);
	if (result == BSYNC_OK)
		result = bsync_tables_init(&why.few, &why.small, view->base.schema, true);
	if (result == BSYNC_OK)
		result = bsync_tables_init(&why.whole, &view->base.db, view->base.schema, true);
	if (result == BSYNC_OK)
		result = scopes_search(&why, scope, tell, context);
	bsync_tables_clear(&why.few);
	bsync_tables_clear(&why.whole);
	bsync_db_rollback(&view->base.db);
	bsync_db_close(&why.small);
	bsync_arena_clear(&why.arena);
	free(why.candidates);
	free(why.reads);
	return result;
}
