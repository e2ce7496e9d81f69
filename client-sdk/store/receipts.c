#include <assert.h>
#include <string.h>

#include "client-sdk/store/asked.h"
#include "client-sdk/store/line.h"
#include "client-sdk/store/rebase.h"

/* State of own changeset `seq`, and the position that it has, or had before it was offered again; 0 none.
 * BSYNC_OUT_OF_ORDER when this device has never made it. */
static enum bsync_result state_of(struct bsync_file *file, uint64_t seq, int64_t *state, uint64_t *counter)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_STATE, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		*state = bsync_db_int64(statement, 0);
		*counter = (uint64_t)bsync_db_int64(statement, 2);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_NOT_FOUND)
		return bsync_file_fail(file, BSYNC_OUT_OF_ORDER,
				       "the server holds changeset %llu, which this device has not made",
				       (unsigned long long)seq);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_outbox_state state_after(const struct bsync_receipt *receipt)
{
	switch (receipt->verdict) {
	case BSYNC_VERDICT_APPLIED:
	case BSYNC_VERDICT_MERGED:
	case BSYNC_VERDICT_INBOX:
		return BSYNC_OUTBOX_DURABLE;
	case BSYNC_VERDICT_QUARANTINED:
		return bsync_receipt_is_given_up(receipt) ? BSYNC_OUTBOX_GIVEN_UP : BSYNC_OUTBOX_QUARANTINED;
	case BSYNC_VERDICT_UNPLACED:
		return BSYNC_OUTBOX_UNPLACED;
	}
	return BSYNC_OUTBOX_WAITING;
}

static enum bsync_result answer_write(struct bsync_file *file, uint64_t seq, enum bsync_outbox_state state,
				      const struct bsync_receipt *receipt)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_ANSWER, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	bsync_db_bind_int64(statement, 2, state);
	bsync_db_bind_int64(statement, 3, (int64_t)receipt->counter);
	bsync_db_bind_int64(statement, 4, receipt->stamp_ms);
	bsync_db_bind_int64(statement, 5, receipt->verdict);
	bsync_db_bind_text(statement, 6, receipt->reason);
	bsync_db_bind_int64(statement, 7, bsync_receipt_unseen(receipt));
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* PROTOCOL 6.9: "A changeset the store had already is answered by its first
 * receipt, or by that of its placing when it was set aside and applied later." A state that has been left for durable does not
 * come back. */
static enum bsync_result receipt_apply(struct bsync_pull *pull, uint64_t seq, const struct bsync_receipt *receipt)
{
	struct bsync_file *file = pull->file;
	enum bsync_outbox_state after = state_after(receipt);
	int64_t state = BSYNC_OUTBOX_WAITING;
	uint64_t counter = 0;
	bool was_asked = false;
	enum bsync_result result = state_of(file, seq, &state, &counter);

	if (result == BSYNC_OK && (state == BSYNC_OUTBOX_QUARANTINED || state == BSYNC_OUTBOX_UNPLACED))
		result = bsync_retry_take(file, seq, after == BSYNC_OUTBOX_DURABLE || after == BSYNC_OUTBOX_GIVEN_UP,
					  &was_asked);
	if (result != BSYNC_OK || state == BSYNC_OUTBOX_DURABLE)
		return result;
	/* One that was given up stays so, unless a store that was put back to before that applies it. */
	if (after == BSYNC_OUTBOX_QUARANTINED && state == BSYNC_OUTBOX_GIVEN_UP)
		after = BSYNC_OUTBOX_GIVEN_UP;
	if (state == (int64_t)after && !was_asked)
		return BSYNC_OK;
	/* A store that lost what came before it has kept this one, and what the screen is built on has it. */
	if (state == BSYNC_OUTBOX_WAITING && counter != 0 && counter == receipt->counter && file->state.replaces == 0)
		result = bsync_rebase_keep(pull, seq);
	if (result == BSYNC_OK)
		result = answer_write(file, seq, after, receipt);
	if (result == BSYNC_OK && receipt->verdict == BSYNC_VERDICT_QUARANTINED && state != BSYNC_OUTBOX_QUARANTINED)
		result = bsync_rebase_withdraw(pull, seq);
	/* What was set aside is looked at again by the pull that brings it. */
	if (result == BSYNC_OK && (int64_t)seq <= file->state.shown_seq)
		result = BSYNC_FILE_SET(file, shown_seq, (int64_t)seq - 1);
	return result;
}

static enum bsync_result payload_keep(struct bsync_file *file, const struct bsync_receipts *receipts, uint64_t last_seq,
				      struct bsync_bytes payload)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_RECEIPT_ADD, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)last_seq);
	bsync_db_bind_int64(statement, 2, (int64_t)receipts->first_seq);
	bsync_db_bind_int64(statement, 3, receipts->incarnation);
	bsync_db_bind_blob(statement, 4, payload);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* True where the outbox has changeset `seq` of that line with that hash; `*is_made`: it has some changeset `seq`. */
static enum bsync_result is_in_outbox(struct bsync_file *file, const struct bsync_receipts *receipts, uint64_t seq,
				      bool *is_made, bool *out)
{
	sqlite3_stmt *statement = NULL;
	struct bsync_line_id line;
	struct bsync_digest hash;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_LINE, &statement);

	*out = false;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_step(statement, is_made);
	if (result == BSYNC_OK && *is_made) {
		if (!bsync_db_copy(statement, 0, hash.bytes, BSYNC_DIGEST_SIZE) ||
		    !bsync_db_copy(statement, 1, line.bytes, BSYNC_ID_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		else
			*out = memcmp(hash.bytes, receipts->last_hash.bytes, BSYNC_DIGEST_SIZE) == 0 &&
			       memcmp(line.bytes, receipts->line.bytes, BSYNC_ID_SIZE) == 0;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* The receipts are of this device's chain; `*is_other`: of what a copy of it handed in and was placed since. */
static enum bsync_result chain_check(struct bsync_file *file, const struct bsync_receipts *receipts, bool *is_other)
{
	const uint64_t last_seq = receipts->first_seq + receipts->count - 1;
	bool is_made = false;
	bool is_own = false;
	enum bsync_result result = BSYNC_OK;

	*is_other = false;
	if (receipts->first_seq == 0 || receipts->first_seq > BSYNC_COUNTER_MAX - receipts->count)
		return BSYNC_MALFORMED;
	result = is_in_outbox(file, receipts, last_seq, &is_made, &is_own);
	if (result != BSYNC_OK || is_own)
		return result;
	*is_other = receipts->count == 1 && receipts->receipts[0].counter != 0;
	if (*is_other)
		return BSYNC_OK;
	if (is_made)
		return bsync_file_fail(file, BSYNC_DIGEST, "the server holds another changeset under number %llu",
				       (unsigned long long)last_seq);
	return bsync_file_fail(file, BSYNC_OUT_OF_ORDER,
			       "the server holds changeset %llu, which this device has not made",
			       (unsigned long long)last_seq);
}

/* In the transaction. */
static enum bsync_result receipts_apply(struct bsync_file *file, const struct bsync_receipts *receipts,
					struct bsync_bytes payload)
{
	const uint64_t last_seq = receipts->first_seq + receipts->count - 1;
	const uint64_t pulled = bsync_file_cursor(file).counter;
	struct bsync_pull pull;
	bool is_pulled = false;
	bool is_other = false;
	enum bsync_result result = chain_check(file, receipts, &is_other);

	if (is_other)
		return BSYNC_OK;
	if (result == BSYNC_OK)
		result = bsync_pull_begin(file, &file->scratch, &pull);
	file->gate.is_open = false;
	for (uint32_t i = 0; result == BSYNC_OK && i < receipts->count; i++) {
		const struct bsync_receipt *receipt = &receipts->receipts[i];

		result = receipt_apply(&pull, receipts->first_seq + i, receipt);
		is_pulled = is_pulled || (receipt->counter != 0 && receipt->counter <= pulled);
	}
	/* A pull can overtake the receipt of what it includes. */
	if (result == BSYNC_OK && is_pulled)
		result = bsync_rebase_end(&pull, pulled);
	if (result == BSYNC_OK)
		result = bsync_pull_finish(&pull);
	file->gate.is_open = true;
	if (result == BSYNC_OK)
		result = payload_keep(file, receipts, last_seq, payload);
	if (result == BSYNC_OK && (int64_t)last_seq > file->state.durable_seq)
		result = BSYNC_FILE_SET(file, durable_seq, (int64_t)last_seq);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, push_ok_ms, file->state.anchor_server_ms);
	return result == BSYNC_OK ? bsync_line_settle(file) : result;
}

enum bsync_result bsync_file_receipts(struct bsync_file *file, struct bsync_bytes payload)
{
	enum { ARENA_MAX = 64 << 20 };
	struct bsync_receipts receipts;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, ARENA_MAX);
	result = bsync_receipts_decode(payload, &arena, &receipts);
	if (result == BSYNC_OK && receipts.count != 0) {
		result = bsync_file_begin(file);
		if (result == BSYNC_OK)
			result = bsync_file_end(file, receipts_apply(file, &receipts, payload));
		if (result == BSYNC_OK && file->is_line_over)
			result = BSYNC_CHANGED;
	}
	bsync_arena_clear(&arena);
	return result;
}
