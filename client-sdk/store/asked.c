#include "client-sdk/store/asked.h"

#include <assert.h>

#include "client-sdk/store/past.h"
#include "client-sdk/store/record.h"
#include "core/frame.h"

enum {
	TOGETHER_MAX = 8, /* PROTOCOL 6.6: "At most 16 may wait for their answer." */
	ANSWER_MAX = 64 << 20,
};

static void bind_row(sqlite3_stmt *statement, uint32_t table_no, struct bsync_bytes key)
{
	bsync_db_bind_int64(statement, 1, table_no);
	bsync_db_bind_blob(statement, 2, key);
}

static enum bsync_result run_with(struct bsync_file *file, enum bsync_query query, int64_t first)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, first);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* --- Asking --- */

static enum bsync_result row_ask(struct bsync_file *file, uint32_t table_no, const struct bsync_value *key,
				 uint32_t key_count)
{
	sqlite3_stmt *statement = NULL;
	struct bsync_bytes packed;
	enum bsync_result result = BSYNC_FILE_SET(file, asked_id, file->state.asked_id + 1);

	bsync_arena_reset(&file->scratch);
	if (result == BSYNC_OK)
		result = bsync_key_pack(&file->scratch, key, key_count, &packed);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_ASKED_PUT, &statement);
	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, packed);
	bsync_db_bind_int64(statement, 3, file->state.asked_id);
	result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	/* Only the newest thousand are kept. */
	return result == BSYNC_OK ? run_with(file, BSYNC_QUERY_ASKED_CUT, file->state.asked_id) : result;
}

enum bsync_result bsync_file_ask(struct bsync_file *file, const char *table, const struct bsync_value *key,
				 uint32_t key_count)
{
	const struct bsync_table *found = NULL;
	enum bsync_result result = bsync_file_begin(file);

	assert(table != NULL && key != NULL);
	if (result != BSYNC_OK)
		return result;
	found = bsync_schema_table_named(file->schema, table);
	if (found == NULL || found->key_count != key_count)
		result = bsync_file_fail(file, BSYNC_NOT_FOUND, "there is no synced table %.100s with %u key columns",
					 table, key_count);
	else
		result = row_ask(file, found->no, key, key_count);
	result = bsync_file_end(file, result);
	file->has_committed = file->has_committed || result == BSYNC_OK;
	return result;
}

static enum bsync_result retry_ask(struct bsync_file *file, uint64_t seq, bool is_given_up)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_STATE, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		const int64_t state = bsync_db_int64(statement, 0);

		has_row = state == BSYNC_OUTBOX_QUARANTINED || state == BSYNC_OUTBOX_UNPLACED;
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK && !has_row)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "nothing is set aside under number %llu",
				       (unsigned long long)seq);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, asked_id, file->state.asked_id + 1);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_RETRY_PUT, &statement);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	bsync_db_bind_int64(statement, 2, file->state.asked_id);
	bsync_db_bind_int64(statement, 3, is_given_up);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_file_retry(struct bsync_file *file, uint64_t seq, bool is_given_up)
{
	enum bsync_result result = bsync_file_begin(file);

	if (result == BSYNC_OK)
		result = bsync_file_end(file, retry_ask(file, seq, is_given_up));
	file->has_committed = file->has_committed || result == BSYNC_OK;
	return result;
}

/* --- The syncer's part --- */

/* Appends the frame of the question on which WAITING_ALL stands. */
static enum bsync_result question_write(struct bsync_file *file, sqlite3_stmt *row, struct bsync_buffer *frames)
{
	const bool is_row = bsync_db_is_null(row, 3);
	struct bsync_history_get get = {.token = (uint64_t)bsync_db_int64(row, 0)};
	struct bsync_retry retry = {.seq = (uint64_t)bsync_db_int64(row, 3),
				    .is_given_up = bsync_db_int64(row, 4) != 0};
	const enum bsync_message_kind kind = is_row ? BSYNC_MESSAGE_HISTORY_GET : BSYNC_MESSAGE_RETRY;
	struct bsync_buffer payload;
	enum bsync_result result = BSYNC_OK;

	bsync_buffer_init(&payload, bsync_message_cap((uint8_t)kind));
	bsync_arena_reset(&file->scratch);
	if (is_row) {
		get.table_no = (uint32_t)bsync_db_int64(row, 1);
		result = bsync_key_unpack(&file->scratch, bsync_db_bytes(row, 2), &get.key, &get.key_count);
		if (result == BSYNC_OK)
			result = bsync_history_get_encode(&get, &payload);
	} else {
		if (!bsync_db_copy(row, 2, retry.line.bytes, BSYNC_ID_SIZE) ||
		    !bsync_db_copy(row, 5, retry.hash.bytes, BSYNC_DIGEST_SIZE))
			result = BSYNC_STORAGE_CORRUPT;
		if (result == BSYNC_OK)
			result = bsync_retry_encode(&retry, &payload);
	}
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, (uint8_t)kind, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

enum bsync_result bsync_file_questions(struct bsync_file *file, uint64_t *last_id, struct bsync_buffer *frames,
				       bool *is_waiting)
{
	const uint64_t asked = *last_id;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	uint32_t count = 0;
	enum bsync_result result = bsync_file_refresh(file);

	assert(frames != NULL && is_waiting != NULL);
	*is_waiting = false;
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_WAITING_ALL, &statement);
	if (result != BSYNC_OK)
		return result;
	while (count < TOGETHER_MAX && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		const uint64_t id = (uint64_t)bsync_db_int64(statement, 0);

		*is_waiting = id <= asked;
		if (*is_waiting)
			break;
		result = question_write(file, statement, frames);
		if (result != BSYNC_OK)
			break;
		*last_id = id;
		count++;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* The row of question `id`, with its key in `arena`; `*is_here`: it is on this device. */
static enum bsync_result asked_find(struct bsync_file *file, uint64_t id, struct bsync_arena *arena, uint32_t *table_no,
				    struct bsync_bytes *packed, bool *is_here)
{
	const struct bsync_table *table = NULL;
	struct bsync_record_key key = {0};
	struct bsync_value *key_values = NULL;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ASKED_BY, &statement);

	*is_here = false;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)id);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		*table_no = (uint32_t)bsync_db_int64(statement, 0);
		*packed = bsync_arena_copy(arena, bsync_db_bytes(statement, 1));
		if (packed->data == NULL)
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK || !has_row)
		return bsync_file_fail_sqlite(file, result);
	table = bsync_schema_table(file->schema, *table_no);
	result = bsync_key_unpack(arena, *packed, &key_values, &key.count);
	if (result != BSYNC_OK || table == NULL || table->key_count != key.count)
		return result;
	key.table = (uint32_t)(table - file->schema->tables);
	key.values = key_values;
	return bsync_record_exists(file, &key, is_here);
}

/* Of a row that is not here, or no longer, nothing is kept: the rights to it may have ended since the server answered. */
static enum bsync_result answer_keep(struct bsync_file *file, struct bsync_history *history, struct bsync_arena *arena)
{
	struct bsync_clock_reading now;
	struct bsync_buffer answer;
	struct bsync_bytes packed = {NULL, 0};
	sqlite3_stmt *statement = NULL;
	uint32_t table_no = 0, standing = 0;
	bool is_here = false;
	enum bsync_result result = asked_find(file, history->token, arena, &table_no, &packed, &is_here);

	bsync_buffer_init(&answer, bsync_message_cap(BSYNC_MESSAGE_HISTORY));
	for (uint32_t i = 0; result == BSYNC_OK && is_here && i < history->count; i++) {
		if (history->entries[i].replaced_counter == 0)
			history->entries[standing++] = history->entries[i];
		else
			result = bsync_past_keep(file, table_no, packed, &history->entries[i]);
	}
	history->count = standing;
	if (result == BSYNC_OK && is_here)
		result = bsync_history_encode(history, &answer);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_ASKED_ANSWER, &statement);
	if (result == BSYNC_OK) {
		file->surroundings.clock(file->surroundings.clock_context, &now);
		bsync_db_bind_int64(statement, 1, (int64_t)history->token);
		if (is_here)
			bsync_db_bind_blob(statement, 2, bsync_buffer_bytes(&answer));
		bsync_db_bind_int64(statement, 3, bsync_clock_drift(now.wall_ms, file->state.drift_ms));
		result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	}
	bsync_buffer_clear(&answer);
	return result;
}

enum bsync_result bsync_file_answer(struct bsync_file *file, struct bsync_bytes payload)
{
	struct bsync_history history;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	assert(file != NULL);
	bsync_arena_init(&arena, ANSWER_MAX);
	result = bsync_history_decode(payload, &arena, &history);
	if (result == BSYNC_OK)
		result = bsync_file_begin(file);
	if (result == BSYNC_OK)
		result = bsync_file_end(file, answer_keep(file, &history, &arena));
	bsync_arena_clear(&arena);
	return result;
}

/* --- Answers --- */

enum bsync_result bsync_asked_read(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
				   struct bsync_arena *arena, struct bsync_answer *answer)
{
	struct bsync_bytes payload = {NULL, 0};
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ASKED_OF, &statement);

	assert(answer != NULL);
	*answer = (struct bsync_answer){0};
	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, key);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row && !bsync_db_is_null(statement, 0)) {
		answer->answered_ms = bsync_db_int64(statement, 1);
		answer->is_over = bsync_db_int64(statement, 2) != 0;
		payload = bsync_arena_copy(arena, bsync_db_bytes(statement, 0));
		if (payload.data == NULL)
			result = BSYNC_NO_MEMORY;
	}
	bsync_db_reset(statement);
	if (result == BSYNC_OK && payload.data != NULL)
		result = bsync_history_decode(payload, arena, &answer->history);
	return bsync_file_fail_sqlite(file, result);
}

enum bsync_result bsync_asked_over(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ASKED_OVER, &statement);

	if (result != BSYNC_OK)
		return result;
	bind_row(statement, table_no, key);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

enum bsync_result bsync_asked_forget(struct bsync_file *file)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_ASKED_DROP, &statement);

	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_ASKED_EMPTY, &statement);
	return result == BSYNC_OK ? bsync_file_fail_sqlite(file, bsync_db_run(statement)) : result;
}

enum bsync_result bsync_retry_take(struct bsync_file *file, uint64_t seq, bool is_settled, bool *was_asked)
{
	sqlite3_stmt *statement = NULL;
	bool gives_up = false;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_RETRY_OF, &statement);

	assert(was_asked != NULL);
	*was_asked = false;
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)seq);
	result = bsync_db_step(statement, was_asked);
	if (result == BSYNC_OK && *was_asked)
		gives_up = bsync_db_int64(statement, 0) != 0;
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return bsync_file_fail_sqlite(file, result);
	/* The answer to an earlier question can come behind it. */
	return *was_asked && (is_settled || !gives_up) ? run_with(file, BSYNC_QUERY_RETRY_DROP, (int64_t)seq)
						       : BSYNC_OK;
}
