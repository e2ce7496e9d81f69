/* capture_functions.c: the SQL functions that the triggers call. */
#include "core/schema/capture.h"

#include <assert.h>

#include "core/pack.h"

/* A row is at most this large in the log; a changeset could not carry more. */
enum { OLD_SIZE_MAX = 8 * 1024 * 1024 };

/* Longer new rows are read from their table when the transaction ends. */
enum { NEW_SIZE_MAX = 64 * 1024 };

enum { ARRAY_HEAD_MAX = 5, VALUE_HEAD_MAX = 9, ROOM_MAX = 4096 };

static void capturing(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	const struct bsync_capture_gate *gate = sqlite3_user_data(context);

	(void)arguments;
	assert(count == 0);
	sqlite3_result_int(context, gate->is_open);
}

const char bsync_capture_kept[] =
	"rows of this table are never changed or deleted; a correction is a new row that names the one it "
	"corrects";

static void keep(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	const struct bsync_capture_gate *gate = sqlite3_user_data(context);

	(void)arguments;
	assert(count == 0);
	if (!gate->keeps_appended)
		return;
	sqlite3_result_error(context, bsync_capture_kept, -1);
	sqlite3_result_error_code(context, SQLITE_AUTH);
}

static uint64_t value_size(sqlite3_value *value)
{
	assert(value != NULL);
	int type = sqlite3_value_type(value);

	return type == SQLITE_TEXT || type == SQLITE_BLOB ? (uint64_t)sqlite3_value_bytes(value) : 0;
}

/* Writes the array of those arguments whose bit in `mask` is set. */
static enum bsync_result array_write(struct bsync_buffer *buffer, int count, sqlite3_value **arguments, uint64_t mask,
				     uint32_t size)
{
	assert(buffer != NULL);
	struct bsync_writer writer;

	bsync_writer_init(&writer, buffer);
	bsync_write_array(&writer, size);
	for (int i = 0; i < count; i++) {
		if (i < 64 && (mask >> i & 1) == 0)
			continue;
		struct bsync_value value = bsync_db_argument(arguments[i]);
		bsync_write_value(&writer, &value);
	}
	return writer.result;
}

/* Takes the room of most rows at once. */
static enum bsync_result room_make(struct bsync_buffer *buffer, int count, sqlite3_value **arguments)
{
	assert(buffer != NULL);
	uint8_t *room = NULL;
	uint64_t size = ARRAY_HEAD_MAX;

	for (int i = 0; i < count && size < ROOM_MAX; i++)
		size += value_size(arguments[i]) + VALUE_HEAD_MAX;
	return bsync_buffer_reserve(buffer, size < ROOM_MAX ? (size_t)size : ROOM_MAX, &room);
}

static void array_result(sqlite3_context *context, int count, sqlite3_value **arguments, uint64_t mask, uint32_t size)
{
	assert(context != NULL);
	struct bsync_buffer buffer;

	bsync_buffer_init(&buffer, OLD_SIZE_MAX);
	enum bsync_result result = room_make(&buffer, count, arguments);
	if (result == BSYNC_OK)
		result = array_write(&buffer, count, arguments, mask, size);
	if (result == BSYNC_TOO_LARGE)
		sqlite3_result_error_toobig(context);
	else if (result != BSYNC_OK)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_blob64(context, buffer.data, buffer.size, SQLITE_TRANSIENT);
	bsync_buffer_clear(&buffer);
}

static void pack(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	assert(count >= 0);
	array_result(context, count, arguments, UINT64_MAX, (uint32_t)count);
}

/* As pack, but NULL for a long row: its size is no reason to refuse it. */
static void pack_short(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	assert(count >= 0);
	uint64_t size = 0;

	for (int i = 0; i < count && size <= NEW_SIZE_MAX; i++)
		size += value_size(arguments[i]);
	if (size <= NEW_SIZE_MAX)
		array_result(context, count, arguments, UINT64_MAX, (uint32_t)count);
}

static void old(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	assert(context != NULL);
	uint32_t size = 0;

	if (count < 1 || count > BSYNC_CAPTURE_GROUP + 1) {
		sqlite3_result_error(context, "bsync_old takes a mask and at most 63 values", -1);
		return;
	}
	uint64_t mask = (uint64_t)sqlite3_value_int64(arguments[0]);
	for (int i = 0; i < count - 1; i++)
		size += (uint32_t)(mask >> i & 1);
	array_result(context, count - 1, arguments + 1, mask, size);
}

enum bsync_result bsync_capture_register(struct bsync_db *db, const struct bsync_capture_gate *gate,
					 struct bsync_capture_log **log)
{
	assert(db != NULL);
	assert(db->handle != NULL);
	assert(gate != NULL);
	/* Innocuous: triggers may call them although the schema is not trusted.  They have no side effect. */
	const int pure = SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC;
	void *context = (void *)(uintptr_t)gate;
	int code = sqlite3_create_function_v2(db->handle, "bsync_capturing", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, context,
					      capturing, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(db->handle, "bsync_keep", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, context,
						  keep, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(db->handle, "bsync_pack", -1, pure, NULL, pack, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(db->handle, "bsync_new", -1, pure, NULL, pack_short, NULL, NULL,
						  NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(db->handle, "bsync_old", -1, pure, NULL, old, NULL, NULL, NULL);
	return code == SQLITE_OK ? bsync_capture_log_make(db, log) : bsync_db_result(code);
}
