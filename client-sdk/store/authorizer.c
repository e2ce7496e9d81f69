#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* True when `name` begins with `prefix`, in either case. */
static bool begins_with(const char *name, const char *prefix)
{
	return name != NULL && sqlite3_strnicmp(name, prefix, (int)strlen(prefix)) == 0;
}

bool bsync_authorizer_is_ours(const char *name)
{
	return begins_with(name, "bsync_") || begins_with(name, "sync_");
}

static bool is_synced(const struct bsync_file *file, const char *name)
{
	for (uint32_t i = 0; name != NULL && file->schema != NULL && i < file->schema->table_count; i++) {
		if (sqlite3_stricmp(file->schema->tables[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (size_t i = 0; name != NULL && names[i] != NULL; i++) {
		if (sqlite3_stricmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static int refuse(struct bsync_file *file, const char *why)
{
	file->seen.refusal = why;
	return SQLITE_DENY;
}

/* Only what cannot change how the file is written, how triggers run or what is durable. */
static int judge_pragma(struct bsync_file *file, const char *name, const char *argument)
{
	static const char *const about[] = {
		"table_info",       "table_xinfo",    "index_list",      "index_info",     "index_xinfo",
		"foreign_key_list", "table_list",     "integrity_check", "quick_check",    "cache_size",
		"user_version",     "application_id", "optimize",        "analysis_limit", NULL};
	static const char *const plain[] = {"data_version",    "schema_version", "database_list",
					    "compile_options", "encoding",       "page_size",
					    "page_count",      "freelist_count", "function_list",
					    "collation_list",  "module_list",    "pragma_list",
					    "journal_mode",    "synchronous",    "recursive_triggers",
					    "foreign_keys",    "busy_timeout",   "secure_delete",
					    "shrink_memory",   "table_list",     NULL};

	if (is_one_of(name, about) || (argument == NULL && is_one_of(name, plain)))
		return SQLITE_OK;
	return refuse(file,
		      "this PRAGMA is not allowed here: it could break the capture of changes or their durability");
}

/* BEGIN, COMMIT, SAVEPOINT and so on: known by their codes, not by their text. */
static int judge_transaction(struct bsync_file *file, int action, const char *operation, const char *name)
{
	struct bsync_statement_seen *seen = &file->seen;

	if (action == SQLITE_TRANSACTION) {
		seen->kind = strcmp(operation, "BEGIN") == 0    ? BSYNC_STATEMENT_BEGIN
			     : strcmp(operation, "COMMIT") == 0 ? BSYNC_STATEMENT_COMMIT
								: BSYNC_STATEMENT_ROLLBACK;
		return SQLITE_OK;
	}
	seen->kind = strcmp(operation, "BEGIN") == 0     ? BSYNC_STATEMENT_SAVEPOINT
		     : strcmp(operation, "RELEASE") == 0 ? BSYNC_STATEMENT_RELEASE
							 : BSYNC_STATEMENT_ROLLBACK_TO;
	if (strlen(name) >= sizeof(seen->name))
		return refuse(file, "the name of a savepoint has at most 63 bytes");
	if (begins_with(name, "bsync"))
		return refuse(file, "savepoints with names that begin with bsync are not the application's");
	snprintf(seen->name, sizeof(seen->name), "%s", name);
	return SQLITE_OK;
}

static bool writes_master(const char *table)
{
	return begins_with(table, "sqlite_");
}

static bool is_append_only(const struct bsync_file *file, const char *name)
{
	const struct bsync_table *table = file->schema != NULL ? bsync_schema_table_named(file->schema, name) : NULL;

	return table != NULL && table->is_append_only;
}

/* INSERT, UPDATE, DELETE.  Inside a trigger of ours the capture itself is at work. */
static int judge_write(struct bsync_file *file, int action, const char *table, const char *trigger)
{
	if (begins_with(trigger, "bsync_"))
		return SQLITE_OK;
	if (file->gate.keeps_appended && action != SQLITE_INSERT && is_append_only(file, table))
		return refuse(file, bsync_capture_kept);
	if (bsync_authorizer_is_ours(table))
		return refuse(file, "tables whose names begin with bsync_ or sync_ are not written by the application");
	return SQLITE_OK;
}

/* CREATE, DROP and ALTER of `name`, which belongs to `table` when it is an index or trigger. */
static int judge_schema(struct bsync_file *file, int action, const char *name, const char *table)
{
	if (file->seen.kind == BSYNC_STATEMENT_READ || file->seen.kind == BSYNC_STATEMENT_WRITE)
		file->seen.kind = BSYNC_STATEMENT_SCHEMA;
	if (bsync_authorizer_is_ours(name) || bsync_authorizer_is_ours(table))
		return refuse(file, "names that begin with bsync_ or sync_ are not the application's");
	switch (action) {
	case SQLITE_CREATE_TABLE:
	case SQLITE_CREATE_VIEW:
	case SQLITE_CREATE_VTABLE:
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_TEMP_VIEW:
	case SQLITE_DROP_TABLE:
	case SQLITE_DROP_VIEW:
	case SQLITE_DROP_VTABLE:
	case SQLITE_DROP_TEMP_TABLE:
	case SQLITE_DROP_TEMP_VIEW:
		if (is_synced(file, name))
			return refuse(
				file,
				"a synced table is made and changed by its schema only, never dropped or hidden here");
		return SQLITE_OK;
	case SQLITE_ALTER_TABLE:
		if (is_synced(file, table))
			return refuse(file, "a synced table is changed by its schema only");
		return SQLITE_OK;
	default:
		return SQLITE_OK;
	}
}

static int judge(struct bsync_file *file, int action, const char *first, const char *second, const char *trigger)
{
	static const char *const secrets[] = {"bsync_meta", "bsync_epoch", NULL};

	switch (action) {
	case SQLITE_READ:
		if (is_one_of(first, secrets))
			return refuse(file, "this table holds keys of the device");
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		if (second != NULL && sqlite3_stricmp(second, "load_extension") == 0)
			return refuse(file, "extensions are not loaded");
		return SQLITE_OK;
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		if (file->seen.kind == BSYNC_STATEMENT_READ && !writes_master(first))
			file->seen.kind = BSYNC_STATEMENT_WRITE;
		return judge_write(file, action, first, trigger);
	case SQLITE_PRAGMA:
		return judge_pragma(file, first, second);
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return judge_transaction(file, action, first, second);
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return refuse(file, "other databases are not attached: a commit over two files is not one commit");
	case SQLITE_ALTER_TABLE:
		return judge_schema(file, action, NULL, second);
	case SQLITE_CREATE_INDEX:
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_CREATE_TEMP_INDEX:
	case SQLITE_CREATE_TEMP_TRIGGER:
	case SQLITE_DROP_INDEX:
	case SQLITE_DROP_TRIGGER:
	case SQLITE_DROP_TEMP_INDEX:
	case SQLITE_DROP_TEMP_TRIGGER:
		return judge_schema(file, action, first, second);
	case SQLITE_CREATE_TABLE:
	case SQLITE_CREATE_VIEW:
	case SQLITE_CREATE_VTABLE:
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_TEMP_VIEW:
	case SQLITE_DROP_TABLE:
	case SQLITE_DROP_VIEW:
	case SQLITE_DROP_VTABLE:
	case SQLITE_DROP_TEMP_TABLE:
	case SQLITE_DROP_TEMP_VIEW:
		return judge_schema(file, action, first, NULL);
	default:
		return SQLITE_OK;
	}
}

static int authorize(void *context, int action, const char *first, const char *second, const char *database,
		     const char *trigger)
{
	struct bsync_file *file = context;

	(void)database;
	switch (file->authority) {
	case BSYNC_AUTHORITY_OURS:
		return SQLITE_OK;
	case BSYNC_AUTHORITY_APPLICATION:
		return judge(file, action, first, second, trigger);
	case BSYNC_AUTHORITY_PROBE:
		if ((action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE) &&
		    trigger != NULL && !begins_with(trigger, "bsync_") && is_synced(file, first) &&
		    (file->seen.temporary == NULL || !is_one_of(trigger, file->seen.temporary)))
			file->seen.writes_synced = true;
		return SQLITE_OK;
	}
	return SQLITE_DENY;
}

void bsync_file_keep_appended(struct bsync_file *file)
{
	assert(file != NULL);
	file->gate.keeps_appended = true;
}

void bsync_authorizer_install(struct bsync_file *file)
{
	int code = sqlite3_set_authorizer(file->db.handle, authorize, file);

	/* It fails only without a connection. */
	assert(code == SQLITE_OK);
	(void)code;
}
