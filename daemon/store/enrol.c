/* enrol.c: one-time codes, and the devices they make. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/writer.h"

enum { ATTEMPTS_MAX = 5, CODE_LIFE_MAX_MS = 24 * 3600 * 1000 };

/* These acts are their own transaction where no group is open. */
static enum bsync_result own_begin(struct bsync_store *store, bool *is_own)
{
	*is_own = !store->in_group;
	return *is_own ? bsync_store_group_begin(store) : BSYNC_OK;
}

static enum bsync_result own_end(struct bsync_store *store, bool is_own, enum bsync_result result)
{
	struct bsync_touched touched;

	if (!is_own)
		return result;
	if (result == BSYNC_OK)
		return bsync_store_group_commit(store, &touched);
	bsync_store_group_rollback(store);
	return result;
}

static void code_hash(const uint8_t secret[16], struct bsync_digest *hash)
{
	bsync_sha256((struct bsync_bytes){secret, 16}, hash);
}

enum bsync_result bsync_store_code_create(struct bsync_store *store, const struct bsync_worker_id *worker,
					  int64_t now_ms, int64_t expires_ms, uint8_t secret[16])
{
	struct bsync_digest hash;
	sqlite3_stmt *statement = NULL;
	bool is_own = false;
	enum bsync_result result;

	assert(store != NULL && worker != NULL && secret != NULL);
	if (expires_ms <= now_ms || expires_ms - now_ms > CODE_LIFE_MAX_MS)
		return BSYNC_INVALID;
	statement = BSYNC_STATEMENT(&store->base, WORKER_NAME);
	bsync_db_bind_data(statement, 1, worker->bytes, BSYNC_ID_SIZE);
	result = bsync_db_row(statement);
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return result;
	if (store->random.fill(store->random.context, secret, 16) != 0)
		return BSYNC_RANDOM;
	code_hash(secret, &hash);
	result = own_begin(store, &is_own);
	if (result != BSYNC_OK)
		return result;
	statement = BSYNC_STATEMENT(&store->base, CODE_ADD);
	bsync_db_bind_data(statement, 1, hash.bytes, BSYNC_DIGEST_SIZE);
	bsync_db_bind_data(statement, 2, worker->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 3, expires_ms);
	return own_end(store, is_own, bsync_db_run(statement));
}

/* Whom a code is for; BSYNC_BAD_CODE when it can not be used.  `used_max` and `attempts_max` say what is allowed. */
static enum bsync_result code_read(struct bsync_store *store, const struct bsync_digest *hash, int64_t now_ms,
				   int64_t used_max, int64_t attempts_max, struct bsync_worker_id *worker,
				   char worker_name[200])
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, CODE_GET);
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, hash->bytes, BSYNC_DIGEST_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		bool is_usable = bsync_db_int64(statement, 1) > now_ms &&
				 bsync_db_int64(statement, 2) <= attempts_max &&
				 bsync_db_int64(statement, 3) <= used_max;

		if (!is_usable || !bsync_db_copy(statement, 0, worker->bytes, BSYNC_ID_SIZE))
			result = BSYNC_BAD_CODE;
		else if (worker_name != NULL)
			snprintf(worker_name, 200, "%s", bsync_db_string(statement, 4));
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_BAD_CODE : result;
}

static enum bsync_result hash_run(sqlite3_stmt *statement, const struct bsync_digest *hash)
{
	bsync_db_bind_data(statement, 1, hash->bytes, BSYNC_DIGEST_SIZE);
	return bsync_db_run(statement);
}

enum bsync_result bsync_store_code_check(struct bsync_store *store, const uint8_t secret[16], int64_t now_ms,
					 struct bsync_worker_id *worker, char worker_name[200])
{
	struct bsync_digest hash;
	bool is_own = false;
	enum bsync_result result;
	enum bsync_result usable = BSYNC_OK;

	assert(store != NULL && secret != NULL && worker != NULL && worker_name != NULL);
	code_hash(secret, &hash);
	result = own_begin(store, &is_own);
	if (result != BSYNC_OK)
		return result;
	usable = code_read(store, &hash, now_ms, 0, ATTEMPTS_MAX, worker, worker_name);
	/* The attempt counts whatever comes of it. */
	result = hash_run(BSYNC_STATEMENT(&store->base, CODE_ATTEMPT), &hash);
	result = own_end(store, is_own, result);
	return result == BSYNC_OK ? usable : result;
}

static enum bsync_result device_insert(struct bsync_store *store, const struct bsync_device *device,
				       const uint8_t server_share[32], int64_t now_ms)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DEVICE_ADD);
	struct bsync_buffer box;
	enum bsync_result result;

	bsync_buffer_init(&box, BSYNC_BOX_SIZE_MAX);
	result = bsync_base_box(&store->base, &store->random, "server share", server_share, BSYNC_KEY_SIZE, &box);
	if (result == BSYNC_OK) {
		bsync_db_bind_data(statement, 1, device->id.bytes, BSYNC_ID_SIZE);
		bsync_db_bind_data(statement, 2, device->worker.bytes, BSYNC_ID_SIZE);
		bsync_db_bind_data(statement, 3, device->certificate.bytes, BSYNC_DIGEST_SIZE);
		bsync_db_bind_data(statement, 4, device->public_key, device->public_key_size);
		bsync_db_bind_blob(statement, 5, bsync_buffer_bytes(&box));
		bsync_db_bind_int64(statement, 6, now_ms);
		bsync_db_bind_string(statement, 7, device->software);
		result = bsync_db_run(statement);
	}
	bsync_buffer_clear(&box);
	return result;
}

enum bsync_result bsync_store_device_add(struct bsync_store *store, const uint8_t secret[16],
					 const struct bsync_device *device, const uint8_t server_share[32],
					 int64_t now_ms)
{
	struct bsync_worker_id worker;
	struct bsync_digest hash;
	bool is_own = false;
	enum bsync_result result;

	assert(store != NULL && secret != NULL && device != NULL && server_share != NULL);
	assert(device->public_key_size <= sizeof(device->public_key));
	code_hash(secret, &hash);
	result = own_begin(store, &is_own);
	if (result != BSYNC_OK)
		return result;
	result = bsync_db_savepoint(&store->base.db);
	if (result != BSYNC_OK)
		return own_end(store, is_own, result);
	/* The attempt that leads here has been counted, so one more than the limit is still this one. */
	result = hash_run(BSYNC_STATEMENT(&store->base, CODE_USE), &hash);
	if (result == BSYNC_OK && sqlite3_changes(store->base.db.handle) != 1)
		result = BSYNC_BAD_CODE;
	if (result == BSYNC_OK)
		result = code_read(store, &hash, now_ms, 1, ATTEMPTS_MAX + 1, &worker, NULL);
	if (result == BSYNC_OK && memcmp(worker.bytes, device->worker.bytes, BSYNC_ID_SIZE) != 0)
		result = BSYNC_INVALID;
	if (result == BSYNC_OK)
		result = device_insert(store, device, server_share, now_ms);
	if (result == BSYNC_OK) {
		result = bsync_db_release(&store->base.db);
		if (result == BSYNC_OK)
			result = bsync_writer_extend(store);
	} else {
		enum bsync_result undone = bsync_db_undo(&store->base.db);

		/* Where memory ran out SQLite may have given up the whole transaction: then there is nothing to undo. */
		if (undone != BSYNC_OK && result != BSYNC_NO_MEMORY)
			result = undone;
	}
	return own_end(store, is_own, result);
}

enum bsync_result bsync_store_device_set_state(struct bsync_store *store, const struct bsync_device_id *device,
					       enum bsync_device_state state, int64_t now_ms)
{
	struct bsync_writer_device *found = NULL;
	sqlite3_stmt *statement = NULL;
	bool is_own = false;
	enum bsync_result result;

	assert(store != NULL && device != NULL);
	(void)now_ms;
	found = bsync_writer_device(store, device);
	if (found == NULL)
		return BSYNC_NOT_FOUND;
	/* A revoked device has lost its certificate for good. */
	if (found->state == BSYNC_DEVICE_REVOKED && state != BSYNC_DEVICE_REVOKED)
		return BSYNC_REVOKED;
	result = own_begin(store, &is_own);
	if (result != BSYNC_OK)
		return result;
	statement = BSYNC_STATEMENT(&store->base, DEVICE_STATE);
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, state);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK)
		result = bsync_writer_touch_device(store, device);
	if (result == BSYNC_OK)
		found->state = state;
	return own_end(store, is_own, result);
}
