/* change_feed.c: the place of rows in the feeds of their scopes. */
#include <assert.h>
#include <string.h>

#include "daemon/store/change.h"
#include "daemon/store/member.h"

enum bsync_result bsync_feed_add(struct bsync_act *act, uint64_t scope_no, uint32_t table_no, uint32_t face_no,
				 const struct bsync_value *ref, enum bsync_feed_kind kind)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FEED_ADD);

	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	bsync_db_bind_int64(statement, 2, (int64_t)act->version.counter);
	bsync_db_bind_int64(statement, 3, table_no);
	bsync_db_bind_int64(statement, 4, face_no);
	bsync_db_bind_value(statement, 5, ref);
	bsync_db_bind_int64(statement, 6, kind);
	return bsync_db_run(statement);
}

enum bsync_result bsync_feed_remove(struct bsync_act *act, uint64_t scope_no, uint64_t counter, uint32_t table_no,
				    uint32_t face_no, const struct bsync_value *ref)
{
	sqlite3_stmt *statement = BSYNC_STATEMENT(&act->store->base, FEED_REMOVE);
	enum bsync_result result;

	bsync_db_bind_int64(statement, 1, (int64_t)scope_no);
	bsync_db_bind_int64(statement, 2, (int64_t)counter);
	bsync_db_bind_int64(statement, 3, table_no);
	bsync_db_bind_int64(statement, 4, face_no);
	bsync_db_bind_value(statement, 5, ref);
	result = bsync_db_run(statement);
	if (result == BSYNC_OK && sqlite3_changes(act->store->base.db.handle) != 1)
		result = BSYNC_STORAGE_CORRUPT;
	return result;
}

static struct bsync_value place_ref(const struct bsync_row *row)
{
	return row->is_live ? bsync_row_ref(row) : bsync_value_blob(row->key_bytes);
}

/* A row goes into a scope that the store knows; a founded one becomes known by it. */
static enum bsync_result scope_enter(struct bsync_act *act, struct bsync_scope *scope)
{
	bool is_founded = scope->founding_serial == act->serial && !act->is_store;
	enum bsync_result result = BSYNC_OK;

	if (scope->no == 0)
		result = bsync_member_create(act, scope, is_founded ? &act->author : NULL);
	return result == BSYNC_OK ? bsync_act_touch(act, scope) : result;
}

enum bsync_result bsync_feed_entries(struct bsync_act *act, struct bsync_table_sql *sql,
				     struct bsync_scope *const scopes[BSYNC_FACES_MAX],
				     struct bsync_entry entries[BSYNC_FACES_MAX], uint32_t *count)
{
	*count = 0;
	for (uint32_t i = 0; i < sql->table->face_count; i++) {
		enum bsync_result result = BSYNC_OK;

		if (scopes[i] == NULL)
			continue;
		result = scope_enter(act, scopes[i]);
		if (result != BSYNC_OK)
			return result;
		entries[(*count)++] = (struct bsync_entry){i, scopes[i]->no, act->version.counter};
	}
	return BSYNC_OK;
}

enum bsync_result bsync_feed_place(struct bsync_act *act, const struct bsync_row *row)
{
	struct bsync_value ref = place_ref(row);
	enum bsync_feed_kind kind = row->is_live ? BSYNC_FEED_ROW : BSYNC_FEED_DELETED;

	assert(row->cells.changed == act->version.counter);
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		const struct bsync_table *table = row->sql->table;
		enum bsync_result result = bsync_feed_add(act, entry->scope, table->no, table->faces[entry->face].no,
							  &ref, kind);

		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_feed_lift(struct bsync_act *act, const struct bsync_row *row)
{
	struct bsync_value ref = place_ref(row);

	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		const struct bsync_table *table = row->sql->table;
		enum bsync_result result = bsync_feed_remove(act, entry->scope, row->cells.changed, table->no,
							     table->faces[entry->face].no, &ref);

		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

static const struct bsync_entry *entry_of(const struct bsync_cells *cells, uint32_t face)
{
	for (uint32_t i = 0; i < cells->entry_count; i++) {
		if (cells->entries[i].face == face)
			return &cells->entries[i];
	}
	return NULL;
}

enum bsync_result bsync_feed_gone(struct bsync_act *act, struct bsync_scope *scope, const struct bsync_table *table,
				  uint32_t face, struct bsync_bytes key)
{
	struct bsync_value ref = bsync_value_blob(key);
	enum bsync_result result = bsync_feed_add(act, scope->no, table->no, table->faces[face].no, &ref,
						  BSYNC_FEED_LEFT);

	return result == BSYNC_OK ? bsync_act_touch(act, scope) : result;
}

/* Scopes that the row was in and is no longer. */
static enum bsync_result scopes_leave(struct bsync_act *act, const struct bsync_row *row,
				      struct bsync_scope *const scopes[BSYNC_FACES_MAX])
{
	struct bsync_store *store = act->store;

	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		const struct bsync_scope *now = scopes[entry->face];
		struct bsync_scope *scope = NULL;
		enum bsync_result result = BSYNC_OK;

		if (now != NULL && now->no == entry->scope)
			continue;
		result = bsync_scopes_by_no(&store->scopes, &store->base, entry->scope, &scope);
		if (result == BSYNC_OK)
			result = bsync_feed_gone(act, scope, row->sql->table, entry->face, row->key_bytes);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_feed_move(struct bsync_act *act, struct bsync_row *row,
				  struct bsync_scope *const scopes[BSYNC_FACES_MAX])
{
	struct bsync_entry *entries = bsync_arena_take(&act->store->work, BSYNC_FACES_MAX * sizeof(*entries));
	uint32_t count = 0;
	enum bsync_result result = entries != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (result == BSYNC_OK)
		result = bsync_feed_entries(act, row->sql, scopes, entries, &count);
	if (result == BSYNC_OK)
		result = scopes_leave(act, row, scopes);
	for (uint32_t i = 0; i < count; i++) {
		const struct bsync_entry *old = entry_of(&row->cells, entries[i].face);

		if (old != NULL && old->scope == entries[i].scope)
			entries[i].counter = old->counter;
	}
	row->cells.entries = entries;
	row->cells.entry_count = count;
	row->cells.changed = act->version.counter;
	return result == BSYNC_OK ? bsync_feed_place(act, row) : result;
}

void bsync_feed_renew(struct bsync_act *act, struct bsync_row *row)
{
	for (uint32_t i = 0; i < row->cells.entry_count; i++)
		row->cells.entries[i].counter = act->version.counter;
}
