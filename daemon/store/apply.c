/* apply.c: a batch of one line, changeset by changeset.
 *
 * Each changeset is an act: all its changes are judged (plan.c, judge.c) before the first is written (change*.c), then
 * the memberships that follow are brought up to date (member*.c).  What cannot be taken is set aside (set_aside.c). */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/stamp.h"
#include "daemon/store/freeze.h"
#include "daemon/store/item.h"
#include "daemon/store/line.h"
#include "daemon/store/lives.h"
#include "daemon/store/member.h"
#include "daemon/store/receipt.h"
#include "daemon/store/recovery.h"
#include "daemon/store/set_aside.h"

/* A changeset in which a row occurs twice would be judged on what its own first half did. */
static enum bsync_result rows_unique(struct bsync_act *act, const struct bsync_plan *plans, uint32_t count)
{
	struct bsync_arena *arena = &act->store->work;
	uint32_t size = 4;
	uint32_t *slots = NULL;
	struct bsync_bytes *keys = NULL;

	if (count < 2)
		return BSYNC_OK;
	while (size < count * 2)
		size *= 2;
	slots = bsync_arena_take(arena, size * sizeof(*slots));
	keys = bsync_arena_take(arena, count * sizeof(*keys));
	if (slots == NULL || keys == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		const struct bsync_change *change = plans[i].change;
		struct bsync_buffer *key = &act->store->key;
		uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ change->table_no;
		enum bsync_result result;

		key->size = 0;
		result = bsync_key_bytes(change->key, change->key_count, key);
		if (result != BSYNC_OK)
			return result;
		keys[i] = bsync_arena_copy(arena, bsync_buffer_bytes(key));
		if (keys[i].data == NULL)
			return BSYNC_NO_MEMORY;
		for (size_t k = 0; k < key->size; k++)
			hash = (hash ^ key->data[k]) * UINT64_C(0x100000001b3);
		for (uint32_t at = (uint32_t)(hash ^ hash >> 32) & (size - 1);; at = (at + 1) & (size - 1)) {
			const struct bsync_plan *other = slots[at] != 0 ? &plans[slots[at] - 1] : NULL;

			if (other == NULL) {
				slots[at] = i + 1;
				break;
			}
			if (other->change->table_no == change->table_no &&
			    bsync_bytes_equal(keys[slots[at] - 1], keys[i]))
				return bsync_act_refuse(act, "a row of table %s occurs twice",
							plans[i].sql != NULL ? plans[i].sql->table->name : "0");
		}
	}
	return BSYNC_OK;
}

/* True when all the changeset does is to add rows to scopes that are there: it can be taken back without a savepoint. */
static bool is_plain(const struct bsync_act *act, const struct bsync_plan *plans, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct bsync_plan *plan = &plans[i];

		if (plan->sql == NULL || plan->row != NULL || !plan->is_plain || plan->judgement != BSYNC_ALLOWED ||
		    plan->sql->dep_count != 0 || plan->signing != NULL || plan->change->kind != BSYNC_CHANGE_INSERT)
			return false;
		for (uint32_t face = 0; face < plan->sql->table->face_count; face++) {
			if (plan->scopes[face] != NULL && plan->scopes[face]->no == 0)
				return false;
		}
	}
	return !act->is_protected;
}

/* Takes back what bsync_change_apply did for the first `count` of plain changes. */
static enum bsync_result plain_undo(struct bsync_act *act, const struct bsync_plan *plans, uint32_t count)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++)
		result = bsync_change_take_back(act, &plans[i]);
	return result;
}

/* Judges all before anything is written. */
static enum bsync_result changes_judge(struct bsync_act *act, struct bsync_plan *plans, uint32_t count)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++) {
		const struct bsync_change *change = &act->set->changes[i];

		plans[i] = (struct bsync_plan){.change = change};
		result = change->table_no == BSYNC_ITEMS_TABLE_NO ? bsync_item_closing_check(act, change)
								  : bsync_judge(act, change, &plans[i]);
	}
	if (result == BSYNC_OK)
		result = rows_unique(act, plans, count);
	if (result != BSYNC_OK || act->unknown_count == 0)
		return result;
	snprintf(act->reason, sizeof(act->reason), "it waits for a scope of circle %s that the store does not know yet",
		 act->store->base.schema->circles[act->unknown[0]->circle].name);
	return BSYNC_AGAIN;
}

/* True where the changeset itself is too much.  A machine without memory is no fault of it: the group fails, and the
 * device hands it in again. */
static bool takes_too_much(const struct bsync_act *act, enum bsync_result result)
{
	return result == BSYNC_NO_MEMORY && (act->store->work.is_exceeded || act->store->scopes.arena.is_exceeded);
}

/* Judges all, then does all. */
static enum bsync_result changes_run(struct bsync_act *act)
{
	uint32_t count = act->set->change_count;
	struct bsync_plan *plans = bsync_arena_take(&act->store->work, (count + 1) * sizeof(*plans));
	uint32_t done = 0;
	enum bsync_result result = plans != NULL ? changes_judge(act, plans, count) : BSYNC_NO_MEMORY;

	if (takes_too_much(act, result))
		return bsync_act_refuse(act, "it needs more memory than a changeset may take");
	if (result == BSYNC_OK && !is_plain(act, plans, count))
		result = bsync_act_protect(act);
	if (result != BSYNC_OK)
		return result;
	while (done < count && result == BSYNC_OK) {
		result = plans[done].sql == NULL ? bsync_item_closing(act, plans[done].change)
						 : bsync_change_apply(act, &plans[done]);
		done += result == BSYNC_OK;
	}
	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++)
		result = plans[i].sql == NULL ? BSYNC_OK : bsync_freeze_late(act, &plans[i]);
	if (result == BSYNC_OK)
		result = bsync_freeze_sign(act, plans, count);
	if (!act->is_protected && (result == BSYNC_CHANGED || result == BSYNC_INVALID)) {
		enum bsync_result undone = plain_undo(act, plans, done);

		if (undone != BSYNC_OK)
			return undone;
	}
	/* A savepoint can be undone, unless SQLite has given the transaction up. */
	if (act->is_protected && takes_too_much(act, result) && bsync_db_in_transaction(&act->store->base.db))
		result = bsync_act_refuse(act, "it needs more memory than a changeset may take");
	return result;
}

/* Why the first part waits that the author is not shown, now that all is done; empty where the author is shown all that waits. */
static enum bsync_result unseen_find(struct bsync_act *act, char reason[BSYNC_REASON_SIZE])
{
	bool is_seen = true;

	reason[0] = '\0';
	for (uint32_t i = 0; i < act->untaken_count && is_seen; i++) {
		const struct bsync_untaken *untaken = &act->untaken[i];
		enum bsync_result result = BSYNC_OK;

		is_seen = false;
		if (untaken->scope != NULL)
			result = bsync_member_holds(act, untaken->scope, &is_seen);
		if (result != BSYNC_OK)
			return result;
		if (!is_seen)
			snprintf(reason, BSYNC_REASON_SIZE, "%s: %s (table %s)",
				 strcmp(untaken->reason, BSYNC_ACCESS_ENDED) == 0 ? untaken->kind : BSYNC_UNSEEN,
				 untaken->reason, untaken->table->name);
	}
	return BSYNC_OK;
}

static enum bsync_result attempt_taken(struct bsync_attempt *attempt, struct bsync_act *act)
{
	char unseen[BSYNC_REASON_SIZE];
	enum bsync_result result = unseen_find(act, unseen);

	if (result != BSYNC_OK)
		return result;
	attempt->counter = act->version.counter;
	attempt->verdict = BSYNC_VERDICT_APPLIED;
	attempt->reason[0] = '\0';
	if (act->item_count != 0) {
		attempt->verdict = BSYNC_VERDICT_INBOX;
		snprintf(attempt->reason, sizeof(attempt->reason), "%s", unseen[0] != '\0' ? unseen : act->item_reason);
	} else if (act->has_conflict) {
		attempt->verdict = BSYNC_VERDICT_INBOX;
		snprintf(attempt->reason, sizeof(attempt->reason), "conflict: another value stands, a person chooses");
	} else if (act->is_merged) {
		attempt->verdict = BSYNC_VERDICT_MERGED;
	}
	return BSYNC_OK;
}

/* `confirmed`: the device's cursor as a position of the store that is. */
static void act_begin(struct bsync_act *act, struct bsync_store *store, const struct bsync_attempt *attempt,
		      uint64_t confirmed, bool is_careful)
{
	bsync_act_begin(act, store, attempt->line, attempt->seq, attempt->stamp_ms, attempt->now_ms);
	act->set = attempt->set;
	act->confirmed = confirmed;
	act->base = attempt->set->base.counter < confirmed ? attempt->set->base.counter : confirmed;
	act->is_careful = is_careful;
}

/* Runs the act; leaves it ended, or undone with what it waits for still in act->unknown. */
static enum bsync_result attempt_run(struct bsync_store *store, struct bsync_attempt *attempt, struct bsync_act *act)
{
	struct bsync_position confirmed = attempt->confirmed;
	enum bsync_result result = bsync_lives_translate(store, &confirmed);

	if (result == BSYNC_OK)
		result = bsync_lives_translate_set(store, attempt->set);
	if (result != BSYNC_OK)
		return result;
	act_begin(act, store, attempt, confirmed.counter, false);
	result = changes_run(act);
	if (result == BSYNC_CHANGED) {
		result = bsync_act_undo(act);
		if (result != BSYNC_OK)
			return result;
		act_begin(act, store, attempt, confirmed.counter, true);
		result = changes_run(act);
		assert(result != BSYNC_CHANGED);
	}
	if (result == BSYNC_OK)
		result = bsync_act_end(act);
	if (result == BSYNC_OK)
		return attempt_taken(attempt, act);
	if (result != BSYNC_INVALID && result != BSYNC_AGAIN)
		return result;
	attempt->verdict = result == BSYNC_AGAIN ? BSYNC_VERDICT_UNPLACED : BSYNC_VERDICT_QUARANTINED;
	attempt->counter = 0;
	snprintf(attempt->reason, sizeof(attempt->reason), "%s", act->reason);
	return bsync_act_undo(act);
}

enum bsync_result bsync_apply_attempt(struct bsync_store *store, struct bsync_attempt *attempt, bool is_retry)
{
	struct bsync_act act = {0};
	uint64_t before = 0;
	enum bsync_verdict kind = BSYNC_VERDICT_QUARANTINED;
	enum bsync_result result = BSYNC_OK;

	attempt->counter = 0;
	attempt->behind = 0;
	if (attempt->set == NULL) {
		attempt->verdict = BSYNC_VERDICT_QUARANTINED;
		return bsync_aside_keep(store, attempt, NULL, 0, is_retry);
	}
	result = bsync_aside_before(store, attempt, &before, &kind);
	if (result != BSYNC_OK)
		return result;
	if (before != 0) {
		attempt->verdict = kind;
		attempt->behind = before;
		snprintf(attempt->reason, sizeof(attempt->reason),
			 "it waits behind changeset %llu of this device, which is set aside",
			 (unsigned long long)before);
		return bsync_aside_keep(store, attempt, NULL, 0, is_retry);
	}
	result = attempt_run(store, attempt, &act);
	if (result == BSYNC_OK && attempt->counter == 0)
		result = bsync_aside_keep(store, attempt, act.unknown, act.unknown_count, is_retry);
	return result;
}

static enum bsync_result receipt_now(struct bsync_store *store, uint32_t line, uint64_t seq, struct bsync_arena *arena,
				     struct bsync_receipt *receipt)
{
	struct bsync_digest hash;

	return bsync_receipt_read(&store->base, line, seq, arena, receipt, &hash);
}

static enum bsync_result receipt_add(struct bsync_store *store, const struct bsync_attempt *attempt,
				     const struct bsync_opened *opened)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, RECEIPT_ADD);

	bsync_db_bind_int64(statement, 1, attempt->line);
	bsync_db_bind_int64(statement, 2, (int64_t)attempt->seq);
	bsync_db_bind_data(statement, 3, opened->hash.bytes, BSYNC_DIGEST_SIZE);
	bsync_db_bind_int64(statement, 4, (int64_t)attempt->counter);
	bsync_db_bind_int64(statement, 5, attempt->stamp_ms);
	bsync_db_bind_int64(statement, 6, attempt->set != NULL ? attempt->set->evidence.clock.wall_ms : 0);
	bsync_db_bind_int64(statement, 7, attempt->verdict);
	bsync_db_bind_string(statement, 8, attempt->reason);
	return bsync_db_run(statement);
}

/* PROTOCOL 5.2: "raised to `seen_ms + 1` where it is not above `seen_ms`, and along a line it never goes down".
 * Nobody has been shown a stamp above the store's own highest, or after now: a device that says so gains nothing. */
static int64_t stamp_of(const struct bsync_store *store, const struct bsync_batch *batch,
			const struct bsync_opened *opened, const struct bsync_line *line)
{
	int64_t stamp = opened->stamp_ms;
	int64_t seen_max = store->stamp_high > batch->now_ms ? store->stamp_high : batch->now_ms;

	if (opened->decoded == BSYNC_OK)
		stamp = bsync_stamp_raise(stamp,
					  opened->changeset.seen_ms < seen_max ? opened->changeset.seen_ms : seen_max);
	return stamp > line->last_stamp ? stamp : line->last_stamp;
}

/* What a copy handed in waits whole for the operator, however well it could be applied. */
static enum bsync_result fork_keep(struct bsync_store *store, struct bsync_attempt *attempt)
{
	attempt->verdict = BSYNC_VERDICT_QUARANTINED;
	if (attempt->set != NULL)
		snprintf(attempt->reason, sizeof(attempt->reason),
			 "a copy of this device handed in another history: ask the operator to release it");
	return bsync_aside_keep(store, attempt, NULL, 0, false);
}

static enum bsync_result changeset_take(struct bsync_store *store, const struct bsync_batch *batch, uint32_t line,
					struct bsync_opened *opened, struct bsync_arena *arena,
					struct bsync_receipt *receipt)
{
	const struct bsync_writer_device *device = &store->devices[store->lines[line].device];
	struct bsync_attempt attempt = {
		.line = line,
		.seq = opened->seq,
		.stamp_ms = stamp_of(store, batch, opened, &store->lines[line]),
		.confirmed = device->confirmed,
		.now_ms = batch->now_ms,
		.set = opened->decoded == BSYNC_OK ? &opened->changeset : NULL,
		.plain = opened->plain,
	};
	enum bsync_result result;

	if (attempt.set == NULL)
		snprintf(attempt.reason, sizeof(attempt.reason), "it can not be read: %s",
			 bsync_result_text(opened->decoded));
	result = bsync_recovery_stamp(store, &attempt);
	if (result == BSYNC_OK && store->base.lines[line].fork_of != 0)
		result = fork_keep(store, &attempt);
	else if (result == BSYNC_OK && store->recovery != BSYNC_RECOVERY_NONE && attempt.set != NULL)
		result = bsync_recovery_keep(store, &attempt);
	else if (result == BSYNC_OK)
		result = bsync_apply_attempt(store, &attempt, false);
	if (result == BSYNC_OK)
		result = receipt_add(store, &attempt, opened);
	if (result != BSYNC_OK)
		return result;
	store->lines[line].last_seq = opened->seq;
	store->lines[line].last_hash = opened->hash;
	store->lines[line].last_stamp = attempt.stamp_ms;
	receipt->counter = attempt.counter;
	receipt->stamp_ms = attempt.stamp_ms;
	receipt->verdict = attempt.verdict;
	receipt->reason = bsync_arena_copy(arena, bsync_bytes_of_string(attempt.reason));
	return receipt->reason.size != 0 && receipt->reason.data == NULL ? BSYNC_NO_MEMORY : BSYNC_OK;
}

/* The line that holds what the batch follows from. */
static enum bsync_result line_of_batch(struct bsync_store *store, const struct bsync_batch *batch, uint32_t *line)
{
	struct bsync_writer_device *device = bsync_writer_device(store, &batch->device);
	struct bsync_line_info info = {.line = batch->line, .first_seq = 1};
	uint32_t root = 0;
	enum bsync_result result = BSYNC_OK;

	if (device == NULL)
		return BSYNC_NOT_ENROLLED;
	if (memcmp(device->worker.bytes, batch->worker.bytes, BSYNC_ID_SIZE) != 0)
		return BSYNC_INVALID;
	if (batch->first_seq == 0)
		return BSYNC_OUT_OF_ORDER;
	root = bsync_writer_line(store, device, &batch->line);
	if (root != 0 && store->base.lines[root].fork_of != 0)
		return BSYNC_UNEXPECTED;
	if (root == 0)
		result = bsync_writer_line_add(store, device, &info, &root);
	return result == BSYNC_OK ? bsync_line_find(store, batch, root, line) : result;
}

/* The heartbeat of HELLO counts what waited then; what has come since waits no more. */
static enum bsync_result handed_in(struct bsync_store *store, const struct bsync_batch *batch)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DEVICE_HANDED_IN);

	bsync_db_bind_data(statement, 1, batch->device.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, batch->count);
	return bsync_db_run(statement);
}

/* Takes one, or answers it by its receipt; `*line` moves to a fork where its hash does. */
static enum bsync_result changeset_meet(struct bsync_store *store, struct bsync_batch *batch,
					struct bsync_opened *opened, uint32_t *line, struct bsync_arena *arena,
					struct bsync_receipt *receipt)
{
	bool is_known = false;
	enum bsync_result result = bsync_line_follow(store, opened->seq, &opened->hash, batch->now_ms, line, &is_known);

	if (result != BSYNC_OK)
		return result;
	batch->is_forked = batch->is_forked || store->base.lines[*line].fork_of != 0;
	if (is_known)
		return receipt_now(store, *line, opened->seq, arena, receipt);
	result = changeset_take(store, batch, *line, opened, arena, receipt);
	if (result == BSYNC_OK && store->retry_count != 0)
		result = bsync_aside_retry_scopes(store, batch->now_ms);
	if (result == BSYNC_OK && batch->epoch > store->lines[*line].last_epoch)
		store->lines[*line].last_epoch = batch->epoch;
	return result;
}

/* Takes all; `lines` says where each has gone. */
static enum bsync_result changesets_meet(struct bsync_store *store, struct bsync_batch *batch, uint32_t line,
					 uint32_t *lines, struct bsync_arena *arena, struct bsync_receipts *receipts)
{
	uint64_t before = store->lines[line].last_seq;
	bool is_changed = false;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < batch->count && result == BSYNC_OK; i++) {
		struct bsync_opened *opened = &batch->changesets[i];

		assert(opened->seq == batch->first_seq + i);
		receipts->last_hash = opened->hash;
		lines[i] = line;
		result = changeset_meet(store, batch, opened, &lines[i], arena, &receipts->receipts[i]);
		is_changed = is_changed || lines[i] != line || store->lines[lines[i]].last_seq != before;
		if (result == BSYNC_OK && lines[i] != line)
			result = bsync_writer_line_save(store, line);
		line = lines[i];
	}
	/* What was set aside may have been placed by a later one of the same batch. */
	for (uint32_t i = 0; i < batch->count && result == BSYNC_OK; i++) {
		if (receipts->receipts[i].counter == 0)
			result = receipt_now(store, lines[i], batch->first_seq + i, arena, &receipts->receipts[i]);
	}
	return result == BSYNC_OK && is_changed ? bsync_writer_line_save(store, line) : result;
}

enum bsync_result bsync_store_apply(struct bsync_store *store, struct bsync_batch *batch, struct bsync_arena *arena,
				    struct bsync_receipts *receipts)
{
	int64_t next_ms = 0;
	uint32_t line = 0;
	uint32_t *lines = NULL;
	enum bsync_result result;

	assert(store != NULL && store->in_group);
	assert(batch != NULL && arena != NULL && receipts != NULL);
	batch->is_forked = false;
	result = line_of_batch(store, batch, &line);
	if (result == BSYNC_OK)
		result = bsync_store_confirm_again(store, &batch->device, batch->confirmed, batch->now_ms);
	if (result == BSYNC_OK && store->due_next != 0 && store->due_next <= batch->now_ms)
		result = bsync_store_due(store, batch->now_ms, &next_ms);
	if (result != BSYNC_OK)
		return result;
	*receipts = (struct bsync_receipts){
		.line = batch->line,
		.first_seq = batch->first_seq,
		.incarnation = store->facts.incarnation,
		.count = batch->count,
	};
	receipts->receipts = bsync_arena_take(arena, (batch->count + 1) * sizeof(*receipts->receipts));
	lines = bsync_arena_take(arena, (batch->count + 1) * sizeof(*lines));
	if (receipts->receipts == NULL || lines == NULL)
		return BSYNC_NO_MEMORY;
	result = changesets_meet(store, batch, line, lines, arena, receipts);
	if (result == BSYNC_OK)
		result = handed_in(store, batch);
	return result == BSYNC_OK ? bsync_receipts_authenticate(&store->receipt_key, &batch->device, receipts) : result;
}
