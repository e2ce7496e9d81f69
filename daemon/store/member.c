#include "daemon/store/member.h"

#include <assert.h>
#include <string.h>

#include "core/schema/membership.h"

/* True when one of the query's rows is the author, now. */
static enum bsync_result query_has(const struct bsync_act *act, sqlite3_stmt *query, const struct bsync_scope *scope,
				   bool *found)
{
	return bsync_membership_ask(query, &scope->value, &act->author, act->now_ms, found);
}

static enum bsync_result memo_fill(struct bsync_act *act, struct bsync_scope *scope)
{
	struct bsync_base *base = &act->store->base;
	const struct bsync_circle_sql *circle = &base->tables.circles[scope->circle];
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, MEMBER_GET);
	enum bsync_result result;
	bool may_write = true;

	scope->worker = act->author;
	scope->until_ms = INT64_MAX;
	scope->added_counter = 0;
	scope->removed_counter = 0;
	bsync_db_bind_data(statement, 1, act->author.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)scope->no);
	result = bsync_db_row(statement);
	scope->right = result == BSYNC_OK ? BSYNC_RIGHT_READ : BSYNC_RIGHT_NEVER;
	if (result == BSYNC_OK)
		scope->added_counter = (uint64_t)bsync_db_int64(statement, 3);
	if (result == BSYNC_OK && !bsync_db_is_null(statement, 2)) {
		scope->right = BSYNC_RIGHT_ENDED;
		scope->removed_counter = (uint64_t)bsync_db_int64(statement, 2);
	} else if (result == BSYNC_OK && !bsync_db_is_null(statement, 1)) {
		scope->until_ms = bsync_db_int64(statement, 1);
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK && result != BSYNC_NOT_FOUND)
		return result;
	if (scope->right == BSYNC_RIGHT_READ) {
		may_write = !circle->nobody_writes;
		if (circle->writers != NULL) {
			result = query_has(act, circle->writers, scope, &may_write);
			if (result != BSYNC_OK)
				return result;
		}
		if (may_write)
			scope->right = BSYNC_RIGHT_WRITE;
	}
	scope->has_memo = true;
	return BSYNC_OK;
}

/* By the membership alone: without what the circle says of work from before its end. */
static enum bsync_result memo_right(struct bsync_act *act, struct bsync_scope *scope, enum bsync_right *right)
{
	enum bsync_result result = BSYNC_OK;

	*right = BSYNC_RIGHT_NEVER;
	if (scope->no == 0)
		return BSYNC_OK;
	if (!scope->has_memo || memcmp(scope->worker.bytes, act->author.bytes, BSYNC_ID_SIZE) != 0)
		result = memo_fill(act, scope);
	if (result != BSYNC_OK)
		return result;
	*right = scope->right;
	if (*right >= BSYNC_RIGHT_READ && scope->until_ms <= act->now_ms)
		*right = BSYNC_RIGHT_ENDED;
	return BSYNC_OK;
}

enum bsync_result bsync_member_holds(struct bsync_act *act, struct bsync_scope *scope, bool *holds)
{
	enum bsync_right right = BSYNC_RIGHT_NEVER;
	enum bsync_result result = memo_right(act, scope, &right);

	*holds = right == BSYNC_RIGHT_READ || right == BSYNC_RIGHT_WRITE;
	return result;
}

enum bsync_result bsync_member_right(struct bsync_act *act, struct bsync_scope *scope, enum bsync_right *right)
{
	const struct bsync_circle *circle = &act->store->base.schema->circles[scope->circle];
	enum bsync_result result = memo_right(act, scope, right);

	if (result != BSYNC_OK)
		return result;
	/* Work from before the end, of a device that has not been told of it.  Who was a member could write: such a circle has
	 * no writers query. */
	assert(circle->on_end != BSYNC_ON_END_APPLY || circle->writers_sql == NULL);
	if (*right == BSYNC_RIGHT_ENDED && circle->on_end == BSYNC_ON_END_APPLY &&
	    (scope->removed_counter == 0 ||
	     (act->base < scope->removed_counter && act->confirmed < scope->removed_counter)))
		*right = BSYNC_RIGHT_WRITE;
	return BSYNC_OK;
}

enum bsync_result bsync_member_held(struct bsync_act *act, const struct bsync_scope *scope,
				    const struct bsync_worker_id *worker, uint64_t counter, bool *was_held)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, MEMBER_LOG_AT);
	bool has_row = false;
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)scope->no);
	bsync_db_bind_data(statement, 2, worker->bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 3, (int64_t)counter);
	result = bsync_db_step(statement, &has_row);
	*was_held = result == BSYNC_OK && has_row && bsync_db_int64(statement, 0) == 0;
	bsync_db_reset(statement);
	return result;
}

enum bsync_result bsync_member_may_found(struct bsync_act *act, const struct bsync_scope *scope, bool *may_found)
{
	const struct bsync_circle_sql *circle = &act->store->base.tables.circles[scope->circle];

	*may_found = true;
	if (act->is_store || circle->founders == NULL)
		return BSYNC_OK;
	return query_has(act, circle->founders, scope, may_found);
}

enum bsync_result bsync_member_create(struct bsync_act *act, struct bsync_scope *scope,
				      const struct bsync_worker_id *founder)
{
	struct bsync_base *base = &act->store->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, SCOPE_ADD);
	enum bsync_result result;

	assert(scope->no == 0);
	if (!bsync_act_grow(act, &act->created, act->created_count, &act->created_capacity, sizeof(scope)))
		return BSYNC_NO_MEMORY;
	bsync_db_bind_int64(statement, 1, base->schema->circles[scope->circle].no);
	bsync_db_bind_value(statement, 2, &scope->value);
	/* Rows and members move it on. */
	bsync_db_bind_int64(statement, 3, 0);
	if (founder != NULL)
		bsync_db_bind_data(statement, 4, founder->bytes, BSYNC_ID_SIZE);
	result = bsync_db_run(statement);
	if (result != BSYNC_OK)
		return result;
	scope->no = (uint64_t)sqlite3_last_insert_rowid(base->db.handle);
	scope->has_memo = false;
	scope->has_members = false;
	scope->has_founder = founder != NULL;
	if (founder != NULL)
		scope->founder = *founder;
	scope->last_counter = 0;
	act->created[act->created_count++] = scope;
	return bsync_writer_retry_note(act->store, scope);
}

/* Adds the scopes that one dep gives for a row's images. */
static enum bsync_result dep_follow(struct bsync_act *act, const struct bsync_effect *effect,
				    const struct bsync_dep_sql *dep, struct bsync_scope ***list, uint32_t *count,
				    uint32_t *capacity)
{
	int parameters = sqlite3_bind_parameter_count(dep->scopes);
	bool has_row = false;
	enum bsync_result result;

	for (int i = 1; i <= parameters; i++) {
		const char *name = sqlite3_bind_parameter_name(dep->scopes, i);
		const struct bsync_value *image = NULL;
		int column = -1;

		if (name != NULL && strncmp(name, ":old_", 5) == 0)
			image = effect->before;
		else if (name != NULL && strncmp(name, ":new_", 5) == 0)
			image = effect->after;
		if (image != NULL)
			column = bsync_table_column_named(effect->sql->table, name + 5);
		if (column >= 0)
			bsync_db_bind_value(dep->scopes, i, &image[column]);
	}
	result = bsync_db_step(dep->scopes, &has_row);
	while (result == BSYNC_OK && has_row) {
		struct bsync_value value = bsync_db_value(dep->scopes, 0);
		struct bsync_scope *scope = NULL;

		if (value.kind != BSYNC_NULL) {
			result = bsync_scopes_get(&act->store->scopes, &act->store->base, dep->circle, &value, &scope);
			if (result == BSYNC_TOO_LARGE)
				result = bsync_act_refuse(act, "a scope is longer than %d bytes",
							  BSYNC_SCOPE_VALUE_MAX);
			if (result == BSYNC_OK && scope->evaluate_serial != act->serial) {
				scope->evaluate_serial = act->serial;
				if (!bsync_act_grow(act, list, *count, capacity, sizeof(scope)))
					result = BSYNC_NO_MEMORY;
				else
					(*list)[(*count)++] = scope;
			}
		}
		if (result == BSYNC_OK)
			result = bsync_db_step(dep->scopes, &has_row);
	}
	bsync_db_reset(dep->scopes);
	return result;
}

enum bsync_result bsync_member_meet(struct bsync_act *act, const struct bsync_effect *effect, const bool *wanted)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t k = 0; k < effect->sql->dep_count && result == BSYNC_OK; k++) {
		struct bsync_scope **list = NULL;
		uint32_t count = 0;
		uint32_t capacity = 0;

		if (!wanted[effect->sql->deps[k].circle])
			continue;
		result = dep_follow(act, effect, &effect->sql->deps[k], &list, &count, &capacity);
		for (uint32_t i = 0; i < count && result == BSYNC_OK; i++)
			result = bsync_member_evaluate(act, list[i]);
	}
	return result;
}

enum bsync_result bsync_member_follow(struct bsync_act *act)
{
	struct bsync_scope **list = NULL;
	uint32_t count = 0;
	uint32_t capacity = 0;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < act->effect_count && result == BSYNC_OK; i++) {
		const struct bsync_effect *effect = &act->effects[i];

		for (uint32_t k = 0; k < effect->sql->dep_count && result == BSYNC_OK; k++)
			result = dep_follow(act, effect, &effect->sql->deps[k], &list, &count, &capacity);
	}
	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++)
		result = bsync_member_evaluate(act, list[i]);
	/* Evaluating may create more. */
	for (uint32_t i = 0; i < act->created_count && result == BSYNC_OK; i++) {
		if (act->created[i]->evaluate_serial == act->serial)
			continue;
		act->created[i]->evaluate_serial = act->serial;
		result = bsync_member_evaluate(act, act->created[i]);
	}
	/* What the store itself puts into a scope can be its first row too. */
	for (uint32_t i = 0; i < act->touch_count && result == BSYNC_OK; i++) {
		if (act->touches[i]->last_counter == 0 && act->touches[i]->evaluate_serial != act->serial)
			result = bsync_member_evaluate(act, act->touches[i]);
	}
	return result;
}
