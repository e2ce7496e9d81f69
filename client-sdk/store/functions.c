#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* uuid(): a time-ordered id for a new row. */
static void function_uuid(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct bsync_file *file = sqlite3_user_data(context);
	struct bsync_clock_reading reading = {0};
	uint8_t random[10];
	uint8_t id[BSYNC_ID_SIZE];

	(void)count;
	(void)arguments;
	file->surroundings.clock(file->surroundings.clock_context, &reading);
	if (file->surroundings.random.fill(file->surroundings.random.context, random, sizeof(random)) != 0) {
		sqlite3_result_error(context, "the source of randomness failed", -1);
		return;
	}
	bsync_uuid7(reading.wall_ms, random, id);
	sqlite3_result_blob(context, id, sizeof(id), SQLITE_TRANSIENT);
}

/* me(): the id of this device's worker. */
static void function_me(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	const struct bsync_file *file = sqlite3_user_data(context);

	(void)count;
	(void)arguments;
	sqlite3_result_blob(context, file->identity.worker.bytes, BSYNC_ID_SIZE, SQLITE_TRANSIENT);
}

enum bsync_result bsync_functions_register(struct bsync_file *file)
{
	/* Innocuous: neither reads nor changes anything, so defaults, views and triggers may use them. */
	const int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
	enum bsync_result result = bsync_capture_register(&file->db, &file->gate, &file->captured);
	int code = SQLITE_OK;

	if (result != BSYNC_OK)
		return result;
	code = sqlite3_create_function_v2(file->db.handle, "uuid", 0, flags, file, function_uuid, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function_v2(file->db.handle, "me", 0, flags, file, function_me, NULL, NULL, NULL);
	bsync_authorizer_install(file);
	return bsync_db_result(code);
}

enum bsync_result bsync_key_pack(struct bsync_arena *arena, const struct bsync_value *key, uint32_t key_count,
				 struct bsync_bytes *packed)
{
	uint8_t small[64];
	struct bsync_buffer buffer;
	struct bsync_writer writer;

	/* One blob or one small integer, the usual keys, are written without msgpack-c. */
	if (key_count == 1 && key->kind == BSYNC_BLOB && key->as.bytes.size == BSYNC_ID_SIZE) {
		small[0] = 0x91;
		small[1] = 0xc4;
		small[2] = BSYNC_ID_SIZE;
		memcpy(small + 3, key->as.bytes.data, BSYNC_ID_SIZE);
		*packed = bsync_arena_copy(arena, (struct bsync_bytes){small, 3 + BSYNC_ID_SIZE});
		return packed->data != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
	}
	bsync_buffer_init(&buffer, BSYNC_DB_VALUE_SIZE_MAX);
	bsync_writer_init(&writer, &buffer);
	bsync_write_array(&writer, key_count);
	for (uint32_t i = 0; i < key_count; i++)
		bsync_write_value(&writer, &key[i]);
	if (writer.result == BSYNC_OK) {
		*packed = bsync_arena_copy(arena, bsync_buffer_bytes(&buffer));
		if (packed->data == NULL)
			writer.result = BSYNC_NO_MEMORY;
	}
	bsync_buffer_clear(&buffer);
	return writer.result;
}

enum bsync_result bsync_values_unpack(struct bsync_arena *arena, struct bsync_bytes packed, uint32_t count_max,
				      struct bsync_value **values, uint32_t *count)
{
	const struct bsync_guard_limits limits = {
		.depth_max = 2, .objects_max = count_max + 1, .size_max = BSYNC_DB_VALUE_SIZE_MAX};
	struct bsync_value *list = NULL;
	struct bsync_reader reader;
	uint32_t size = 0;
	enum bsync_result result = BSYNC_OK;

	bsync_reader_init(&reader, packed, &limits);
	size = bsync_read_array(&reader, 0, count_max);
	result = bsync_arena_array(arena, size, sizeof(*list), &list);
	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < size; i++)
		list[i] = bsync_read_value(&reader);
	result = bsync_reader_end(&reader);
	if (result != BSYNC_OK)
		return BSYNC_STORAGE_CORRUPT;
	*values = list;
	*count = size;
	return BSYNC_OK;
}

enum bsync_result bsync_key_unpack(struct bsync_arena *arena, struct bsync_bytes packed, struct bsync_value **key,
				   uint32_t *key_count)
{
	assert(packed.size != 0);
	return bsync_values_unpack(arena, packed, BSYNC_KEY_COLUMNS_MAX, key, key_count);
}
