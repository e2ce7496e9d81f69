/* due.c: memberships that begin or end because time has come. */
#include <assert.h>

#include "daemon/store/member.h"
#include "daemon/store/set_aside.h"

enum { DUE_ROUND_MAX = 1 << 20 };

/* The first entry; `*found` false when there is none. */
static enum bsync_result due_first(struct bsync_store *store, int64_t *at_ms, uint64_t *scope_no, bool *found)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DUE_NEXT);
	enum bsync_result result = bsync_db_step(statement, found);

	if (result == BSYNC_OK && *found) {
		*at_ms = bsync_db_int64(statement, 0);
		*scope_no = (uint64_t)bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	return result;
}

static enum bsync_result due_remove(struct bsync_store *store, int64_t at_ms, uint64_t scope_no)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&store->base, DUE_REMOVE);

	bsync_db_bind_int64(statement, 1, at_ms);
	bsync_db_bind_int64(statement, 2, (int64_t)scope_no);
	return bsync_db_run(statement);
}

static enum bsync_result due_run(struct bsync_act *act, int64_t now_ms)
{
	struct bsync_store *store = act->store;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < DUE_ROUND_MAX && result == BSYNC_OK; i++) {
		struct bsync_scope *scope = NULL;
		int64_t at_ms = 0;
		uint64_t scope_no = 0;
		bool found = false;

		result = due_first(store, &at_ms, &scope_no, &found);
		store->due_next = found ? at_ms : 0;
		if (result != BSYNC_OK || !found || at_ms > now_ms)
			return result;
		result = due_remove(store, at_ms, scope_no);
		if (result == BSYNC_OK)
			result = bsync_scopes_by_no(&store->scopes, &store->base, scope_no, &scope);
		if (result == BSYNC_OK && scope->evaluate_serial != act->serial) {
			scope->evaluate_serial = act->serial;
			result = bsync_member_evaluate(act, scope);
		}
	}
	return result;
}

enum bsync_result bsync_store_due(struct bsync_store *store, int64_t now_ms, int64_t *next_ms)
{
	struct bsync_act act;
	enum bsync_result result = BSYNC_OK;

	assert(store != NULL && next_ms != NULL);
	assert(store->in_group);
	*next_ms = store->due_next;
	if (store->due_next == 0 || store->due_next > now_ms)
		return BSYNC_OK;
	result = bsync_act_store_begin(&act, store, now_ms);
	if (result == BSYNC_OK)
		result = due_run(&act, now_ms);
	if (result != BSYNC_OK)
		return result;
	/* Times that changed nobody's membership take no position. */
	result = act.touch_count != 0 ? bsync_act_store_end(&act, "membership") : bsync_db_release(&store->base.db);
	if (result == BSYNC_OK)
		result = bsync_aside_retry_scopes(store, now_ms);
	*next_ms = store->due_next;
	return result;
}
