#include "daemon/store/receipt.h"

#include <assert.h>
#include <string.h>

#include "core/pack.h"

enum { RECEIPTS_BYTES_MAX = 4 << 20 };

enum bsync_result bsync_receipt_read(struct bsync_base *base, uint32_t line, uint64_t seq, struct bsync_arena *arena,
				     struct bsync_receipt *receipt, struct bsync_digest *hash)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, RECEIPT_GET);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, line);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		receipt->counter = (uint64_t)bsync_db_int64(statement, 1);
		receipt->stamp_ms = bsync_db_int64(statement, 2);
		receipt->verdict = (enum bsync_verdict)bsync_db_int64(statement, 3);
		receipt->reason = bsync_arena_copy(arena, bsync_db_bytes(statement, 4));
		if (receipt->reason.size != 0 && receipt->reason.data == NULL)
			result = BSYNC_NO_MEMORY;
		else if (!bsync_db_copy(statement, 0, hash->bytes, BSYNC_DIGEST_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	return result == BSYNC_NOT_FOUND ? BSYNC_STORAGE_CORRUPT : result;
}

enum bsync_result bsync_receipt_key(struct bsync_base *base, struct bsync_key *key)
{
	struct bsync_buffer box;
	enum bsync_result result;

	bsync_buffer_init(&box, BSYNC_BOX_SIZE_MAX);
	result = bsync_meta_bytes(base, "receipt_key", &box);
	if (result == BSYNC_OK)
		result = bsync_base_unbox(base, "receipt_key", bsync_buffer_bytes(&box), key->bytes, BSYNC_KEY_SIZE);
	bsync_buffer_clear(&box);
	return result;
}

/* PROTOCOL 8.5: the MAC covers label, device and the canonical array of the message without it. */
enum bsync_result bsync_receipts_authenticate(const struct bsync_key *key, const struct bsync_device_id *device,
					      struct bsync_receipts *receipts)
{
	static const char label[] = "bsync/receipt/v1";
	static const uint8_t id_size[2] = {0, BSYNC_ID_SIZE};
	struct bsync_bytes secret = {key->bytes, BSYNC_KEY_SIZE};
	struct bsync_buffer input;
	struct bsync_writer writer;
	enum bsync_result result;

	bsync_buffer_init(&input, RECEIPTS_BYTES_MAX);
	result = bsync_buffer_append(&input, label, sizeof(label) - 1);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&input, id_size, sizeof(id_size));
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&input, device->bytes, BSYNC_ID_SIZE);
	bsync_writer_init(&writer, &input);
	bsync_write_array(&writer, 5);
	bsync_write_blob(&writer, (struct bsync_bytes){receipts->line.bytes, BSYNC_ID_SIZE});
	bsync_write_unsigned(&writer, receipts->first_seq);
	bsync_write_blob(&writer, (struct bsync_bytes){receipts->last_hash.bytes, BSYNC_DIGEST_SIZE});
	bsync_write_unsigned(&writer, receipts->incarnation);
	bsync_write_array(&writer, receipts->count);
	for (uint32_t i = 0; i < receipts->count; i++) {
		const struct bsync_receipt *receipt = &receipts->receipts[i];

		bsync_write_array(&writer, 4);
		bsync_write_unsigned(&writer, receipt->counter);
		bsync_write_integer(&writer, receipt->stamp_ms);
		bsync_write_unsigned(&writer, (uint64_t)receipt->verdict);
		bsync_write_text(&writer, receipt->reason);
	}
	if (result == BSYNC_OK)
		result = writer.result;
	if (result == BSYNC_OK)
		result = bsync_hmac(secret, bsync_buffer_bytes(&input), receipts->mac);
	bsync_buffer_clear(&input);
	return result;
}
