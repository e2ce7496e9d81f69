/* pull.c: what a device is due, from one snapshot: scopes, then rows scope by scope, then the end. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "daemon/store/line.h"
#include "daemon/store/pull_row.h"
#include "daemon/store/receipt.h"

enum {
	ROWS_SIZE = 64 * 1024,  /* unless the request says another */
	ROW_SIZE_MAX = 1000000, /* encoded; a larger row travels in pieces */
	ROWS_COUNT_MAX = 10000, /* PROTOCOL 10 */
	SCOPES_A_FRAME = 1000,
	SCHEMAS_BEFORE_SERVED = 3,
	PULL_SIZE_MAX = 256 << 20,
	ROW_MEMORY_MAX = 256 << 20,
};

/* A scope that the worker is or was a member of. */
struct pull_scope {
	uint64_t no;
	struct bsync_scope_ref ref;
	uint64_t last_counter;
	uint64_t shown;   /* the device shows the scope as it was there; 0: not at all */
	uint64_t start;   /* rows whose last change is at or before it are there already, staged or shown */
	int64_t until_ms; /* 0: access has no end */
	bool is_held;
	bool is_announced; /* added or dropped since the cursor, or the device has dropped it by itself */
	bool is_moved;     /* only its end has changed since the cursor */
	bool has_own_rows;
};

enum stage { STAGE_SCHEMA, STAGE_RECEIPTS, STAGE_SCOPES, STAGE_ROWS, STAGE_END, STAGE_DONE };

struct bsync_pull {
	struct bsync_view *view;
	struct bsync_pull_request request;
	struct bsync_position position;
	int64_t seen_ms;
	uint32_t own_line;
	struct bsync_pull_own own;
	uint64_t placed_counter; /* receipts of what was placed have been sent up to here */
	enum stage stage;
	uint32_t scope_count, scope_capacity;
	struct pull_scope *scopes;
	uint32_t held_count;
	uint64_t *held;
	uint32_t at;                  /* scope of STAGE_SCOPES and STAGE_ROWS */
	bool is_reading;              /* the feed statement stands in scope `at` */
	uint64_t last_counter;        /* of the last row taken */
	struct bsync_arena arena;     /* as long as the pull */
	struct bsync_arena row_arena; /* one row */
	struct bsync_buffer rows;     /* encoded, not yet in a frame */
	uint32_t row_count;
	struct bsync_buffer piece;
	struct bsync_buffer payload;
};

static const char ended_reason[] = "access has ended";

/* What the device says of a scope; NULL: nothing. */
static const struct bsync_ahead *ahead_of(const struct bsync_pull_request *request, const struct bsync_scope_ref *ref)
{
	for (uint32_t i = 0; i < request->ahead_count; i++) {
		const struct bsync_ahead *ahead = &request->ahead[i];

		if (ahead->scope.circle_no == ref->circle_no && bsync_value_equal(&ahead->scope.value, &ref->value))
			return ahead;
	}
	return NULL;
}

static enum bsync_result scope_add(struct bsync_pull *pull, sqlite3_stmt *row)
{
	const struct bsync_pull_request *request = &pull->request;
	struct bsync_value value = bsync_db_value(row, 2);
	uint64_t added = (uint64_t)bsync_db_int64(row, 5);
	bool is_removed = !bsync_db_is_null(row, 6);
	bool is_over = !bsync_db_is_null(row, 4) && bsync_db_int64(row, 4) <= request->now_ms;
	struct pull_scope scope = {.no = (uint64_t)bsync_db_int64(row, 0)};
	const struct bsync_ahead *ahead = NULL;
	bool has_dropped = false;

	/* An end by time that has come is carried out by the store; until then nothing more is given. */
	if (!is_removed && is_over)
		return BSYNC_OK;
	if (is_removed && (uint64_t)bsync_db_int64(row, 6) <= request->cursor.counter)
		return BSYNC_OK;
	if (pull->scope_count == pull->scope_capacity) {
		uint32_t capacity = pull->scope_capacity == 0 ? 32 : pull->scope_capacity * 2;
		struct pull_scope *scopes = realloc(pull->scopes, capacity * sizeof(*scopes));

		if (scopes == NULL)
			return BSYNC_NO_MEMORY;
		pull->scopes = scopes;
		pull->scope_capacity = capacity;
	}
	scope.ref.circle_no = (uint32_t)bsync_db_int64(row, 1);
	if (!bsync_value_copy(&pull->arena, &value, &scope.ref.value))
		return BSYNC_NO_MEMORY;
	scope.last_counter = (uint64_t)bsync_db_int64(row, 3);
	ahead = ahead_of(request, &scope.ref);
	/* PROTOCOL 6.1: "A counter of 0 says that it has dropped the scope by itself (7.14), and has nothing of it." */
	has_dropped = ahead != NULL && ahead->counter == 0;
	scope.is_held = !is_removed;
	scope.until_ms = bsync_db_is_null(row, 4) ? 0 : bsync_db_int64(row, 4);
	scope.is_announced = is_removed || has_dropped || added > request->cursor.counter;
	scope.is_moved = !scope.is_announced && (uint64_t)bsync_db_int64(row, 8) > request->cursor.counter;
	scope.shown = scope.is_announced ? 0 : request->cursor.counter;
	scope.start = scope.shown;
	scope.has_own_rows = bsync_db_int64(row, 7) == 0 && !has_dropped;
	if (ahead != NULL && ahead->counter > scope.start && ahead->counter <= pull->position.counter)
		scope.start = ahead->counter;
	pull->held_count += scope.is_held;
	pull->scopes[pull->scope_count++] = scope;
	return BSYNC_OK;
}

static enum bsync_result scopes_load(struct bsync_pull *pull)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&pull->view->base, SCOPES_OF);
	bool has_row = false;
	uint32_t held = 0;
	enum bsync_result result;

	bsync_db_bind_data(statement, 1, pull->request.worker.bytes, BSYNC_ID_SIZE);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		result = scope_add(pull, statement);
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_reset(statement);
	if (result != BSYNC_OK)
		return result;
	pull->held = malloc((pull->held_count + 1) * sizeof(*pull->held));
	if (pull->held == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < pull->scope_count; i++) {
		if (pull->scopes[i].is_held)
			pull->held[held++] = pull->scopes[i].no;
	}
	return BSYNC_OK;
}

static enum bsync_result marks_load(struct bsync_pull *pull)
{
	struct bsync_base *base = &pull->view->base;
	struct bsync_line_state line;
	int64_t counter = 0;
	int64_t incarnation = 0;
	enum bsync_result result = bsync_meta_integer(base, "counter", &counter);

	if (result == BSYNC_OK)
		result = bsync_meta_integer(base, "incarnation", &incarnation);
	if (result == BSYNC_OK)
		result = bsync_meta_integer(base, "stamp", &pull->seen_ms);
	if (result == BSYNC_OK)
		result = bsync_base_lines(base);
	if (result == BSYNC_OK)
		result = bsync_view_line(pull->view, &pull->request.device, &pull->request.line, &line);
	if (result != BSYNC_OK)
		return result;
	pull->own_line = line.no != 0 ? line.no : UINT32_MAX;
	pull->placed_counter = pull->request.cursor.counter;
	if (counter != 0)
		pull->position = (struct bsync_position){(uint32_t)incarnation, (uint64_t)counter};
	return BSYNC_OK;
}

enum bsync_result bsync_view_pull_begin(struct bsync_view *view, const struct bsync_pull_request *request,
					struct bsync_pull **out)
{
	struct bsync_pull *pull = NULL;
	enum bsync_result result;

	assert(view != NULL && request != NULL && out != NULL);
	assert(!view->is_taken);
	pull = calloc(1, sizeof(*pull));
	if (pull == NULL)
		return BSYNC_NO_MEMORY;
	pull->view = view;
	pull->request = *request;
	/* PROTOCOL 6.12: "of a pull that begins at nothing nothing is left out" */
	if (request->cursor.counter == 0)
		pull->request.own_seq = 0;
	bsync_arena_init(&pull->arena, PULL_SIZE_MAX);
	bsync_arena_init(&pull->row_arena, ROW_MEMORY_MAX);
	bsync_buffer_init(&pull->rows, BSYNC_FRAME_PAYLOAD_MAX);
	bsync_buffer_init(&pull->piece, ROW_MEMORY_MAX);
	bsync_buffer_init(&pull->payload, BSYNC_FRAME_PAYLOAD_MAX);
	view->is_taken = true;
	result = bsync_base_begin_read(&view->base);
	if (result == BSYNC_OK)
		result = marks_load(pull);
	if (result == BSYNC_OK)
		result = scopes_load(pull);
	pull->request.ahead = NULL;
	pull->request.ahead_count = 0;
	if (result != BSYNC_OK) {
		bsync_pull_free(pull);
		return result;
	}
	*out = pull;
	return BSYNC_OK;
}

void bsync_pull_free(struct bsync_pull *pull)
{
	if (pull == NULL)
		return;
	bsync_db_reset(BSYNC_STATEMENT(&pull->view->base, FEED_AFTER));
	bsync_db_rollback(&pull->view->base.db);
	pull->view->is_taken = false;
	bsync_arena_clear(&pull->arena);
	bsync_arena_clear(&pull->row_arena);
	bsync_buffer_clear(&pull->rows);
	bsync_buffer_clear(&pull->piece);
	bsync_buffer_clear(&pull->payload);
	free(pull->scopes);
	free(pull->held);
	free(pull);
}

const uint64_t *bsync_pull_scopes(const struct bsync_pull *pull, uint32_t *count)
{
	assert(pull != NULL && count != NULL);
	*count = pull->held_count;
	return pull->held;
}

struct bsync_position bsync_pull_position(const struct bsync_pull *pull)
{
	assert(pull != NULL);
	return pull->position;
}

uint32_t bsync_pull_schema_version(const struct bsync_pull *pull)
{
	assert(pull != NULL);
	return pull->view->base.schema->version;
}

static enum bsync_result schema_put(struct bsync_pull *pull, struct bsync_buffer *frames)
{
	const struct bsync_schema_source *source = &pull->view->base.source;
	struct bsync_schema_files files = {
		.version = pull->view->base.schema->version,
		.dictionary = source->dictionary,
		.count = (uint32_t)source->file_count,
	};
	enum bsync_result result;

	if (pull->request.schema_version >= files.version)
		return BSYNC_OK;
	files.files = bsync_arena_take(&pull->arena, (source->file_count + 1) * sizeof(*files.files));
	if (files.files == NULL)
		return BSYNC_NO_MEMORY;
	for (size_t i = 0; i < source->file_count; i++)
		files.files[i] = (struct bsync_schema_text){bsync_bytes_of_string(source->files[i].name),
							    source->files[i].sql};
	pull->payload.size = 0;
	result = bsync_schema_encode(&files, &pull->payload);
	return result == BSYNC_OK ? bsync_frame_write(frames, BSYNC_MESSAGE_SCHEMA, bsync_buffer_bytes(&pull->payload))
				  : result;
}

/* PROTOCOL 10: "The daemon serves the three schema versions before its own." */
static bool is_too_old(const struct bsync_pull *pull)
{
	const struct bsync_schema_source *source = &pull->view->base.source;
	size_t newer = 0;

	for (size_t i = 0; i < source->file_count; i++)
		newer += bsync_schema_file_number(source->files[i].name) > pull->request.schema_version;
	return newer > SCHEMAS_BEFORE_SERVED;
}

/* PROTOCOL 6.9: "Of such a placing a pull tells too, in a RECEIPTS of that one
 * changeset before its rows, whatever line of the device it is on" */
static enum bsync_result placed_put(struct bsync_pull *pull, struct bsync_buffer *frames, bool *is_over)
{
	struct bsync_base *base = &pull->view->base;
	sqlite3_stmt *statement = BSYNC_STATEMENT(base, PLACED_AFTER);
	struct bsync_receipt receipt;
	struct bsync_receipts message = {.incarnation = pull->position.incarnation, .count = 1, .receipts = &receipt};
	struct bsync_key key = {{0}};
	uint32_t line = 0;
	bool has_row = false;
	enum bsync_result result;

	bsync_arena_reset(&pull->row_arena);
	bsync_db_bind_data(statement, 1, pull->request.device.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 2, (int64_t)pull->placed_counter);
	result = bsync_db_step(statement, &has_row);
	if (result == BSYNC_OK && has_row) {
		pull->placed_counter = (uint64_t)bsync_db_int64(statement, 0);
		message.first_seq = (uint64_t)bsync_db_int64(statement, 1);
		line = (uint32_t)bsync_db_int64(statement, 2);
		if (line < base->line_count)
			message.line = base->lines[bsync_line_root(base, line)].line;
		else
			result = BSYNC_STORAGE_CORRUPT;
	}
	bsync_db_reset(statement);
	*is_over = !has_row;
	if (result != BSYNC_OK || !has_row)
		return result;
	result = bsync_receipt_read(base, line, message.first_seq, &pull->row_arena, &receipt, &message.last_hash);
	if (result == BSYNC_OK)
		result = bsync_receipt_key(base, &key);
	if (result == BSYNC_OK)
		result = bsync_receipts_authenticate(&key, &pull->request.device, &message);
	bsync_key_wipe(&key);
	pull->payload.size = 0;
	if (result == BSYNC_OK)
		result = bsync_receipts_encode(&message, &pull->payload);
	return result == BSYNC_OK
		       ? bsync_frame_write(frames, BSYNC_MESSAGE_RECEIPTS, bsync_buffer_bytes(&pull->payload))
		       : result;
}

static struct bsync_scope_change change_of(const struct pull_scope *scope)
{
	struct bsync_scope_change change = {.act = BSYNC_SCOPE_DROP, .scope = scope->ref};

	if (scope->is_held) {
		change.act = scope->is_announced ? BSYNC_SCOPE_ADD : BSYNC_SCOPE_MOVE_END;
		change.until_ms = scope->until_ms;
	} else {
		change.reason = bsync_bytes_of_string(ended_reason);
	}
	return change;
}

/* One SCOPES frame of those of which the device is told, from pull->at on. */
static enum bsync_result scopes_put(struct bsync_pull *pull, struct bsync_buffer *frames)
{
	struct bsync_scope_change *changes = bsync_arena_take(&pull->arena, SCOPES_A_FRAME * sizeof(*changes));
	struct bsync_scopes message = {.changes = changes};
	enum bsync_result result;

	if (changes == NULL)
		return BSYNC_NO_MEMORY;
	for (; pull->at < pull->scope_count && message.count < SCOPES_A_FRAME; pull->at++) {
		const struct pull_scope *scope = &pull->scopes[pull->at];

		if (scope->is_announced || scope->is_moved)
			changes[message.count++] = change_of(scope);
	}
	if (message.count == 0)
		return BSYNC_OK;
	pull->payload.size = 0;
	result = bsync_scopes_encode(&message, &pull->payload);
	return result == BSYNC_OK ? bsync_frame_write(frames, BSYNC_MESSAGE_SCOPES, bsync_buffer_bytes(&pull->payload))
				  : result;
}

static enum bsync_result rows_flush(struct bsync_pull *pull, uint64_t upto, struct bsync_buffer *frames)
{
	enum bsync_result result = BSYNC_OK;

	if (pull->row_count == 0)
		return BSYNC_OK;
	pull->payload.size = 0;
	result = bsync_rows_wrap(&pull->scopes[pull->at].ref, upto, pull->row_count, bsync_buffer_bytes(&pull->rows),
				 &pull->payload);
	if (result == BSYNC_OK)
		result = bsync_frame_write(frames, BSYNC_MESSAGE_ROWS, bsync_buffer_bytes(&pull->payload));
	pull->rows.size = 0;
	pull->row_count = 0;
	return result;
}

/* Takes one encoded row in; the frame before it is closed when it would grow too large. */
static enum bsync_result row_take(struct bsync_pull *pull, uint64_t counter, struct bsync_buffer *frames)
{
	size_t rows_size = pull->request.rows_size != 0 ? pull->request.rows_size : ROWS_SIZE;
	bool is_full = pull->rows.size >= rows_size || pull->rows.size + pull->piece.size > ROW_SIZE_MAX ||
		       pull->row_count >= ROWS_COUNT_MAX;
	enum bsync_result result = BSYNC_OK;

	/* A position is named as sent only when all of it has been. */
	if (is_full)
		result = rows_flush(pull, counter > pull->last_counter ? pull->last_counter : counter - 1, frames);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(&pull->rows, pull->piece.data, pull->piece.size);
	pull->row_count++;
	pull->last_counter = counter;
	return result;
}

/* Puts a row in, in pieces where it is too large for a frame: the rest follows as changed cells. */
static enum bsync_result row_put(struct bsync_pull *pull, const struct bsync_pulled_row *row,
				 struct bsync_buffer *frames)
{
	struct bsync_pulled_row todo = *row;
	uint32_t cells_left = row->cell_count;
	uint32_t pasts_left = row->past_count;
	enum bsync_result result = BSYNC_OK;

	while (result == BSYNC_OK) {
		pull->piece.size = 0;
		result = bsync_pulled_row_encode(&todo, &pull->piece);
		if (result != BSYNC_OK && result != BSYNC_TOO_LARGE)
			return result;
		if (result == BSYNC_TOO_LARGE || pull->piece.size > ROW_SIZE_MAX) {
			result = BSYNC_OK;
			if (todo.past_count != 0)
				todo.past_count /= 2;
			else if (todo.cell_count > 1)
				todo.cell_count /= 2;
			else if (todo.cell_count == 1 && todo.cells[0].variant_count != 0)
				todo.cells[0].variant_count = 0;
			else
				return BSYNC_TOO_LARGE;
			continue;
		}
		result = row_take(pull, row->counter, frames);
		cells_left -= todo.cell_count;
		pasts_left -= todo.past_count;
		if (cells_left == 0 && pasts_left == 0)
			return result;
		todo.kind = BSYNC_PULLED_CELLS;
		todo.cells += todo.cell_count;
		todo.cell_count = cells_left;
		todo.pasts += todo.past_count;
		todo.past_count = pasts_left;
	}
	return result;
}

static enum bsync_result entry_put(struct bsync_pull *pull, sqlite3_stmt *feed, struct bsync_buffer *frames)
{
	const struct pull_scope *scope = &pull->scopes[pull->at];
	struct bsync_pull_aim aim = {
		.view = pull->view,
		.scope_no = scope->no,
		/* A row behind what is staged was not staged, so all its changes since the cursor are news. */
		.start = scope->shown,
		.own_line = pull->own_line,
		.own_seq = pull->request.own_seq,
		.has_own_rows = scope->has_own_rows,
		.own = &pull->own,
	};
	struct bsync_feed_entry entry = {
		.counter = (uint64_t)bsync_db_int64(feed, 0),
		.table_no = (uint32_t)bsync_db_int64(feed, 1),
		.face_no = (uint32_t)bsync_db_int64(feed, 2),
		.ref = bsync_db_value(feed, 3),
		.kind = bsync_db_int64(feed, 4),
	};
	struct bsync_pulled_row row;
	bool is_sent = false;
	enum bsync_result result;

	bsync_arena_reset(&pull->row_arena);
	result = bsync_pull_row(&aim, &entry, &pull->row_arena, &row, &is_sent);
	return result == BSYNC_OK && is_sent ? row_put(pull, &row, frames) : result;
}

/* Goes on in the present scope, or opens the next that has news; `*is_over` when there is none left. */
static enum bsync_result rows_step(struct bsync_pull *pull, struct bsync_buffer *frames, bool *is_over)
{
	sqlite3_stmt *feed = BSYNC_STATEMENT(&pull->view->base, FEED_AFTER);
	const struct pull_scope *scope = NULL;
	bool has_row = false;
	enum bsync_result result;

	if (!pull->is_reading) {
		while (pull->at < pull->scope_count &&
		       (!pull->scopes[pull->at].is_held ||
			pull->scopes[pull->at].last_counter <= pull->scopes[pull->at].start))
			pull->at++;
		*is_over = pull->at == pull->scope_count;
		if (*is_over)
			return BSYNC_OK;
		scope = &pull->scopes[pull->at];
		bsync_db_bind_int64(feed, 1, (int64_t)scope->no);
		bsync_db_bind_int64(feed, 2, (int64_t)scope->start);
		pull->is_reading = true;
		pull->last_counter = scope->start;
	}
	result = bsync_db_step(feed, &has_row);
	if (result == BSYNC_OK && has_row)
		return entry_put(pull, feed, frames);
	if (result == BSYNC_OK)
		result = rows_flush(pull, pull->position.counter, frames);
	bsync_db_reset(feed);
	pull->is_reading = false;
	pull->at++;
	return result;
}

static enum bsync_result end_put(struct bsync_pull *pull, struct bsync_buffer *frames)
{
	struct bsync_pull_end end = {
		.token = pull->request.token,
		.position = pull->position,
		.seen_ms = pull->seen_ms,
		.server_ms = pull->request.now_ms,
	};
	enum bsync_result result;

	pull->payload.size = 0;
	result = bsync_pull_end_encode(&end, &pull->payload);
	return result == BSYNC_OK
		       ? bsync_frame_write(frames, BSYNC_MESSAGE_PULL_END, bsync_buffer_bytes(&pull->payload))
		       : result;
}

enum bsync_result bsync_pull_next(struct bsync_pull *pull, size_t budget, struct bsync_buffer *frames, bool *is_done)
{
	size_t before = 0;
	bool is_over = false;
	enum bsync_result result = BSYNC_OK;

	assert(pull != NULL && frames != NULL && is_done != NULL);
	before = frames->size;
	while (result == BSYNC_OK && pull->stage != STAGE_DONE && frames->size - before < budget) {
		switch (pull->stage) {
		case STAGE_SCHEMA:
			result = schema_put(pull, frames);
			if (result == BSYNC_OK && is_too_old(pull))
				result = BSYNC_OLD_SCHEMA;
			pull->stage = STAGE_RECEIPTS;
			break;
		case STAGE_RECEIPTS:
			result = placed_put(pull, frames, &is_over);
			if (is_over)
				pull->stage = STAGE_SCOPES;
			is_over = false;
			break;
		case STAGE_SCOPES:
			result = scopes_put(pull, frames);
			if (pull->at == pull->scope_count) {
				pull->at = 0;
				pull->stage = STAGE_ROWS;
			}
			break;
		case STAGE_ROWS:
			result = rows_step(pull, frames, &is_over);
			if (is_over)
				pull->stage = STAGE_END;
			break;
		case STAGE_END:
			result = end_put(pull, frames);
			pull->stage = STAGE_DONE;
			break;
		case STAGE_DONE:
			break;
		}
	}
	*is_done = pull->stage == STAGE_DONE;
	return result;
}
