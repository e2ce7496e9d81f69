#include "client-sdk/store/pull.h"

#include <assert.h>
#include <string.h>

#include "client-sdk/store/rebase.h"
#include "client-sdk/store/replace.h"

enum {
	HEAD_SIZE = 5, /* of a payload kept in memory: u8 kind, u32 size */
	MESSAGE_ARENA_MAX = 256 << 20,
	/* So much that took so long to come is staged, lest the end of this process lose it. */
	STAGE_SIZE = 8 << 20,
	STAGE_AFTER_MS = 2000,
	ROOM_KEPT_MAX = 1 << 20, /* of the memory for a pull, between two pulls */
};

static void size_write(uint8_t out[4], size_t size)
{
	out[0] = (uint8_t)(size >> 24);
	out[1] = (uint8_t)(size >> 16);
	out[2] = (uint8_t)(size >> 8);
	out[3] = (uint8_t)size;
}

/* Takes the payload at `*at` in the kept bytes; false at the end. */
static bool kept_next(const struct bsync_file *file, size_t *at, uint8_t *kind, struct bsync_bytes *payload)
{
	const uint8_t *head = NULL;

	if (*at == file->pulled.size)
		return false;
	head = file->pulled.data + *at;
	*kind = head[0];
	payload->size = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
	payload->data = head + HEAD_SIZE;
	*at += HEAD_SIZE + payload->size;
	assert(*at <= file->pulled.size);
	return true;
}

static enum bsync_result ahead_set(struct bsync_file *file, const struct bsync_scope_ref *scope, uint64_t counter)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_AHEAD_SET, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_scope_bind(statement, scope);
	bsync_db_bind_int64(statement, 3, (int64_t)counter);
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

/* What is staged of a scope that is dropped counts for nothing: if it comes back, it comes whole. */
static enum bsync_result ahead_drop(struct bsync_file *file, const struct bsync_scopes *scopes)
{
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; result == BSYNC_OK && i < scopes->count; i++) {
		if (scopes->changes[i].act == BSYNC_SCOPE_DROP)
			result = bsync_scope_query(file, BSYNC_QUERY_AHEAD_DROP, &scopes->changes[i].scope);
	}
	return result;
}

static enum bsync_result payload_stage(struct bsync_file *file, uint8_t kind, struct bsync_bytes payload)
{
	struct bsync_arena arena;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_STAGE_ADD, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, kind);
	bsync_db_bind_blob(statement, 2, payload);
	result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	if (result == BSYNC_OK && file->staged_from == 0)
		file->staged_from = sqlite3_last_insert_rowid(file->db.handle);
	bsync_arena_init(&arena, MESSAGE_ARENA_MAX);
	if (result == BSYNC_OK && kind == BSYNC_MESSAGE_ROWS) {
		struct bsync_rows rows;

		result = bsync_rows_decode(payload, &arena, &rows);
		if (result == BSYNC_OK)
			result = ahead_set(file, &rows.scope, rows.upto);
	} else if (result == BSYNC_OK) {
		struct bsync_scopes scopes;

		result = bsync_scopes_decode(payload, &arena, &scopes);
		if (result == BSYNC_OK)
			result = ahead_drop(file, &scopes);
	}
	bsync_arena_clear(&arena);
	return result;
}

/* PROTOCOL 7.14: "A pull that was asked for before is not shown: the next one is asked for anew." */
static bool is_void(const struct bsync_file *file)
{
	return file->is_known && file->state.voids != file->known_voids;
}

/* Forgets what is in memory. */
void bsync_pull_clear(struct bsync_file *file)
{
	file->pulled.size = 0;
	if (file->pulled.capacity > ROOM_KEPT_MAX)
		bsync_buffer_clear(&file->pulled);
}

enum bsync_result bsync_pull_void(struct bsync_file *file)
{
	assert(bsync_db_in_transaction(&file->db));
	return BSYNC_FILE_SET(file, voids, file->state.voids + 1);
}

/* Moves what is in memory into the file, in one short transaction; of a pull that is void nothing. */
static enum bsync_result kept_stage(struct bsync_file *file)
{
	struct bsync_bytes payload;
	uint8_t kind = 0;
	size_t at = 0;
	enum bsync_result result = BSYNC_OK;

	if (file->pulled.size == 0)
		return BSYNC_OK;
	result = bsync_file_begin(file);
	if (result != BSYNC_OK)
		return result;
	while (result == BSYNC_OK && !is_void(file) && kept_next(file, &at, &kind, &payload))
		result = payload_stage(file, kind, payload);
	result = bsync_file_end(file, result);
	if (result == BSYNC_OK)
		file->pulled.size = 0;
	return result;
}

static int64_t uptime_ms(const struct bsync_file *file)
{
	struct bsync_clock_reading now = {0};

	file->surroundings.clock(file->surroundings.clock_context, &now);
	return now.uptime_ms;
}

/* What comes fast is asked again as fast, so it need not be written twice; what comes slowly is not to be lost. */
static bool must_stage(const struct bsync_file *file, size_t more)
{
	if (file->pulled.size + more <= STAGE_SIZE)
		return false;
	return file->pulled.size + more > BSYNC_FILE_PULL_KEPT_MAX ||
	       uptime_ms(file) - file->pulled_ms > STAGE_AFTER_MS;
}

static enum bsync_result keep(struct bsync_file *file, uint8_t kind, struct bsync_bytes payload)
{
	uint8_t head[HEAD_SIZE] = {kind};
	enum bsync_result result = BSYNC_OK;

	if (is_void(file))
		return BSYNC_OK;
	if (payload.size > BSYNC_FRAME_PAYLOAD_MAX)
		return BSYNC_TOO_LARGE;
	if (must_stage(file, HEAD_SIZE + payload.size))
		result = kept_stage(file);
	if (file->pulled.size == 0)
		file->pulled_ms = uptime_ms(file);
	size_write(head + 1, payload.size);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&file->pulled, head, sizeof(head));
	return result == BSYNC_OK ? bsync_buffer_append(&file->pulled, payload.data, payload.size) : result;
}

enum bsync_result bsync_file_scopes(struct bsync_file *file, struct bsync_bytes payload)
{
	return keep(file, BSYNC_MESSAGE_SCOPES, payload);
}

enum bsync_result bsync_file_rows(struct bsync_file *file, struct bsync_bytes payload)
{
	return keep(file, BSYNC_MESSAGE_ROWS, payload);
}

void bsync_file_pull_cut(struct bsync_file *file)
{
	enum bsync_result result = BSYNC_OK;

	if (file->pulled.size > 0 && file->pulled.size >= file->stage_from)
		result = kept_stage(file);
	/* What could not be staged is asked of the server again. */
	(void)result;
	bsync_pull_clear(file);
	file->staged_from = 0;
}

void bsync_file_stage_from(struct bsync_file *file, size_t size)
{
	assert(file != NULL);
	file->stage_from = size;
}

static enum bsync_result payload_show(struct bsync_pull *pull, struct bsync_arena *arena, uint8_t kind,
				      struct bsync_bytes payload)
{
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(arena);
	if (kind == BSYNC_MESSAGE_ROWS) {
		struct bsync_rows rows;

		result = bsync_rows_decode(payload, arena, &rows);
		return result == BSYNC_OK ? bsync_pull_rows(pull, &rows) : result;
	}
	struct bsync_scopes scopes;

	result = bsync_scopes_decode(payload, arena, &scopes);
	return result == BSYNC_OK ? bsync_pulled_scopes(pull, &scopes) : result;
}

static enum bsync_result query_run(struct bsync_file *file, enum bsync_query query)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, query, &statement);

	return result == BSYNC_OK ? bsync_file_fail_sqlite(file, bsync_db_run(statement)) : result;
}

/* What earlier connections staged comes before what this one brought.  A pull is read from one state of the store, that of
 * its PULL_END; of a pull that was cut that state is not known. */
static enum bsync_result staged_show(struct bsync_pull *pull, struct bsync_arena *arena, uint64_t position,
				     bool *has_staged)
{
	struct bsync_file *file = pull->file;
	int64_t last = 0;
	enum bsync_result result = BSYNC_OK;

	for (;;) {
		sqlite3_stmt *statement = NULL;
		bool has_row = false;
		uint8_t kind = 0;

		result = bsync_query(file, BSYNC_QUERY_STAGE_AFTER, &statement);
		if (result != BSYNC_OK)
			return result;
		bsync_db_bind_int64(statement, 1, last);
		result = bsync_db_step(statement, &has_row);
		if (result != BSYNC_OK || !has_row)
			break;
		*has_staged = true;
		last = bsync_db_int64(statement, 0);
		kind = (uint8_t)bsync_db_int64(statement, 1);
		pull->snapshot = file->staged_from != 0 && last >= file->staged_from ? position : 0;
		/* The payload is borrowed from the standing row until the statement is reset. */
		result = payload_show(pull, arena, kind, bsync_db_bytes(statement, 2));
		bsync_db_reset(statement);
		if (result != BSYNC_OK)
			return result;
	}
	return bsync_file_fail_sqlite(file, result);
}

/* True when this is a ROWS payload of the scope. */
static bool is_of(const struct bsync_scope_ref *scope, uint8_t kind, struct bsync_bytes payload,
		  struct bsync_arena *arena, enum bsync_result *result)
{
	struct bsync_rows rows;

	if (kind != BSYNC_MESSAGE_ROWS)
		return false;
	bsync_arena_reset(arena);
	*result = bsync_rows_decode(payload, arena, &rows);
	return *result == BSYNC_OK && rows.scope.circle_no == scope->circle_no &&
	       bsync_value_equal(&rows.scope.value, &scope->value);
}

enum bsync_result bsync_pull_unstage(struct bsync_file *file, const struct bsync_scope_ref *scope)
{
	struct bsync_arena arena;
	int64_t last = 0;
	bool has_row = true, has_dropped = false;
	enum bsync_result result = bsync_scope_query(file, BSYNC_QUERY_AHEAD_DROP, scope);

	bsync_arena_init(&arena, MESSAGE_ARENA_MAX);
	while (result == BSYNC_OK && has_row) {
		sqlite3_stmt *statement = NULL;
		bool is_found = false;

		result = bsync_query(file, BSYNC_QUERY_STAGE_AFTER, &statement);
		if (result != BSYNC_OK)
			break;
		bsync_db_bind_int64(statement, 1, last);
		result = bsync_db_step(statement, &has_row);
		if (result == BSYNC_OK && has_row) {
			last = bsync_db_int64(statement, 0);
			is_found = is_of(scope, (uint8_t)bsync_db_int64(statement, 1), bsync_db_bytes(statement, 2),
					 &arena, &result);
		}
		bsync_db_reset(statement);
		if (is_found)
			result = bsync_query(file, BSYNC_QUERY_STAGE_DROP, &statement);
		if (result == BSYNC_OK && is_found) {
			bsync_db_bind_int64(statement, 1, last);
			result = bsync_db_run(statement);
			has_dropped = true;
		}
	}
	bsync_arena_clear(&arena);
	if (result == BSYNC_OK && has_dropped)
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result kept_show(struct bsync_pull *pull, struct bsync_arena *arena)
{
	struct bsync_bytes payload;
	uint8_t kind = 0;
	size_t at = 0;
	enum bsync_result result = BSYNC_OK;

	while (result == BSYNC_OK && kept_next(pull->file, &at, &kind, &payload))
		result = payload_show(pull, arena, kind, payload);
	return result;
}

static enum bsync_result stage_clear(struct bsync_file *file)
{
	enum bsync_result result = query_run(file, BSYNC_QUERY_STAGE_CLEAR);

	return result == BSYNC_OK ? query_run(file, BSYNC_QUERY_AHEAD_CLEAR) : result;
}

/* STORAGE 6: "The cursor moves only in the transaction that shows everything up to it." */
static enum bsync_result cursor_move(struct bsync_file *file, const struct bsync_pull_end *end)
{
	enum bsync_result result = BSYNC_OK;

	if (bsync_file_cursor(file).incarnation != end->position.incarnation)
		result = BSYNC_FILE_SET(file, cursor_incarnation, end->position.incarnation);
	if (result == BSYNC_OK && bsync_file_cursor(file).counter != end->position.counter)
		result = BSYNC_FILE_SET(file, cursor_counter, (int64_t)end->position.counter);
	if (result == BSYNC_OK && end->seen_ms > file->state.seen_ms)
		result = BSYNC_FILE_SET(file, seen_ms, end->seen_ms);
	return result == BSYNC_OK ? BSYNC_FILE_SET(file, pull_ok_ms, end->server_ms) : result;
}

/* What a pull came to. */
struct outcome {
	bool is_shown;    /* something on screen has changed */
	bool has_dropped; /* a scope, or all that the screen showed */
	bool is_behind;   /* see struct bsync_pull */
};

/* Everything of a pull, in the transaction. */
static enum bsync_result pull_show(struct bsync_file *file, const struct bsync_pull_end *end, struct outcome *outcome)
{
	struct bsync_pull pull;
	struct bsync_arena arena;
	bool has_staged = false;
	const bool replaces = file->state.replaces != 0;
	enum bsync_result result = bsync_pull_begin(file, &file->scratch, &pull);

	bsync_arena_init(&arena, MESSAGE_ARENA_MAX);
	file->gate.is_open = false;
	if (result == BSYNC_OK && replaces)
		result = bsync_replace_begin(&pull, end->position.counter);
	if (result == BSYNC_OK)
		result = staged_show(&pull, &arena, end->position.counter, &has_staged);
	pull.snapshot = end->position.counter;
	if (result == BSYNC_OK)
		result = kept_show(&pull, &arena);
	if (result == BSYNC_OK)
		result = bsync_rebase_end(&pull, end->position.counter);
	if (result == BSYNC_OK && replaces)
		result = bsync_replace_end(&pull);
	if (result == BSYNC_OK)
		result = bsync_pull_finish(&pull);
	file->gate.is_open = true;
	bsync_arena_clear(&arena);
	if (result == BSYNC_OK && has_staged)
		result = stage_clear(file);
	if (result == BSYNC_OK)
		result = cursor_move(file, end);
	if (result == BSYNC_OK && (pull.has_removed || replaces))
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	if (result == BSYNC_OK && replaces && file->state.begins_anew != 0)
		result = BSYNC_FILE_SET(file, begins_anew, 0);
	if (result == BSYNC_OK && replaces)
		result = BSYNC_FILE_SET(file, replaces, 0);
	if (result == BSYNC_OK && pull.has_passed_over && file->state.has_passed_over == 0)
		result = BSYNC_FILE_SET(file, has_passed_over, 1);
	*outcome = (struct outcome){
		.is_shown = pull.is_shown, .has_dropped = pull.has_dropped || replaces, .is_behind = pull.is_behind};
	return result;
}

/* True when showing the same bytes again would end the same way. */
static bool is_lasting(enum bsync_result result)
{
	return result != BSYNC_BUSY && result != BSYNC_STORAGE_FULL && result != BSYNC_IO && result != BSYNC_NO_MEMORY;
}

/* What was staged and cannot be shown is asked of the server again, from the cursor. */
static void stage_forget(struct bsync_file *file)
{
	enum bsync_result result = bsync_file_begin(file);

	if (result == BSYNC_OK) {
		result = stage_clear(file);
		if (result == BSYNC_OK)
			result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
		result = bsync_file_end(file, result);
	}
	/* If it stays it is met again, and forgotten then. */
	(void)result;
}

enum bsync_result bsync_file_pull_end(struct bsync_file *file, struct bsync_bytes payload, bool *shown)
{
	enum { END_ARENA_MAX = 65536 };
	struct bsync_pull_end end;
	struct bsync_arena arena;
	struct outcome outcome = {.is_shown = false};
	enum bsync_result result = BSYNC_OK;

	assert(shown != NULL);
	*shown = false;
	bsync_arena_init(&arena, END_ARENA_MAX);
	result = bsync_pull_end_decode(payload, &arena, &end);
	bsync_arena_clear(&arena);
	if (result == BSYNC_OK)
		result = bsync_file_begin(file);
	if (result != BSYNC_OK)
		return result;
	if (is_void(file)) {
		bsync_pull_clear(file);
		return bsync_file_end(file, BSYNC_CHANGED);
	}
	result = bsync_file_end(file, pull_show(file, &end, &outcome));
	if (is_lasting(result)) {
		bsync_pull_clear(file);
		file->staged_from = 0;
		if (result != BSYNC_OK)
			stage_forget(file);
	}
	if (result == BSYNC_OK && outcome.has_dropped)
		bsync_file_erase(file);
	*shown = outcome.is_shown;
	return result == BSYNC_OK && outcome.is_behind ? BSYNC_CHANGED : result;
}
