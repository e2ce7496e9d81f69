#include "client-sdk/store/line.h"
#include "client-sdk/store/pull.h"

#include <assert.h>
#include <string.h>
#include <sys/statvfs.h>

enum { AHEAD_MAX = 1000 };

static struct bsync_clock_reading clock_now(const struct bsync_file *file)
{
	struct bsync_clock_reading reading = {0};

	file->surroundings.clock(file->surroundings.clock_context, &reading);
	return reading;
}

/* Bytes that are free where the file is; -1 unknown. */
static int64_t storage_free(const struct bsync_file *file)
{
	struct statvfs status;

	if (statvfs(file->path, &status) != 0)
		return -1;
	return (int64_t)((uint64_t)status.f_bavail * (uint64_t)status.f_frsize);
}

/* Scopes that are staged further than the cursor; the rest of very many is pulled again. */
static enum bsync_result ahead_read(struct bsync_file *file, struct bsync_arena *arena, struct bsync_hello *hello)
{
	sqlite3_stmt *statement = NULL;
	bool has_row = false;
	enum bsync_result result = bsync_arena_array(arena, AHEAD_MAX, sizeof(*hello->ahead), &hello->ahead);

	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_AHEAD_ALL, &statement);
	if (result != BSYNC_OK)
		return result;
	while (hello->ahead_count < AHEAD_MAX && (result = bsync_db_step(statement, &has_row)) == BSYNC_OK && has_row) {
		struct bsync_ahead *ahead = &hello->ahead[hello->ahead_count++];
		struct bsync_value value = bsync_db_value(statement, 1);

		ahead->scope.circle_no = (uint32_t)bsync_db_int64(statement, 0);
		ahead->counter = (uint64_t)bsync_db_int64(statement, 2);
		if (!bsync_value_copy(arena, &value, &ahead->scope.value)) {
			result = BSYNC_NO_MEMORY;
			break;
		}
	}
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

static enum bsync_result attempt_record(struct bsync_file *file, int64_t wall_ms)
{
	enum bsync_result result = bsync_file_begin(file);

	if (result != BSYNC_OK)
		return result;
	result = BSYNC_FILE_SET(file, attempt_ms, wall_ms - file->state.drift_ms);
	file->known_voids = file->state.voids;
	return bsync_file_end(file, result == BSYNC_OK ? bsync_pull_unstage_over(file) : result);
}

enum bsync_result bsync_file_hello(struct bsync_file *file, struct bsync_arena *arena, struct bsync_hello *hello,
				   uint32_t *known_epoch)
{
	const struct bsync_clock_reading now = clock_now(file);
	struct bsync_file_status status;
	struct bsync_life life;
	uint64_t items_open = 0;
	enum bsync_result result = attempt_record(file, now.wall_ms);

	assert(hello != NULL);
	if (result == BSYNC_OK)
		result = bsync_file_status(file, &status);
	if (result == BSYNC_OK)
		result = bsync_file_items_open(file, &items_open);
	if (result == BSYNC_OK)
		result = bsync_line_spoken(file, &file->spoken);
	if (result != BSYNC_OK)
		return result;
	*hello = (struct bsync_hello){
		.protocol_min = BSYNC_PROTOCOL_VERSION_MIN,
		.protocol_max = BSYNC_PROTOCOL_VERSION,
		.organisation = file->identity.organisation,
		.cursor = status.cursor,
		.schema_version = file->schema->version,
		.line = file->spoken.line,
		.last_seq = file->spoken.last_seq,
		.durable_seq = status.durable_seq,
		.push_count = file->spoken.last_seq - status.durable_seq,
		.clock = now,
		.heartbeat = {.pending = status.pending,
			      .oldest_pending_ms = status.oldest_pending_ms,
			      .quarantined = status.quarantined,
			      .inbox = items_open,
			      .last_full_sync_ms = status.last_pull_ok_ms,
			      .storage_free = storage_free(file),
			      .software = bsync_bytes_of_string("buurtsync 0.1.0 linux")},
	};
	if (file->state.begins_anew != 0)
		hello->cursor = (struct bsync_position){0};
	*known_epoch = (uint32_t)file->state.known_epoch;
	result = bsync_restored_life(file, &life);
	/* What this life has of the own lines is not known yet: nothing may be taken for its word. */
	if (file->state.is_unsure != 0)
		life = (struct bsync_life){.incarnation = 0};
	hello->incarnation = life.incarnation;
	memcpy(hello->incarnation_id, life.id, sizeof(life.id));
	if (result == BSYNC_OK)
		result = bsync_outbox_hash(file, status.durable_seq, &hello->chain);
	return result == BSYNC_OK ? ahead_read(file, arena, hello) : result;
}

static enum bsync_result anchor_set(struct bsync_file *file, int64_t server_ms, const struct bsync_clock_reading *now)
{
	enum bsync_result result = BSYNC_FILE_SET(file, anchor_server_ms, server_ms);

	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, anchor_wall_ms, now->wall_ms);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, anchor_uptime_ms, now->uptime_ms);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, anchor_boot, (int64_t)now->boot);
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, drift_ms, bsync_clock_drift(now->wall_ms, server_ms));
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, known_ms, server_ms);
	return result;
}

/* A clock that is far off is told of once: the file says that it was, until the clock is right again. */
static enum bsync_result clock_judge(struct bsync_file *file)
{
	const bool was_off = file->state.is_clock_off != 0;
	const bool is_off = bsync_clock_is_off(file->state.drift_ms, was_off);

	file->has_clock_news = is_off && !was_off;
	return is_off != was_off ? BSYNC_FILE_SET(file, is_clock_off, is_off) : BSYNC_OK;
}

static enum bsync_result error_set(struct bsync_file *file, const char *text)
{
	struct bsync_value value = bsync_value_text(bsync_bytes_of_string(text));

	return bsync_file_meta_set(file, "last_error", &value);
}

enum bsync_result bsync_file_welcome(struct bsync_file *file, const struct bsync_welcome *welcome)
{
	const struct bsync_clock_reading now = clock_now(file);
	enum bsync_result result = bsync_file_begin(file);

	if (result != BSYNC_OK)
		return result;
	file->must_greet_again = false;
	result = bsync_restored(file, welcome);
	if (result == BSYNC_OK)
		result = anchor_set(file, welcome->server_ms, &now);
	if (result == BSYNC_OK)
		result = clock_judge(file);
	if (result == BSYNC_OK && welcome->known_epoch != file->state.known_epoch)
		result = BSYNC_FILE_SET(file, known_epoch, welcome->known_epoch);
	if (result == BSYNC_OK)
		result = bsync_line_welcome(file, welcome);
	if (result == BSYNC_OK)
		result = bsync_line_settle(file);
	if (result == BSYNC_OK)
		result = error_set(file, "");
	result = bsync_file_end(file, result);
	file->has_begun_line = file->has_begun_line && result == BSYNC_OK;
	file->has_clock_news = file->has_clock_news && result == BSYNC_OK;
	return result == BSYNC_OK && (file->is_line_over || file->must_greet_again) ? BSYNC_CHANGED : result;
}

enum bsync_result bsync_file_record_error(struct bsync_file *file, const char *text)
{
	enum bsync_result result = bsync_file_begin(file);

	assert(text != NULL);
	return result == BSYNC_OK ? bsync_file_end(file, error_set(file, text)) : result;
}

enum bsync_result bsync_file_record_sent(struct bsync_file *file, uint64_t last_seq)
{
	enum bsync_result result = bsync_file_refresh(file);

	if (result != BSYNC_OK || (int64_t)last_seq <= file->state.sent_seq ||
	    (int64_t)last_seq <= file->state.durable_seq)
		return result;
	result = bsync_file_begin(file);
	return result == BSYNC_OK ? bsync_file_end(file, BSYNC_FILE_SET(file, sent_seq, (int64_t)last_seq)) : result;
}
