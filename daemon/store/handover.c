/* handover.c: one worker hands all work over to another, as the schema's queries say, in one act of the store. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/directory.h"
#include "daemon/store/set_aside.h"

enum { ROWS_MAX = 100000, NOW_SIZE = 32, MEMORY_MAX = 256 << 20 };

/* A row to write; all of them are read before the first is written. */
struct row {
	struct row *next;
	struct bsync_change change;
};

struct handing {
	struct bsync_store *store;
	const struct bsync_worker_id *from, *to;
	int64_t now_ms;
	char now[NOW_SIZE];
	struct bsync_arena arena;
	struct row *first, **last;
	uint64_t count;
	char *error;
};

static enum bsync_result refuse(struct handing *handing, const char *why)
{
	snprintf(handing->error, BSYNC_SQL_ERROR_SIZE, "%s", why);
	return BSYNC_INVALID;
}

static bool value_copy(struct handing *handing, sqlite3_stmt *statement, int column, struct bsync_value *out)
{
	const struct bsync_value value = bsync_db_value(statement, column);

	return bsync_value_copy(&handing->arena, &value, out);
}

static enum bsync_result key_make(struct handing *handing, struct bsync_value *key)
{
	uint8_t random[10];
	uint8_t *id = bsync_arena_take(&handing->arena, BSYNC_ID_SIZE);
	struct bsync_random *chance = &handing->store->random;

	if (id == NULL)
		return BSYNC_NO_MEMORY;
	if (chance->fill(chance->context, random, sizeof(random)) != 0)
		return BSYNC_RANDOM;
	bsync_uuid7(handing->now_ms, random, id);
	*key = bsync_value_blob((struct bsync_bytes){id, BSYNC_ID_SIZE});
	return BSYNC_OK;
}

/* Ascending by number, as a changeset has them; of a new row NULL is not named. */
static void cell_add(struct bsync_change *change, uint32_t column_no, const struct bsync_value *value)
{
	struct bsync_cell_write *cells = change->cells;
	uint32_t at = change->cell_count;

	if (change->kind == BSYNC_CHANGE_INSERT && value->kind == BSYNC_NULL)
		return;
	for (; at > 0 && cells[at - 1].column_no > column_no; at--)
		cells[at] = cells[at - 1];
	cells[at] = (struct bsync_cell_write){
		.column_no = column_no, .kind = BSYNC_WRITE_VALUE, .base_kind = BSYNC_BASE_DEFAULT, .value = *value};
	change->cell_count++;
}

/* The standing row of a query. */
static enum bsync_result row_read(struct handing *handing, const struct bsync_handover *handover,
				  sqlite3_stmt *statement)
{
	const struct bsync_table *table = &handing->store->base.schema->tables[handover->table];
	const int columns = sqlite3_column_count(statement);
	struct row *row = bsync_arena_take(&handing->arena, sizeof(*row));
	struct bsync_change *change = row != NULL ? &row->change : NULL;
	enum bsync_result result = BSYNC_OK;

	if (handing->count == ROWS_MAX)
		return refuse(handing, "there are more than 100 000 rows to write");
	if (row == NULL)
		return BSYNC_NO_MEMORY;
	*row = (struct row){.change = {.table_no = table->no,
				       .kind = handover->has_key ? BSYNC_CHANGE_UPDATE : BSYNC_CHANGE_INSERT,
				       .key_count = table->key_count}};
	change->key = bsync_arena_take(&handing->arena, table->key_count * sizeof(*change->key));
	change->cells = bsync_arena_take(&handing->arena, (size_t)columns * sizeof(*change->cells));
	if (change->key == NULL || change->cells == NULL)
		return BSYNC_NO_MEMORY;
	if (!handover->has_key)
		result = key_make(handing, change->key);
	for (int i = 0; result == BSYNC_OK && i < columns; i++) {
		const int column = bsync_table_column_named(table, sqlite3_column_name(statement, i));
		struct bsync_value value;
		bool is_key = false;

		if (column < 0)
			return BSYNC_SCHEMA;
		if (!value_copy(handing, statement, i, &value))
			return BSYNC_NO_MEMORY;
		for (uint32_t k = 0; k < table->key_count; k++) {
			if (table->key[k] != (uint32_t)column)
				continue;
			change->key[k] = value;
			is_key = true;
			if (value.kind == BSYNC_NULL)
				result = refuse(handing, "a query of the hand-over gives a row without a key");
		}
		if (!is_key)
			cell_add(change, table->columns[column].no, &value);
	}
	*handing->last = row;
	handing->last = &row->next;
	handing->count++;
	return result;
}

/* A query that joins may give one row twice; it is written once. */
static char *text_of(const struct bsync_table *table, const struct bsync_handover *handover)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	/* Its last line may be a comment. */
	sqlite3_str_appendf(text, "SELECT * FROM (%s\n)", handover->rows_sql);
	for (uint32_t i = 0; handover->has_key && i < table->key_count; i++)
		sqlite3_str_appendf(text, "%s\"%w\"", i == 0 ? " GROUP BY " : ", ", table->columns[table->key[i]].name);
	return sqlite3_str_finish(text);
}

static void parameters_bind(const struct handing *handing, sqlite3_stmt *statement)
{
	const int from = sqlite3_bind_parameter_index(statement, ":from");
	const int to = sqlite3_bind_parameter_index(statement, ":to");
	const int now = sqlite3_bind_parameter_index(statement, ":now");

	if (from != 0)
		bsync_db_bind_data(statement, from, handing->from->bytes, BSYNC_ID_SIZE);
	if (to != 0)
		bsync_db_bind_data(statement, to, handing->to->bytes, BSYNC_ID_SIZE);
	if (now != 0)
		bsync_db_bind_string(statement, now, handing->now);
}

static enum bsync_result rows_read(struct handing *handing, const struct bsync_handover *handover)
{
	struct bsync_base *base = &handing->store->base;
	char *sql = text_of(&base->schema->tables[handover->table], handover);
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = sql != NULL ? bsync_db_prepare(&base->db, sql, &statement) : BSYNC_NO_MEMORY;

	if (result == BSYNC_OK)
		parameters_bind(handing, statement);
	if (result == BSYNC_OK)
		result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = row_read(handing, handover, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	sqlite3_free(sql);
	return result;
}

/* What was read, written as the store's own work. */
static enum bsync_result rows_write(struct handing *handing)
{
	struct bsync_act act;
	enum bsync_result result = bsync_act_store_begin(&act, handing->store, handing->now_ms);

	for (const struct row *row = handing->first; result == BSYNC_OK && row != NULL; row = row->next)
		result = bsync_directory_change(&act, &row->change);
	if (result == BSYNC_OK)
		result = bsync_act_store_end(&act, "handover");
	if (result == BSYNC_INVALID) {
		const enum bsync_result undone = bsync_act_undo(&act);

		return undone == BSYNC_OK ? refuse(handing, act.reason) : undone;
	}
	return result == BSYNC_OK ? bsync_aside_retry_scopes(handing->store, handing->now_ms) : result;
}

static enum bsync_result now_write(struct handing *handing)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&handing->store->base, TIME_TEXT);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, handing->now_ms);
	result = bsync_db_row(statement);
	if (result == BSYNC_OK)
		snprintf(handing->now, sizeof(handing->now), "%s", bsync_db_string(statement, 0));
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result workers_check(struct handing *handing)
{
	if (handing->store->base.schema->handover_count == 0)
		return refuse(handing, "the schema does not say what a hand-over is (sync_handover)");
	if (memcmp(handing->from->bytes, handing->to->bytes, BSYNC_ID_SIZE) == 0)
		return refuse(handing, "nobody takes over their own work; name two workers");
	return BSYNC_OK;
}

enum bsync_result bsync_store_hand_over(struct bsync_store *store, const struct bsync_worker_id *from,
					const struct bsync_worker_id *to, int64_t now_ms, uint64_t *rows,
					char error[BSYNC_SQL_ERROR_SIZE])
{
	struct handing handing = {.store = store, .from = from, .to = to, .now_ms = now_ms, .error = error};
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && store->in_group);
	assert(from != NULL && to != NULL && rows != NULL && error != NULL);
	*rows = 0;
	error[0] = '\0';
	handing.last = &handing.first;
	bsync_arena_init(&handing.arena, MEMORY_MAX);
	result = workers_check(&handing);
	if (result == BSYNC_OK)
		result = now_write(&handing);
	for (uint32_t i = 0; result == BSYNC_OK && i < store->base.schema->handover_count; i++)
		result = rows_read(&handing, &store->base.schema->handovers[i]);
	if (result == BSYNC_OK && handing.count > 0)
		result = rows_write(&handing);
	if (result == BSYNC_OK)
		*rows = handing.count;
	bsync_arena_clear(&handing.arena);
	return result;
}
