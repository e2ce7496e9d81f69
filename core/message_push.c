/* What a device hands in and what answers it: EPOCH, PUSH and RECEIPTS (PROTOCOL 6.2, 6.3 and 6.9). */
#include "core/message.h"

#include <assert.h>

#include "core/message_codec.h"

enum { RECEIPT_SIZE_MIN = 5, RECEIPTS_MAX = (1 << 20) / RECEIPT_SIZE_MIN };

enum bsync_result bsync_epoch_encode(const struct bsync_epoch_open *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 8);
	bsync_write_unsigned(&writer, message->epoch);
	bsync_write_unsigned(&writer, message->suite);
	bsync_write_fixed(&writer, message->line.bytes, sizeof(message->line.bytes));
	bsync_write_counter(&writer, message->first_seq);
	bsync_write_fixed(&writer, message->parent.bytes, sizeof(message->parent.bytes));
	bsync_write_fixed(&writer, message->encapsulated, sizeof(message->encapsulated));
	bsync_write_fixed(&writer, message->sealed_secret, sizeof(message->sealed_secret));
	bsync_write_signature(&writer, message->signature);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_EPOCH);
}

enum bsync_result bsync_epoch_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				     struct bsync_epoch_open *message)
{
	struct bsync_epoch_open read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(message != NULL);
	(void)arena;
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_EPOCH);
	(void)bsync_read_array(&reader, 8, 8);
	read.epoch = bsync_read_u32(&reader);
	read.suite = (uint8_t)bsync_read_unsigned(&reader, UINT8_MAX);
	bsync_read_fixed(&reader, read.line.bytes, sizeof(read.line.bytes));
	read.first_seq = bsync_read_counter(&reader);
	bsync_read_fixed(&reader, read.parent.bytes, sizeof(read.parent.bytes));
	bsync_read_fixed(&reader, read.encapsulated, sizeof(read.encapsulated));
	bsync_read_fixed(&reader, read.sealed_secret, sizeof(read.sealed_secret));
	read.signature = bsync_read_signature(&reader);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_push_encode(const struct bsync_push *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	assert(message->first_seq >= 1);
	assert(message->count >= 1);
	assert(message->count <= BSYNC_PUSH_CHANGESETS_MAX);
	bsync_write_array(&writer, 4);
	bsync_write_unsigned(&writer, message->epoch);
	bsync_write_counter(&writer, message->first_seq);
	bsync_write_array(&writer, 2 * message->count);
	for (uint32_t i = 0; i < message->count && writer.result == BSYNC_OK; i++) {
		bsync_write_fixed(&writer, message->changesets[i].salt, sizeof(message->changesets[i].salt));
		bsync_write_blob(&writer, message->changesets[i].body);
	}
	bsync_write_signature(&writer, message->signature);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_PUSH);
}

/* Salts and bodies by turns. */
static void sealed_read(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_push *push)
{
	uint32_t count = bsync_read_list(reader, 2, 2 * BSYNC_PUSH_CHANGESETS_MAX);
	enum bsync_result result = BSYNC_OK;

	if (count % 2 != 0)
		bsync_reader_fail(reader, BSYNC_MALFORMED);
	if (reader->result != BSYNC_OK)
		return;
	result = bsync_arena_array(arena, count / 2, sizeof(*push->changesets), &push->changesets);
	if (result != BSYNC_OK) {
		bsync_reader_fail(reader, result);
		return;
	}
	push->count = count / 2;
	for (uint32_t i = 0; i < push->count && reader->result == BSYNC_OK; i++) {
		bsync_read_fixed(reader, push->changesets[i].salt, sizeof(push->changesets[i].salt));
		push->changesets[i].body = bsync_read_blob(reader);
	}
}

enum bsync_result bsync_push_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_push *message)
{
	struct bsync_push read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_PUSH);
	(void)bsync_read_array(&reader, 4, 4);
	read.epoch = bsync_read_u32(&reader);
	read.first_seq = bsync_read_counter(&reader);
	sealed_read(&reader, arena, &read);
	read.signature = bsync_read_signature(&reader);
	/* The last seq of the batch must exist too. */
	if (read.first_seq < 1 || read.first_seq > BSYNC_COUNTER_MAX - read.count)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

/* The fields before the mac. */
static void receipts_write(struct bsync_writer *writer, const struct bsync_receipts *receipts)
{
	bsync_write_fixed(writer, receipts->line.bytes, sizeof(receipts->line.bytes));
	bsync_write_counter(writer, receipts->first_seq);
	bsync_write_fixed(writer, receipts->last_hash.bytes, sizeof(receipts->last_hash.bytes));
	bsync_write_unsigned(writer, receipts->incarnation);
	bsync_write_array(writer, receipts->count);
	for (uint32_t i = 0; i < receipts->count && writer->result == BSYNC_OK; i++) {
		const struct bsync_receipt *receipt = &receipts->receipts[i];

		assert(receipt->verdict <= BSYNC_VERDICT_UNPLACED);
		bsync_write_array(writer, 4);
		bsync_write_counter(writer, receipt->counter);
		bsync_write_integer(writer, receipt->stamp_ms);
		bsync_write_unsigned(writer, receipt->verdict);
		bsync_write_text(writer, receipt->reason);
	}
}

enum bsync_result bsync_receipts_encode_unsigned(const struct bsync_receipts *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 5);
	receipts_write(&writer, message);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_RECEIPTS);
}

enum bsync_result bsync_receipts_encode(const struct bsync_receipts *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 6);
	receipts_write(&writer, message);
	bsync_write_fixed(&writer, message->mac, sizeof(message->mac));
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_RECEIPTS);
}

enum bsync_result bsync_receipts_decode(struct bsync_bytes payload, struct bsync_arena *arena,
					struct bsync_receipts *message)
{
	struct bsync_receipts read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_RECEIPTS);
	(void)bsync_read_array(&reader, 6, 6);
	bsync_read_fixed(&reader, read.line.bytes, sizeof(read.line.bytes));
	read.first_seq = bsync_read_counter(&reader);
	bsync_read_fixed(&reader, read.last_hash.bytes, sizeof(read.last_hash.bytes));
	read.incarnation = bsync_read_u32(&reader);
	read.count = bsync_read_elements(&reader, arena, RECEIPTS_MAX, sizeof(*read.receipts), &read.receipts);
	for (uint32_t i = 0; i < read.count && reader.result == BSYNC_OK; i++) {
		struct bsync_receipt *receipt = &read.receipts[i];

		(void)bsync_read_array(&reader, 4, 4);
		receipt->counter = bsync_read_counter(&reader);
		receipt->stamp_ms = bsync_read_integer(&reader);
		receipt->verdict = (enum bsync_verdict)bsync_read_unsigned(&reader, BSYNC_VERDICT_UNPLACED);
		receipt->reason = bsync_read_text(&reader);
	}
	bsync_read_fixed(&reader, read.mac, sizeof(read.mac));
	if (read.first_seq < 1 || read.first_seq > BSYNC_COUNTER_MAX - read.count)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_shown_encode(const struct bsync_shown_receipts *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	assert(message->count >= 1);
	assert(message->count <= BSYNC_SHOWN_MAX);
	bsync_write_array(&writer, message->count);
	for (uint32_t i = 0; i < message->count && writer.result == BSYNC_OK; i++)
		bsync_write_blob(&writer, message->receipts[i]);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_SHOWN);
}

enum bsync_result bsync_shown_decode(struct bsync_bytes payload, struct bsync_arena *arena,
				     struct bsync_shown_receipts *message)
{
	struct bsync_shown_receipts read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_SHOWN);
	read.count = bsync_read_elements(&reader, arena, BSYNC_SHOWN_MAX, sizeof(*read.receipts), &read.receipts);
	for (uint32_t i = 0; i < read.count && reader.result == BSYNC_OK; i++)
		read.receipts[i] = bsync_read_blob(&reader);
	if (read.count == 0)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}

enum bsync_result bsync_retry_encode(const struct bsync_retry *message, struct bsync_buffer *out)
{
	struct bsync_writer writer;
	size_t start = bsync_payload_begin(&writer, out);

	assert(message != NULL);
	bsync_write_array(&writer, 4);
	bsync_write_fixed(&writer, message->line.bytes, sizeof(message->line.bytes));
	bsync_write_counter(&writer, message->seq);
	bsync_write_fixed(&writer, message->hash.bytes, sizeof(message->hash.bytes));
	bsync_write_unsigned(&writer, message->is_given_up);
	return bsync_payload_end(&writer, start, BSYNC_MESSAGE_RETRY);
}

enum bsync_result bsync_retry_decode(struct bsync_bytes payload, struct bsync_arena *arena, struct bsync_retry *message)
{
	struct bsync_retry read = {0};
	struct bsync_reader reader;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(message != NULL);
	(void)arena; /* it holds no arrays */
	bsync_payload_open(&reader, payload, BSYNC_MESSAGE_RETRY);
	(void)bsync_read_array(&reader, 4, 4);
	bsync_read_fixed(&reader, read.line.bytes, sizeof(read.line.bytes));
	read.seq = bsync_read_counter(&reader);
	bsync_read_fixed(&reader, read.hash.bytes, sizeof(read.hash.bytes));
	read.is_given_up = bsync_read_unsigned(&reader, 1) != 0;
	if (read.seq < 1)
		bsync_reader_fail(&reader, BSYNC_MALFORMED);
	result = bsync_reader_end(&reader);
	if (result == BSYNC_OK)
		*message = read;
	return result;
}
