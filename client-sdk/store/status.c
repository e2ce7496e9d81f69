#include "client-sdk/store/file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/schema/changeset_json.h"

enum { TABLES_TEXT_SIZE = 1000 };

/* One integer of own changeset `seq`; 0 when there is none. */
static enum bsync_result outbox_integer(struct bsync_file *file, enum bsync_query query, uint64_t seq, int column,
					int64_t *out)
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
		*out = bsync_db_int64(statement, column);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* What waits behind the last receipt: a line has no gaps and carries its running total, so nothing is counted. */
static enum bsync_result waiting_read(struct bsync_file *file, struct bsync_file_status *status)
{
	int64_t total = 0;
	enum bsync_result result = BSYNC_OK;

	if (status->last_seq <= status->durable_seq)
		return BSYNC_OK;
	status->pending = status->last_seq - status->durable_seq;
	/* Where a line was left before all of it had been acknowledged, there is a gap. */
	if (status->durable_seq + 1 < file->line.first_seq) {
		result = outbox_integer(file, BSYNC_QUERY_OUTBOX_COUNT, status->durable_seq, 0, &total);
		status->pending = (uint64_t)total;
	}
	if (result == BSYNC_OK)
		result = outbox_integer(file, BSYNC_QUERY_OUTBOX_TOTAL, status->durable_seq, 0, &total);
	if (result == BSYNC_OK)
		result = outbox_integer(file, BSYNC_QUERY_OUTBOX_STATE, status->durable_seq + 1, 1,
					&status->oldest_pending_ms);
	status->pending_bytes = file->line.total - (uint64_t)total;
	return result;
}

static enum bsync_result aside_read(struct bsync_file *file, struct bsync_file_status *status)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_ASIDE, &statement);

	if (result != BSYNC_OK)
		return result;
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		status->quarantined = (uint64_t)bsync_db_int64(statement, 0);
		status->unplaced = (uint64_t)bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result unseen_read(struct bsync_file *file, struct bsync_file_status *status)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_UNSEEN_COUNT, &statement);

	if (result != BSYNC_OK)
		return result;
	result = bsync_db_row(statement);
	if (result == BSYNC_OK) {
		status->not_taken = (uint64_t)bsync_db_int64(statement, 0);
		status->unseen = (uint64_t)bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result count_add(struct bsync_file *file, enum bsync_query query, uint64_t *count)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		*count += (uint64_t)bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result error_read(struct bsync_file *file, struct bsync_file_status *status)
{
	struct bsync_value value;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(&file->scratch);
	result = bsync_file_meta_get(file, "last_error", &file->scratch, &value);
	if (result == BSYNC_OK && value.kind == BSYNC_TEXT)
		snprintf(status->last_error, sizeof(status->last_error), "%.*s", (int)value.as.bytes.size,
			 (const char *)value.as.bytes.data);
	return result;
}

enum bsync_result bsync_file_status(struct bsync_file *file, struct bsync_file_status *status)
{
	enum bsync_result result = bsync_file_refresh(file);

	assert(status != NULL);
	if (result != BSYNC_OK)
		return result;
	*status = (struct bsync_file_status){
		.cursor = bsync_file_cursor(file),
		.last_seq = file->line.last_seq,
		.durable_seq = (uint64_t)file->state.durable_seq,
		.incarnation = (uint32_t)file->state.incarnation,
		.is_recovering = file->state.is_recovering != 0,
		.first_sync_done = file->state.pull_ok_ms != 0,
		.last_push_ok_ms = file->state.push_ok_ms,
		.last_pull_ok_ms = file->state.pull_ok_ms,
		.last_attempt_ms = file->state.attempt_ms,
		.clock_drift_ms = file->state.drift_ms,
		.is_clock_off = file->state.is_clock_off != 0,
		.restored_ms = file->state.restored_ms,
		.schema_version = file->schema->version,
	};
	result = waiting_read(file, status);
	if (result == BSYNC_OK)
		result = aside_read(file, status);
	if (result == BSYNC_OK)
		result = count_add(file, BSYNC_QUERY_PAST_UNTOLD_COUNT, &status->untold);
	if (result == BSYNC_OK)
		result = unseen_read(file, status);
	return result == BSYNC_OK ? error_read(file, status) : result;
}

/* The names of the tables a changeset writes, each once; none where it only closes an inbox item. */
static void tables_name(const struct bsync_file *file, const struct bsync_changeset *set, char *text, size_t size)
{
	bool is_named[BSYNC_TABLES_MAX] = {false};
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < set->change_count; i++) {
		const struct bsync_table *table = bsync_schema_table(file->schema, set->changes[i].table_no);
		size_t index = table != NULL ? (size_t)(table - file->schema->tables) : BSYNC_TABLES_MAX;

		if (index >= BSYNC_TABLES_MAX || is_named[index] || used + strlen(table->name) + 2 > size)
			continue;
		is_named[index] = true;
		used += (size_t)snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ",", table->name);
	}
}

/* One line of the list, copied so that the changeset can be opened meanwhile. */
struct listed {
	struct listed *next;
	struct bsync_pending_row row;
};

static enum bsync_result list_read(struct bsync_file *file, enum bsync_query query, struct bsync_arena *arena,
				   struct listed **first)
{
	struct listed **last = first;
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, query, &statement);

	if (result != BSYNC_OK)
		return result;
	if (query == BSYNC_QUERY_OUTBOX_LIST)
		bsync_db_bind_int64(statement, 1, file->state.durable_seq);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_bytes reason = bsync_db_bytes(statement, 4);
		struct listed *listed = bsync_arena_take(arena, sizeof(*listed));
		char *copy = bsync_arena_take(arena, reason.size + 1);

		if (listed == NULL || copy == NULL) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		if (reason.size != 0)
			memcpy(copy, reason.data, reason.size);
		listed->row = (struct bsync_pending_row){.seq = (uint64_t)bsync_db_int64(statement, 0),
							 .made_ms = bsync_db_int64(statement, 1),
							 .size = (size_t)bsync_db_int64(statement, 2),
							 .state = (enum bsync_outbox_state)bsync_db_int64(statement, 3),
							 .is_late = bsync_db_int64(statement, 5) == BSYNC_UNSEEN_LATE,
							 .reason = copy};
		*last = listed;
		last = &listed->next;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result list_tell(struct bsync_file *file, enum bsync_query query,
				   bool (*row)(void *context, const struct bsync_pending_row *row), void *context)
{
	enum { LIST_MAX = 256 << 20 };
	char tables[TABLES_TEXT_SIZE];
	struct listed *listed = NULL;
	struct bsync_arena arena;
	enum bsync_result result = bsync_file_refresh(file);

	assert(row != NULL);
	bsync_arena_init(&arena, LIST_MAX);
	if (result == BSYNC_OK)
		result = list_read(file, query, &arena, &listed);
	for (; result == BSYNC_OK && listed != NULL; listed = listed->next) {
		struct bsync_changeset set;

		bsync_arena_reset(&file->scratch);
		result = bsync_outbox_open(file, listed->row.seq, &file->scratch, &set);
		if (result != BSYNC_OK)
			break;
		tables_name(file, &set, tables, sizeof(tables));
		listed->row.tables = tables;
		if (!row(context, &listed->row))
			break;
	}
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result bsync_file_pending(struct bsync_file *file,
				     bool (*row)(void *context, const struct bsync_pending_row *row), void *context)
{
	return list_tell(file, BSYNC_QUERY_OUTBOX_LIST, row, context);
}

enum bsync_result bsync_file_unseen(struct bsync_file *file,
				    bool (*row)(void *context, const struct bsync_pending_row *row), void *context)
{
	return list_tell(file, BSYNC_QUERY_OUTBOX_UNSEEN, row, context);
}

enum bsync_result bsync_file_unseen_told(struct bsync_file *file, uint64_t seq)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_file_begin(file);

	if (result != BSYNC_OK)
		return result;
	result = bsync_query(file, BSYNC_QUERY_OUTBOX_UNSEEN_TOLD, &statement);
	if (result == BSYNC_OK) {
		bsync_db_bind_int64(statement, 1, (int64_t)seq);
		result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	}
	return bsync_file_end(file, result);
}

enum bsync_result bsync_file_changeset_json(struct bsync_file *file, uint64_t seq, struct bsync_json *json)
{
	struct bsync_changeset set;
	enum bsync_result result = bsync_file_refresh(file);

	assert(json != NULL);
	if (result != BSYNC_OK)
		return result;
	if (seq == 0 || seq > file->line.last_seq)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "this device has made no changeset %llu",
				       (unsigned long long)seq);
	bsync_arena_reset(&file->scratch);
	result = bsync_outbox_open(file, seq, &file->scratch, &set);
	if (result == BSYNC_NOT_FOUND)
		return bsync_file_fail(file, BSYNC_NOT_FOUND, "this device has made no changeset %llu",
				       (unsigned long long)seq);
	if (result == BSYNC_OK)
		bsync_changeset_json(json, file->schema, &set);
	return result;
}
