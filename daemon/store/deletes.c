#include "daemon/store/deletes.h"

enum bsync_result bsync_deletes_note(struct bsync_act *act, const struct bsync_row *row,
				     const struct bsync_version *deleted, uint64_t base)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, DELETE_ADD);

	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	bsync_db_bind_int64(statement, 3, (int64_t)deleted->counter);
	bsync_db_bind_int64(statement, 4, deleted->line);
	bsync_db_bind_int64(statement, 5, (int64_t)deleted->seq);
	bsync_db_bind_int64(statement, 6, deleted->stamp_ms);
	bsync_db_bind_int64(statement, 7, (int64_t)base);
	return bsync_db_run(statement);
}

enum bsync_result bsync_deletes_read(struct bsync_base *base, const struct bsync_row *row, struct bsync_arena *arena,
				     struct bsync_deletes *deletes)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, DELETES_OF);
	uint32_t capacity = 0;
	bool has_row = false;
	enum bsync_result result;

	*deletes = (struct bsync_deletes){.count = 0};
	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		if (deletes->count == capacity) {
			struct bsync_delete *larger = NULL;

			capacity = capacity == 0 ? 4 : capacity * 2;
			result = bsync_arena_array(arena, capacity, sizeof(*larger), &larger);
			if (result != BSYNC_OK)
				break;
			for (uint32_t i = 0; i < deletes->count; i++)
				larger[i] = deletes->list[i];
			deletes->list = larger;
		}
		deletes->list[deletes->count++] = (struct bsync_delete){
			.version = {.counter = (uint64_t)bsync_db_int64(statement, 0),
				    .line = (uint32_t)bsync_db_int64(statement, 1),
				    .seq = (uint64_t)bsync_db_int64(statement, 2),
				    .stamp_ms = bsync_db_int64(statement, 3)},
			.base = (uint64_t)bsync_db_int64(statement, 4),
		};
		result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_deletes_judge(struct bsync_act *act, const struct bsync_plan *plan,
				      struct bsync_deletes *deletes)
{
	uint64_t base = act->base;
	enum bsync_result result = bsync_deletes_read(&act->store->base, plan->row, &act->store->work, deletes);

	if (result == BSYNC_OK)
		result = bsync_judge_sight(act, plan, BSYNC_ANY_COLUMN, &base);
	for (uint32_t i = 0; i < deletes->count && result == BSYNC_OK; i++) {
		const struct bsync_version *version = &deletes->list[i].version;

		deletes->list[i].is_seen = version->counter <= base ||
					   (version->line == act->version.line && version->seq < act->version.seq);
		deletes->seen_count += deletes->list[i].is_seen;
	}
	return result;
}

enum bsync_result bsync_deletes_forget_seen(struct bsync_act *act, const struct bsync_plan *plan)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, DELETE_FORGET);
	struct bsync_deletes deletes;
	enum bsync_result result = bsync_deletes_judge(act, plan, &deletes);

	for (uint32_t i = 0; i < deletes.count && result == BSYNC_OK; i++) {
		if (!deletes.list[i].is_seen)
			continue;
		bsync_db_bind_int64(statement, 1, plan->row->sql->table->no);
		bsync_db_bind_blob(statement, 2, plan->row->key_bytes);
		bsync_db_bind_int64(statement, 3, (int64_t)deletes.list[i].version.counter);
		result = bsync_db_run(statement);
	}
	return result;
}

enum bsync_result bsync_deletes_forget(struct bsync_act *act, const struct bsync_row *row)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, DELETES_FORGET);

	bsync_db_bind_int64(statement, 1, row->sql->table->no);
	bsync_db_bind_blob(statement, 2, row->key_bytes);
	return bsync_db_run(statement);
}
