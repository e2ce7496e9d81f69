#include "client-sdk/store/commit.h"

#include <assert.h>

#include "client-sdk/store/form.h"
#include "client-sdk/store/resolve.h"

/* A changeset must fit in one PUSH message: body, salt, and little around it. */
enum { BODY_MAX = BSYNC_FRAME_PAYLOAD_MAX - 512 };

/* Reads what was captured and decides, row by row. */
static enum bsync_result rows_make(struct bsync_commit *commit, const struct bsync_fold *fold)
{
	enum bsync_result result = bsync_query_flag(commit->file, BSYNC_QUERY_PENDING_ANY, &commit->has_pending);

	if (result == BSYNC_OK)
		result = bsync_query_flag(commit->file, BSYNC_QUERY_VARIANT_ANY, &commit->has_variants);
	if (result == BSYNC_OK)
		result = bsync_query_flag(commit->file, BSYNC_QUERY_FORM_BARE_ANY, &commit->has_bare);
	if (result == BSYNC_OK)
		result = bsync_arena_array(commit->arena, fold->count, sizeof(*commit->rows), &commit->rows);
	for (const struct bsync_fold_row *row = fold->first; result == BSYNC_OK && row != NULL; row = row->next) {
		bool is_change = false;

		result = bsync_commit_row_make(commit, row, &commit->rows[commit->row_count], &is_change);
		if (is_change)
			commit->row_count++;
	}
	return result;
}

/* PROTOCOL 4: "A delete in table 0 closes the inbox item whose id is its key." */
static enum bsync_result closing_make(const struct bsync_commit *commit, struct bsync_change *change)
{
	enum bsync_result result = bsync_arena_array(commit->arena, 1, sizeof(*change->key), &change->key);

	if (result != BSYNC_OK)
		return result;
	change->table_no = BSYNC_ITEMS_TABLE_NO;
	change->kind = BSYNC_CHANGE_DELETE;
	change->key_count = 1;
	change->key[0] = bsync_value_blob((struct bsync_bytes){commit->file->closing, BSYNC_ID_SIZE});
	return BSYNC_OK;
}

/* Encodes the changeset into file->plain. */
static enum bsync_result plain_make(struct bsync_commit *commit, struct bsync_clock_reading now)
{
	struct bsync_file *file = commit->file;
	const struct bsync_file_state *state = &file->state;
	struct bsync_changeset set = {
		.schema_version = file->schema->version,
		.evidence = {.clock = now,
			     .anchor = {.server_ms = state->anchor_server_ms,
					.clock = {.wall_ms = state->anchor_wall_ms,
						  .uptime_ms = state->anchor_uptime_ms,
						  .boot = (uint64_t)state->anchor_boot}}},
		.seen_ms = state->seen_ms,
		.base = commit->base,
		.change_count = commit->row_count,
	};
	enum bsync_result result = bsync_arena_array(commit->arena, (size_t)commit->row_count + 1, sizeof(*set.changes),
						     &set.changes);

	if (result != BSYNC_OK)
		return result;
	for (uint32_t i = 0; i < commit->row_count; i++)
		set.changes[i] = commit->rows[i].change;
	if (file->closing != NULL)
		result = closing_make(commit, &set.changes[set.change_count++]);
	file->plain.size = 0;
	if (result == BSYNC_OK)
		result = bsync_changeset_encode(&set, &file->plain);
	if (result == BSYNC_TOO_LARGE)
		bsync_file_fail(file, result, "the transaction is too large to travel; commit in parts");
	return result;
}

/* Seals file->plain into file->body. */
static enum bsync_result body_make(struct bsync_commit *commit, uint8_t salt[BSYNC_SEAL_SALT_SIZE],
				   struct bsync_digest *hash)
{
	struct bsync_file *file = commit->file;
	const struct bsync_random *random = &file->surroundings.random;
	uint8_t random32[32];
	enum bsync_result result = BSYNC_OK;

	if (random->fill(random->context, random32, sizeof(random32)) != 0)
		return bsync_file_fail(file, BSYNC_RANDOM, "the source of randomness failed");
	file->body.size = 0;
	result = bsync_seal(&file->sealing, commit->seq, &file->line.last_hash, random32,
			    bsync_buffer_bytes(&file->plain), salt, &file->body, hash);
	if (result == BSYNC_OK && file->body.size > BODY_MAX)
		result = BSYNC_TOO_LARGE;
	if (result == BSYNC_TOO_LARGE)
		bsync_file_fail(file, result, "the transaction is too large to travel; commit in parts");
	return result;
}

static enum bsync_result outbox_add(struct bsync_commit *commit, int64_t made_ms,
				    const uint8_t salt[BSYNC_SEAL_SALT_SIZE], const struct bsync_digest *hash)
{
	struct bsync_file *file = commit->file;
	sqlite3_stmt *statement = NULL;
	enum bsync_result result = bsync_query(file, BSYNC_QUERY_OUTBOX_ADD, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_int64(statement, 1, (int64_t)commit->seq);
	bsync_db_bind_data(statement, 2, file->sealing.line.bytes, BSYNC_ID_SIZE);
	bsync_db_bind_int64(statement, 3, file->sealing.epoch);
	bsync_db_bind_int64(statement, 4, file->schema->version);
	bsync_db_bind_int64(statement, 5, made_ms);
	bsync_db_bind_int64(statement, 6, (int64_t)file->body.size);
	bsync_db_bind_int64(statement, 7, (int64_t)(file->line.total + file->body.size));
	bsync_db_bind_data(statement, 8, hash->bytes, BSYNC_DIGEST_SIZE);
	bsync_db_bind_data(statement, 9, salt, BSYNC_SEAL_SALT_SIZE);
	bsync_db_bind_blob(statement, 10, bsync_buffer_bytes(&file->body));
	return bsync_file_fail_sqlite(file, bsync_db_run(statement));
}

static enum bsync_result mends_write(struct bsync_commit *commit)
{
	enum bsync_result result = BSYNC_OK;

	commit->file->gate.is_open = false;
	for (const struct bsync_commit_mend *mend = commit->mends; result == BSYNC_OK && mend != NULL;
	     mend = mend->next) {
		const struct bsync_record_key key = {
			.table = mend->row->table, .count = mend->row->key_count, .values = mend->row->key_values};

		result = bsync_record_set(commit->file, &key, mend->column, &mend->value);
	}
	commit->file->gate.is_open = true;
	return result;
}

/* STORAGE 6: "What is typed there is sealed, and taken off the screen." */
static enum bsync_result bare_write(struct bsync_file *file, const struct bsync_commit_bare *bare)
{
	const struct bsync_fold_row *row = bare->row;
	const struct bsync_table *table = &file->schema->tables[row->table];
	const struct bsync_record_key key = {.table = row->table, .count = row->key_count, .values = row->key_values};
	bool is_blank[BSYNC_COLUMNS_MAX] = {false};

	if (!row->exists)
		return bsync_form_deleted(file, table->no, row->key);
	for (uint32_t i = 0; i < table->column_count; i++)
		is_blank[i] = !table->columns[i].is_key;
	bsync_file_edit_saved(file, table->no, row->key, bare->values);
	return bsync_record_blank(file, &key, is_blank);
}

static enum bsync_result bares_write(struct bsync_commit *commit)
{
	struct bsync_file *file = commit->file;
	enum bsync_result result = BSYNC_OK;

	file->gate.is_open = false;
	for (const struct bsync_commit_bare *bare = commit->bares; result == BSYNC_OK && bare != NULL;
	     bare = bare->next)
		result = bare_write(file, bare);
	file->gate.is_open = true;
	/* What was typed may be in free room of the file. */
	if (result == BSYNC_OK && commit->bares != NULL)
		result = BSYNC_FILE_SET(file, removals, file->state.removals + 1);
	return result;
}

/* Only what the disk can refuse is left to do here. */
static enum bsync_result effects_write(struct bsync_commit *commit, int64_t made_ms,
				       const uint8_t salt[BSYNC_SEAL_SALT_SIZE], const struct bsync_digest *hash)
{
	enum bsync_result result = mends_write(commit);

	for (uint32_t i = 0; result == BSYNC_OK && i < commit->row_count; i++) {
		const struct bsync_commit_row *row = &commit->rows[i];

		result = bsync_pending_put(commit->file, row->change.table_no, row->row->key, &row->entry);
	}
	if (result == BSYNC_OK && commit->file->resolving != NULL)
		result = bsync_resolve_mark(commit->file, commit->file->resolving);
	if (result == BSYNC_OK)
		result = bares_write(commit);
	return result == BSYNC_OK ? outbox_add(commit, made_ms, salt, hash) : result;
}

static enum bsync_result changes_seal(struct bsync_commit *commit)
{
	struct bsync_file *file = commit->file;
	struct bsync_clock_reading now = {0};
	uint8_t salt[BSYNC_SEAL_SALT_SIZE];
	struct bsync_digest hash;
	enum bsync_result result = BSYNC_OK;

	assert(commit->row_count != 0 || file->closing != NULL);
	if (commit->seq > BSYNC_COUNTER_MAX)
		return BSYNC_TOO_LARGE;
	file->surroundings.clock(file->surroundings.clock_context, &now);
	result = plain_make(commit, now);
	if (result == BSYNC_OK)
		result = body_make(commit, salt, &hash);
	if (result == BSYNC_OK)
		result = effects_write(commit, now.wall_ms, salt, &hash);
	if (result != BSYNC_OK)
		return result;
	file->line.last_seq = commit->seq;
	file->line.last_hash = hash;
	file->line.total += file->body.size;
	file->has_sealed = true;
	return BSYNC_OK;
}

enum bsync_result bsync_commit_seal(struct bsync_file *file)
{
	struct bsync_commit commit = {.file = file, .arena = &file->scratch};
	struct bsync_fold fold;
	enum bsync_result result = bsync_file_refresh(file);

	assert(bsync_db_in_transaction(&file->db));
	if (result != BSYNC_OK)
		return result;
	bsync_arena_reset(&file->scratch);
	result = bsync_fold_read(file, &file->scratch, &fold);
	if (result != BSYNC_OK || (fold.count == 0 && file->closing == NULL))
		return result;
	commit.seq = file->line.last_seq + 1;
	commit.base = file->base_override.counter != 0 ? file->base_override : bsync_file_cursor(file);
	result = rows_make(&commit, &fold);
	if (result == BSYNC_OK && (commit.row_count != 0 || file->closing != NULL))
		result = changes_seal(&commit);
	else if (result == BSYNC_OK)
		result = mends_write(&commit);
	if (result == BSYNC_OK && commit.row_count == 0 && file->closing == NULL)
		result = bares_write(&commit);
	if (result == BSYNC_OK)
		bsync_capture_seal(file->captured);
	return result;
}
