/* device.c: enrolled devices, their lines and key epochs. */
#include "daemon/store/device.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/line.h"
#include "daemon/store/view_internal.h"

static enum bsync_result text_copy(sqlite3_stmt *row, int column, char *out, size_t size)
{
	const char *text = bsync_db_string(row, column);

	snprintf(out, size, "%s", text != NULL ? text : "");
	return BSYNC_OK;
}

enum bsync_result bsync_device_read(sqlite3_stmt *row, struct bsync_device *device)
{
	struct bsync_bytes key = bsync_db_bytes(row, 6);

	memset(device, 0, sizeof(*device));
	device->no = (uint32_t)bsync_db_int64(row, 0);
	if (!bsync_db_copy(row, 1, device->id.bytes, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(row, 2, device->worker.bytes, BSYNC_ID_SIZE) ||
	    !bsync_db_copy(row, 5, device->certificate.bytes, BSYNC_DIGEST_SIZE) ||
	    key.size > sizeof(device->public_key))
		return BSYNC_STORAGE_CORRUPT;
	memcpy(device->public_key, key.data, key.size);
	device->public_key_size = key.size;
	device->state = (enum bsync_device_state)bsync_db_int64(row, 4);
	device->confirmed.incarnation = (uint32_t)bsync_db_int64(row, 7);
	device->confirmed.counter = (uint64_t)bsync_db_int64(row, 8);
	device->enrolled_ms = bsync_db_int64(row, 9);
	device->last_seen_ms = bsync_db_int64(row, 10);
	device->heartbeat.pending = (uint64_t)bsync_db_int64(row, 11);
	device->heartbeat.oldest_pending_ms = bsync_db_int64(row, 12);
	device->heartbeat.quarantined = (uint64_t)bsync_db_int64(row, 13);
	device->heartbeat.inbox = (uint64_t)bsync_db_int64(row, 14);
	device->heartbeat.last_full_sync_ms = bsync_db_int64(row, 15);
	device->heartbeat.storage_free = bsync_db_int64(row, 16);
	if (text_copy(row, 3, device->worker_name, sizeof(device->worker_name)) != BSYNC_OK ||
	    text_copy(row, 17, device->software, sizeof(device->software)) != BSYNC_OK)
		return BSYNC_STORAGE_CORRUPT;
	device->restored_ms = bsync_db_int64(row, 18);
	device->cloned_ms = bsync_db_int64(row, 19);
	device->clock_drift_ms = bsync_db_int64(row, 20);
	device->heartbeat.software = bsync_bytes_of_string(device->software);
	return BSYNC_OK;
}

static enum bsync_result device_find(sqlite3_stmt *statement, const void *what, size_t size,
				     struct bsync_device *device)
{
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, what, size);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		result = bsync_device_read(statement, device);
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_view_device_by_certificate(struct bsync_view *view, const struct bsync_digest *certificate,
						   struct bsync_device *device)
{
	assert(view != NULL && certificate != NULL && device != NULL);
	return device_find(BSYNC_STATEMENT(&view->base, DEVICE_BY_CERTIFICATE), certificate->bytes, BSYNC_DIGEST_SIZE,
			   device);
}

enum bsync_result bsync_view_device(struct bsync_view *view, const struct bsync_device_id *id,
				    struct bsync_device *device)
{
	assert(view != NULL && id != NULL && device != NULL);
	return device_find(BSYNC_STATEMENT(&view->base, DEVICE_BY_ID), id->bytes, BSYNC_ID_SIZE, device);
}

enum bsync_result bsync_view_line(struct bsync_view *view, const struct bsync_device_id *device,
				  const struct bsync_line_id *line, struct bsync_line_state *state)
{
	assert(view != NULL);
	return bsync_line_read(&view->base, device, line, state);
}

enum bsync_result bsync_view_meet(struct bsync_view *view, const struct bsync_device_id *device,
				  const struct bsync_hello *hello, struct bsync_line_state *state)
{
	assert(view != NULL && hello != NULL);
	return bsync_line_meet(&view->base, device, hello, state);
}

/* Bound to the box, so that one epoch's secret can not stand in for another's. */
static void epoch_label(uint32_t line_no, uint32_t epoch, char label[64])
{
	snprintf(label, 64, "epoch %u %u", line_no, epoch);
}

enum bsync_result bsync_view_epoch(struct bsync_view *view, const struct bsync_device_id *device,
				   const struct bsync_line_id *line, uint32_t epoch, struct bsync_seal_context *context)
{
	sqlite3_stmt *statement = NULL;
	struct bsync_line_state state;
	char label[64];
	enum bsync_result result;

	assert(context != NULL);
	result = bsync_view_line(view, device, line, &state);
	if (result != BSYNC_OK)
		return result;
	if (state.no == 0)
		return BSYNC_UNKNOWN_EPOCH;
	statement = BSYNC_STATEMENT(&view->base, EPOCH_GET);
	bsync_db_bind_int64(statement, 1, state.no);
	bsync_db_bind_int64(statement, 2, epoch);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		epoch_label(state.no, epoch, label);
		context->suite = (uint8_t)bsync_db_int64(statement, 0);
		result = bsync_base_unbox(&view->base, label, bsync_db_bytes(statement, 1), context->secret.bytes,
					  BSYNC_KEY_SIZE);
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_UNKNOWN_EPOCH : result;
}

enum bsync_result bsync_view_hash(struct bsync_view *view, uint32_t line_no, uint64_t seq, struct bsync_digest *hash)
{
	enum bsync_result result = BSYNC_OK;

	assert(view != NULL && hash != NULL);
	if (line_no >= view->base.line_count)
		result = bsync_base_lines(&view->base);
	if (result == BSYNC_OK && line_no >= view->base.line_count)
		result = BSYNC_NOT_FOUND;
	return result == BSYNC_OK ? bsync_line_hash(&view->base, line_no, seq, hash) : result;
}

/* PROTOCOL 8.2: "its parent is the hash of the last changeset that its device has of lines before,
 * zeros where it has none" */
static enum bsync_result after_find(struct bsync_store *store, uint32_t device_no, const struct bsync_digest *parent,
				    struct bsync_line_info *info)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, LINE_AFTER);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, device_no);
	bsync_db_bind_data(statement, 2, parent->bytes, BSYNC_DIGEST_SIZE);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		info->after_no = (uint32_t)bsync_db_int64(statement, 0);
		info->after_seq = (uint64_t)bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_OK : result;
}

/* The root that a device opens an epoch of; added where the store does not know it. */
static enum bsync_result epoch_line(struct bsync_store *store, struct bsync_writer_device *device,
				    const struct bsync_epoch_open *open, int64_t now_ms, uint32_t *no)
{
	struct bsync_line_info info = {.line = open->line, .first_seq = open->first_seq};
	enum bsync_result result;

	*no = bsync_writer_line(store, device, &open->line);
	if (*no != 0)
		return store->base.lines[*no].fork_of == 0 ? BSYNC_OK : BSYNC_UNEXPECTED;
	if (open->first_seq == 0 || open->first_seq > BSYNC_COUNTER_MAX)
		return BSYNC_MALFORMED;
	result = after_find(store, device->no, &open->parent, &info);
	if (result == BSYNC_OK)
		result = bsync_writer_line_add(store, device, &info, no);
	return result == BSYNC_OK ? bsync_line_restored(store, device, *no, now_ms) : result;
}

enum bsync_result bsync_store_epoch_put(struct bsync_store *store, const struct bsync_device_id *device,
					const struct bsync_epoch_open *open, const struct bsync_key *secret,
					int64_t now_ms)
{
	struct bsync_writer_device *found = NULL;
	sqlite3_stmt *statement = NULL;
	struct bsync_buffer box;
	uint32_t line = 0;
	char label[64];
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && store->in_group);
	assert(device != NULL && open != NULL && secret != NULL);
	found = bsync_writer_device(store, device);
	if (found == NULL)
		return BSYNC_NOT_ENROLLED;
	result = epoch_line(store, found, open, now_ms, &line);
	if (result != BSYNC_OK)
		return result;
	epoch_label(line, open->epoch, label);
	bsync_buffer_init(&box, BSYNC_BOX_SIZE_MAX);
	result = bsync_base_box(&store->base, &store->random, label, secret->bytes, BSYNC_KEY_SIZE, &box);
	if (result == BSYNC_OK) {
		statement = BSYNC_STATEMENT(&store->base, EPOCH_PUT);
		bsync_db_bind_int64(statement, 1, line);
		bsync_db_bind_int64(statement, 2, open->epoch);
		bsync_db_bind_int64(statement, 3, open->suite);
		bsync_db_bind_blob(statement, 4, bsync_buffer_bytes(&box));
		result = bsync_db_run(statement);
	}
	bsync_buffer_clear(&box);
	/* PROTOCOL 6.8: "known_epoch" is the last epoch of the line, so it counts as soon as it is kept. */
	if (result == BSYNC_OK && open->epoch > store->lines[line].last_epoch) {
		store->lines[line].last_epoch = open->epoch;
		result = bsync_writer_line_save(store, line);
	}
	return result;
}

/* PROTOCOL 6.1: "Of another life that bears the number of the store's, the cursor says nothing." */
struct bsync_position bsync_store_hello_cursor(const struct bsync_store_facts *facts, const struct bsync_hello *hello)
{
	assert(facts != NULL && hello != NULL);
	if (hello->incarnation == facts->incarnation &&
	    memcmp(hello->incarnation_id, facts->incarnation_id, sizeof hello->incarnation_id) != 0)
		return (struct bsync_position){0};
	return hello->cursor;
}

static bool is_further(struct bsync_position cursor, struct bsync_position confirmed)
{
	return cursor.incarnation != confirmed.incarnation ? cursor.incarnation > confirmed.incarnation
							   : cursor.counter > confirmed.counter;
}

enum bsync_result bsync_store_heartbeat(struct bsync_store *store, const struct bsync_device_id *device,
					const struct bsync_hello *hello, int64_t now_ms)
{
	const struct bsync_heartbeat *heartbeat = NULL;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(device != NULL && hello != NULL);
	heartbeat = &hello->heartbeat;
	statement = BSYNC_STATEMENT(&store->base, DEVICE_HEARTBEAT);
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, now_ms);
	bsync_db_bind_int64(statement, 3, (int64_t)heartbeat->pending);
	bsync_db_bind_int64(statement, 4, heartbeat->oldest_pending_ms);
	bsync_db_bind_int64(statement, 5, (int64_t)heartbeat->quarantined);
	bsync_db_bind_int64(statement, 6, (int64_t)heartbeat->inbox);
	bsync_db_bind_int64(statement, 7, heartbeat->last_full_sync_ms);
	bsync_db_bind_int64(statement, 8, heartbeat->storage_free);
	bsync_db_bind_text(statement, 9, heartbeat->software);
	bsync_db_bind_int64(statement, 10, store->facts.incarnation);
	bsync_db_bind_int64(statement, 11, (int64_t)hello->last_seq);
	bsync_db_bind_int64(statement, 12, bsync_clock_drift(hello->clock.wall_ms, now_ms));
	result = bsync_db_run(statement);
	if (result == BSYNC_OK && sqlite3_changes(store->base.db.handle) == 0)
		result = BSYNC_NOT_ENROLLED;
	if (result == BSYNC_OK)
		result = bsync_line_notice(store, bsync_writer_device(store, device), hello, now_ms);
	/* A CONFIRM can be lost with its connection; where the next one begins says the same. */
	return result == BSYNC_OK ? bsync_store_confirm_again(store, device,
							      bsync_store_hello_cursor(&store->facts, hello), now_ms)
				  : result;
}

enum bsync_result bsync_store_confirm_again(struct bsync_store *store, const struct bsync_device_id *device,
					    struct bsync_position cursor, int64_t now_ms)
{
	const struct bsync_writer_device *found = bsync_writer_device(store, device);

	if (found == NULL)
		return BSYNC_NOT_ENROLLED;
	return is_further(cursor, found->confirmed) ? bsync_store_confirm(store, device, cursor, now_ms) : BSYNC_OK;
}

enum bsync_result bsync_store_confirm(struct bsync_store *store, const struct bsync_device_id *device,
				      struct bsync_position cursor, int64_t now_ms)
{
	struct bsync_writer_device *found = NULL;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(device != NULL);
	found = bsync_writer_device(store, device);
	if (found == NULL)
		return BSYNC_NOT_ENROLLED;
	/* A device that says it has more than there is would cut no base at all. */
	if (cursor.incarnation == store->facts.incarnation && cursor.counter > store->counter)
		cursor = bsync_store_position(store);
	statement = BSYNC_STATEMENT(&store->base, DEVICE_CONFIRM);
	bsync_db_bind_data(statement, 1, device->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, cursor.incarnation);
	bsync_db_bind_int64(statement, 3, (int64_t)cursor.counter);
	bsync_db_bind_int64(statement, 4, now_ms);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK)
		found->confirmed = cursor;
	return result;
}
