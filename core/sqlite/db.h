/* db.h: one SQLite connection opened our way, and short helpers to prepare, bind, step and read.
 *
 * Knows no table.  A connection belongs to one thread at a time unless opened with `is_shared`.
 * Callers may use sqlite3.h beside it through `handle`.  Why these pragmas: see `configure` in db.c. */
#ifndef BSYNC_CORE_SQLITE_DB_H
#define BSYNC_CORE_SQLITE_DB_H

#include <sqlite3.h>

#include "core/value.h"

/* Larger values are refused by every connection (a changeset is at most 8 MiB). */
enum { BSYNC_DB_VALUE_SIZE_MAX = 64 * 1024 * 1024, BSYNC_DB_ERROR_SIZE = 256 };

enum bsync_db_mode {
	BSYNC_DB_READ_ONLY,
	BSYNC_DB_READ_WRITE, /* the file must be there */
	BSYNC_DB_CREATE,     /* makes the file when it is not there */
	BSYNC_DB_MEMORY,     /* no file; `path` is ignored */
};

/* All zeros are good defaults. */
struct bsync_db_options {
	enum bsync_db_mode mode;
	uint32_t page_size;            /* for a new file; 0: 4096 */
	uint32_t cache_kib;            /* page cache; 0: 8 MiB */
	uint32_t autocheckpoint_pages; /* of the WAL; 0: 1000; UINT32_MAX: only when the caller asks */
	uint32_t busy_timeout_ms;      /* 0 with no `busy`: BSYNC_BUSY at once */
	/* Instead of the timeout: called with the count of earlier calls for this lock; returns 0 to give up. */
	int (*busy)(void *context, int count);
	void *busy_context;
	const char *vfs; /* name of a registered VFS; NULL: the system's */
	bool is_shared;  /* several threads use the connection; SQLite serialises them */
};

/* The statements that begin and end transactions, prepared on first use. */
enum bsync_db_word {
	BSYNC_DB_BEGIN_WRITE,
	BSYNC_DB_BEGIN_READ,
	BSYNC_DB_COMMIT,
	BSYNC_DB_ROLLBACK,
	BSYNC_DB_SAVEPOINT,
	BSYNC_DB_RELEASE,
	BSYNC_DB_ROLLBACK_TO,
	BSYNC_DB_WORD_COUNT,
};

/* A connection; all zeros is a closed one.  Callers read only `handle`. */
struct bsync_db {
	sqlite3 *handle;
	sqlite3_stmt *words[BSYNC_DB_WORD_COUNT];
	bool is_rollback_owed;    /* the last rollback failed: the transaction is still open */
	uint32_t busy_timeout_ms; /* as the options say */
	int (*busy)(void *context, int count);
	void *busy_context;
	bool has_found_log;  /* the log that was there at the opening is not yet moved into the file */
	bool is_log_written; /* but written over itself */
	char error[BSYNC_DB_ERROR_SIZE];
};

/* Opens `path` and sets our pragmas: WAL, synchronous FULL, temporary data in memory, no mmap, secure
 * delete, defensive, no trusted schema, recursive triggers, no foreign keys, extended result codes.
 *
 * On failure `db` is closed and bsync_db_error says why.  Fails with BSYNC_BUSY, BSYNC_NOT_FOUND (no such
 * file), BSYNC_STORAGE_CORRUPT (also: not a database), BSYNC_STORAGE_FULL, BSYNC_STORAGE or BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_db_open(struct bsync_db *db, const char *path,
					      const struct bsync_db_options *options);

/* Closes the connection; all statements of the caller must have been freed.  A closed one is allowed. */
void bsync_db_close(struct bsync_db *db);

/* Borrows SQLite's text for the last failure, until the next call on the connection; never NULL.  It
 * survives bsync_db_rollback and bsync_db_close. */
const char *bsync_db_error(struct bsync_db *db);

/* Maps a code of SQLite.  Row, done and ok are BSYNC_OK; a clash of keys is BSYNC_EXISTS; a refusal by an
 * authorizer is BSYNC_MISUSE; an interrupt is BSYNC_TIMEOUT. */
enum bsync_result bsync_db_result(int sqlite_code);

/* Runs statements without parameters; rows are thrown away. */
BSYNC_CHECKED enum bsync_result bsync_db_exec(struct bsync_db *db, const char *sql);

/* Prepares one statement for repeated use; the caller frees it before the connection closes. */
BSYNC_CHECKED enum bsync_result bsync_db_prepare(struct bsync_db *db, const char *sql, sqlite3_stmt **out);

/* Frees a statement and sets the pointer to NULL; NULL inside is allowed. */
void bsync_db_finalize(sqlite3_stmt **statement);

/* Bind parameter `index`, counted from 1.  Text and blob are borrowed until bsync_db_reset, bsync_db_run or
 * the next bind of that index; at most BSYNC_DB_VALUE_SIZE_MAX bytes.  NULL data with size 0 binds an empty
 * text or blob, never NULL. */
void bsync_db_bind_null(sqlite3_stmt *statement, int index);
void bsync_db_bind_int64(sqlite3_stmt *statement, int index, int64_t integer);
void bsync_db_bind_real(sqlite3_stmt *statement, int index, double real);
void bsync_db_bind_text(sqlite3_stmt *statement, int index, struct bsync_bytes text);
void bsync_db_bind_string(sqlite3_stmt *statement, int index, const char *text); /* NULL binds NULL */
void bsync_db_bind_blob(sqlite3_stmt *statement, int index, struct bsync_bytes blob);
void bsync_db_bind_data(sqlite3_stmt *statement, int index, const void *data, size_t size);
void bsync_db_bind_value(sqlite3_stmt *statement, int index, const struct bsync_value *value);

/* Steps once; `*has_row` says whether a row stands.  After the last row and after a failure the statement
 * is reset, so no read transaction stays open. */
BSYNC_CHECKED enum bsync_result bsync_db_step(sqlite3_stmt *statement, bool *has_row);

/* Runs to the end, throws rows away, resets and clears the bindings. */
BSYNC_CHECKED enum bsync_result bsync_db_run(sqlite3_stmt *statement);

/* Steps for the one row wanted: BSYNC_NOT_FOUND when there is none.  The caller resets after reading. */
BSYNC_CHECKED enum bsync_result bsync_db_row(sqlite3_stmt *statement);

/* Resets and clears the bindings; NULL is allowed. */
void bsync_db_reset(sqlite3_stmt *statement);

/* Read column `index`, counted from 0, of the standing row.  Text and blob are borrowed until the next
 * step, reset or free. */
int64_t bsync_db_int64(sqlite3_stmt *statement, int index);
bool bsync_db_is_null(sqlite3_stmt *statement, int index);
struct bsync_bytes bsync_db_bytes(sqlite3_stmt *statement, int index);
const char *bsync_db_string(sqlite3_stmt *statement, int index); /* NULL for NULL */
struct bsync_value bsync_db_value(sqlite3_stmt *statement, int index);
/* Reads an argument of an SQL function the same way; borrowed for the call. */
struct bsync_value bsync_db_argument(sqlite3_value *argument);
/* Copies a blob of exactly `size` bytes; false when the column holds anything else. */
bool bsync_db_copy(sqlite3_stmt *statement, int index, void *out, size_t size);

/* Runs one query without parameters and gives its first column: BSYNC_NOT_FOUND when it has no row. */
BSYNC_CHECKED enum bsync_result bsync_db_query_int64(struct bsync_db *db, const char *sql, int64_t *out);
/* The same for text; a copy that the caller frees with free(). */
BSYNC_CHECKED enum bsync_result bsync_db_query_string(struct bsync_db *db, const char *sql, char **out);

/* Moves the log that was there at the opening into the file, once; begin does so first, and fails as this does.
 *
 * After a sync that failed, a part of that log can be in the kernel's memory and nowhere else: what is built on it,
 * or told to others, would go with it in a power cut; and what the medium has of the log would then be laid over the
 * file, which has gone on.  So the log is first written over itself and synced, and emptied in the end.  BSYNC_OK also where
 * another connection is at it.  Outside a transaction. */
BSYNC_CHECKED enum bsync_result bsync_db_found_log_move(struct bsync_db *db);

/* Writes the whole file anew and empties the log, outside a transaction: then nothing is left of what was deleted.
 *
 * SQLite overwrites a cell that it deletes (secure_delete), but a page that it put together anew keeps old bytes between
 * its cells, and the log keeps old pages.  Fails, without waiting and with nothing changed for others, where statements of this
 * connection stand on a row or another connection is at work (BSYNC_BUSY where that is all); takes the room of
 * the file once more meanwhile, in memory and in the log.  Rows of a table without INTEGER PRIMARY KEY may get another rowid. */
BSYNC_CHECKED enum bsync_result bsync_db_rewrite(struct bsync_db *db);

/* Transactions.  begin takes the write lock at once (BSYNC_BUSY when it cannot); begin_read takes its
 * snapshot at its first read.  rollback is safe where SQLite has rolled back by itself. */
BSYNC_CHECKED enum bsync_result bsync_db_begin(struct bsync_db *db);
BSYNC_CHECKED enum bsync_result bsync_db_begin_read(struct bsync_db *db);
BSYNC_CHECKED enum bsync_result bsync_db_commit(struct bsync_db *db);
void bsync_db_rollback(struct bsync_db *db);
bool bsync_db_in_transaction(struct bsync_db *db);
/* Makes good a rollback that failed; both begins do so first.  BSYNC_OK when none is owed. */
BSYNC_CHECKED enum bsync_result bsync_db_settle(struct bsync_db *db);

/* Savepoints nest; release keeps the work since the innermost, undo throws it away and ends it. */
BSYNC_CHECKED enum bsync_result bsync_db_savepoint(struct bsync_db *db);
BSYNC_CHECKED enum bsync_result bsync_db_release(struct bsync_db *db);
BSYNC_CHECKED enum bsync_result bsync_db_undo(struct bsync_db *db);

/* Writes the WAL back into the file and, with `truncate`, empties it; BSYNC_BUSY when a reader is in the way. */
BSYNC_CHECKED enum bsync_result bsync_db_checkpoint(struct bsync_db *db, bool truncate);

#endif
