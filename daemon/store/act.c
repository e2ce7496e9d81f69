/* act.c: one act of the store, from its savepoint to its position. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/stamp.h"
#include "daemon/store/member.h"
#include "daemon/store/reference.h"
#include "daemon/store/writer.h"

bool bsync_act_grow(struct bsync_act *act, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
	void *old = NULL;
	void *grown = NULL;
	uint32_t wanted = *capacity == 0 ? 16 : *capacity * 2;

	if (count < *capacity)
		return true;
	memcpy(&old, array, sizeof(old));
	grown = bsync_arena_take(&act->store->work, wanted * size);
	if (grown == NULL)
		return false;
	if (count != 0)
		memcpy(grown, old, count * size);
	memcpy(array, &grown, sizeof(grown));
	*capacity = wanted;
	return true;
}

enum bsync_result bsync_act_refuse(struct bsync_act *act, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(act->reason, sizeof(act->reason), format, arguments);
	va_end(arguments);
	return BSYNC_INVALID;
}

void bsync_act_begin(struct bsync_act *act, struct bsync_store *store, uint32_t line, uint64_t seq, int64_t stamp_ms,
		     int64_t now_ms)
{
	assert(store->in_group);
	assert(line < store->base.line_count);
	bsync_arena_reset(&store->work);
	*act = (struct bsync_act){0};
	act->store = store;
	act->version = (struct bsync_version){line, seq, store->counter + 1, stamp_ms};
	act->now_ms = now_ms;
	act->serial = ++store->serial;
	act->author = bsync_base_author(&store->base, line);
	act->is_store = line == 0;
}

enum bsync_result bsync_act_protect(struct bsync_act *act)
{
	enum bsync_result result = BSYNC_OK;

	if (!act->is_protected)
		result = bsync_db_savepoint(&act->store->base.db);
	act->is_protected = true;
	return result;
}

enum bsync_result bsync_act_end(struct bsync_act *act)
{
	struct bsync_store *store = act->store;
	enum bsync_result result = bsync_reference_settle(act);

	if (result == BSYNC_OK)
		result = bsync_member_follow(act);

	for (uint32_t i = 0; i < act->touch_count && result == BSYNC_OK; i++) {
		act->touches[i]->last_counter = act->version.counter;
		result = bsync_scopes_mark(&store->scopes, act->touches[i]);
	}
	if (result == BSYNC_OK && act->is_protected)
		result = bsync_db_release(&store->base.db);
	if (result != BSYNC_OK)
		return result;
	store->counter = act->version.counter;
	if (act->version.stamp_ms > store->stamp_high)
		store->stamp_high = act->version.stamp_ms;
	store->is_marked = true;
	return BSYNC_OK;
}

enum bsync_result bsync_act_undo(struct bsync_act *act)
{
	/* The store had not known these scopes before. */
	for (uint32_t i = 0; i < act->created_count; i++) {
		struct bsync_scope *scope = act->created[i];

		scope->no = 0;
		scope->has_memo = false;
		scope->has_founder = false;
		scope->has_members = false;
	}
	return act->is_protected ? bsync_db_undo(&act->store->base.db) : BSYNC_OK;
}

enum bsync_result bsync_act_touch(struct bsync_act *act, struct bsync_scope *scope)
{
	assert(scope->no != 0);
	if (scope->touch_serial == act->serial)
		return BSYNC_OK;
	if (!bsync_act_grow(act, &act->touches, act->touch_count, &act->touch_capacity, sizeof(scope)))
		return BSYNC_NO_MEMORY;
	act->touches[act->touch_count++] = scope;
	scope->touch_serial = act->serial;
	return BSYNC_OK;
}

enum bsync_result bsync_act_effect(struct bsync_act *act, struct bsync_table_sql *sql, const struct bsync_value *before,
				   const struct bsync_value *after)
{
	if (sql->dep_count == 0)
		return BSYNC_OK;
	if (!bsync_act_grow(act, &act->effects, act->effect_count, &act->effect_capacity, sizeof(*act->effects)))
		return BSYNC_NO_MEMORY;
	act->effects[act->effect_count++] = (struct bsync_effect){sql, before, after};
	return BSYNC_OK;
}

enum bsync_result bsync_act_store_begin(struct bsync_act *act, struct bsync_store *store, int64_t now_ms)
{
	const struct bsync_line *line = &store->lines[0];
	int64_t stamp_ms = now_ms;

	/* The operator has seen all there is, so this act must not lose to anything that stands. */
	if (stamp_ms <= store->stamp_high)
		stamp_ms = store->stamp_high + 1;
	bsync_act_begin(act, store, 0, line->last_seq + 1, stamp_ms, now_ms);
	act->confirmed = store->counter;
	act->base = store->counter;
	return bsync_act_protect(act);
}

enum bsync_result bsync_act_store_end(struct bsync_act *act, const char *what)
{
	struct bsync_store *store = act->store;
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, RECEIPT_ADD);
	struct bsync_line *line = &store->lines[0];
	static const uint8_t zeros[BSYNC_DIGEST_SIZE];
	enum bsync_result result;

	assert(act->is_store);
	bsync_db_bind_int64(statement, 1, 0);
	bsync_db_bind_int64(statement, 2, (int64_t)act->version.seq);
	bsync_db_bind_data(statement, 3, zeros, sizeof(zeros));
	bsync_db_bind_int64(statement, 4, (int64_t)act->version.counter);
	bsync_db_bind_int64(statement, 5, act->version.stamp_ms);
	bsync_db_bind_int64(statement, 6, act->now_ms);
	bsync_db_bind_int64(statement, 7, BSYNC_VERDICT_APPLIED);
	bsync_db_bind_string(statement, 8, what);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK)
		result = bsync_act_end(act);
	if (result != BSYNC_OK)
		return result;
	line->last_seq = act->version.seq;
	line->last_stamp = act->version.stamp_ms;
	return bsync_writer_line_save(store, 0);
}
