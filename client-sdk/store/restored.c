/* restored.c: a store that begins a new life from an older copy: what it has lost is offered again. */
#include <assert.h>
#include <string.h>

#include "client-sdk/store/line.h"
#include "client-sdk/store/rebase.h"
#include "client-sdk/store/rebase_parts.h"

/* The lives that a WELCOME named, in its order, the present one last: u32 number and id each (bsync_meta, "lives"). */
enum { LIFE_SIZE = 4 + BSYNC_ID_SIZE, LIVES_MAX = BSYNC_ANCESTORS_MAX + 1, STATE_DURABLE = 1 };

static void life_write(uint8_t *out, uint32_t incarnation, const uint8_t id[BSYNC_ID_SIZE])
{
	out[0] = (uint8_t)(incarnation >> 24);
	out[1] = (uint8_t)(incarnation >> 16);
	out[2] = (uint8_t)(incarnation >> 8);
	out[3] = (uint8_t)incarnation;
	memcpy(out + 4, id, BSYNC_ID_SIZE);
}

static enum bsync_result lives_read(struct bsync_file *file, struct bsync_arena *arena, struct bsync_bytes *lives)
{
	struct bsync_value value;
	enum bsync_result result = bsync_file_meta_get(file, "lives", arena, &value);

	*lives = (struct bsync_bytes){NULL, 0};
	if (result != BSYNC_OK || value.kind == BSYNC_NULL)
		return result;
	if (value.kind != BSYNC_BLOB || value.as.bytes.size % LIFE_SIZE != 0)
		return bsync_file_fail(file, BSYNC_STORAGE_CORRUPT, "the lives of the store in the file are damaged");
	*lives = value.as.bytes;
	return BSYNC_OK;
}

enum bsync_result bsync_restored_life(struct bsync_file *file, struct bsync_life *life)
{
	struct bsync_bytes lives;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(&file->scratch);
	result = lives_read(file, &file->scratch, &lives);
	memset(life, 0, sizeof(*life));
	if (result == BSYNC_OK && lives.size != 0) {
		const uint8_t *last = lives.data + lives.size - LIFE_SIZE;

		life->incarnation = (uint32_t)last[0] << 24 | (uint32_t)last[1] << 16 | (uint32_t)last[2] << 8 |
				    last[3];
		memcpy(life->id, last + 4, BSYNC_ID_SIZE);
	}
	return result;
}

/* What a WELCOME names; the size of it. */
static size_t lives_of(const struct bsync_welcome *welcome, uint8_t out[LIVES_MAX * LIFE_SIZE])
{
	size_t size = 0;

	assert(welcome->ancestor_count < LIVES_MAX);
	for (uint32_t i = 0; i < welcome->ancestor_count; i++, size += LIFE_SIZE)
		life_write(out + size, welcome->ancestors[i].incarnation, welcome->ancestors[i].id);
	life_write(out + size, welcome->incarnation, welcome->incarnation_id);
	return size + LIFE_SIZE;
}

static bool has_life(const uint8_t *lives, size_t size, const uint8_t *life)
{
	for (size_t at = 0; at < size; at += LIFE_SIZE) {
		if (memcmp(lives + at, life, LIFE_SIZE) == 0)
			return true;
	}
	return false;
}

/* --- Offering again --- */

/* Own changesets behind `kept` are not part of what the store has. */
static enum bsync_result relist(struct bsync_file *file, uint64_t kept)
{
	const uint64_t cursor = bsync_file_cursor(file).counter;
	struct bsync_pull pull;
	enum bsync_result result = bsync_pull_begin(file, &file->scratch, &pull);

	file->gate.is_open = false;
	for (uint64_t seq = kept + 1; result == BSYNC_OK && seq <= (uint64_t)file->state.durable_seq; seq++) {
		sqlite3_stmt *statement = NULL;
		bool is_shown = false;

		result = bsync_query(file, BSYNC_QUERY_OUTBOX_STATE, &statement);
		if (result != BSYNC_OK)
			break;
		bsync_db_bind_int64(statement, 1, (int64_t)seq);
		result = bsync_db_row(statement);
		is_shown = result == BSYNC_OK && bsync_db_int64(statement, 0) == STATE_DURABLE &&
			   (uint64_t)bsync_db_int64(statement, 2) <= cursor;
		bsync_db_reset(statement);
		if (result == BSYNC_OK)
			result = bsync_rebase_relist(&pull, seq, is_shown);
		else if (result == BSYNC_NOT_FOUND)
			result = BSYNC_OK; /* between two lines */
	}
	if (result == BSYNC_OK)
		result = bsync_rebase_replay(&pull);
	if (result == BSYNC_OK)
		result = bsync_pull_finish(&pull);
	file->gate.is_open = true;
	return result;
}

enum bsync_result bsync_restored_offer(struct bsync_file *file, uint64_t kept)
{
	const int64_t durable_seq = file->state.durable_seq;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = BSYNC_OK;

	if ((int64_t)kept >= durable_seq)
		return BSYNC_OK;
	result = relist(file, kept);
	if (result == BSYNC_OK)
		result = bsync_query(file, BSYNC_QUERY_OUTBOX_OFFER, &statement);
	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)kept);
	bsync_db_bind_int64(statement, 2, (int64_t)bsync_file_cursor(file).counter);
	result = bsync_file_fail_sqlite(file, bsync_db_run(statement));
	if (result == BSYNC_OK && durable_seq > file->state.lost_seq)
		result = BSYNC_FILE_SET(file, lost_seq, durable_seq);
	if (result == BSYNC_OK && file->state.shown_seq > (int64_t)kept)
		result = BSYNC_FILE_SET(file, shown_seq, (int64_t)kept);
	return result == BSYNC_OK ? BSYNC_FILE_SET(file, durable_seq, (int64_t)kept) : result;
}

/* Of a life that the store does not descend from no answer holds: what it did not apply is asked anew. */
static enum bsync_result untaken_read(struct bsync_file *file, uint64_t *kept)
{
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_UNTAKEN, &statement);

	if (result != BSYNC_OK)
		return result;
	result = bsync_db_row(statement);
	if (result == BSYNC_OK && !bsync_db_is_null(statement, 0) && (uint64_t)bsync_db_int64(statement, 0) <= *kept)
		*kept = (uint64_t)bsync_db_int64(statement, 0) - 1;
	bsync_db_reset(statement);
	return bsync_file_fail_sqlite(file, result);
}

/* Another life: what was staged is of the one before. */
static enum bsync_result life_enter(struct bsync_file *file, const struct bsync_welcome *welcome, bool is_descendant)
{
	const int64_t greeted = file->state.durable_seq;
	uint64_t kept = 0;
	enum bsync_result result = bsync_line_lost(file, welcome, true);

	kept = (uint64_t)file->state.durable_seq;
	if (result == BSYNC_OK && !is_descendant)
		result = untaken_read(file, &kept);
	if (result == BSYNC_OK)
		result = bsync_restored_offer(file, kept);
	/* What was sent without an answer was sent to the life before. */
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, sent_seq, 0);
	if (result == BSYNC_OK)
		result = bsync_file_fail_sqlite(
			file, bsync_db_exec(&file->db, "DELETE FROM bsync_stage; DELETE FROM bsync_ahead"));
	if (result == BSYNC_OK)
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	file->pulled.size = 0;
	file->staged_from = 0;
	/* This session hands in what is behind the durable_seq of one of the two. */
	file->must_greet_again = file->state.durable_seq < greeted &&
				 (uint64_t)file->state.durable_seq < welcome->durable_seq;
	return result == BSYNC_OK ? BSYNC_FILE_SET(file, incarnation, welcome->incarnation) : result;
}

enum bsync_result bsync_restored(struct bsync_file *file, const struct bsync_welcome *welcome)
{
	uint8_t lives[LIVES_MAX * LIFE_SIZE];
	const size_t size = lives_of(welcome, lives);
	const uint8_t *present = lives + size - LIFE_SIZE;
	struct bsync_value value = bsync_value_blob((struct bsync_bytes){lives, size});
	struct bsync_bytes known;
	const int64_t replaces = welcome->is_cut || file->state.begins_anew != 0;
	bool is_akin = false;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_reset(&file->scratch);
	result = lives_read(file, &file->scratch, &known);
	if (result != BSYNC_OK)
		return result;
	for (size_t at = 0; at < known.size; at += LIFE_SIZE)
		is_akin = is_akin || has_life(lives, size, known.data + at);
	if (known.size != 0 && !is_akin)
		return bsync_file_fail(
			file, BSYNC_INCARNATION,
			"the server's store does not descend from the one this device knows: nothing is handed in "
			"or changed here; ask the operator whether the right server answers");
	if (known.size != 0 && memcmp(known.data + known.size - LIFE_SIZE, present, LIFE_SIZE) == 0) {
		if (file->state.is_unsure != 0)
			result = bsync_line_lost(file, welcome, false);
		else if ((int64_t)welcome->durable_seq < file->state.durable_seq)
			return bsync_file_fail(
				file, BSYNC_PUT_BACK,
				"the server's store was put back from an older copy without a restore: nothing is "
				"changed here; ask the operator to restore it");
	} else {
		result = life_enter(file, welcome,
				    known.size == 0 || has_life(lives, size, known.data + known.size - LIFE_SIZE));
		if (result == BSYNC_OK)
			result = bsync_file_meta_set(file, "lives", &value);
	}
	if (result == BSYNC_OK && file->state.replaces != replaces)
		result = BSYNC_FILE_SET(file, replaces, replaces);
	if (result == BSYNC_OK && file->state.is_recovering != (welcome->state == BSYNC_WELCOME_RECOVERING))
		result = BSYNC_FILE_SET(file, is_recovering, welcome->state == BSYNC_WELCOME_RECOVERING);
	return result;
}
