#include "client-sdk/store/line.h"

#include <assert.h>

enum {
	PUSH_SIZE_MAX = 256 << 10, /* of the bodies in one PUSH, unless one alone is larger */
	PUSH_COUNT_MAX = 1000,
	SHOWN_SIZE_MAX = 900 << 10, /* of the receipts in one SHOWN */
	PAYLOAD_MAX = BSYNC_FRAME_PAYLOAD_MAX,
};

/* The key epoch that a changeset was sealed with, and the dictionary of its schema version. */
static enum bsync_result context_of(struct bsync_file *file, uint32_t epoch, int64_t schema_version,
				    struct bsync_seal_context *context)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	*context = file->sealing;
	if (schema_version != file->schema->version) {
		file->dictionary.size = 0;
		result = bsync_query(file, BSYNC_QUERY_DICTIONARY_GET, &statement);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, schema_version);
		result = bsync_db_row(statement);
		if (result == BSYNC_OK) {
			struct bsync_bytes dictionary = bsync_db_bytes(statement, 0);

			result = bsync_buffer_append(&file->dictionary, dictionary.data, dictionary.size);
		}
		bsync_db_reset(statement);
		context->dictionary = bsync_buffer_bytes(&file->dictionary);
		context->scratch = NULL;
	}
	if (result != BSYNC_OK || epoch == context->epoch)
		return result;
	result = bsync_query(file, BSYNC_QUERY_EPOCH_GET, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, epoch);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		context->epoch = epoch;
		context->suite = (uint8_t)bsync_db_int64(statement, 0);
		if (!bsync_db_copy(statement, 1, context->secret.bytes, BSYNC_KEY_SIZE) ||
		    !bsync_db_copy(statement, 2, context->line.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_outbox_hash(struct bsync_file *file, uint64_t seq, struct bsync_digest *hash)
{
	struct bsync_line_span span;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	*hash = (struct bsync_digest){{0}};
	if (seq + 1 == file->line.first_seq)
		return BSYNC_OK;
	result = bsync_query(file, BSYNC_QUERY_OUTBOX_HASH, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_copy(statement, 0, hash->bytes, BSYNC_DIGEST_SIZE))
		result = BSYNC_STORAGE_CORRUPT;
	bsync_db_reset(statement);
	if (result != BSYNC_NOT_FOUND)
		return result;
	/* Before the first changeset of an older line there are zeros too. */
	result = bsync_line_of(file, seq + 1, &span);
	return result == BSYNC_OK && span.first_seq != seq + 1 ? BSYNC_NOT_FOUND : result;
}

enum bsync_result bsync_outbox_open(struct bsync_file *file, uint64_t seq, struct bsync_arena *arena,
				    struct bsync_changeset *set)
{
	struct bsync_seal_context context = {0};
	struct bsync_digest previous;
	struct bsync_sealed sealed;
	struct bsync_bytes plain = {NULL, 0};
	sqlite3_stmt *statement = NULL;
	int64_t schema_version = 0;
	uint32_t epoch = 0;
	enum bsync_result result = bsync_outbox_hash(file, seq - 1, &previous);

	assert(seq > 0);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_OUTBOX_GET, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		epoch = (uint32_t)bsync_db_int64(statement, 0);
		schema_version = bsync_db_int64(statement, 1);
		sealed.body = bsync_db_bytes(statement, 3);
		if (!bsync_db_copy(statement, 2, sealed.salt, sizeof(sealed.salt)))
			result = BSYNC_STORAGE_CORRUPT;
	}
	if (result == BSYNC_OK)
		result = context_of(file, epoch, schema_version, &context);
	file->plain.size = 0;
	if (result == BSYNC_OK)
		result = bsync_unseal(&context, seq, &previous, &sealed, &file->plain);
	bsync_db_reset(statement);
	bsync_key_wipe(&context.secret);
	if (result == BSYNC_NOT_FOUND)
		return result;
	if (result != BSYNC_OK)
		return bsync_file_fail(file, result, "own changeset %llu does not open", (unsigned long long)seq);
	plain = bsync_arena_copy(arena, bsync_buffer_bytes(&file->plain));
	if (plain.data == NULL)
		return BSYNC_NO_MEMORY;
	return bsync_changeset_decode(plain, arena, set);
}

static enum bsync_result epochs_write(struct bsync_file *file, const struct bsync_line_id *line, uint32_t known_epoch,
				      struct bsync_buffer *frames)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_EPOCH_ABOVE, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, known_epoch);
	bsync_db_bind_data(statement, 2, line->bytes, BSYNC_ID_SIZE);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		result = bsync_frame_write(frames, BSYNC_MESSAGE_EPOCH, bsync_db_bytes(statement, 0));
		if (result != BSYNC_OK)
			break;
	}
	bsync_db_reset(statement);
	return result;
}

/* Collects changesets of one epoch, in order, for one PUSH. */
struct batch {
	const struct bsync_line_span *span;
	struct bsync_push push;
	struct bsync_sealed *room;
	struct bsync_digest last_hash;
	size_t size;
};

/* Appends SHOWN frames of what `shown` holds. */
static enum bsync_result shown_send(struct bsync_shown_receipts *shown, struct bsync_buffer *frames)
{
	struct bsync_buffer payload;
	enum bsync_result result = BSYNC_OK;

	if (shown->count == 0)
		return BSYNC_OK;
	bsync_buffer_init(&payload, PAYLOAD_MAX);
	result = bsync_shown_encode(shown, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_SHOWN, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	shown->count = 0;
	return result;
}

/* PROTOCOL 6.19: "It comes before the PUSH of those changesets." */
static enum bsync_result shown_write(struct bsync_file *file, uint64_t first_seq, uint64_t last_seq,
				     struct bsync_buffer *frames)
{
	enum { ARENA_MAX = 8 << 20 };
	struct bsync_shown_receipts shown = {.count = 0};
	struct bsync_arena arena, copies;
	sqlite3_stmt *statement = NULL;
	size_t size = 0;
	bool has_row = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, ARENA_MAX);
	bsync_arena_init(&copies, ARENA_MAX);
	result = bsync_arena_array(&arena, BSYNC_SHOWN_MAX, sizeof(*shown.receipts), &shown.receipts);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_RECEIPT_OF, &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, (int64_t)first_seq);
		bsync_db_bind_int64(statement, 2, (int64_t)last_seq);
	}
	while (result == BSYNC_OK && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_bytes payload = bsync_db_bytes(statement, 0);

		if (shown.count == BSYNC_SHOWN_MAX || size + payload.size > SHOWN_SIZE_MAX) {
			result = shown_send(&shown, frames);
			bsync_arena_reset(&copies);
			size = 0;
		}
		/* Without it the changeset only loses its place. */
		if (payload.size > SHOWN_SIZE_MAX)
			continue;
		shown.receipts[shown.count] = bsync_arena_copy(&copies, payload);
		if (shown.receipts[shown.count].data == NULL)
			result = BSYNC_NO_MEMORY;
		shown.count++;
		size += payload.size;
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		result = shown_send(&shown, frames);
	bsync_arena_clear(&copies);
	bsync_arena_clear(&arena);
	return result;
}

static enum bsync_result batch_send(struct bsync_file *file, struct batch *batch, struct bsync_buffer *frames)
{
	struct bsync_seal_context context = file->sealing;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	struct bsync_buffer payload;
	enum bsync_result result = BSYNC_OK;

	if (batch->push.count == 0)
		return BSYNC_OK;
	if (batch->push.first_seq <= (uint64_t)file->state.lost_seq)
		result = shown_write(file, batch->push.first_seq, batch->push.first_seq + batch->push.count - 1,
				     frames);
	if (result != BSYNC_OK)
		return result;
	context.line = batch->span->line;
	context.epoch = batch->push.epoch;
	batch->push.changesets = batch->room;
	result = bsync_batch_sign(&context, file->signing_key, batch->push.first_seq,
				  batch->push.first_seq + batch->push.count - 1, &batch->last_hash, signature);
	batch->push.signature = (struct bsync_bytes){signature, sizeof(signature)};
	bsync_buffer_init(&payload, PAYLOAD_MAX);
	if (result == BSYNC_OK)
		result = bsync_push_encode(&batch->push, &payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_PUSH, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	bsync_key_wipe(&context.secret);
	batch->push.signature = (struct bsync_bytes){NULL, 0};
	batch->push.count = 0;
	batch->size = 0;
	return result;
}

/* Adds the standing row of OUTBOX_AFTER; its body is copied to `arena`, for the row will not stand for long. */
static enum bsync_result batch_add(struct batch *batch, sqlite3_stmt *row, struct bsync_arena *arena)
{
	struct bsync_sealed *sealed = &batch->room[batch->push.count];

	if (batch->push.count == 0) {
		batch->push.first_seq = (uint64_t)bsync_db_int64(row, 0);
		batch->push.epoch = (uint32_t)bsync_db_int64(row, 1);
	}
	sealed->body = bsync_arena_copy(arena, bsync_db_bytes(row, 3));
	if (sealed->body.data == NULL)
		return BSYNC_NO_MEMORY;
	if (!bsync_db_copy(row, 2, sealed->salt, sizeof(sealed->salt)) ||
	    !bsync_db_copy(row, 4, batch->last_hash.bytes, BSYNC_DIGEST_SIZE))
		return BSYNC_STORAGE_CORRUPT;
	batch->size += sealed->body.size + sizeof(sealed->salt);
	batch->push.count++;
	return BSYNC_OK;
}

static bool is_full(const struct batch *batch, sqlite3_stmt *row)
{
	return batch->push.count == PUSH_COUNT_MAX || batch->size + bsync_db_bytes(row, 3).size > PUSH_SIZE_MAX ||
	       batch->push.epoch != (uint32_t)bsync_db_int64(row, 1);
}

static enum bsync_result pushes_write(struct bsync_file *file, const struct bsync_line_span *span, uint64_t after_seq,
				      size_t budget, struct bsync_buffer *frames, uint64_t *last_seq, bool *has_more)
{
	struct batch batch = {.span = span};
	sqlite3_stmt *statement = NULL;
	size_t total = 0;
	bool has_row = false;
	enum bsync_result result = bsync_arena_array(&file->scratch, PUSH_COUNT_MAX, sizeof(*batch.room), &batch.room);

	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_OUTBOX_AFTER, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)after_seq);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		/* What is on a later line is for another session. */
		if ((uint64_t)bsync_db_int64(statement, 0) > span->last_seq)
			break;
		if (total != 0 && total >= budget) {
			*has_more = true;
			break;
		}
		if (batch.push.count != 0 && is_full(&batch, statement))
			result = batch_send(file, &batch, frames);
		if (result == BSYNC_OK)
			result = batch_add(&batch, statement, &file->scratch);
		if (result != BSYNC_OK)
			break;
		*last_seq = (uint64_t)bsync_db_int64(statement, 0);
		total += bsync_db_bytes(statement, 3).size;
	}
	bsync_db_reset(statement);
	return result == BSYNC_OK ? batch_send(file, &batch, frames) : result;
}

enum bsync_result bsync_file_outgoing(struct bsync_file *file, uint64_t after_seq, uint32_t known_epoch, size_t budget,
				      struct bsync_buffer *frames, uint64_t *last_seq, bool *has_more)
{
	struct bsync_line_span span;
	enum bsync_result result = bsync_file_refresh(file);

	assert(frames != NULL);
	*last_seq = after_seq;
	*has_more = false;
	if (result == BSYNC_OK)
		result = bsync_line_of(file, after_seq + 1, &span);
	if (result == BSYNC_OK && known_epoch < file->sealing.epoch)
		result = epochs_write(file, &span.line, known_epoch, frames);
	bsync_arena_reset(&file->scratch);
	if (result == BSYNC_OK)
		result = pushes_write(file, &span, after_seq, budget, frames, last_seq, has_more);
	return result;
}
