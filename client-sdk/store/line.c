#include "client-sdk/store/line.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OPENING_MAX = 1024 };

/* --- Key epochs --- */

static enum bsync_result epoch_write(struct bsync_file *file, const struct bsync_seal_context *sealing,
				     uint64_t first_seq, struct bsync_bytes opening)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_EPOCH_ADD, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, sealing->epoch);
	bsync_db_bind_int64(statement, 2, sealing->suite);
	bsync_db_bind_data(statement, 3, sealing->secret.bytes, BSYNC_KEY_SIZE);
	bsync_db_bind_data(statement, 4, sealing->line.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 5, (int64_t)first_seq);
	bsync_db_bind_blob(statement, 6, opening);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* The hash of the newest own changeset, on whatever line; zeros where there is none. */
static enum bsync_result last_hash_read(struct bsync_file *file, struct bsync_digest *hash)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_LAST, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row && !bsync_db_copy(statement, 1, hash->bytes, sizeof(hash->bytes)))
		result = BSYNC_STORAGE_CORRUPT;
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_line_add(struct bsync_file *file, const struct bsync_seal_context *wanted,
				 const uint8_t seal_key[32], const struct bsync_signing_key *key, uint64_t first_seq)
{
	const struct bsync_random *random = &file->surroundings.random;
	struct bsync_seal_context sealing = *wanted;
	struct bsync_digest parent = {{0}};
	struct bsync_buffer opening;
	struct bsync_epoch_open open;
	uint8_t signature[BSYNC_SIGNATURE_SIZE];
	uint8_t random32[32];
	enum bsync_result result = BSYNC_OK;

	assert(first_seq != 0 && sealing.epoch != 0);
	bsync_buffer_init(&opening, OPENING_MAX);
	sealing.suite = bsync_seal_suite_preferred();
	if (random->fill(random->context, sealing.secret.bytes, BSYNC_KEY_SIZE) != 0 ||
	    random->fill(random->context, random32, sizeof(random32)) != 0)
		result = bsync_file_fail(file, BSYNC_RANDOM, "the source of randomness failed");
	if (result == BSYNC_OK)
		result = last_hash_read(file, &parent);
	if (result == BSYNC_OK)
		result = bsync_epoch_seal(&sealing, seal_key, first_seq, &parent, key, random32, signature, &open);
	if (result == BSYNC_OK)
		result = bsync_epoch_encode(&open, &opening);
	if (result == BSYNC_OK)
		result = epoch_write(file, &sealing, first_seq, bsync_buffer_bytes(&opening));
	bsync_buffer_clear(&opening);
	bsync_wipe(random32, sizeof(random32));
	bsync_key_wipe(&sealing.secret);
	return result;
}

/* --- Lines --- */

/* The end of the outbox, as far as it is on the line that begins at `first_seq`. */
static enum bsync_result end_read(struct bsync_file *file, uint64_t first_seq)
{
	struct bsync_file_line line = {.first_seq = first_seq, .last_seq = first_seq - 1};
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_LAST, &statement);

	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		uint64_t seq = (uint64_t)bsync_db_int64(statement, 0);

		line.total = (uint64_t)bsync_db_int64(statement, 2);
		if (seq >= first_seq) {
			line.last_seq = seq;
			if (!bsync_db_copy(statement, 1, line.last_hash.bytes, sizeof(line.last_hash.bytes)))
				result = BSYNC_STORAGE_CORRUPT;
		}
		bsync_db_reset(statement);
	}
	if (result == BSYNC_OK)
		file->line = line;
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_line_load(struct bsync_file *file)
{
	struct bsync_seal_context *sealing = &file->sealing;
	uint64_t first_seq = 0;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_EPOCH_LAST, &statement);

	assert(file->schema != NULL);
	if (result == BSYNC_OK)
		result = bsync_db_row(statement);
	if (result == BSYNC_NOT_FOUND)
		return bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "the file has no key epoch");
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	*sealing = (struct bsync_seal_context){
		.scratch = sealing->scratch,
		.organisation = file->identity.organisation,
		.device = file->identity.device,
		.author = file->identity.worker,
		.epoch = (uint32_t)bsync_db_int64(statement, 0),
		.suite = (uint8_t)bsync_db_int64(statement, 1),
		.dictionary = file->schema->dictionary,
	};
	first_seq = (uint64_t)bsync_db_int64(statement, 4);
	if (!bsync_db_copy(statement, 2, sealing->secret.bytes, sizeof(sealing->secret.bytes)) ||
	    !bsync_db_copy(statement, 3, sealing->line.bytes, BSYNC_ID_SIZE) || first_seq == 0)
		result = bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "the key epoch in the file is damaged");
	bsync_db_reset(statement);
	return result == BSYNC_OK ? end_read(file, first_seq) : result;
}

/* One integer that a query of one seq gives; 0 for none or NULL. */
static enum bsync_result seq_find(struct bsync_file *file, enum bsync_query query, uint64_t seq, uint64_t *out)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, query, &statement);

	*out = 0;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row)
		*out = (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_line_of(struct bsync_file *file, uint64_t seq, struct bsync_line_span *span)
{
	sqlite3_stmt *statement = NULL;
	uint64_t next = 0;
	enum bsync_result result = BSYNC_OK;

	*span = (struct bsync_line_span){
		.line = file->sealing.line, .first_seq = file->line.first_seq, .last_seq = file->line.last_seq};
	if (seq >= file->line.first_seq)
		return BSYNC_OK;
	result = bsync_query(file, BSYNC_QUERY_EPOCH_OF, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		span->first_seq = (uint64_t)bsync_db_int64(statement, 1);
		next = (uint64_t)bsync_db_int64(statement, 2);
		if (!bsync_db_copy(statement, 0, span->line.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK)
		result = seq_find(file, BSYNC_QUERY_OUTBOX_BELOW, next, &span->last_seq);
	if (result == BSYNC_OK && span->last_seq < span->first_seq)
		span->last_seq = span->first_seq - 1;
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_line_spoken(struct bsync_file *file, struct bsync_line_span *span)
{
	return bsync_line_of(file, (uint64_t)file->state.durable_seq + 1, span);
}

/* --- What a contact says of them --- */

/* PROTOCOL 8.8: "begins a new line and a new key epoch in one transaction, before it hands in or
 * writes anything more" */
static enum bsync_result begin_next(struct bsync_file *file, const struct bsync_welcome *welcome)
{
	const struct bsync_random *random = &file->surroundings.random;
	struct bsync_seal_context sealing = file->sealing;
	enum bsync_result result = BSYNC_OK;

	if (welcome->durable_seq >= BSYNC_COUNTER_MAX)
		return BSYNC_MALFORMED;
	sealing.epoch++;
	if (random->fill(random->context, sealing.line.bytes, BSYNC_ID_SIZE) != 0)
		return bsync_file_fail(file, BSYNC_RANDOM, "the source of randomness failed");
	result = bsync_line_add(file, &sealing, file->identity.seal_key, file->signing_key, welcome->durable_seq + 1);
	bsync_key_wipe(&sealing.secret);
	if (result == BSYNC_OK)
		result = bsync_line_load(file);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, restored_ms, welcome->server_ms);
	file->has_begun_line = result == BSYNC_OK;
	return result;
}

enum bsync_result bsync_line_welcome(struct bsync_file *file, const struct bsync_welcome *welcome)
{
	struct bsync_line_span span;
	enum bsync_result result = bsync_line_spoken(file, &span);

	assert(welcome != NULL);
	/* The store has more of the newest line than was ever written to this file: the file is an older copy. */
	if (result == BSYNC_OK && span.first_seq == file->line.first_seq && welcome->durable_seq > file->line.last_seq)
		result = begin_next(file, welcome);
	return result;
}

/* Whether the store has all up to durable_seq, or only may have. */
static enum bsync_result unsure_set(struct bsync_file *file, bool is_unsure)
{
	return file->state.is_unsure == is_unsure ? BSYNC_OK : BSYNC_FILE_SET(file, is_unsure, is_unsure);
}

enum bsync_result bsync_line_lost(struct bsync_file *file, const struct bsync_welcome *welcome, bool is_new)
{
	struct bsync_line_span span;
	uint64_t before = 0;
	uint64_t durable = (uint64_t)file->state.durable_seq;
	enum bsync_result result = bsync_line_spoken(file, &span);

	if (result != BSYNC_OK)
		return result;
	if (welcome->durable_seq >= span.first_seq) {
		result = unsure_set(file, false);
		return result == BSYNC_OK && welcome->durable_seq < durable
			       ? bsync_restored_offer(file, welcome->durable_seq)
			       : result;
	}
	if (durable < span.first_seq && !is_new)
		return BSYNC_OK;
	/* It holds nothing of this line.  Of the one before it the last changeset is handed in again, and the WELCOME to
	 * that says how far it goes. */
	result = seq_find(file, BSYNC_QUERY_OUTBOX_BELOW, span.first_seq, &before);
	if (result == BSYNC_OK)
		result = unsure_set(file, before != 0);
	if (result != BSYNC_OK || (before == 0 && durable < span.first_seq))
		return result;
	return bsync_restored_offer(file, before != 0 ? before - 1 : span.first_seq - 1);
}

/* Seqs between two lines are of no changeset: what is durable up to there is so up to the next one. */
static enum bsync_result gap_pass(struct bsync_file *file)
{
	uint64_t next = 0;
	enum bsync_result result = BSYNC_OK;

	if ((uint64_t)file->state.durable_seq + 1 >= file->line.first_seq)
		return BSYNC_OK;
	result = seq_find(file, BSYNC_QUERY_OUTBOX_ABOVE, (uint64_t)file->state.durable_seq, &next);
	if (result == BSYNC_OK && next == 0)
		next = file->line.first_seq;
	if (result == BSYNC_OK && next != (uint64_t)file->state.durable_seq + 1)
		result = BSYNC_FILE_SET(file, durable_seq, (int64_t)next - 1);
	return result;
}

enum bsync_result bsync_line_settle(struct bsync_file *file)
{
	struct bsync_line_span span;
	enum bsync_result result = gap_pass(file);

	if (result == BSYNC_OK)
		result = bsync_line_spoken(file, &span);
	file->is_line_over = result == BSYNC_OK && file->spoken.first_seq != 0 &&
			     memcmp(span.line.bytes, file->spoken.line.bytes, BSYNC_ID_SIZE) != 0;
	/* What the store knows of the epochs is said of the line that a session speaks of. */
	if (file->is_line_over && file->state.known_epoch != 0)
		result = BSYNC_FILE_SET(file, known_epoch, 0);
	return result;
}
