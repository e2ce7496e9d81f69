/* author_retry.c: what a device asks of a changeset of its own that was set aside: to be tried again, or given up. */
#include <assert.h>
#include <stdio.h>

#include "daemon/store/line.h"
#include "daemon/store/receipt.h"
#include "daemon/store/recovery.h"
#include "daemon/store/set_aside.h"

#define GIVEN_UP BSYNC_GIVEN_UP " by its author"

/* True when it is set aside now. */
static enum bsync_result is_aside(struct bsync_store *store, uint32_t line, uint64_t seq, bool *out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_GET);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, line);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	result = bsync_db_step(statement, out);
	bsync_db_reset(statement);
	return result;
}

/* PROTOCOL 6.20: "What was given up stays in the store's quarantine for the operator, nothing waits behind it any more" */
static enum bsync_result give_up(struct bsync_store *store, uint32_t line, uint64_t seq, int64_t now_ms,
				 const struct bsync_receipt *receipt)
{
	struct bsync_attempt attempt = {.line = line, .seq = seq, .verdict = BSYNC_VERDICT_QUARANTINED};
	const size_t size = receipt->reason.size;

	attempt.stamp_ms = receipt->stamp_ms;
	/* A reason that does not fit is not cut: it is text. */
	if (size != 0 && size + sizeof GIVEN_UP + 2 <= sizeof attempt.reason)
		snprintf(attempt.reason, sizeof attempt.reason, GIVEN_UP ": %.*s", (int)size,
			 (const char *)receipt->reason.data);
	else
		snprintf(attempt.reason, sizeof attempt.reason, GIVEN_UP);
	return bsync_aside_give_up(store, &attempt, now_ms);
}

static enum bsync_result try_or_give_up(struct bsync_store *store, uint32_t line, const struct bsync_retry *retry,
					int64_t now_ms, const struct bsync_receipt *receipt)
{
	enum bsync_verdict verdict = BSYNC_VERDICT_QUARANTINED;
	enum bsync_result result = retry->is_given_up ? give_up(store, line, retry->seq, now_ms, receipt)
						      : bsync_aside_retry(store, line, retry->seq, now_ms, &verdict);

	return result == BSYNC_OK ? bsync_aside_retry_scopes(store, now_ms) : result;
}

enum bsync_result bsync_store_author_retry(struct bsync_store *store, const struct bsync_device_id *device,
					   const struct bsync_retry *retry, int64_t now_ms, struct bsync_arena *arena,
					   struct bsync_receipts *receipts)
{
	struct bsync_writer_device *found = NULL;
	uint32_t root = 0, line = 0;
	bool is_waiting = false;
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && store->in_group);
	assert(device != NULL && retry != NULL && arena != NULL && receipts != NULL);
	found = bsync_writer_device(store, device);
	if (found == NULL)
		return BSYNC_NOT_ENROLLED;
	root = bsync_writer_line(store, found, &retry->line);
	if (root == 0 || store->base.lines[root].fork_of != 0 || retry->seq < store->base.lines[root].first_seq)
		return BSYNC_UNEXPECTED;
	result = bsync_line_holding(&store->base, root, retry->seq, &retry->hash, &line);
	if (result != BSYNC_OK || line == 0)
		return result == BSYNC_OK ? BSYNC_UNEXPECTED : result;
	*receipts = (struct bsync_receipts){
		.line = retry->line, .first_seq = retry->seq, .incarnation = store->facts.incarnation, .count = 1};
	receipts->receipts = bsync_arena_take(arena, sizeof(*receipts->receipts));
	if (receipts->receipts == NULL)
		return BSYNC_NO_MEMORY;
	/* PROTOCOL 6.20: "A changeset that a copy handed in (8.8) stays as it is." */
	if (line == root)
		result = is_aside(store, line, retry->seq, &is_waiting);
	if (result == BSYNC_OK)
		result = bsync_receipt_read(&store->base, line, retry->seq, arena, receipts->receipts,
					    &receipts->last_hash);
	/* What is kept for the end of a recovery waits for that. */
	if (result == BSYNC_OK && is_waiting && store->recovery == BSYNC_RECOVERY_NONE &&
	    !bsync_receipt_is_given_up(receipts->receipts)) {
		result = try_or_give_up(store, line, retry, now_ms, receipts->receipts);
		if (result == BSYNC_OK)
			result = bsync_receipt_read(&store->base, line, retry->seq, arena, receipts->receipts,
						    &receipts->last_hash);
	}
	return result == BSYNC_OK ? bsync_receipts_authenticate(&store->receipt_key, device, receipts) : result;
}
