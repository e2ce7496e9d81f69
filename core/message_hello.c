/* HELLO and WELCOME: how a session opens (PROTOCOL 6.1 and 6.8). */
#include "core/message.h"

#include <assert.h>

#include "core/message_codec.h"

enum {
	SOFTWARE_SIZE_MAX = 100,
	/* What one byte cap allows; an entry takes five bytes at least. */
	AHEAD_MAX = 262144 / 5,
};

static void heartbeat_write(struct bsync_writer *writer, const struct bsync_heartbeat *heartbeat)
{
	assert(heartbeat->software.size <= SOFTWARE_SIZE_MAX);
	bsync_write_array(writer, 7);
	bsync_write_counter(writer, heartbeat->pending);
	bsync_write_integer(writer, heartbeat->oldest_pending_ms);
	bsync_write_counter(writer, heartbeat->quarantined);
	bsync_write_counter(writer, heartbeat->inbox);
	bsync_write_integer(writer, heartbeat->last_full_sync_ms);
	bsync_write_integer(writer, heartbeat->storage_free);
	bsync_write_text(writer, heartbeat->software);
}

static void heartbeat_read(struct bsync_reader *reader, struct bsync_heartbeat *heartbeat)
{
	(void)bsync_read_array(reader, 7, 7);
	heartbeat->pending = bsync_read_counter(reader);
	heartbeat->oldest_pending_ms = bsync_read_integer(reader);
	heartbeat->quarantined = bsync_read_counter(reader);
	heartbeat->inbox = bsync_read_counter(reader);
	heartbeat->last_full_sync_ms = bsync_read_integer(reader);
	heartbeat->storage_free = bsync_read_integer(reader);
	heartbeat->software = bsync_read_text(reader);
	if (heartbeat->software.size > SOFTWARE_SIZE_MAX)
		bsync_reader_fail(reader, BSYNC_TOO_LARGE);
}

enum bsync_result bsync_hello_encode(const struct bsync_hello *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 15);
	bsync_write_unsigned(&writer, message->protocol_min);
	bsync_write_unsigned(&writer, message->protocol_max);
	bsync_write_fixed(&writer, message->organisation.bytes, sizeof(message->organisation.bytes));
	bsync_write_position(&writer, &message->cursor);
	bsync_write_unsigned(&writer, message->incarnation);
	bsync_write_fixed(&writer, message->incarnation_id, sizeof(message->incarnation_id));
	bsync_write_unsigned(&writer, message->schema_version);
	bsync_write_fixed(&writer, message->line.bytes, sizeof(message->line.bytes));
	bsync_write_counter(&writer, message->last_seq);
	bsync_write_counter(&writer, message->durable_seq);
	bsync_write_fixed(&writer, message->chain.bytes, sizeof(message->chain.bytes));
	bsync_write_counter(&writer, message->push_count);
	bsync_write_array(&writer, 3);
	bsync_write_clock(&writer, &message->clock);
	heartbeat_write(&writer, &message->heartbeat);
	bsync_write_array(&writer, message->ahead_count);
	for (uint32_t i = 0; i < message->ahead_count && writer.result == BSYNC_OK; i++) {
		bsync_write_array(&writer, 3);
		bsync_write_scope(&writer, &message->ahead[i].scope);
		bsync_write_counter(&writer, message->ahead[i].counter);
	}
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_HELLO);
}

enum bsync_result bsync_hello_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_hello *message)
{
	struct bsync_hello read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_HELLO);
	(void)bsync_read_array(&reader, 15, 15);
	read.protocol_min = bsync_read_u32(&reader);
	read.protocol_max = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.organisation.bytes, sizeof(read.organisation.bytes));
	read.cursor = bsync_read_position(&reader);
	read.incarnation = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.incarnation_id, sizeof(read.incarnation_id));
	read.schema_version = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.line.bytes, sizeof(read.line.bytes));
	read.last_seq = bsync_read_counter(&reader);
	read.durable_seq = bsync_read_counter(&reader);
	bsync_read_fixed(&reader, read.chain.bytes, sizeof(read.chain.bytes));
	read.push_count = bsync_read_counter(&reader);
	(void)bsync_read_array(&reader, 3, 3);
	bsync_read_clock(&reader, &read.clock);
	heartbeat_read(&reader, &read.heartbeat);
	read.ahead_count = bsync_read_elements(&reader, arena, AHEAD_MAX, sizeof(*read.ahead), &read.ahead);
	for (uint32_t i = 0; i < read.ahead_count && reader.result == BSYNC_OK; i++) {
		(void)bsync_read_array(&reader, 3, 3);
		bsync_read_scope(&reader, &read.ahead[i].scope);
		read.ahead[i].counter = bsync_read_counter(&reader);
	}
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_welcome_encode(const struct bsync_welcome *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	assert(message->ancestor_count <= BSYNC_ANCESTORS_MAX);
	bsync_write_array(&writer, 11);
	bsync_write_unsigned(&writer, message->protocol);
	bsync_write_fixed(&writer, message->organisation.bytes, sizeof(message->organisation.bytes));
	bsync_write_unsigned(&writer, message->incarnation);
	bsync_write_fixed(&writer, message->incarnation_id, sizeof(message->incarnation_id));
	bsync_write_integer(&writer, message->server_ms);
	bsync_write_unsigned(&writer, message->schema_version);
	bsync_write_counter(&writer, message->durable_seq);
	bsync_write_unsigned(&writer, message->known_epoch);
	bsync_write_unsigned(&writer, message->state);
	bsync_write_unsigned(&writer, message->is_cut);
	bsync_write_array(&writer, message->ancestor_count);
	for (uint32_t i = 0; i < message->ancestor_count; i++) {
		bsync_write_array(&writer, 3);
		bsync_write_unsigned(&writer, message->ancestors[i].incarnation);
		bsync_write_fixed(&writer, message->ancestors[i].id, sizeof(message->ancestors[i].id));
		bsync_write_counter(&writer, message->ancestors[i].last_counter);
	}
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_WELCOME);
}

enum bsync_result bsync_welcome_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				       struct bsync_welcome *message)
{
	struct bsync_welcome read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_WELCOME);
	(void)bsync_read_array(&reader, 11, 11);
	read.protocol = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.organisation.bytes, sizeof(read.organisation.bytes));
	read.incarnation = bsync_read_u32(&reader);
	bsync_read_fixed(&reader, read.incarnation_id, sizeof(read.incarnation_id));
	read.server_ms = bsync_read_integer(&reader);
	read.schema_version = bsync_read_u32(&reader);
	read.durable_seq = bsync_read_counter(&reader);
	read.known_epoch = bsync_read_u32(&reader);
	read.state = (enum bsync_welcome_state)bsync_read_unsigned(&reader, BSYNC_WELCOME_RECOVERING);
	read.is_cut = bsync_read_unsigned(&reader, 1) == 1;
	read.ancestor_count = bsync_read_elements(&reader, arena, BSYNC_ANCESTORS_MAX, sizeof(*read.ancestors),
						  &read.ancestors);
	for (uint32_t i = 0; i < read.ancestor_count && reader.result == BSYNC_OK; i++) {
		(void)bsync_read_array(&reader, 3, 3);
		read.ancestors[i].incarnation = bsync_read_u32(&reader);
		bsync_read_fixed(&reader, read.ancestors[i].id, sizeof(read.ancestors[i].id));
		read.ancestors[i].last_counter = bsync_read_counter(&reader);
	}
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}
