#include "daemon/store/set_aside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/freeze.h"
#include "daemon/store/line.h"

enum { RETRY_MAX = 1 << 20 };

/* Rows are named as the changeset names them: it may not fit the schema. */
static enum bsync_result row_key(struct bsync_store *store, const struct bsync_change *change)
{
	store->key.size = 0;
	return bsync_key_bytes(change->key, change->key_count, &store->key);
}

/* What waits, as one that may wait behind it finds it. */
struct before {
	uint64_t seq; /* 0: nothing */
	enum bsync_verdict kind;
};

/* Takes the row that the statement gives, where it is later than what was found. */
static enum bsync_result before_take(sqlite3_stmt *statement, struct before *before)
{
	bool has_row = false;
	enum bsync_result result = bsync_db_step(statement, &has_row);

	if (result == BSYNC_OK && has_row && (uint64_t)bsync_db_int64(statement, 0) > before->seq)
		*before = (struct before){(uint64_t)bsync_db_int64(statement, 0),
					  (enum bsync_verdict)bsync_db_int64(statement, 1)};
	bsync_db_reset(statement);
	return result;
}

/* What waits of one line, below `end`. */
struct behind {
	struct bsync_store *store;
	uint32_t line;
	uint64_t end;
	struct before *before;
};

static enum bsync_result row_before(const struct behind *behind, const struct bsync_change *change)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&behind->store->base, ASIDE_ROW_FIND);
	enum bsync_result result = row_key(behind->store, change);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, behind->line);
	bsync_db_bind_int64(statement, 2, change->table_no);
	bsync_db_bind_blob(statement, 3, bsync_buffer_bytes(&behind->store->key));
	bsync_db_bind_int64(statement, 4, (int64_t)behind->end);
	return before_take(statement, behind->before);
}

/* PROTOCOL 7.10: "A signature waits behind what waits of these writes in the tables of its freeze." */
static enum bsync_result signature_before(const struct behind *behind, const struct bsync_change *change)
{
	const struct bsync_schema *schema = behind->store->base.schema;
	const struct bsync_freeze *freeze = bsync_freeze_signs(schema, change);
	sqlite3_stmt *statement = BSYNC_STATEMENT(&behind->store->base, ASIDE_TABLE_FIND);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; freeze != NULL && i < freeze->part_count && result == BSYNC_OK; i++) {
		bsync_db_bind_int64(statement, 1, behind->line);
		bsync_db_bind_int64(statement, 2, schema->tables[freeze->parts[i].table].no);
		bsync_db_bind_int64(statement, 3, (int64_t)behind->end);
		result = before_take(statement, behind->before);
	}
	return result;
}

enum bsync_result bsync_aside_before(struct bsync_store *store, const struct bsync_attempt *attempt, uint64_t *seq,
				     enum bsync_verdict *kind)
{
	struct before before = {.kind = *kind};
	struct behind behind = {store, attempt->line, attempt->seq, &before};
	enum bsync_result result = BSYNC_OK;

	/* Its line, and what its device had of those before. */
	while (behind.line != 0 && result == BSYNC_OK) {
		const bool has_waiting = store->lines[behind.line].has_waiting;

		for (uint32_t i = 0; has_waiting && i < attempt->set->change_count && result == BSYNC_OK; i++) {
			result = row_before(&behind, &attempt->set->changes[i]);
			if (result == BSYNC_OK)
				result = signature_before(&behind, &attempt->set->changes[i]);
		}
		behind.line = bsync_line_before(&store->base, behind.line, &behind.end);
		/* What a copy wrote is for the operator, and nobody else waits for that. */
		if (store->base.lines[behind.line].fork_of != 0)
			break;
	}
	*seq = before.seq;
	*kind = before.kind;
	return result;
}

static enum bsync_result rows_keep(struct bsync_store *store, const struct bsync_attempt *attempt)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_ROW_ADD);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; attempt->set != NULL && i < attempt->set->change_count && result == BSYNC_OK; i++) {
		const struct bsync_change *change = &attempt->set->changes[i];

		result = row_key(store, change);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, attempt->line);
		bsync_db_bind_int64(statement, 2, change->table_no);
		bsync_db_bind_blob(statement, 3, bsync_buffer_bytes(&store->key));
		bsync_db_bind_int64(statement, 4, (int64_t)attempt->seq);
		result = bsync_db_run(statement);
	}
	return result;
}

static enum bsync_result scopes_keep(struct bsync_store *store, const struct bsync_attempt *attempt,
				     struct bsync_scope *const *unknown, uint32_t count)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_SCOPE_ADD);
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++) {
		bsync_db_bind_int64(statement, 1, store->base.schema->circles[unknown[i]->circle].no);
		bsync_db_bind_value(statement, 2, &unknown[i]->value);
		bsync_db_bind_int64(statement, 3, attempt->line);
		bsync_db_bind_int64(statement, 4, (int64_t)attempt->seq);
		result = bsync_db_run(statement);
	}
	return result;
}

static enum bsync_result line_seq_run(sqlite3_stmt *statement, uint32_t line, uint64_t seq)
{
	bsync_db_bind_int64(statement, 1, line);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	return bsync_db_run(statement);
}

enum bsync_result bsync_aside_keep(struct bsync_store *store, const struct bsync_attempt *attempt,
				   struct bsync_scope *const *unknown, uint32_t unknown_count, bool is_retry)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_ADD);
	enum bsync_result result = BSYNC_OK;

	assert(attempt->verdict == BSYNC_VERDICT_QUARANTINED || attempt->verdict == BSYNC_VERDICT_UNPLACED);
	store->lines[attempt->line].has_waiting = true;
	if (is_retry) {
		statement = BSYNC_STATEMENT(&store->base, ASIDE_CHANGE);
		bsync_db_bind_int64(statement, 5, (int64_t)attempt->behind);
	} else {
		bsync_db_bind_blob(statement, 5, attempt->plain);
		bsync_db_bind_int64(statement, 6, attempt->stamp_ms);
		bsync_db_bind_int64(statement, 7, (int64_t)attempt->confirmed.counter);
		bsync_db_bind_int64(statement, 10, attempt->confirmed.incarnation);
		bsync_db_bind_int64(statement, 8, attempt->now_ms);
		bsync_db_bind_int64(statement, 9, (int64_t)attempt->behind);
	}
	bsync_db_bind_int64(statement, 1, attempt->line);
	bsync_db_bind_int64(statement, 2, (int64_t)attempt->seq);
	bsync_db_bind_int64(statement, 3, attempt->verdict);
	bsync_db_bind_string(statement, 4, attempt->reason);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK && is_retry)
		result = line_seq_run(BSYNC_STATEMENT(&store->base, ASIDE_SCOPE_REMOVE), attempt->line, attempt->seq);
	if (result == BSYNC_OK && !is_retry)
		result = rows_keep(store, attempt);
	return result == BSYNC_OK ? scopes_keep(store, attempt, unknown, unknown_count) : result;
}

/* It was applied after all: nothing of it is set aside any more. */
static enum bsync_result aside_remove(struct bsync_store *store, uint32_t line, uint64_t seq)
{
	sqlite3_stmt *left = BSYNC_STATEMENT(&store->base, ASIDE_LEFT);
	bool has_row = false;
	enum bsync_result result = line_seq_run(BSYNC_STATEMENT(&store->base, ASIDE_REMOVE), line, seq);

	if (result == BSYNC_OK)
		result = line_seq_run(BSYNC_STATEMENT(&store->base, ASIDE_ROW_REMOVE), line, seq);
	if (result == BSYNC_OK)
		result = line_seq_run(BSYNC_STATEMENT(&store->base, ASIDE_SCOPE_REMOVE), line, seq);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(left, 1, line);
	result = bsync_db_step(left, &has_row);
	bsync_db_reset(left);
	store->lines[line].has_waiting = has_row;
	return result;
}

static enum bsync_result receipt_place(struct bsync_store *store, const struct bsync_attempt *attempt)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, RECEIPT_PLACE);
	const struct bsync_writer_device *device = &store->devices[store->lines[attempt->line].device];
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, attempt->line);
	bsync_db_bind_int64(statement, 2, (int64_t)attempt->seq);
	bsync_db_bind_int64(statement, 3, (int64_t)attempt->counter);
	bsync_db_bind_int64(statement, 4, attempt->stamp_ms);
	bsync_db_bind_int64(statement, 5, attempt->verdict);
	bsync_db_bind_string(statement, 6, attempt->reason);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK && attempt->counter != 0) {
		statement = BSYNC_STATEMENT(&store->base, PLACED_ADD);
		bsync_db_bind_int64(statement, 1, attempt->line);
		bsync_db_bind_int64(statement, 2, (int64_t)attempt->counter);
		bsync_db_bind_int64(statement, 3, (int64_t)attempt->seq);
		result = bsync_db_run(statement);
	}
	return result == BSYNC_OK ? bsync_writer_touch_device(store, &device->id) : result;
}

/* Seqs of one line, ascending, that wait for the same thing. */
struct waiting {
	uint32_t count, capacity;
	struct waiting_one {
		uint32_t line;
		uint64_t seq;
	} * list;
};

static enum bsync_result waiting_add(struct waiting *waiting, uint32_t line, uint64_t seq)
{
	if (waiting->count == waiting->capacity) {
		uint32_t capacity = waiting->capacity == 0 ? 16 : waiting->capacity * 2;
		struct waiting_one *list = NULL;

		if (capacity > RETRY_MAX)
			return BSYNC_NO_MEMORY;
		list = realloc(waiting->list, capacity * sizeof(*list));
		if (list == NULL)
			return BSYNC_NO_MEMORY;
		waiting->list = list;
		waiting->capacity = capacity;
	}
	waiting->list[waiting->count++] = (struct waiting_one){line, seq};
	return BSYNC_OK;
}

/* Reads a waiting changeset back and tries it. */
static enum bsync_result one_retry(struct bsync_store *store, struct bsync_attempt *attempt)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_GET);
	struct bsync_arena arena;
	struct bsync_changeset set;
	enum bsync_result result;

	bsync_arena_init(&arena, BSYNC_WORK_SIZE_MAX);
	bsync_db_bind_int64(statement, 1, attempt->line);
	bsync_db_bind_int64(statement, 2, (int64_t)attempt->seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		attempt->plain = bsync_arena_copy(&arena, bsync_db_bytes(statement, 1));
		attempt->stamp_ms = bsync_db_int64(statement, 2);
		attempt->confirmed.incarnation = (uint32_t)bsync_db_int64(statement, 5);
		attempt->confirmed.counter = (uint64_t)bsync_db_int64(statement, 3);
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK) {
		enum bsync_result decoded = bsync_changeset_decode(attempt->plain, &arena, &set);

		attempt->set = decoded == BSYNC_OK ? &set : NULL;
		if (decoded != BSYNC_OK)
			snprintf(attempt->reason, sizeof(attempt->reason), "it can not be read: %s",
				 bsync_result_text(decoded));
		result = bsync_apply_attempt(store, attempt, true);
	}
	if (result == BSYNC_OK)
		result = receipt_place(store, attempt);
	if (result == BSYNC_OK && attempt->counter != 0)
		result = aside_remove(store, attempt->line, attempt->seq);
	attempt->set = NULL;
	bsync_arena_clear(&arena);
	return result;
}

static enum bsync_result line_behind_add(struct bsync_store *store, uint32_t line, uint64_t seq,
					 struct waiting *waiting)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_BEHIND);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, line);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = waiting_add(waiting, line, (uint64_t)bsync_db_int64(statement, 0));
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

/* Adds those that wait behind a changeset, on its line and on those that go on from it. */
static enum bsync_result behind_add(struct bsync_store *store, uint32_t line, uint64_t seq, struct waiting *waiting)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t at = store->devices[store->lines[line].device].first_line; at != 0 && result == BSYNC_OK;
	     at = store->lines[at].next) {
		if (store->lines[at].has_waiting && bsync_line_at(&store->base, at, seq) == line)
			result = line_behind_add(store, at, seq, waiting);
	}
	return result;
}

/* Tries all in the list, and with each that is applied those that wait behind it. */
static enum bsync_result waiting_retry(struct bsync_store *store, struct waiting *waiting, int64_t now_ms)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < waiting->count && result == BSYNC_OK; i++) {
		struct bsync_attempt attempt = {
			.line = waiting->list[i].line, .seq = waiting->list[i].seq, .now_ms = now_ms};

		result = one_retry(store, &attempt);
		/* One that waited behind two was applied when the first of them was. */
		if (result == BSYNC_NOT_FOUND)
			result = BSYNC_OK;
		else if (result == BSYNC_OK && attempt.counter != 0)
			result = behind_add(store, attempt.line, attempt.seq, waiting);
	}
	return result;
}

static enum bsync_result given_up(struct bsync_store *store, uint32_t line, uint64_t seq, bool *out)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_GET);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, line);
	bsync_db_bind_int64(statement, 2, (int64_t)seq);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*out = bsync_receipt_is_given_up(
			&(struct bsync_receipt){.verdict = (enum bsync_verdict)bsync_db_int64(statement, 0),
						.reason = bsync_db_bytes(statement, 6)});
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_aside_retry(struct bsync_store *store, uint32_t line, uint64_t seq, int64_t now_ms,
				    enum bsync_verdict *verdict)
{
	struct waiting waiting = {0};
	struct bsync_attempt attempt = {.line = line, .seq = seq, .now_ms = now_ms};
	bool is_given_up = false;
	enum bsync_result result = given_up(store, line, seq, &is_given_up);

	/* PROTOCOL 6.20: "It is not tried again: its author may have written on in its place." */
	if (is_given_up) {
		*verdict = BSYNC_VERDICT_QUARANTINED;
		return BSYNC_OK;
	}
	if (result == BSYNC_OK)
		result = one_retry(store, &attempt);
	if (result == BSYNC_OK)
		*verdict = attempt.verdict;
	if (result == BSYNC_OK && attempt.counter != 0)
		result = behind_add(store, line, seq, &waiting);
	if (result == BSYNC_OK)
		result = waiting_retry(store, &waiting, now_ms);
	free(waiting.list);
	return result;
}

enum bsync_result bsync_aside_give_up(struct bsync_store *store, const struct bsync_attempt *attempt, int64_t now_ms)
{
	struct waiting waiting = {0};
	enum bsync_result result = bsync_aside_keep(store, attempt, NULL, 0, true);

	if (result == BSYNC_OK)
		result = line_seq_run(BSYNC_STATEMENT(&store->base, ASIDE_ROW_REMOVE), attempt->line, attempt->seq);
	if (result == BSYNC_OK)
		result = receipt_place(store, attempt);
	if (result == BSYNC_OK)
		result = behind_add(store, attempt->line, attempt->seq, &waiting);
	if (result == BSYNC_OK)
		result = waiting_retry(store, &waiting, now_ms);
	free(waiting.list);
	return result;
}

static enum bsync_result waiting_for(struct bsync_store *store, const struct bsync_scope *scope,
				     struct waiting *waiting)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, ASIDE_SCOPE_OF);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, store->base.schema->circles[scope->circle].no);
	bsync_db_bind_value(statement, 2, &scope->value);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = waiting_add(waiting, (uint32_t)bsync_db_int64(statement, 0),
				     (uint64_t)bsync_db_int64(statement, 1));
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_aside_retry_scopes(struct bsync_store *store, int64_t now_ms)
{
	enum bsync_result result = BSYNC_OK;

	while (store->retry_count != 0 && result == BSYNC_OK) {
		struct bsync_scope *scope = store->retry[--store->retry_count];
		struct waiting waiting = {0};

		scope->is_retried = false;
		if (scope->no != 0)
			result = waiting_for(store, scope, &waiting);
		for (uint32_t i = 0; i < waiting.count && result == BSYNC_OK; i++) {
			enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;

			result = bsync_aside_retry(store, waiting.list[i].line, waiting.list[i].seq, now_ms, &verdict);
			if (result == BSYNC_NOT_FOUND)
				result = BSYNC_OK;
		}
		free(waiting.list);
	}
	return result;
}
