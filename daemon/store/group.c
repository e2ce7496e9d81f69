/* group.c: one database transaction for everything that waits, and what becomes of the WAL. */
#include <assert.h>
#include <stdlib.h>

#include "daemon/store/writer.h"

enum bsync_result bsync_store_group_begin(struct bsync_store *store)
{
	enum bsync_result result;

	assert(store != NULL);
	assert(!store->in_group);
	/* Between groups nothing points into the cache. */
	if (store->scopes.count > BSYNC_SCOPES_CACHED_MAX)
		bsync_scopes_forget(&store->scopes);
	/* What the last rollback had no memory or no disk for may be possible now. */
	result = bsync_db_settle(&store->base.db);
	if (result == BSYNC_OK && store->is_broken) {
		result = bsync_writer_reload(store);
		store->is_broken = result != BSYNC_OK;
	}
	if (result == BSYNC_OK)
		result = bsync_db_begin(&store->base.db);
	if (result != BSYNC_OK)
		return result;
	store->in_group = true;
	store->touched.scope_count = 0;
	store->touched.worker_count = 0;
	store->touched.device_count = 0;
	store->touched.has_schema = false;
	store->retry_count = 0;
	return BSYNC_OK;
}

static enum bsync_result touched_scopes(struct bsync_store *store)
{
	uint32_t count = store->scopes.dirty_count;

	if (count > store->scope_capacity) {
		uint64_t *scopes = realloc(store->touched.scopes, count * sizeof(*scopes));

		if (scopes == NULL)
			return BSYNC_NO_MEMORY;
		store->touched.scopes = scopes;
		store->scope_capacity = count;
	}
	for (uint32_t i = 0; i < count; i++)
		store->touched.scopes[i] = store->scopes.dirty[i]->no;
	store->touched.scope_count = count;
	return BSYNC_OK;
}

static enum bsync_result marks_save(struct bsync_store *store)
{
	struct bsync_value counter = bsync_value_integer((int64_t)store->counter);
	struct bsync_value stamp = bsync_value_integer(store->stamp_high);
	enum bsync_result result = BSYNC_OK;

	if (!store->is_marked)
		return BSYNC_OK;
	result = bsync_meta_put(&store->base, "counter", &counter);
	if (result == BSYNC_OK)
		result = bsync_meta_put(&store->base, "stamp", &stamp);
	return result;
}

enum bsync_result bsync_store_group_commit(struct bsync_store *store, struct bsync_touched *touched)
{
	enum bsync_result result;

	assert(store != NULL && touched != NULL);
	assert(store->in_group);
	result = bsync_scopes_flush(&store->scopes, &store->base);
	if (result == BSYNC_OK)
		result = touched_scopes(store);
	if (result == BSYNC_OK)
		result = marks_save(store);
	if (result == BSYNC_OK)
		result = bsync_db_commit(&store->base.db);
	if (result != BSYNC_OK)
		return result;
	bsync_scopes_unmark(&store->scopes);
	store->is_marked = false;
	store->in_group = false;
	store->touched.position = bsync_store_position(store);
	*touched = store->touched;
	if (store->wal_pages > BSYNC_WAL_PAGES_HARD) {
		/* The commit stands whatever comes of this; the next one tries again. */
		enum bsync_result ignored = bsync_store_checkpoint(store, BSYNC_WAL_PAGES_HARD);
		(void)ignored;
	}
	return BSYNC_OK;
}

void bsync_store_group_rollback(struct bsync_store *store)
{
	enum bsync_result result;

	assert(store != NULL);
	if (!store->in_group)
		return;
	bsync_db_rollback(&store->base.db);
	store->in_group = false;
	result = bsync_writer_reload(store);
	/* Without its caches the writer can not go on: the next group tries to load them again. */
	store->is_broken = result != BSYNC_OK;
}

enum bsync_result bsync_store_checkpoint(struct bsync_store *store, uint32_t wal_pages_max)
{
	int left = 0;
	int moved = 0;
	int code = 0;
	int mode = SQLITE_CHECKPOINT_PASSIVE;

	assert(store != NULL);
	assert(!store->in_group);
	if (store->wal_pages <= 0 || (uint32_t)store->wal_pages <= wal_pages_max)
		return BSYNC_OK;
	/* A passive one waits for nobody; the next commit begins the WAL anew when no reader stands in it. */
	if (store->wal_pages > BSYNC_WAL_PAGES_HARD)
		mode = SQLITE_CHECKPOINT_TRUNCATE;
	code = sqlite3_wal_checkpoint_v2(store->base.db.handle, NULL, mode, &left, &moved);
	if ((code & 0xff) == SQLITE_BUSY)
		return BSYNC_OK;
	if (code == SQLITE_OK)
		store->wal_pages = left - moved;
	return bsync_db_result(code);
}
