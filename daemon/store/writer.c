#include "daemon/store/writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TOUCHED_MAX = 1 << 24 };

/* Makes room for one more element; false when memory ran out. */
static bool room_for(void **array, uint32_t count, uint32_t *capacity, size_t size)
{
	uint32_t wanted = *capacity == 0 ? 64 : *capacity * 2;
	void *grown = NULL;

	if (count < *capacity)
		return true;
	if (wanted > TOUCHED_MAX)
		return false;
	grown = realloc(*array, wanted * size);
	if (grown == NULL)
		return false;
	*array = grown;
	*capacity = wanted;
	return true;
}

static uint32_t device_bucket(const struct bsync_device_id *id)
{
	uint64_t tail = 0;

	/* The front of a UUIDv7 is a time, the end is chance. */
	memcpy(&tail, &id->bytes[8], sizeof(tail));
	return (uint32_t)(tail ^ tail >> 32) % BSYNC_DEVICE_BUCKETS;
}

struct bsync_writer_device *bsync_writer_device(struct bsync_store *store, const struct bsync_device_id *id)
{
	uint32_t at = store->device_buckets[device_bucket(id)];

	while (at != 0) {
		struct bsync_writer_device *device = &store->devices[at - 1];

		if (memcmp(device->id.bytes, id->bytes, BSYNC_ID_SIZE) == 0)
			return device;
		at = device->chain;
	}
	return NULL;
}

uint32_t bsync_writer_line(struct bsync_store *store, const struct bsync_writer_device *device,
			   const struct bsync_line_id *line)
{
	for (uint32_t no = device->first_line; no != 0; no = store->lines[no].next) {
		if (memcmp(store->base.lines[no].line.bytes, line->bytes, BSYNC_ID_SIZE) == 0)
			return no;
	}
	return 0;
}

static enum bsync_result device_append(struct bsync_store *store, sqlite3_stmt *row)
{
	struct bsync_writer_device device = {0};
	uint32_t bucket = 0;
	void *array = store->devices;

	if (!room_for(&array, store->device_count, &store->device_capacity, sizeof(device)))
		return BSYNC_NO_MEMORY;
	store->devices = array;
	device.no = (uint32_t)bsync_db_int64(row, 0);
	if (!bsync_db_copy(row, 1, device.id.bytes, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(row, 2, device.worker.bytes, BSYNC_ID_SIZE) || device.no != store->device_count + 1)
		return BSYNC_STORAGE_CORRUPT;
	device.state = (enum bsync_device_state)bsync_db_int64(row, 3);
	device.confirmed.incarnation = (uint32_t)bsync_db_int64(row, 4);
	device.confirmed.counter = (uint64_t)bsync_db_int64(row, 5);
	bucket = device_bucket(&device.id);
	device.chain = store->device_buckets[bucket];
	store->devices[store->device_count++] = device;
	store->device_buckets[bucket] = store->device_count;
	return BSYNC_OK;
}

static enum bsync_result line_append(struct bsync_store *store, uint32_t *count, sqlite3_stmt *row)
{
	struct bsync_line line = {.device = UINT32_MAX};
	uint32_t no = (uint32_t)bsync_db_int64(row, 0);
	int64_t device_no = bsync_db_int64(row, 1);
	void *array = store->lines;

	if (!room_for(&array, *count, &store->line_capacity, sizeof(line)))
		return BSYNC_NO_MEMORY;
	store->lines = array;
	line.last_seq = (uint64_t)bsync_db_int64(row, 2);
	line.last_stamp = bsync_db_int64(row, 4);
	line.last_epoch = (uint32_t)bsync_db_int64(row, 5);
	line.has_waiting = bsync_db_int64(row, 6) != 0;
	line.is_noticed = bsync_db_int64(row, 7) != 0;
	if (no != *count || device_no < 0 || device_no > store->device_count || (no == 0) != (device_no == 0) ||
	    !bsync_db_copy(row, 3, line.last_hash.bytes, BSYNC_DIGEST_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	if (no != 0) {
		line.device = (uint32_t)device_no - 1;
		line.next = store->devices[line.device].first_line;
		store->devices[line.device].first_line = no;
	}
	store->lines[no] = line;
	++*count;
	return BSYNC_OK;
}

enum bsync_result bsync_writer_extend(struct bsync_store *store)
{
	uint32_t count = store->base.line_count;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DEVICES);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, store->device_count);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = device_append(store, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	statement = BSYNC_STATEMENT(&store->base, LINE_STATES);
	bsync_db_bind_int64(statement, 1, count);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = line_append(store, &count, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		result = bsync_base_lines(&store->base);
	return result == BSYNC_OK && count != store->base.line_count ? BSYNC_STORAGE_CORRUPT : result;
}

enum bsync_result bsync_writer_line_add(struct bsync_store *store, struct bsync_writer_device *device,
					const struct bsync_line_info *line, uint32_t *no)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, LINE_ADD);
	enum bsync_result result;

	*no = store->base.line_count;
	bsync_db_bind_int64(statement, 1, *no);
	bsync_db_bind_int64(statement, 2, device->no);
	bsync_db_bind_data(statement, 3, line->line.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 4, (int64_t)line->first_seq);
	bsync_db_bind_int64(statement, 5, line->fork_of);
	bsync_db_bind_int64(statement, 6, line->after_no);
	bsync_db_bind_int64(statement, 7, (int64_t)line->after_seq);
	result = bsync_db_run(statement);
	return result == BSYNC_OK ? bsync_writer_extend(store) : result;
}

enum bsync_result bsync_writer_line_save(struct bsync_store *store, uint32_t no)
{
	const struct bsync_line *line = &store->lines[no];
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, LINE_UPDATE);

	assert(no < store->base.line_count);
	bsync_db_bind_int64(statement, 1, no);
	bsync_db_bind_int64(statement, 2, (int64_t)line->last_seq);
	bsync_db_bind_data(statement, 3, line->last_hash.bytes, BSYNC_DIGEST_SIZE);
	bsync_db_bind_int64(statement, 4, line->last_stamp);
	bsync_db_bind_int64(statement, 5, line->last_epoch);
	bsync_db_bind_int64(statement, 6, line->is_noticed);
	return bsync_db_run(statement);
}

static uint32_t grave_bit(uint32_t table_no, struct bsync_bytes key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ table_no;

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ key.data[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(hash ^ hash >> 32) % BSYNC_GRAVE_BITS;
}

bool bsync_writer_grave_possible(const struct bsync_store *store, uint32_t table_no, struct bsync_bytes key)
{
	uint32_t bit = grave_bit(table_no, key);

	return (store->graves[bit / 8] >> (bit % 8) & 1) != 0;
}

void bsync_writer_grave_note(struct bsync_store *store, uint32_t table_no, struct bsync_bytes key)
{
	uint32_t bit = grave_bit(table_no, key);

	store->graves[bit / 8] = (uint8_t)(store->graves[bit / 8] | 1U << (bit % 8));
	store->has_graves = true;
}

static enum bsync_result graves_load(struct bsync_store *store)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, GRAVE_KEYS);
	bool has_row = false;
	enum bsync_result result;

	store->graves = calloc(BSYNC_GRAVE_BITS / 8, 1);
	if (store->graves == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		bsync_writer_grave_note(store, (uint32_t)bsync_db_int64(statement, 0), bsync_db_bytes(statement, 1));
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result due_load(struct bsync_store *store)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DUE_NEXT);
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	store->due_next = result == BSYNC_OK && has_row ? bsync_db_int64(statement, 0) : 0;
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_writer_reload(struct bsync_store *store)
{
	int64_t counter = 0;
	int64_t recovery = 0;
	enum bsync_result result = bsync_base_schema(&store->base);

	if (result == BSYNC_OK)
		result = bsync_meta_integer(&store->base, "counter", &counter);
	store->counter = (uint64_t)counter;
	store->is_marked = false;
	store->device_count = 0;
	store->base.line_count = 0;
	memset(store->device_buckets, 0, sizeof(store->device_buckets));
	bsync_scopes_unmark(&store->scopes);
	bsync_scopes_forget(&store->scopes);
	store->retry_count = 0;
	if (result == BSYNC_OK)
		result = bsync_meta_integer(&store->base, "stamp", &store->stamp_high);
	if (result == BSYNC_OK)
		result = bsync_meta_integer(&store->base, "recovery", &recovery);
	store->recovery = (enum bsync_recovery)recovery;
	if (result == BSYNC_OK)
		result = bsync_writer_extend(store);
	if (result == BSYNC_OK)
		result = due_load(store);
	/* A bit too many is harmless, so a rollback leaves the filter as it is. */
	if (result == BSYNC_OK && store->graves == NULL)
		result = graves_load(store);
	return result;
}

enum bsync_result bsync_writer_touch_worker(struct bsync_store *store, const struct bsync_worker_id *worker)
{
	void *array = store->touched.workers;
	uint32_t count = store->touched.worker_count;

	/* One who moves is touched twice on end. */
	if (count != 0 && memcmp(store->touched.workers[count - 1].bytes, worker->bytes, BSYNC_ID_SIZE) == 0)
		return BSYNC_OK;
	if (!room_for(&array, store->touched.worker_count, &store->worker_capacity, sizeof(*worker)))
		return BSYNC_NO_MEMORY;
	store->touched.workers = array;
	store->touched.workers[store->touched.worker_count++] = *worker;
	return BSYNC_OK;
}

enum bsync_result bsync_writer_touch_device(struct bsync_store *store, const struct bsync_device_id *device)
{
	void *array = store->touched.devices;

	if (!room_for(&array, store->touched.device_count, &store->device_touch_capacity, sizeof(*device)))
		return BSYNC_NO_MEMORY;
	store->touched.devices = array;
	store->touched.devices[store->touched.device_count++] = *device;
	return BSYNC_OK;
}

enum bsync_result bsync_writer_retry_note(struct bsync_store *store, struct bsync_scope *scope)
{
	void *array = store->retry;

	if (scope->is_retried)
		return BSYNC_OK;
	if (!room_for(&array, store->retry_count, &store->retry_capacity, sizeof(scope)))
		return BSYNC_NO_MEMORY;
	store->retry = array;
	store->retry[store->retry_count++] = scope;
	scope->is_retried = true;
	return BSYNC_OK;
}
