/* ended.c: scopes whose end has come, dropped without a word of the store (PROTOCOL 7.14). */
#include <assert.h>

#include "client-sdk/store/pull.h"
#include "client-sdk/store/rebase.h"

enum {
	ENDED_ARENA_MAX = 16 << 20,
	KNOWN_STEP_MS = 600000, /* by so much the time that is written down may lag behind that which is known */
};

struct ended {
	struct bsync_scope_ref scope;
	struct ended *next;
};

static int64_t known_at(const struct bsync_file *file, const struct bsync_clock_reading *now)
{
	const struct bsync_file_state *state = &file->state;
	const struct bsync_clock_anchor anchor = {
		.server_ms = state->anchor_server_ms,
		.clock = {.wall_ms = state->anchor_wall_ms,
			  .uptime_ms = state->anchor_uptime_ms,
			  .boot = (uint64_t)state->anchor_boot},
	};

	return bsync_clock_known(state->known_ms, &anchor, now);
}

/* The first end of a scope; 0 where none has one. */
static enum bsync_result first_end(struct bsync_file *file, int64_t *until_ms)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_SCOPE_FIRST_END, &statement);

	*until_ms = 0;
	if (result != BSYNC_OK)
		return result;
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_is_null(statement, 0))
		*until_ms = bsync_db_int64(statement, 0);
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* Scopes whose end is at or before `known_ms`, or those that were dropped for it. */
static enum bsync_result ended_read(struct bsync_file *file, enum bsync_query query, int64_t known_ms,
				    struct bsync_arena *arena, struct ended **first)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_query(file, query, &statement);

	*first = NULL;
	if (result != BSYNC_OK)
		return result;
	if (query == BSYNC_QUERY_SCOPE_ENDED)
		bsync_db_bind_int64(statement, 1, known_ms);
	while ((result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_value value = bsync_db_value(statement, 1);
		struct ended *ended = bsync_arena_take(arena, sizeof(*ended));

		if (ended == NULL || !bsync_value_copy(arena, &value, &ended->scope.value)) {
			result = BSYNC_NO_MEMORY;
			break;
		}
		ended->scope.circle_no = (uint32_t)bsync_db_int64(statement, 0);
		ended->next = *first;
		*first = ended;
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result scope_end(struct bsync_pull *pull, const struct bsync_scope_ref *scope)
{
	enum bsync_result result = bsync_scope_query(pull->file, BSYNC_QUERY_SCOPE_END, scope);

	if (result == BSYNC_OK)
		result = bsync_pull_unstage(pull->file, scope);
	return result == BSYNC_OK ? bsync_pull_scope_leave(pull, scope) : result;
}

/* As a pull would that drops these scopes and brings nothing. */
static enum bsync_result ended_drop(struct bsync_file *file, const struct ended *first)
{
	struct bsync_pull pull;
	enum bsync_result result = bsync_pull_begin(file, &file->scratch, &pull);

	file->gate.is_open = false;
	for (; result == BSYNC_OK && first != NULL; first = first->next)
		result = scope_end(&pull, &first->scope);
	if (result == BSYNC_OK)
		result = bsync_rebase_end(&pull, 0);
	if (result == BSYNC_OK)
		result = bsync_pull_finish(&pull);
	file->gate.is_open = true;
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	return result == BSYNC_OK ? bsync_pull_void(file) : result;
}

/* In the transaction. */
static enum bsync_result known_move(struct bsync_file *file, int64_t known_ms, bool *dropped)
{
	struct bsync_arena arena;
	struct ended *first = NULL;
	enum bsync_result result = BSYNC_FILE_SET(file, known_ms, known_ms);

	bsync_arena_init(&arena, ENDED_ARENA_MAX);
	if (result == BSYNC_OK)
		result = ended_read(file, BSYNC_QUERY_SCOPE_ENDED, known_ms, &arena, &first);
	if (result == BSYNC_OK && first != NULL)
		result = ended_drop(file, first);
	*dropped = result == BSYNC_OK && first != NULL;
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result bsync_pull_unstage_over(struct bsync_file *file)
{
	struct bsync_arena arena;
	struct ended *over = NULL;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, ENDED_ARENA_MAX);
	result = ended_read(file, BSYNC_QUERY_SCOPES_OVER, 0, &arena, &over);
	for (; result == BSYNC_OK && over != NULL; over = over->next)
		result = bsync_pull_unstage(file, &over->scope);
	bsync_arena_clear(&arena);
	return result;
}

enum bsync_result bsync_file_drop_ended(struct bsync_file *file, bool *dropped)
{
	struct bsync_clock_reading now = {0};
	int64_t until_ms = 0, known_ms = 0;
	enum bsync_result result = bsync_file_refresh(file);

	assert(dropped != NULL);
	*dropped = false;
	if (result == BSYNC_OK)
		result = first_end(file, &until_ms);
	if (result != BSYNC_OK || until_ms == 0)
		return result;
	file->surroundings.clock(file->surroundings.clock_context, &now);
	known_ms = known_at(file, &now);
	if (known_ms < until_ms && known_ms - file->state.known_ms < KNOWN_STEP_MS)
		return BSYNC_OK;
	result = bsync_file_begin(file);
	if (result != BSYNC_OK)
		return result;
	/* Another connection may have heard of the server since. */
	result = bsync_file_end(file, known_move(file, known_at(file, &now), dropped));
	*dropped = *dropped && result == BSYNC_OK;
	if (*dropped) {
		bsync_pull_clear(file);
		bsync_file_erase(file);
	}
	return result;
}
