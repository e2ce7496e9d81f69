/* capture_log.c: the log that the triggers append to: a virtual table in the memory of one connection. */
#include "core/schema/capture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENTRIES_MAX = 1 << 22,
	BYTES_MAX = 512 << 20, /* of keys and values, in all */
	MARKS_MAX = 1024,      /* savepoints and statements, one in the other */
	KEPT_MAX = 256 << 10,  /* of memory, between transactions */
};

/* The columns of the table, as SQL names them. */
enum { COLUMN_ID, COLUMN_TABLE, COLUMN_OP, COLUMN_KEY, COLUMN_MASK, COLUMN_OLD, COLUMN_NEW, COLUMN_COUNT };

/* Bytes that stand in `bytes` of the log. */
struct piece {
	size_t at, size;
};

struct entry {
	uint32_t table_no;
	int64_t op;
	bool has_mask;
	uint64_t mask;
	struct bsync_value key; /* of text and blobs the bytes are `key_piece` */
	struct piece key_piece, old, inserted;
};

/* How far the log had come: what is undone goes back to it. */
struct mark {
	size_t count, sealed, size;
};

struct bsync_capture_log {
	struct bsync_buffer entries; /* of struct entry */
	struct bsync_buffer bytes;
	size_t sealed; /* entries that have been taken care of and stand only for a rollback */
	struct mark marks[MARKS_MAX];
	uint32_t mark_count;
};

/* SQLite's objects begin with its own part. */
struct table {
	sqlite3_vtab base;
	struct bsync_capture_log *log;
};

struct cursor {
	sqlite3_vtab_cursor base;
	size_t at;
};

static size_t entry_count(const struct bsync_capture_log *log)
{
	assert(log->entries.size % sizeof(struct entry) == 0);
	return log->entries.size / sizeof(struct entry);
}

static const struct entry *entry_at(const struct bsync_capture_log *log, size_t index)
{
	assert(index < entry_count(log));
	return (const struct entry *)(const void *)log->entries.data + index;
}

static struct bsync_bytes bytes_of(const struct bsync_capture_log *log, struct piece piece)
{
	assert(piece.at + piece.size <= log->bytes.size);
	return (struct bsync_bytes){piece.size == 0 ? NULL : log->bytes.data + piece.at, piece.size};
}

static struct bsync_value key_of(const struct bsync_capture_log *log, const struct entry *entry)
{
	assert(log != NULL);
	struct bsync_value key = entry->key;

	if (key.kind == BSYNC_TEXT || key.kind == BSYNC_BLOB)
		key.as.bytes = bytes_of(log, entry->key_piece);
	return key;
}

/* Forgets all, and gives back what a large transaction needed. */
static void forget(struct bsync_capture_log *log)
{
	assert(log != NULL);
	log->entries.size = 0;
	log->bytes.size = 0;
	log->sealed = 0;
	log->mark_count = 0;
	if (log->entries.capacity > KEPT_MAX)
		bsync_buffer_clear(&log->entries);
	if (log->bytes.capacity > KEPT_MAX)
		bsync_buffer_clear(&log->bytes);
}

/* --- Transactions: SQLite says of each savepoint, and of each statement that may be undone alone, where it begins --- */

static struct bsync_capture_log *log_of(sqlite3_vtab *base)
{
	assert(base != NULL);
	return ((struct table *)(void *)base)->log;
}

static int transaction_begin(sqlite3_vtab *base)
{
	assert(base != NULL);
	forget(log_of(base));
	return SQLITE_OK;
}

static int transaction_end(sqlite3_vtab *base)
{
	assert(base != NULL);
	forget(log_of(base));
	return SQLITE_OK;
}

/* Savepoints that were there before the first entry are not told of: nothing stood in the log then. */
static int savepoint_begin(sqlite3_vtab *base, int number)
{
	struct bsync_capture_log *log = log_of(base);

	assert(number >= 0);
	if (number >= MARKS_MAX)
		return SQLITE_FULL;
	while (log->mark_count < (uint32_t)number)
		log->marks[log->mark_count++] = (struct mark){0};
	log->marks[number] = (struct mark){.count = entry_count(log), .sealed = log->sealed, .size = log->bytes.size};
	log->mark_count = (uint32_t)number + 1;
	return SQLITE_OK;
}

static int savepoint_release(sqlite3_vtab *base, int number)
{
	struct bsync_capture_log *log = log_of(base);

	assert(number >= 0);
	if ((uint32_t)number < log->mark_count)
		log->mark_count = (uint32_t)number;
	return SQLITE_OK;
}

static int savepoint_undo(sqlite3_vtab *base, int number)
{
	struct bsync_capture_log *log = log_of(base);

	assert(number >= 0);
	if ((uint32_t)number >= log->mark_count)
		return SQLITE_OK;
	const struct mark *mark = &log->marks[number];
	assert(mark->count <= entry_count(log) && mark->size <= log->bytes.size);
	log->entries.size = mark->count * sizeof(struct entry);
	log->bytes.size = mark->size;
	log->sealed = mark->sealed;
	log->mark_count = (uint32_t)number + 1;
	return SQLITE_OK;
}

/* --- Writing --- */

static enum bsync_result piece_add(struct bsync_capture_log *log, struct bsync_bytes bytes, struct piece *piece)
{
	assert(piece != NULL);
	*piece = (struct piece){.at = log->bytes.size, .size = bytes.size};
	return bsync_buffer_append(&log->bytes, bytes.data, bytes.size);
}

static struct bsync_bytes blob_of(sqlite3_value *value)
{
	assert(value != NULL);
	if (sqlite3_value_type(value) != SQLITE_BLOB)
		return (struct bsync_bytes){NULL, 0};
	const uint8_t *data = sqlite3_value_blob(value);
	return (struct bsync_bytes){data, (size_t)sqlite3_value_bytes(value)};
}

static int insert(struct bsync_capture_log *log, sqlite3_value **columns)
{
	assert(log != NULL);
	const size_t size = log->bytes.size;
	struct entry entry = {
		.table_no = (uint32_t)sqlite3_value_int64(columns[COLUMN_TABLE]),
		.op = sqlite3_value_int64(columns[COLUMN_OP]),
		.has_mask = sqlite3_value_type(columns[COLUMN_MASK]) != SQLITE_NULL,
		.mask = (uint64_t)sqlite3_value_int64(columns[COLUMN_MASK]),
		.key = bsync_db_argument(columns[COLUMN_KEY]),
	};
	enum bsync_result result = BSYNC_OK;

	if (entry.key.kind == BSYNC_TEXT || entry.key.kind == BSYNC_BLOB)
		result = piece_add(log, entry.key.as.bytes, &entry.key_piece);
	if (result == BSYNC_OK)
		result = piece_add(log, blob_of(columns[COLUMN_OLD]), &entry.old);
	if (result == BSYNC_OK)
		result = piece_add(log, blob_of(columns[COLUMN_NEW]), &entry.inserted);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&log->entries, &entry, sizeof(entry));
	if (result == BSYNC_OK)
		return SQLITE_OK;
	log->bytes.size = size;
	return result == BSYNC_TOO_LARGE ? SQLITE_TOOBIG : SQLITE_NOMEM;
}

/* Only INSERT: the log is emptied by the end of the transaction. */
static int update(sqlite3_vtab *base, int count, sqlite3_value **arguments, sqlite3_int64 *rowid)
{
	assert(rowid != NULL);
	if (count != COLUMN_COUNT + 2 || sqlite3_value_type(arguments[0]) != SQLITE_NULL)
		return SQLITE_READONLY;
	*rowid = (sqlite3_int64)entry_count(log_of(base)) + 1;
	return insert(log_of(base), arguments + 2);
}

/* --- Reading by SQL: from the first to the last --- */

static int plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
	assert(base != NULL);
	info->estimatedRows = (sqlite3_int64)entry_count(log_of(base));
	return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	assert(base != NULL);
	struct cursor *cursor = calloc(1, sizeof(*cursor));

	if (cursor == NULL)
		return SQLITE_NOMEM;
	*out = &cursor->base;
	return SQLITE_OK;
}

static struct cursor *cursor_of(sqlite3_vtab_cursor *base)
{
	assert(base != NULL);
	return (struct cursor *)(void *)base;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
	free(cursor_of(base));
	return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int plan_number, const char *plan_text, int count,
			 sqlite3_value **arguments)
{
	(void)plan_number;
	(void)plan_text;
	(void)count;
	(void)arguments;
	cursor_of(base)->at = log_of(base->pVtab)->sealed;
	return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
	cursor_of(base)->at++;
	return SQLITE_OK;
}

static int cursor_is_at_end(sqlite3_vtab_cursor *base)
{
	return cursor_of(base)->at >= entry_count(log_of(base->pVtab));
}

static void blob_give(sqlite3_context *context, struct bsync_bytes bytes)
{
	assert(context != NULL);
	if (bytes.data != NULL)
		sqlite3_result_blob64(context, bytes.data, bytes.size, SQLITE_TRANSIENT);
}

static void key_give(sqlite3_context *context, const struct bsync_value *key)
{
	assert(context != NULL);
	switch (key->kind) {
	case BSYNC_NULL:
		return;
	case BSYNC_INTEGER:
		sqlite3_result_int64(context, key->as.integer);
		return;
	case BSYNC_REAL:
		sqlite3_result_double(context, key->as.real);
		return;
	case BSYNC_TEXT:
		sqlite3_result_text64(context, (const char *)key->as.bytes.data, key->as.bytes.size, SQLITE_TRANSIENT,
				      SQLITE_UTF8);
		return;
	case BSYNC_BLOB:
		sqlite3_result_blob64(context, key->as.bytes.data != NULL ? key->as.bytes.data : (const uint8_t *)"",
				      key->as.bytes.size, SQLITE_TRANSIENT);
		return;
	}
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
	const struct bsync_capture_log *log = log_of(base->pVtab);
	const size_t at = cursor_of(base)->at;

	assert(column >= 0 && column < COLUMN_COUNT);
	/* A change of the log under a reader may have moved its end. */
	if (at >= entry_count(log))
		return SQLITE_OK;
	const struct entry *entry = entry_at(log, at);
	const struct bsync_value key = key_of(log, entry);
	if (column == COLUMN_ID)
		sqlite3_result_int64(context, (sqlite3_int64)at + 1);
	else if (column == COLUMN_TABLE)
		sqlite3_result_int64(context, entry->table_no);
	else if (column == COLUMN_OP)
		sqlite3_result_int64(context, entry->op);
	else if (column == COLUMN_KEY)
		key_give(context, &key);
	else if (column == COLUMN_MASK && entry->has_mask)
		sqlite3_result_int64(context, (sqlite3_int64)entry->mask);
	else if (column == COLUMN_OLD)
		blob_give(context, bytes_of(log, entry->old));
	else if (column == COLUMN_NEW)
		blob_give(context, bytes_of(log, entry->inserted));
	return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	assert(rowid != NULL);
	*rowid = (sqlite3_int64)cursor_of(base)->at + 1;
	return SQLITE_OK;
}

/* --- The table --- */

static int table_open(sqlite3 *handle, void *context, int count, const char *const *arguments, sqlite3_vtab **out,
		      char **error)
{
	static const char columns[] = "CREATE TABLE bsync_capture(id, tno, op, \"key\", mask, old, new)";
	struct table *table = calloc(1, sizeof(*table));
	int code = table == NULL ? SQLITE_NOMEM : sqlite3_declare_vtab(handle, columns);

	(void)count;
	(void)arguments;
	(void)error;
	assert(context != NULL);
	/* The triggers of the file may write it although the schema is not trusted. */
	if (code == SQLITE_OK)
		code = sqlite3_vtab_config(handle, SQLITE_VTAB_INNOCUOUS);
	if (code != SQLITE_OK) {
		free(table);
		return code;
	}
	table->log = context;
	*out = &table->base;
	return SQLITE_OK;
}

static int table_close(sqlite3_vtab *base)
{
	assert(base != NULL);
	free(base);
	return SQLITE_OK;
}

static void log_free(void *context)
{
	struct bsync_capture_log *log = context;

	assert(log != NULL);
	bsync_buffer_clear(&log->entries);
	bsync_buffer_clear(&log->bytes);
	free(log);
}

/* Without xCreate the table is there under the module's name, in no schema. */
static const sqlite3_module module = {
	.iVersion = 2,
	.xConnect = table_open,
	.xBestIndex = plan,
	.xDisconnect = table_close,
	.xOpen = cursor_open,
	.xClose = cursor_close,
	.xFilter = cursor_filter,
	.xNext = cursor_next,
	.xEof = cursor_is_at_end,
	.xColumn = cursor_column,
	.xRowid = cursor_rowid,
	.xUpdate = update,
	.xBegin = transaction_begin,
	.xCommit = transaction_end,
	.xRollback = transaction_end,
	.xSavepoint = savepoint_begin,
	.xRelease = savepoint_release,
	.xRollbackTo = savepoint_undo,
};

enum bsync_result bsync_capture_log_make(struct bsync_db *db, struct bsync_capture_log **out)
{
	assert(db != NULL && db->handle != NULL);
	assert(out != NULL);
	struct bsync_capture_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return BSYNC_NO_MEMORY;
	bsync_buffer_init(&log->entries, (size_t)ENTRIES_MAX * sizeof(struct entry));
	bsync_buffer_init(&log->bytes, BYTES_MAX);
	*out = log;
	/* On failure SQLite has freed it already. */
	return bsync_db_result(sqlite3_create_module_v2(db->handle, "bsync_capture", &module, log, log_free));
}

size_t bsync_capture_count(const struct bsync_capture_log *log)
{
	assert(log != NULL);
	assert(log->sealed <= entry_count(log));
	return entry_count(log) - log->sealed;
}

struct bsync_capture_entry bsync_capture_at(const struct bsync_capture_log *log, size_t index)
{
	assert(index < bsync_capture_count(log));
	const struct entry *entry = entry_at(log, log->sealed + index);

	return (struct bsync_capture_entry){
		.table_no = entry->table_no,
		.op = entry->op,
		.mask = entry->mask,
		.key = key_of(log, entry),
		.old = bytes_of(log, entry->old),
		.inserted = bytes_of(log, entry->inserted),
	};
}

void bsync_capture_seal(struct bsync_capture_log *log)
{
	assert(log != NULL);
	log->sealed = entry_count(log);
}
