#include "core/schema/run.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/schema/token.h"
#include "core/sqlite/migrate.h"

/* A file whose statements take more steps of SQLite's machine than this, on no rows, has a query that does not end. */
enum { STEPS_MAX = 20000000, STEPS_BETWEEN = 10000 };

struct guard {
	const char *refusal; /* why the authorizer said no, static */
	char view[200];      /* that the statement drops */
	int steps_left;
};

static const char *const registry_names[] = {
	[BSYNC_REGISTRY_SCHEMA] = "sync_schema",
	[BSYNC_REGISTRY_TABLE] = "sync_table",
	[BSYNC_REGISTRY_COLUMN] = "sync_column",
	[BSYNC_REGISTRY_CIRCLE] = "sync_circle",
	[BSYNC_REGISTRY_DEP] = "sync_circle_dep",
	[BSYNC_REGISTRY_FACE] = "sync_face",
	[BSYNC_REGISTRY_DIRECTORY] = "sync_directory",
	[BSYNC_REGISTRY_FREEZE] = "sync_freeze",
	[BSYNC_REGISTRY_FREEZE_CHILD] = "sync_freeze_child",
	[BSYNC_REGISTRY_UNIQUE] = "sync_unique",
	[BSYNC_REGISTRY_REFERENCE] = "sync_reference",
	[BSYNC_REGISTRY_HANDOVER] = "sync_handover",
};

const char *bsync_registry_name(enum bsync_registry registry)
{
	assert(registry < BSYNC_REGISTRY_COUNT);
	return registry_names[registry];
}

bool bsync_registry_has(const char *table)
{
	assert(table != NULL);
	for (int i = 0; i < BSYNC_REGISTRY_COUNT; i++) {
		if (sqlite3_stricmp(table, registry_names[i]) == 0)
			return true;
	}
	return false;
}

enum bsync_result bsync_registry_install(struct bsync_db *db)
{
	assert(db != NULL);
	return bsync_migrate_within(db, "registry", bsync_embedded_registry, bsync_embedded_registry_count);
}

static bool is_sqlite_table(const char *table)
{
	assert(table != NULL);
	return sqlite3_strnicmp(table, "sqlite_", 7) == 0;
}

/* Why a schema may not write rows of `table`; NULL when it may.  SQLite itself writes its own tables when a
 * table is made; a statement that names them is refused by the defensive mode. */
static const char *row_refusal(int action, const char *table, const char *column)
{
	assert(table != NULL);
	assert(column != NULL);
	if (is_sqlite_table(table))
		return NULL;
	if (!bsync_registry_has(table))
		return "a schema describes tables, it does not fill them: a row written here would have no version and "
		       "could not be merged; add rows as a worker or through the operator's commands";
	if (action == SQLITE_DELETE && strcmp(table, registry_names[BSYNC_REGISTRY_DEP]) != 0)
		return "rows of the registry are never deleted: their numbers travel and must not come back";
	if (action == SQLITE_UPDATE &&
	    (strcmp(column, "no") == 0 || strcmp(column, "tbl") == 0 || strcmp(column, "name") == 0))
		return "numbers and names in the registry never change: devices on an older version use them";
	return NULL;
}

/* Functions that answer differently from run to run would give each device another schema. */
static const char *function_refusal(const char *name)
{
	assert(name != NULL);
	static const char *const names[] = {
		"random",         "randomblob",        "changes",
		"total_changes",  "last_insert_rowid", "date",
		"time",           "datetime",          "julianday",
		"unixepoch",      "strftime",          "timediff",
		"current_date",   "current_time",      "current_timestamp",
		"sqlite_version", "sqlite_source_id",  "load_extension",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sqlite3_stricmp(name, names[i]) == 0)
			return "this function may answer differently on another device, so the schemas would differ";
	}
	if (sqlite3_strnicmp(name, "sqlite_rename", 13) == 0 || sqlite3_stricmp(name, "sqlite_drop_column") == 0)
		return "tables and columns are never renamed or removed: devices on an older version use them; "
		       "add a new column and leave the old one";
	return NULL;
}

static const char *refusal(int action, const char *first, const char *second, const char *source)
{
	assert(first != NULL);
	assert(second != NULL);
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
	case SQLITE_CREATE_TABLE:
	case SQLITE_CREATE_INDEX:
	case SQLITE_CREATE_VIEW:
	case SQLITE_ALTER_TABLE:
	case SQLITE_DROP_INDEX:
	case SQLITE_DROP_VIEW:
	case SQLITE_REINDEX: /* CREATE INDEX fills the new index */
		return NULL;
	case SQLITE_INSERT:
	case SQLITE_DELETE:
		return row_refusal(action, first, "");
	case SQLITE_UPDATE:
		if (source != NULL && strcmp(source, "sync_column_number") == 0)
			return NULL;
		return row_refusal(action, first, second);
	case SQLITE_FUNCTION:
		return function_refusal(second);
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_CREATE_TEMP_TRIGGER:
		return "a trigger writes rows nobody asked for: on one device now, on another when the row arrives, so the "
		       "copies would differ; do this in the application";
	case SQLITE_PRAGMA:
		return "PRAGMA changes the connection, not the schema; Buurtsync sets its own";
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return "the files of a schema run in one transaction of Buurtsync's; leave BEGIN, COMMIT and SAVEPOINT out";
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return "a schema lives in one database; leave ATTACH out";
	case SQLITE_DROP_TABLE:
		return "a table that has been synced stays: devices on an older version still send its rows";
	case SQLITE_CREATE_VTABLE:
		return "virtual tables are not synced; make a STRICT table";
	default:
		return "only tables, indexes, views and rows of the registry are made in a schema";
	}
}

static int authorize(void *context, int action, const char *first, const char *second, const char *database,
		     const char *source)
{
	assert(context != NULL);
	struct guard *guard = context;
	const char *why;

	(void)database;
	/* Adding a column to a STRICT table makes SQLite read the old rows through this pragma's table. */
	if (action == SQLITE_PRAGMA && first != NULL && strcmp(first, "quick_check") == 0)
		return SQLITE_OK;
	/* It is told first of the view, and then of its rows. */
	if (action == SQLITE_DROP_VIEW && first != NULL)
		snprintf(guard->view, sizeof(guard->view), "%s", first);
	if (action == SQLITE_DELETE && first != NULL && guard->view[0] != '\0' && strcmp(guard->view, first) == 0)
		return SQLITE_OK;
	why = refusal(action, first != NULL ? first : "", second != NULL ? second : "", source);
	if (why == NULL)
		return SQLITE_OK;
	guard->refusal = why;
	return SQLITE_DENY;
}

static int progress(void *context)
{
	assert(context != NULL);
	struct guard *guard = context;

	guard->steps_left -= STEPS_BETWEEN;
	return guard->steps_left <= 0;
}

/* Says in `stop` why the statement at `offset` failed. */
static enum bsync_result stopped(struct bsync_db *db, const struct guard *guard, int code, size_t file, size_t offset,
				 struct bsync_schema_stop *stop)
{
	assert(db != NULL);
	assert(guard != NULL);
	int error_offset = sqlite3_error_offset(db->handle);
	enum bsync_result result = bsync_db_result(code);

	/* What is wrong with the disk or with memory is not the file's fault. */
	if (result == BSYNC_NO_MEMORY || result == BSYNC_BUSY || result == BSYNC_STORAGE_FULL ||
	    result == BSYNC_STORAGE_CORRUPT || (code & 0xff) == SQLITE_IOERR)
		return result;
	stop->file = file;
	/* Where the authorizer refused, the offset may be one in a statement that SQLite wrote itself. */
	stop->offset = offset + (error_offset > 0 && guard->refusal == NULL ? (size_t)error_offset : 0);
	if (guard->refusal != NULL)
		snprintf(stop->text, sizeof(stop->text), "not allowed in a schema: %s", guard->refusal);
	else if ((code & 0xff) == SQLITE_INTERRUPT)
		snprintf(stop->text, sizeof(stop->text), "this statement does not come to an end");
	else
		snprintf(stop->text, sizeof(stop->text), "SQLite: %s", sqlite3_errmsg(db->handle));
	return BSYNC_SCHEMA;
}

/* Runs the first statement of `*sql` and takes it off the front. */
static int statement_run(struct bsync_db *db, struct bsync_bytes *sql)
{
	assert(db != NULL);
	assert(sql != NULL);
	sqlite3_stmt *statement = NULL;
	const char *tail = NULL;
	int code = sqlite3_prepare_v3(db->handle, (const char *)sql->data, (int)sql->size, 0, &statement, &tail);

	if (code != SQLITE_OK)
		return code;
	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	sqlite3_finalize(statement);
	if (code != SQLITE_DONE)
		return code;
	size_t used = (size_t)(tail - (const char *)sql->data);
	sql->data += used;
	sql->size -= used;
	return SQLITE_OK;
}

static enum bsync_result file_run(struct bsync_db *db, struct guard *guard, const struct bsync_schema_source *source,
				  size_t file, bsync_schema_ran *ran, void *context, struct bsync_schema_stop *stop)
{
	assert(db != NULL);
	assert(guard != NULL);
	struct bsync_bytes all = source->files[file].sql;
	struct bsync_bytes rest = all;
	enum bsync_result result = BSYNC_OK;

	guard->steps_left = STEPS_MAX;
	for (;;) {
		bsync_token_skip(&rest);
		if (rest.size == 0)
			return BSYNC_OK;
		struct bsync_bytes statement = rest;
		guard->refusal = NULL;
		guard->view[0] = '\0';
		int code = statement_run(db, &rest);
		if (code != SQLITE_OK)
			return stopped(db, guard, code, file, (size_t)(statement.data - all.data), stop);
		statement.size -= rest.size;
		if (ran != NULL)
			result = ran(context, file, statement);
		if (result != BSYNC_OK)
			return result;
	}
}

enum bsync_result bsync_schema_run(struct bsync_db *db, const struct bsync_schema_source *source, uint32_t from_version,
				   bsync_schema_ran *ran, void *context, struct bsync_schema_stop *stop)
{
	assert(db != NULL);
	assert(source != NULL);
	assert(stop != NULL);
	struct guard guard = {.steps_left = STEPS_MAX};
	enum bsync_result result = BSYNC_OK;

	for (size_t i = 0; result == BSYNC_OK && i < source->file_count; i++) {
		if (bsync_schema_file_number(source->files[i].name) <= from_version)
			continue;
		sqlite3_set_authorizer(db->handle, authorize, &guard);
		/* What has come to an end on no rows comes to one on many: the real database is not watched. */
		if (ran != NULL)
			sqlite3_progress_handler(db->handle, STEPS_BETWEEN, progress, &guard);
		result = file_run(db, &guard, source, i, ran, context, stop);
		sqlite3_set_authorizer(db->handle, NULL, NULL);
		sqlite3_progress_handler(db->handle, 0, NULL, NULL);
	}
	return result;
}
