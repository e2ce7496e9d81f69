/* rebase_lost.c: own changesets that the store has lost, and a screen that the next pull replaces. */
#include "client-sdk/store/rebase_parts.h"

/* The row lists the changeset again. */
static enum bsync_result row_relist(struct bsync_pull *pull, struct bsync_rebase_row *row, uint64_t seq, bool is_shown)
{
	struct bsync_pending_entry *entry = &row->entry;
	bool found = false;
	enum bsync_result result = bsync_pending_get(pull->file, row->table->no, row->packed, pull->arena, entry,
						     &found);

	if (result != BSYNC_OK || bsync_pending_lists(entry, seq))
		return result;
	if (!found)
		result = bsync_record_exists(pull->file, &row->key, &entry->is_on_server);
	if (result == BSYNC_OK)
		result = bsync_pending_list(entry, pull->arena, seq);
	if (result != BSYNC_OK)
		return result;
	return is_shown || entry->is_met ? bsync_rebase_put(pull, row) : bsync_rebase_rewind(pull, row);
}

enum bsync_result bsync_rebase_relist(struct bsync_pull *pull, uint64_t seq, bool is_shown)
{
	const struct bsync_schema *schema = pull->file->schema;
	struct bsync_changeset set;
	struct bsync_arena arena;
	enum bsync_result result = BSYNC_OK;

	bsync_arena_init(&arena, BSYNC_FILE_SCRATCH_MAX);
	result = bsync_outbox_open(pull->file, seq, &arena, &set);
	for (uint32_t i = 0; result == BSYNC_OK && i < set.change_count; i++) {
		const struct bsync_change *change = &set.changes[i];
		struct bsync_rebase_row row = {.table = bsync_schema_table(schema, change->table_no)};

		if (row.table == NULL || change->key_count != row.table->key_count)
			continue;
		bsync_arena_reset(pull->arena);
		row.key = (struct bsync_record_key){.table = (uint32_t)(row.table - schema->tables),
						    .count = change->key_count,
						    .values = change->key};
		result = bsync_key_pack(pull->arena, change->key, change->key_count, &row.packed);
		if (result == BSYNC_OK)
			result = row_relist(pull, &row, seq, is_shown);
	}
	bsync_arena_clear(&arena);
	return result;
}

/* The server does not have the row in the state that is pulled, unless the pull says that it does. */
static enum bsync_result row_empty(struct bsync_pull *pull, struct bsync_rebase_row *row)
{
	struct bsync_pending_entry *entry = &row->entry;

	entry->is_on_server = false;
	entry->is_gone = false;
	entry->is_met = true;
	entry->heard = pull->snapshot;
	entry->row = (struct bsync_pending_edit){0};
	entry->cell_count = 0;
	pull->has_met = true;
	return bsync_rebase_put(pull, row);
}

enum bsync_result bsync_rebase_empty(struct bsync_pull *pull, uint64_t counter)
{
	enum bsync_result result = BSYNC_OK;

	if (!pull->has_pending)
		return BSYNC_OK;
	pull->snapshot = counter;
	result = bsync_rebase_rows_each(pull, BSYNC_QUERY_PENDING_ALL, row_empty);
	pull->snapshot = 0;
	return result;
}
