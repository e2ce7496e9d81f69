/* preview.c: what an act of the operator, or a change of a row, would change in who holds what. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/member.h"

/* --- One statement --- */

struct supposing {
	const struct bsync_schema *schema;
	bool is_changed[BSYNC_TABLES_MAX]; /* by table: the statement changes it */
};

/* Reads what it likes, and changes tables of the schema. */
static int changes_only(void *context, int action, const char *first, const char *second, const char *database,
			const char *trigger)
{
	struct supposing *supposing = context;

	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return strncmp(first, "bsync_", 6) == 0 ? SQLITE_DENY : SQLITE_OK;
	case SQLITE_UPDATE:
		if (strcmp(second, "_bsync") == 0)
			return SQLITE_DENY;
		break;
	case SQLITE_INSERT:
	case SQLITE_DELETE:
		break;
	default:
		return SQLITE_DENY;
	}
	for (uint32_t i = 0; i < supposing->schema->table_count; i++) {
		if (strcmp(supposing->schema->tables[i].name, first) == 0) {
			supposing->is_changed[i] = true;
			return SQLITE_OK;
		}
	}
	return SQLITE_DENY;
}

/* Which scopes a statement touches is not known: all of the circle are looked up. */
static enum bsync_result circle_evaluate(struct bsync_act *act, uint32_t circle)
{
	struct bsync_base *base = &act->store->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPES_OF_CIRCLE);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, base->schema->circles[circle].no);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_scope *scope = NULL;

		result = bsync_scopes_by_no(&act->store->scopes, base, (uint64_t)bsync_db_int64(statement, 0), &scope);
		if (result == BSYNC_OK)
			result = bsync_member_evaluate(act, scope);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static bool depends(const struct supposing *supposing, uint32_t circle)
{
	for (uint32_t i = 0; i < supposing->schema->dep_count; i++) {
		if (supposing->schema->deps[i].circle == circle &&
		    supposing->is_changed[supposing->schema->deps[i].table])
			return true;
	}
	return false;
}

enum bsync_result bsync_store_suppose(struct bsync_store *store, const char *sql, int64_t now_ms,
				      char error[BSYNC_SQL_ERROR_SIZE])
{
	struct supposing supposing = {.schema = store->base.schema};
	sqlite3_stmt *statement = NULL;
	struct bsync_act act;
	enum bsync_result result;

	assert(store->in_group);
	assert(sql != NULL && error != NULL);
	result = bsync_base_statement(&store->base, sql, changes_only, &supposing, &statement, error);
	if (result != BSYNC_OK)
		return result;
	if (sqlite3_stmt_readonly(statement)) {
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "this is no INSERT, UPDATE or DELETE");
		bsync_base_statement_end(&store->base, &statement);
		return BSYNC_INVALID;
	}
	result = bsync_db_run(statement);
	if (result != BSYNC_OK)
		snprintf(error, BSYNC_SQL_ERROR_SIZE, "%s", bsync_store_error_text(store));
	bsync_base_statement_end(&store->base, &statement);
	if (result != BSYNC_OK)
		return result == BSYNC_EXISTS ? BSYNC_INVALID : result;
	result = bsync_act_store_begin(&act, store, now_ms);
	for (uint32_t i = 0; i < supposing.schema->circle_count && result == BSYNC_OK; i++) {
		if (depends(&supposing, i))
			result = circle_evaluate(&act, i);
	}
	return result == BSYNC_OK ? bsync_act_store_end(&act, "preview") : result;
}

/* --- What it changed --- */

enum bsync_result bsync_store_member_changes(struct bsync_store *store, uint64_t counter,
					     enum bsync_result (*tell)(void *context,
								       const struct bsync_member_change *change),
					     void *context)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, MEMBER_CHANGES);
	bool has_row = false;
	enum bsync_result result;

	assert(store->in_group && tell != NULL);
	bsync_db_bind_int64(statement, 1, (int64_t)counter);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		const int circle = bsync_schema_circle(store->base.schema, (uint32_t)bsync_db_int64(statement, 0));
		struct bsync_member_change change = {
			.circle = circle < 0 ? "" : store->base.schema->circles[circle].name,
			.scope = bsync_db_value(statement, 1),
			.worker_name = bsync_db_string(statement, 3),
			.is_gained = bsync_db_int64(statement, 4) == 0,
			.rows = (uint64_t)bsync_db_int64(statement, 5),
			.pending = (uint64_t)bsync_db_int64(statement, 6),
			.devices = (uint64_t)bsync_db_int64(statement, 7),
		};

		if (!bsync_db_copy(statement, 2, change.worker.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = tell(context, &change);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}
