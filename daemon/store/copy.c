/* copy.c: copies of a store: making one while the store is in use, and reading one.
 *
 * A copy is made page by page and never compacted: rowids are addresses (STORAGE 1). */
#include "daemon/store/copy.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE_MAX = 4096, BUSY_MS = 5000 };

static const struct bsync_db_options reading = {.mode = BSYNC_DB_READ_ONLY, .busy_timeout_ms = BUSY_MS};

/* --- Facts --- */

static enum bsync_result meta_integer(struct bsync_db *db, const char *name, int64_t *out)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(db, "SELECT value FROM bsync_meta WHERE name = ?1", &statement);

	if (result == BSYNC_OK) {
		bsync_db_bind_string(statement, 1, name);
		result = bsync_db_row(statement);
	}
	if (result == BSYNC_OK)
		*out = bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	return result;
}

static enum bsync_result organisation_read(struct bsync_db *db, struct bsync_organisation_id *out)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_prepare(db, "SELECT value FROM bsync_meta WHERE name = 'organisation'",
						    &statement);

	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_copy(statement, 0, out->bytes, BSYNC_ID_SIZE))
		result = BSYNC_STORAGE_CORRUPT;
	bsync_db_finalize(&statement);
	return result;
}

enum bsync_result bsync_copy_facts_read(struct bsync_db *db, struct bsync_copy_facts *facts)
{
	int64_t incarnation = 0;
	int64_t counter = 0;
	int64_t recovery = 0;
	enum bsync_result result = organisation_read(db, &facts->organisation);

	if (result == BSYNC_OK)
		result = meta_integer(db, "incarnation", &incarnation);
	if (result == BSYNC_OK)
		result = meta_integer(db, "counter", &counter);
	if (result == BSYNC_OK)
		result = meta_integer(db, "recovery", &recovery);
	if (result == BSYNC_OK && meta_integer(db, "backup_ms", &facts->made_ms) != BSYNC_OK)
		facts->made_ms = 0;
	facts->position = (struct bsync_position){(uint32_t)incarnation, (uint64_t)counter};
	facts->is_recovering = recovery != BSYNC_RECOVERY_NONE;
	return result == BSYNC_NOT_FOUND || result == BSYNC_STORAGE ? BSYNC_STORAGE_CORRUPT : result;
}

/* Each page reads, and the tables and their indexes are whole. */
static enum bsync_result pages_check(struct bsync_db *db)
{
	char *text = NULL;
	enum bsync_result result = bsync_db_query_string(db, "PRAGMA quick_check(1)", &text);

	if (result == BSYNC_OK && (text == NULL || strcmp(text, "ok") != 0))
		result = BSYNC_STORAGE_CORRUPT;
	free(text);
	return result;
}

enum bsync_result bsync_store_copy_read(const char *path, struct bsync_copy_facts *facts)
{
	struct bsync_db db = {0};
	enum bsync_result result;

	assert(path != NULL && facts != NULL);
	memset(facts, 0, sizeof(*facts));
	result = bsync_db_open(&db, path, &reading);
	if (result == BSYNC_OK)
		result = pages_check(&db);
	if (result == BSYNC_OK)
		result = bsync_copy_facts_read(&db, facts);
	bsync_db_close(&db);
	return result;
}

enum bsync_result bsync_store_copy_newer(const char *path, struct bsync_position position, uint64_t *count)
{
	struct bsync_db db = {0};
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(path != NULL && count != NULL);
	result = bsync_db_open(&db, path, &reading);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(&db, "SELECT count(*) FROM bsync_receipt WHERE line_no <> 0 AND counter > ?1",
					  &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, (int64_t)position.counter);
		result = bsync_db_row(statement);
	}
	if (result == BSYNC_OK)
		*count = (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_finalize(&statement);
	bsync_db_close(&db);
	return result;
}

/* --- Copying --- */

/* Who only reads can not remove the log and its index that it had to make. */
static void tails_remove(const char *path)
{
	static const char *const tails[] = {"-wal", "-shm"};
	char name[PATH_SIZE_MAX];

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		if (snprintf(name, sizeof(name), "%s%s", path, tails[i]) < (int)sizeof(name))
			unlink(name);
	}
}

void bsync_store_copy_remove(const char *copy)
{
	assert(copy != NULL);
	unlink(copy);
	tails_remove(copy);
}

/* Page by page from one snapshot; rowids stay as they are. */
static enum bsync_result pages_copy(struct bsync_db *from, struct bsync_db *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
	int code;

	if (backup == NULL)
		return bsync_db_result(sqlite3_errcode(to->handle));
	code = sqlite3_backup_step(backup, -1);
	(void)sqlite3_backup_finish(backup);
	return code == SQLITE_DONE ? BSYNC_OK : bsync_db_result(code);
}

static enum bsync_result copy_make(const char *path, const char *copy, int64_t now_ms)
{
	static const struct bsync_db_options making = {.mode = BSYNC_DB_CREATE};
	struct bsync_db from = {0};
	struct bsync_db to = {0};
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_db_open(&from, path, &reading);

	if (result == BSYNC_OK)
		result = bsync_db_open(&to, copy, &making);
	if (result == BSYNC_OK)
		result = pages_copy(&from, &to);
	if (result == BSYNC_OK)
		result = bsync_db_prepare(&to,
					  "INSERT INTO bsync_meta(name, value) VALUES('backup_ms', ?1) "
					  "ON CONFLICT(name) DO UPDATE SET value = excluded.value",
					  &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, now_ms);
		result = bsync_db_run(statement);
	}
	bsync_db_finalize(&statement);
	/* The copy is one file, without a log beside it. */
	if (result == BSYNC_OK)
		result = bsync_db_checkpoint(&to, true);
	bsync_db_close(&to);
	bsync_db_close(&from);
	return result;
}

static enum bsync_result file_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is_synced;

	if (fd < 0)
		return BSYNC_IO;
	is_synced = fsync(fd) == 0;
	close(fd);
	return is_synced ? BSYNC_OK : BSYNC_IO;
}

enum bsync_result bsync_store_copy(const char *path, const char *copy, int64_t now_ms, struct bsync_copy_facts *facts)
{
	struct stat status;
	enum bsync_result result;

	assert(path != NULL && copy != NULL && facts != NULL);
	if (strlen(copy) > PATH_SIZE_MAX - 8)
		return BSYNC_INVALID;
	if (stat(copy, &status) == 0)
		return BSYNC_EXISTS;
	result = copy_make(path, copy, now_ms);
	if (result == BSYNC_OK)
		result = bsync_store_copy_read(copy, facts);
	if (result == BSYNC_OK)
		result = file_sync(copy);
	tails_remove(copy);
	if (result != BSYNC_OK)
		bsync_store_copy_remove(copy);
	return result;
}
