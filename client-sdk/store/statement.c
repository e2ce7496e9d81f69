#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/store/schema_guard.h"

/* What is remembered of a statement of the application until it is finalized. */
struct bsync_statement_note {
	struct bsync_statement_note *next;
	sqlite3_stmt *statement;
	enum bsync_statement_kind kind;
	char name[BSYNC_FILE_NAME_SIZE];
};

static size_t bucket_of(const sqlite3_stmt *statement)
{
	return ((uintptr_t)statement >> 4) % BSYNC_FILE_STATEMENT_BUCKETS;
}

static struct bsync_statement_note *note_find(struct bsync_file *file, const sqlite3_stmt *statement)
{
	struct bsync_statement_note *note = file->notes[bucket_of(statement)];

	while (note != NULL && note->statement != statement)
		note = note->next;
	return note;
}

static enum bsync_result note_add(struct bsync_file *file, sqlite3_stmt *statement)
{
	size_t bucket = bucket_of(statement);
	struct bsync_statement_note *note = NULL;

	if (file->note_count >= BSYNC_FILE_STATEMENTS_MAX)
		return bsync_file_fail(file, BSYNC_TOO_LARGE, "too many statements are prepared; finalize some");
	note = calloc(1, sizeof(*note));
	if (note == NULL)
		return BSYNC_NO_MEMORY;
	note->statement = statement;
	note->kind = file->seen.kind;
	snprintf(note->name, sizeof(note->name), "%s", file->seen.name);
	note->next = file->notes[bucket];
	file->notes[bucket] = note;
	file->note_count++;
	return BSYNC_OK;
}

static void note_remove(struct bsync_file *file, const sqlite3_stmt *statement)
{
	struct bsync_statement_note **link = &file->notes[bucket_of(statement)];

	while (*link != NULL && (*link)->statement != statement)
		link = &(*link)->next;
	if (*link != NULL) {
		struct bsync_statement_note *note = *link;

		*link = note->next;
		free(note);
		file->note_count--;
	}
}

void bsync_statement_clear(struct bsync_file *file)
{
	for (size_t i = 0; i < BSYNC_FILE_STATEMENT_BUCKETS; i++) {
		while (file->notes[i] != NULL) {
			struct bsync_statement_note *note = file->notes[i];

			sqlite3_finalize(note->statement);
			file->notes[i] = note->next;
			free(note);
		}
	}
	memset(file->words, 0, sizeof(file->words));
	file->note_count = 0;
	file->owner = NULL;
}

/* A failure of the application's SQL: what SQLite calls a plain error or a constraint is the statement's fault. */
static enum bsync_result sql_result(struct bsync_file *file, int code)
{
	enum bsync_result result = bsync_db_result(code);

	if ((code & 0xff) == SQLITE_AUTH)
		return bsync_file_fail(file, BSYNC_MISUSE, "%s",
				       file->seen.refusal != NULL ? file->seen.refusal
								  : sqlite3_errmsg(file->db.handle));
	bsync_file_fail_sqlite(file, result);
	switch (code & 0xff) {
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
		return BSYNC_INVALID;
	case SQLITE_CONSTRAINT:
		return result == BSYNC_EXISTS ? BSYNC_EXISTS : BSYNC_INVALID;
	default:
		return result;
	}
}

/* Prepares under the authorizer; `file->seen` says what it is. */
static enum bsync_result prepare_judged(struct bsync_file *file, const char *sql, size_t size, sqlite3_stmt **statement,
					const char **tail)
{
	int code = SQLITE_OK;

	file->seen = (struct bsync_statement_seen){.kind = BSYNC_STATEMENT_READ};
	file->authority = BSYNC_AUTHORITY_APPLICATION;
	code = sqlite3_prepare_v3(file->db.handle, sql, (int)size, 0, statement, tail);
	file->authority = BSYNC_AUTHORITY_OURS;
	return code == SQLITE_OK ? BSYNC_OK : sql_result(file, code);
}

/* Prepares by the newest schema: only what changes tables is judged by it. */
static enum bsync_result prepare_known(struct bsync_file *file, const char *sql, size_t size, sqlite3_stmt **statement,
				       const char **tail)
{
	enum bsync_result result = prepare_judged(file, sql, size, statement, tail);

	if (file->seen.kind != BSYNC_STATEMENT_SCHEMA)
		return result;
	sqlite3_finalize(*statement);
	*statement = NULL;
	result = bsync_file_refresh(file);
	return result == BSYNC_OK ? prepare_judged(file, sql, size, statement, tail) : result;
}

enum bsync_result bsync_file_prepare(struct bsync_file *file, const char *sql, size_t size,
				     struct sqlite3_stmt **statement, const char **tail)
{
	sqlite3_stmt *prepared = NULL;
	const char *rest = sql;
	enum bsync_result result = BSYNC_OK;

	assert(sql != NULL);
	assert(statement != NULL);
	*statement = NULL;
	if (size > BSYNC_DB_VALUE_SIZE_MAX)
		return bsync_file_fail(file, BSYNC_TOO_LARGE, "the SQL text is too long");
	result = prepare_known(file, sql, size, &prepared, &rest);
	if (result != BSYNC_OK)
		return result;
	if (tail != NULL)
		*tail = rest;
	if (prepared == NULL)
		return BSYNC_OK;
	if (sqlite3_stmt_isexplain(prepared) != 0)
		file->seen.kind = BSYNC_STATEMENT_READ;
	else if (file->seen.kind == BSYNC_STATEMENT_READ && !sqlite3_stmt_readonly(prepared))
		file->seen.kind = BSYNC_STATEMENT_WRITE;
	result = note_add(file, prepared);
	if (result != BSYNC_OK) {
		sqlite3_finalize(prepared);
		return result;
	}
	*statement = prepared;
	return BSYNC_OK;
}

/* A COMMIT beside an unfinished writing statement fails in SQLite; nothing may be sealed for it. */
static enum bsync_result writers_done(struct bsync_file *file)
{
	sqlite3_stmt *statement = NULL;

	while ((statement = sqlite3_next_stmt(file->db.handle, statement)) != NULL) {
		if (sqlite3_stmt_busy(statement) && !sqlite3_stmt_readonly(statement))
			return bsync_file_fail(file, BSYNC_BUSY,
					       "a writing statement is not finished; reset it before COMMIT");
	}
	return BSYNC_OK;
}

/* True when a RELEASE of `name` ends a transaction that a SAVEPOINT began. */
static bool is_outermost(const struct bsync_file *file, const char *name)
{
	if (!file->is_opened_by_savepoint)
		return false;
	for (uint32_t i = file->savepoint_count; i > 0; i--) {
		if (sqlite3_stricmp(file->savepoints[i - 1], name) == 0)
			return i == 1;
	}
	return false;
}

static enum bsync_result transaction_open(struct bsync_file *file)
{
	enum bsync_result result = bsync_db_begin(&file->db);

	if (result == BSYNC_BUSY && sqlite3_extended_errcode(file->db.handle) == SQLITE_BUSY_SNAPSHOT)
		return bsync_file_fail(
			file, BSYNC_BUSY,
			"a SELECT of this connection still reads an older state; finish or reset it, then write");
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result seal_before_commit(struct bsync_file *file)
{
	enum bsync_result result = writers_done(file);

	return result == BSYNC_OK ? bsync_commit_seal(file) : result;
}

static bool in_transaction(struct bsync_file *file)
{
	return bsync_db_in_transaction(&file->db);
}

/* SQLite ends a transaction by itself when the disk is full or fails.  Whoever does not notice would write on without one, so all but
 * reading waits for the ROLLBACK; a COMMIT fails, and is the end of it too. */
static enum bsync_result undone_refuse(struct bsync_file *file, enum bsync_statement_kind kind)
{
	if (kind == BSYNC_STATEMENT_COMMIT)
		file->is_undone = false;
	return bsync_file_fail(file, BSYNC_INVALID,
			       "the transaction was undone when a statement before failed; nothing of it is saved, "
			       "ROLLBACK and begin anew");
}

/* What must happen before the first step of a statement. */
static enum bsync_result step_begin(struct bsync_file *file, struct bsync_statement_note *note)
{
	enum bsync_result result = BSYNC_OK;

	if (file->is_undone && note->kind != BSYNC_STATEMENT_READ && note->kind != BSYNC_STATEMENT_ROLLBACK)
		return undone_refuse(file, note->kind);
	switch (note->kind) {
	case BSYNC_STATEMENT_READ:
	case BSYNC_STATEMENT_BEGIN:
	case BSYNC_STATEMENT_ROLLBACK:
	case BSYNC_STATEMENT_ROLLBACK_TO:
		return BSYNC_OK;
	case BSYNC_STATEMENT_COMMIT:
		return in_transaction(file) ? seal_before_commit(file) : BSYNC_OK;
	case BSYNC_STATEMENT_SAVEPOINT:
		if (file->savepoint_count >= BSYNC_FILE_SAVEPOINTS_MAX)
			return bsync_file_fail(file, BSYNC_MISUSE, "too many savepoints are open");
		if (in_transaction(file))
			return BSYNC_OK;
		result = transaction_open(file);
		file->is_opened_by_savepoint = result == BSYNC_OK;
		return result;
	case BSYNC_STATEMENT_RELEASE:
		return is_outermost(file, note->name) ? seal_before_commit(file) : BSYNC_OK;
	case BSYNC_STATEMENT_WRITE:
	case BSYNC_STATEMENT_SCHEMA:
		if (!in_transaction(file)) {
			result = transaction_open(file);
			if (result == BSYNC_OK)
				file->owner = note;
		}
		if (result == BSYNC_OK && note->kind == BSYNC_STATEMENT_SCHEMA)
			result = bsync_schema_guard_begin(file);
		return result;
	}
	return BSYNC_MISUSE;
}

/* The transaction has ended well: what was sealed in it is durable. */
static void committed(struct bsync_file *file)
{
	if (file->has_sealed) {
		file->has_committed = true;
		file->base_override = (struct bsync_position){0};
	}
	bsync_file_edits_settle(file, true);
	file->has_sealed = false;
	file->owner = NULL;
	file->savepoint_count = 0;
	file->is_opened_by_savepoint = false;
}

static enum bsync_result commit_ours(struct bsync_file *file)
{
	enum bsync_result result = bsync_file_fail_sqlite(file, bsync_db_commit(&file->db));

	if (result == BSYNC_OK) {
		committed(file);
		return BSYNC_OK;
	}
	bsync_db_rollback(&file->db);
	bsync_file_forget(file);
	return result;
}

/* Ends the transaction that was opened for one statement. */
static enum bsync_result owner_finish(struct bsync_file *file)
{
	enum bsync_result result = BSYNC_OK;

	file->owner = NULL;
	result = bsync_commit_seal(file);
	if (result == BSYNC_OK)
		return commit_ours(file);
	bsync_db_rollback(&file->db);
	bsync_file_forget(file);
	return result;
}

static void savepoints_cut(struct bsync_file *file, const char *name, bool is_kept)
{
	for (uint32_t i = file->savepoint_count; i > 0; i--) {
		if (sqlite3_stricmp(file->savepoints[i - 1], name) == 0) {
			file->savepoint_count = is_kept ? i : i - 1;
			return;
		}
	}
}

/* What follows when a statement has run to its end. */
static enum bsync_result step_done(struct bsync_file *file, struct bsync_statement_note *note)
{
	enum bsync_result result = BSYNC_OK;

	switch (note->kind) {
	case BSYNC_STATEMENT_READ:
	case BSYNC_STATEMENT_BEGIN:
		return BSYNC_OK;
	case BSYNC_STATEMENT_COMMIT:
		committed(file);
		return BSYNC_OK;
	case BSYNC_STATEMENT_ROLLBACK:
		bsync_file_forget(file);
		return BSYNC_OK;
	case BSYNC_STATEMENT_SAVEPOINT:
		snprintf(file->savepoints[file->savepoint_count++], BSYNC_FILE_NAME_SIZE, "%s", note->name);
		return BSYNC_OK;
	case BSYNC_STATEMENT_ROLLBACK_TO:
		savepoints_cut(file, note->name, true);
		return BSYNC_OK;
	case BSYNC_STATEMENT_RELEASE:
		savepoints_cut(file, note->name, false);
		return file->is_opened_by_savepoint && file->savepoint_count == 0 ? commit_ours(file) : BSYNC_OK;
	case BSYNC_STATEMENT_SCHEMA:
		sqlite3_reset(note->statement);
		result = bsync_schema_guard_end(file);
		if (result != BSYNC_OK && file->owner == note) {
			bsync_db_rollback(&file->db);
			bsync_file_forget(file);
			return result;
		}
		return result == BSYNC_OK && file->owner == note ? owner_finish(file) : result;
	case BSYNC_STATEMENT_WRITE:
		return file->owner == note ? owner_finish(file) : BSYNC_OK;
	}
	return BSYNC_MISUSE;
}

/* A statement has failed: SQLite undid it alone, or (OR ROLLBACK, a full disk) the whole transaction. */
static enum bsync_result step_failed(struct bsync_file *file, struct bsync_statement_note *note, int code)
{
	enum bsync_result result = sql_result(file, code);
	/* OR ROLLBACK says itself what it does. */
	const bool is_unexpected = (code & 0xff) != SQLITE_CONSTRAINT && note->kind != BSYNC_STATEMENT_COMMIT &&
				   note->kind != BSYNC_STATEMENT_ROLLBACK;

	sqlite3_reset(note->statement);
	file->is_undone = is_unexpected && file->was_in_transaction && file->owner != note && !in_transaction(file);
	if (in_transaction(file) && note->kind == BSYNC_STATEMENT_SCHEMA)
		bsync_schema_guard_abort(file);
	if (in_transaction(file) &&
	    (file->owner == note ||
	     (note->kind == BSYNC_STATEMENT_SAVEPOINT && file->savepoint_count == 0 && file->is_opened_by_savepoint))) {
		bsync_db_rollback(&file->db);
		bsync_file_forget(file);
	}
	if (!in_transaction(file))
		bsync_file_forget(file);
	return result;
}

enum bsync_result bsync_file_step(struct bsync_file *file, struct sqlite3_stmt *statement, bool *has_row)
{
	struct bsync_statement_note *note = note_find(file, statement);
	int code = SQLITE_OK;

	assert(has_row != NULL);
	*has_row = false;
	if (note == NULL)
		return bsync_file_fail(file, BSYNC_MISUSE, "this statement was not prepared here");
	if (!sqlite3_stmt_busy(statement)) {
		enum bsync_result result = step_begin(file, note);

		if (result != BSYNC_OK)
			return result;
	}
	/* A transaction that begins to read and then writes could meet a change between the two; ours begin by writing.
	 * Within a transaction SQLite says what is wrong with another BEGIN. */
	if (note->kind == BSYNC_STATEMENT_BEGIN && !in_transaction(file))
		return transaction_open(file);
	if (note->kind == BSYNC_STATEMENT_ROLLBACK && file->is_undone && !in_transaction(file)) {
		file->is_undone = false;
		return BSYNC_OK;
	}
	file->was_in_transaction = in_transaction(file);
	/* SQLite prepares anew where the schema has changed, so the step is judged like the prepare. */
	file->seen.refusal = NULL;
	file->authority = BSYNC_AUTHORITY_APPLICATION;
	code = sqlite3_step(statement);
	file->authority = BSYNC_AUTHORITY_OURS;
	if (code == SQLITE_ROW) {
		*has_row = true;
		return BSYNC_OK;
	}
	return code == SQLITE_DONE ? step_done(file, note) : step_failed(file, note, code);
}

enum bsync_result bsync_file_reset(struct bsync_file *file, struct sqlite3_stmt *statement)
{
	struct bsync_statement_note *note = NULL;

	if (statement == NULL)
		return BSYNC_OK;
	note = note_find(file, statement);
	assert(note != NULL);
	/* The code of reset repeats that of the last step. */
	sqlite3_reset(statement);
	/* All changes of a statement are made before its first row (RETURNING), so what is left to do is to commit. */
	return note == file->owner ? owner_finish(file) : BSYNC_OK;
}

enum bsync_result bsync_file_finalize(struct bsync_file *file, struct sqlite3_stmt *statement)
{
	enum bsync_result result = bsync_file_reset(file, statement);

	if (statement == NULL)
		return BSYNC_OK;
	note_remove(file, statement);
	sqlite3_finalize(statement);
	return result;
}

/* Runs one statement to its end. */
static enum bsync_result exec_one(struct bsync_file *file, struct sqlite3_stmt *statement)
{
	enum bsync_result result = BSYNC_OK;
	enum bsync_result freed = BSYNC_OK;
	bool has_row = true;

	while (result == BSYNC_OK && has_row)
		result = bsync_file_step(file, statement, &has_row);
	freed = bsync_file_finalize(file, statement);
	return result == BSYNC_OK ? freed : result;
}

/* The statement kept for a text that is run around every transaction; NULL for another text. */
static struct sqlite3_stmt **word_of(struct bsync_file *file, const char *sql)
{
	static const char *const words[BSYNC_FILE_WORDS] = {"BEGIN", "COMMIT"};

	for (size_t i = 0; i < BSYNC_FILE_WORDS; i++) {
		if (strcmp(sql, words[i]) == 0)
			return &file->words[i];
	}
	return NULL;
}

static enum bsync_result word_run(struct bsync_file *file, const char *sql, struct sqlite3_stmt **kept)
{
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	if (*kept == NULL)
		result = bsync_file_prepare(file, sql, strlen(sql), kept, NULL);
	if (result == BSYNC_OK)
		result = bsync_file_step(file, *kept, &has_row);
	sqlite3_reset(*kept);
	return result;
}

enum bsync_result bsync_file_exec(struct bsync_file *file, const char *sql)
{
	struct sqlite3_stmt **kept = NULL;
	const char *rest = sql;
	enum bsync_result result = BSYNC_OK;

	assert(file != NULL);
	assert(sql != NULL);
	kept = word_of(file, sql);
	if (kept != NULL)
		return word_run(file, sql, kept);
	while (result == BSYNC_OK && *rest != '\0') {
		struct sqlite3_stmt *statement = NULL;

		result = bsync_file_prepare(file, rest, strlen(rest), &statement, &rest);
		if (result == BSYNC_OK && statement != NULL)
			result = exec_one(file, statement);
	}
	return result;
}
