#include "core/sqlite/db.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SQL_SIZE = 128,
	PAGE_SIZE_DEFAULT = 4096,
	CACHE_KIB_DEFAULT = 8192,
	AUTOCHECKPOINT_DEFAULT = 1000,
	LOG_PIECE_SIZE = 65536
};

enum bsync_result bsync_db_result(int sqlite_code)
{
	switch (sqlite_code) {
	case SQLITE_IOERR_NOMEM:
		return BSYNC_NO_MEMORY;
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_ROWID:
		return BSYNC_EXISTS;
	}
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return BSYNC_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return BSYNC_BUSY;
	case SQLITE_FULL:
		return BSYNC_STORAGE_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return BSYNC_STORAGE_CORRUPT;
	case SQLITE_NOMEM:
		return BSYNC_NO_MEMORY;
	case SQLITE_TOOBIG:
		return BSYNC_TOO_LARGE;
	case SQLITE_AUTH:
	case SQLITE_MISUSE:
		return BSYNC_MISUSE;
	case SQLITE_INTERRUPT:
		return BSYNC_TIMEOUT;
	default:
		return BSYNC_STORAGE;
	}
}

const char *bsync_db_error(struct bsync_db *db)
{
	assert(db != NULL);
	int code = db->handle != NULL ? sqlite3_errcode(db->handle) & 0xff : SQLITE_OK;
	bool is_failure = code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE;

	return is_failure ? sqlite3_errmsg(db->handle) : db->error;
}

/* Keeps the text of the failure, which the next call on the connection covers up. */
static void error_keep(struct bsync_db *db)
{
	assert(db != NULL);
	const char *text = bsync_db_error(db);

	if (text != db->error)
		snprintf(db->error, sizeof(db->error), "%s", text);
}

/* Runs one pragma whose answer, if it gives one, does not matter. */
static enum bsync_result pragma_set(struct bsync_db *db, const char *name, int64_t value)
{
	assert(db != NULL);
	assert(name != NULL);
	char sql[SQL_SIZE];

	snprintf(sql, sizeof(sql), "PRAGMA %s=%lld", name, (long long)value);
	return bsync_db_exec(db, sql);
}

/* Turns a file to WAL and proves that it is: another answer would void the durability rules. */
static enum bsync_result journal_to_wal(struct bsync_db *db)
{
	assert(db != NULL);
	char *mode = NULL;
	enum bsync_result result = bsync_db_query_string(db, "PRAGMA journal_mode=WAL", &mode);

	if (result == BSYNC_OK && strcmp(mode, "wal") != 0)
		result = BSYNC_STORAGE;
	free(mode);
	return result;
}

/* What makes a connection safe against the content of its file and against SQL from outside. */
static enum bsync_result hardened(struct bsync_db *db)
{
	assert(db != NULL);
	static const int options[][2] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},          {SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_ENABLE_FKEY, 0},      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int code = sqlite3_db_config(db->handle, options[i][0], options[i][1], (int *)NULL);
		if (code != SQLITE_OK)
			return bsync_db_result(code);
	}
	sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, BSYNC_DB_VALUE_SIZE_MAX);
	return BSYNC_OK;
}

/* The pragmas.  FULL: an acknowledged commit survives a power cut.  Temporary data in memory and no mmap:
 * no plaintext in temporary files, every read through the VFS.  secure_delete: what is erased is
 * overwritten.  recursive_triggers: REPLACE fires the capture trigger of the row it deletes.  foreign_keys
 * off: two honest devices must not be able to make a row that another cannot apply. */
static enum bsync_result configure(struct bsync_db *db, const struct bsync_db_options *options)
{
	assert(db != NULL);
	assert(options != NULL);
	bool is_writer = options->mode == BSYNC_DB_READ_WRITE || options->mode == BSYNC_DB_CREATE;
	uint32_t cache_kib = options->cache_kib != 0 ? options->cache_kib : CACHE_KIB_DEFAULT;
	uint32_t checkpoint = options->autocheckpoint_pages;
	const struct {
		const char *name;
		int64_t value;
	} pragmas[] = {
		{"synchronous", 2},
		{"temp_store", 2},
		{"mmap_size", 0},
		{"secure_delete", 1},
		{"recursive_triggers", 1},
		{"cell_size_check", 1},
		{"cache_size", -(int64_t)cache_kib},
	};
	enum bsync_result result = hardened(db);

	if (result == BSYNC_OK && options->mode != BSYNC_DB_READ_ONLY)
		result = pragma_set(db, "page_size", options->page_size != 0 ? options->page_size : PAGE_SIZE_DEFAULT);
	if (result == BSYNC_OK && is_writer)
		result = journal_to_wal(db);
	for (size_t i = 0; result == BSYNC_OK && i < sizeof(pragmas) / sizeof(pragmas[0]); i++)
		result = pragma_set(db, pragmas[i].name, pragmas[i].value);
	if (result != BSYNC_OK || !is_writer)
		return result;
	if (checkpoint == 0)
		checkpoint = AUTOCHECKPOINT_DEFAULT;
	return pragma_set(db, "wal_autocheckpoint", checkpoint == UINT32_MAX ? 0 : checkpoint);
}

/* Reads the file's first page, so that a damaged or foreign file is refused by open, not by the first query. */
static enum bsync_result readable(struct bsync_db *db)
{
	assert(db != NULL);
	int64_t version;

	return bsync_db_query_int64(db, "PRAGMA schema_version", &version);
}

/* SQLite says only "unable to open"; errno of the file system tells a missing file from the rest. */
static enum bsync_result open_failure(struct bsync_db *db, int code)
{
	assert(db != NULL);
	if ((code & 0xff) == SQLITE_CANTOPEN && db->handle != NULL && sqlite3_system_errno(db->handle) == ENOENT)
		return BSYNC_NOT_FOUND;
	return bsync_db_result(code);
}

/* A log that was found is moved with care, and not by closing the file. */
static void found_log_set(struct bsync_db *db, bool has_found_log)
{
	db->has_found_log = has_found_log;
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_found_log, (int *)NULL);
}

static void busy_set(struct bsync_db *db)
{
	if (db->busy != NULL)
		sqlite3_busy_handler(db->handle, db->busy, db->busy_context);
	else
		sqlite3_busy_timeout(db->handle, (int)db->busy_timeout_ms);
}

enum bsync_result bsync_db_open(struct bsync_db *db, const char *path, const struct bsync_db_options *options)
{
	static const int modes[] = {
		[BSYNC_DB_READ_ONLY] = SQLITE_OPEN_READONLY,
		[BSYNC_DB_READ_WRITE] = SQLITE_OPEN_READWRITE,
		[BSYNC_DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		[BSYNC_DB_MEMORY] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
	};
	assert(db != NULL);
	assert(options != NULL);
	assert(path != NULL || options->mode == BSYNC_DB_MEMORY);
	int flags = modes[options->mode] | SQLITE_OPEN_EXRESCODE |
		    (options->is_shared ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX);
	enum bsync_result result;

	memset(db, 0, sizeof(*db));
	int code = sqlite3_open_v2(options->mode == BSYNC_DB_MEMORY ? ":memory:" : path, &db->handle, flags,
				   options->vfs);
	if (code != SQLITE_OK) {
		result = open_failure(db, code);
		goto fail;
	}
	db->busy = options->busy;
	db->busy_context = options->busy_context;
	db->busy_timeout_ms = options->busy_timeout_ms;
	busy_set(db);
	result = configure(db, options);
	if (result == BSYNC_OK)
		result = readable(db);
	if (result == BSYNC_OK) {
		found_log_set(db, options->mode == BSYNC_DB_READ_WRITE);
		return BSYNC_OK;
	}
fail:
	error_keep(db);
	if (db->error[0] == '\0')
		snprintf(db->error, sizeof(db->error), "%s", sqlite3_errstr(code));
	bsync_db_close(db);
	return result;
}

void bsync_db_close(struct bsync_db *db)
{
	assert(db != NULL);
	/* Where it can not be moved it stays for the next who opens the file. */
	enum bsync_result ignored = bsync_db_found_log_move(db);

	(void)ignored;
	for (int i = 0; i < BSYNC_DB_WORD_COUNT; i++)
		bsync_db_finalize(&db->words[i]);
	/* A statement left open is a bug of the caller: SQLite would keep the file open behind our back. */
	int code = sqlite3_close(db->handle);
	assert(code == SQLITE_OK);
	(void)code;
	db->handle = NULL;
}

enum bsync_result bsync_db_exec(struct bsync_db *db, const char *sql)
{
	assert(db != NULL);
	assert(db->handle != NULL);
	assert(sql != NULL);
	return bsync_db_result(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

enum bsync_result bsync_db_query_int64(struct bsync_db *db, const char *sql, int64_t *out)
{
	assert(out != NULL);
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(db, sql, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*out = bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_db_query_string(struct bsync_db *db, const char *sql, char **out)
{
	assert(out != NULL);
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(db, sql, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		struct bsync_bytes text = bsync_db_bytes(statement, 0);
		char *copy = malloc(text.size + 1);
		if (copy == NULL) {
			result = BSYNC_NO_MEMORY;
		} else {
			if (text.size != 0)
				memcpy(copy, text.data, text.size);
			copy[text.size] = '\0';
			*out = copy;
		}
	}
	bsync_db_finalize(&statement);
	return result;
}

/* Prepares one word, unless it is. */
static enum bsync_result word_prepare(struct bsync_db *db, enum bsync_db_word word)
{
	static const char *const texts[] = {
		[BSYNC_DB_BEGIN_WRITE] = "BEGIN IMMEDIATE",
		[BSYNC_DB_BEGIN_READ] = "BEGIN",
		[BSYNC_DB_COMMIT] = "COMMIT",
		[BSYNC_DB_ROLLBACK] = "ROLLBACK",
		[BSYNC_DB_SAVEPOINT] = "SAVEPOINT bsync",
		[BSYNC_DB_RELEASE] = "RELEASE bsync",
		[BSYNC_DB_ROLLBACK_TO] = "ROLLBACK TO bsync",
	};
	assert(db != NULL);
	assert(db->handle != NULL);
	assert(word < BSYNC_DB_WORD_COUNT);
	return db->words[word] != NULL ? BSYNC_OK : bsync_db_prepare(db, texts[word], &db->words[word]);
}

static enum bsync_result word_run(struct bsync_db *db, enum bsync_db_word word)
{
	assert(db != NULL);
	enum bsync_result result = word_prepare(db, word);

	return result == BSYNC_OK ? bsync_db_run(db->words[word]) : result;
}

/* The rollback is prepared first: it must not need memory where that has run out. */
static enum bsync_result begin(struct bsync_db *db, enum bsync_db_word word)
{
	assert(db != NULL);
	enum bsync_result result = bsync_db_settle(db);

	if (result == BSYNC_OK)
		result = word_prepare(db, BSYNC_DB_ROLLBACK);
	return result == BSYNC_OK ? word_run(db, word) : result;
}

/* The log's file; NULL where none is open. */
static int log_file(struct bsync_db *db, sqlite3_file **log)
{
	int code = sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_JOURNAL_POINTER, log);

	if (code == SQLITE_OK && *log != NULL && (*log)->pMethods == NULL)
		*log = NULL;
	return code;
}

/* Writes the log over itself, so that the next sync takes all of it to the medium: after one that failed the kernel takes
 * only what was written since.  Nobody else may write to it meanwhile. */
static int log_copy(sqlite3_file *log)
{
	uint8_t piece[LOG_PIECE_SIZE];
	sqlite3_int64 size = 0;
	int code = log->pMethods->xFileSize(log, &size);

	for (sqlite3_int64 at = 0; at < size && code == SQLITE_OK; at += LOG_PIECE_SIZE) {
		int count = size - at < LOG_PIECE_SIZE ? (int)(size - at) : LOG_PIECE_SIZE;

		code = log->pMethods->xRead(log, piece, count, at);
		if (code == SQLITE_OK)
			code = log->pMethods->xWrite(log, piece, count, at);
	}
	return code;
}

/* Moving the log syncs it first; what that sync passes over, and is half-way in the file when the power goes, is half a
 * commit.  Does not wait for others. */
static enum bsync_result log_secure(struct bsync_db *db)
{
	sqlite3_file *log = NULL;
	int code = SQLITE_OK;
	enum bsync_result result = BSYNC_OK;

	sqlite3_busy_timeout(db->handle, 0);
	result = begin(db, BSYNC_DB_BEGIN_WRITE);
	busy_set(db);
	if (result != BSYNC_OK)
		return result;
	code = log_file(db, &log);
	if (code == SQLITE_OK && log != NULL)
		code = log_copy(log);
	bsync_db_rollback(db);
	return bsync_db_result(code);
}

/* Moves the log into the file and cuts it off, safely; without waiting for others, who have moved it when they began. */
static enum bsync_result log_empty(struct bsync_db *db)
{
	sqlite3_file *log = NULL;
	int frames = 0;
	int code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, NULL);

	if (code != SQLITE_OK || frames <= 0)
		return bsync_db_result(code);
	sqlite3_busy_timeout(db->handle, 0);
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	busy_set(db);
	if (code == SQLITE_OK)
		code = log_file(db, &log);
	if (code == SQLITE_OK && log != NULL)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return bsync_db_result(code);
}

enum bsync_result bsync_db_found_log_move(struct bsync_db *db)
{
	assert(db != NULL);
	enum bsync_result result = BSYNC_OK;

	if (!db->has_found_log)
		return BSYNC_OK;
	/* While a reader stands in the way of the rest, once is enough: what comes behind it is synced by its own commit. */
	if (!db->is_log_written)
		result = log_secure(db);
	db->is_log_written = result == BSYNC_OK;
	if (result == BSYNC_OK)
		result = log_empty(db);
	if (result != BSYNC_OK && result != BSYNC_BUSY)
		db->is_log_written = false;
	found_log_set(db, result != BSYNC_OK);
	return result == BSYNC_BUSY ? BSYNC_OK : result;
}

enum bsync_result bsync_db_rewrite(struct bsync_db *db)
{
	enum bsync_result result = BSYNC_OK;

	assert(db != NULL);
	assert(!bsync_db_in_transaction(db));
	sqlite3_busy_timeout(db->handle, 0);
	result = bsync_db_exec(db, "VACUUM");
	busy_set(db);
	return result == BSYNC_OK ? log_empty(db) : result;
}

enum bsync_result bsync_db_begin(struct bsync_db *db)
{
	assert(db != NULL);
	enum bsync_result result = bsync_db_settle(db);

	if (result == BSYNC_OK)
		result = bsync_db_found_log_move(db);
	return result == BSYNC_OK ? begin(db, BSYNC_DB_BEGIN_WRITE) : result;
}

enum bsync_result bsync_db_begin_read(struct bsync_db *db)
{
	return begin(db, BSYNC_DB_BEGIN_READ);
}

enum bsync_result bsync_db_commit(struct bsync_db *db)
{
	assert(db != NULL);
	return word_run(db, BSYNC_DB_COMMIT);
}

bool bsync_db_in_transaction(struct bsync_db *db)
{
	assert(db != NULL);
	assert(db->handle != NULL);
	return sqlite3_get_autocommit(db->handle) == 0;
}

static enum bsync_result roll_back(struct bsync_db *db)
{
	assert(db != NULL);
	enum bsync_result result = bsync_db_in_transaction(db) ? word_run(db, BSYNC_DB_ROLLBACK) : BSYNC_OK;

	db->is_rollback_owed = bsync_db_in_transaction(db);
	return db->is_rollback_owed ? result : BSYNC_OK;
}

void bsync_db_rollback(struct bsync_db *db)
{
	assert(db != NULL);
	error_keep(db);
	/* Where it fails the transaction is open until the next begin or the end of the connection. */
	enum bsync_result result = roll_back(db);
	(void)result;
}

enum bsync_result bsync_db_settle(struct bsync_db *db)
{
	assert(db != NULL);
	return db->is_rollback_owed ? roll_back(db) : BSYNC_OK;
}

enum bsync_result bsync_db_savepoint(struct bsync_db *db)
{
	assert(db != NULL);
	return word_run(db, BSYNC_DB_SAVEPOINT);
}

enum bsync_result bsync_db_release(struct bsync_db *db)
{
	assert(db != NULL);
	return word_run(db, BSYNC_DB_RELEASE);
}

enum bsync_result bsync_db_undo(struct bsync_db *db)
{
	assert(db != NULL);
	enum bsync_result result = word_run(db, BSYNC_DB_ROLLBACK_TO);

	return result == BSYNC_OK ? word_run(db, BSYNC_DB_RELEASE) : result;
}

enum bsync_result bsync_db_checkpoint(struct bsync_db *db, bool truncate)
{
	assert(db != NULL);
	assert(db->handle != NULL);
	int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;

	return bsync_db_result(sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL));
}
