/* The small messages around a pull: SYNC, CONFIRM, HISTORY_GET, SCHEMA, SCOPES, PULL_END, ERROR (PROTOCOL section 6). */
#include "core/message.h"

#include <assert.h>

#include "core/message_codec.h"

enum {
	/* What the byte caps allow, at the least size of an entry. */
	SCHEMA_FILES_MAX = (1 << 20) / 3,
	SCOPES_MAX = (1 << 20) / 5,
};

enum bsync_result bsync_sync_encode(const struct bsync_sync *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	assert(message->token > 0);
	bsync_write_array(&writer, 1);
	bsync_write_counter(&writer, message->token);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_SYNC);
}

enum bsync_result bsync_sync_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_sync *message)
{
	struct bsync_sync read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_SYNC);
	(void)bsync_read_array(&reader, 1, 1);
	read.token = bsync_read_counter(&reader);
	if (read.token == 0)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_confirm_encode(const struct bsync_confirm *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 1);
	bsync_write_position(&writer, &message->cursor);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_CONFIRM);
}

enum bsync_result bsync_confirm_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				       struct bsync_confirm *message)
{
	struct bsync_confirm read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_CONFIRM);
	(void)bsync_read_array(&reader, 1, 1);
	read.cursor = bsync_read_position(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_history_get_encode(const struct bsync_history_get *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 3);
	bsync_write_counter(&writer, message->token);
	bsync_write_unsigned(&writer, message->table_no);
	bsync_write_key(&writer, message->key_count, message->key);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_HISTORY_GET);
}

enum bsync_result bsync_history_get_decode(struct bsync_bytes payload, struct bsync_arena *arena,
					   struct bsync_history_get *message)
{
	struct bsync_history_get read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_HISTORY_GET);
	(void)bsync_read_array(&reader, 3, 3);
	read.token = bsync_read_counter(&reader);
	read.table_no = bsync_read_u32(&reader);
	read.key_count = bsync_read_key(&reader, arena, &read.key);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_schema_encode(const struct bsync_schema_files *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 3);
	bsync_write_unsigned(&writer, message->version);
	bsync_write_blob(&writer, message->dictionary);
	bsync_write_array(&writer, message->count);
	for (uint32_t i = 0; i < message->count && writer.result == BSYNC_OK; i++) {
		bsync_write_array(&writer, 2);
		bsync_write_text(&writer, message->files[i].name);
		bsync_write_text(&writer, message->files[i].sql);
	}
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_SCHEMA);
}

enum bsync_result bsync_schema_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				      struct bsync_schema_files *message)
{
	struct bsync_schema_files read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_SCHEMA);
	(void)bsync_read_array(&reader, 3, 3);
	read.version = bsync_read_u32(&reader);
	read.dictionary = bsync_read_blob(&reader);
	read.count = bsync_read_elements(&reader, arena, SCHEMA_FILES_MAX, sizeof(*read.files), &read.files);
	for (uint32_t i = 0; i < read.count && reader.result == BSYNC_OK; i++) {
		(void)bsync_read_array(&reader, 2, 2);
		read.files[i].name = bsync_read_text(&reader);
		read.files[i].sql = bsync_read_text(&reader);
	}
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_scopes_encode(const struct bsync_scopes *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 1);
	bsync_write_array(&writer, message->count);
	for (uint32_t i = 0; i < message->count && writer.result == BSYNC_OK; i++) {
		const struct bsync_scope_change *change = &message->changes[i];

		assert(change->act <= BSYNC_SCOPE_MOVE_END);
		assert(change->until_ms >= 0);
		bsync_write_array(&writer, 4);
		bsync_write_unsigned(&writer, change->act);
		bsync_write_scope(&writer, &change->scope);
		if (change->act == BSYNC_SCOPE_DROP)
			bsync_write_text(&writer, change->reason);
		else
			bsync_write_counter(&writer, (uint64_t)change->until_ms);
	}
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_SCOPES);
}

enum bsync_result bsync_scopes_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				      struct bsync_scopes *message)
{
	struct bsync_scopes read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_SCOPES);
	(void)bsync_read_array(&reader, 1, 1);
	read.count = bsync_read_elements(&reader, arena, SCOPES_MAX, sizeof(*read.changes), &read.changes);
	for (uint32_t i = 0; i < read.count && reader.result == BSYNC_OK; i++) {
		struct bsync_scope_change *change = &read.changes[i];

		(void)bsync_read_array(&reader, 4, 4);
		change->act = (enum bsync_scope_act)bsync_read_unsigned(&reader, BSYNC_SCOPE_MOVE_END);
		bsync_read_scope(&reader, &change->scope);
		if (change->act == BSYNC_SCOPE_DROP)
			change->reason = bsync_read_text(&reader);
		else
			change->until_ms = (int64_t)bsync_read_counter(&reader);
	}
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_pull_end_encode(const struct bsync_pull_end *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 4);
	bsync_write_counter(&writer, message->token);
	bsync_write_position(&writer, &message->position);
	bsync_write_integer(&writer, message->seen_ms);
	bsync_write_integer(&writer, message->server_ms);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_PULL_END);
}

enum bsync_result bsync_pull_end_decode(struct bsync_bytes payload, struct bsync_arena *arena,
					struct bsync_pull_end *message)
{
	struct bsync_pull_end read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_PULL_END);
	(void)bsync_read_array(&reader, 4, 4);
	read.token = bsync_read_counter(&reader);
	read.position = bsync_read_position(&reader);
	read.seen_ms = bsync_read_integer(&reader);
	read.server_ms = bsync_read_integer(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_error_encode(const struct bsync_error_message *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 3);
	bsync_write_unsigned(&writer, message->code);
	bsync_write_text(&writer, message->text);
	bsync_write_unsigned(&writer, message->retry_after_ms);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_ERROR);
}

enum bsync_result bsync_error_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				     struct bsync_error_message *message)
{
	struct bsync_error_message read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_ERROR);
	(void)bsync_read_array(&reader, 3, 3);
	read.code = bsync_read_u32(&reader);
	read.text = bsync_read_text(&reader);
	read.retry_after_ms = bsync_read_u32(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}
