#include "daemon/store/reference.h"

#include <assert.h>
#include <string.h>

#include "daemon/store/deletes.h"
#include "daemon/store/item.h"
#include "daemon/store/member.h"

static const struct bsync_schema *schema_of(const struct bsync_act *act)
{
	return act->store->base.schema;
}

static bool is_of(const struct bsync_act *act, uint32_t index, const struct bsync_table_sql *sql)
{
	return &schema_of(act)->tables[index] == sql->table;
}

/* --- What to look at --- */

static enum bsync_result note_add(struct bsync_act *act, struct bsync_table_sql *sql, const struct bsync_value *key,
				  bool came_or_went)
{
	struct bsync_arena *arena = &act->store->work;
	const size_t size = sql->table->key_count * sizeof(*key);
	struct bsync_value *copy = bsync_arena_take(arena, size);

	if (copy == NULL ||
	    !bsync_act_grow(act, &act->named, act->named_count, &act->named_capacity, sizeof(*act->named)))
		return BSYNC_NO_MEMORY;
	memcpy(copy, key, size);
	act->named[act->named_count++] = (struct bsync_named){sql, copy, came_or_went};
	return BSYNC_OK;
}

/* False: no row with that key was ever deleted. */
static enum bsync_result may_be_deleted(struct bsync_act *act, const struct bsync_reference *reference,
					const struct bsync_value *value, bool *may_be)
{
	struct bsync_buffer *key = &act->store->key;
	enum bsync_result result = BSYNC_OK;

	*may_be = false;
	if (value->kind == BSYNC_NULL || !act->store->has_graves)
		return BSYNC_OK;
	key->size = 0;
	result = bsync_key_bytes(value, 1, key);
	*may_be = result == BSYNC_OK &&
		  bsync_writer_grave_possible(act->store, schema_of(act)->tables[reference->parent].no,
					      bsync_buffer_bytes(key));
	return result;
}

/* Whether the row of these values may name one that was deleted. */
static enum bsync_result may_be_orphan(struct bsync_act *act, const struct bsync_table_sql *sql,
				       const struct bsync_value *values, bool *may_be)
{
	const struct bsync_schema *schema = schema_of(act);
	enum bsync_result result = BSYNC_OK;

	*may_be = false;
	for (uint32_t i = 0; sql->is_child && !*may_be && result == BSYNC_OK && i < schema->reference_count; i++) {
		const struct bsync_reference *reference = &schema->references[i];

		if (is_of(act, reference->table, sql))
			result = may_be_deleted(act, reference, &values[reference->column], may_be);
	}
	return result;
}

enum bsync_result bsync_reference_note_row(struct bsync_act *act, const struct bsync_row *row)
{
	/* Only of a row that was deleted once can others have become orphans. */
	const bool is_named = row->sql->is_parent && act->store->has_graves &&
			      bsync_writer_grave_possible(act->store, row->sql->table->no, row->key_bytes);
	bool may_be = row->sql->is_child && !row->is_live;
	enum bsync_result result = BSYNC_OK;

	if (row->is_live)
		result = may_be_orphan(act, row->sql, row->values, &may_be);
	return result == BSYNC_OK && (may_be || is_named) ? note_add(act, row->sql, row->key, is_named) : result;
}

enum bsync_result bsync_reference_note_change(struct bsync_act *act, const struct bsync_row *row)
{
	const struct bsync_schema *schema = schema_of(act);
	struct bsync_cells cells = row->cells;
	bool is_noted = false;

	/* Another write may stand though it says the same. */
	for (uint32_t i = 0; row->sql->is_child && !is_noted && i < schema->reference_count; i++) {
		const struct bsync_cell *cell = NULL;

		if (is_of(act, schema->references[i].table, row->sql))
			cell = bsync_cells_find(&cells, schema->references[i].column);
		is_noted = cell != NULL && cell->changed == act->version.counter;
	}
	return is_noted ? note_add(act, row->sql, row->key, false) : BSYNC_OK;
}

enum bsync_result bsync_reference_note_new(struct bsync_act *act, const struct bsync_plan *plan)
{
	const struct bsync_table *table = plan->sql->table;
	struct bsync_value key[BSYNC_KEY_COLUMNS_MAX];
	bool may_be = false;
	enum bsync_result result = may_be_orphan(act, plan->sql, plan->values, &may_be);

	for (uint32_t i = 0; i < table->key_count; i++)
		key[i] = plan->values[table->key[i]];
	return result == BSYNC_OK && may_be ? note_add(act, plan->sql, key, false) : result;
}

/* --- One row that names others --- */

/* Who deleted what it names, where nobody who did knew of it. */
struct orphan {
	bool is_one;
	struct bsync_version deleted;
	struct bsync_row parent;
};

static bool is_before(const struct bsync_base *base, const struct bsync_version *a, const struct bsync_version *b)
{
	struct bsync_dot x = bsync_base_dot(base, a->line, a->seq);
	struct bsync_dot y = bsync_base_dot(base, b->line, b->seq);
	const int device = memcmp(&x.device, &y.device, sizeof(x.device));

	if (a->stamp_ms != b->stamp_ms)
		return a->stamp_ms < b->stamp_ms;
	return device != 0 ? device < 0 : a->seq < b->seq;
}

/* The write by which a row names another. */
struct naming {
	const struct bsync_row *row;
	uint32_t column;
	const struct bsync_version *version;
};

/* Whether who deleted a row had seen the write.  PROTOCOL 7.2: "Of a cell that no scope gave its author at the base, where the row stands now, the base is nothing." */
static enum bsync_result delete_saw(struct bsync_act *act, const struct naming *naming, const struct bsync_delete *gone,
				    bool *saw)
{
	const struct bsync_version *deleted = &gone->version;
	const struct bsync_row *row = naming->row;
	const struct bsync_worker_id author = bsync_base_author(&act->store->base, deleted->line);

	*saw = naming->version->line == deleted->line ? naming->version->seq <= deleted->seq
						      : naming->version->counter <= gone->base;
	if (!*saw || naming->version->line == deleted->line || deleted->line == 0)
		return BSYNC_OK;
	*saw = false;
	for (uint32_t i = 0; i < row->cells.entry_count && !*saw; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];
		struct bsync_scope *scope = NULL;
		enum bsync_result result;

		if (!row->sql->table->faces[entry->face].has_column[naming->column])
			continue;
		result = bsync_scopes_by_no(&act->store->scopes, &act->store->base, entry->scope, &scope);
		if (result == BSYNC_OK)
			result = bsync_member_held(act, scope, &author, gone->base, saw);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

static bool is_same_name(const struct naming *naming, const struct bsync_standing *standing)
{
	return !standing->is_unwritten && bsync_value_equal(&standing->value, &naming->row->values[naming->column]);
}

/* The same of all the writes that stand and name it. */
static enum bsync_result delete_saw_any(struct bsync_act *act, struct naming *naming, const struct bsync_delete *gone,
					bool *saw)
{
	struct bsync_cells cells = naming->row->cells;
	const struct bsync_cell *cell = bsync_cells_find(&cells, naming->column);
	enum bsync_result result = BSYNC_OK;

	*saw = false;
	naming->version = &naming->row->cells.born;
	if (cell == NULL || cell->count == 0)
		return delete_saw(act, naming, gone, saw);
	for (uint32_t i = 0; i < cell->count && result == BSYNC_OK && !*saw; i++) {
		naming->version = &cell->standing[i].version;
		if (is_same_name(naming, &cell->standing[i]))
			result = delete_saw(act, naming, gone, saw);
	}
	return result;
}

/* PROTOCOL 7.12: "Nobody who deleted the row had seen a write that stands and names it" */
static enum bsync_result deletes_ask(struct bsync_act *act, struct naming *naming, struct orphan *orphan)
{
	struct bsync_base *base = &act->store->base;
	struct bsync_deletes deletes;
	enum bsync_result result = bsync_deletes_read(base, &orphan->parent, &act->store->work, &deletes);

	for (uint32_t i = 0; i < deletes.count && result == BSYNC_OK; i++) {
		const struct bsync_version *deleted = &deletes.list[i].version;
		bool saw = false;

		result = delete_saw_any(act, naming, &deletes.list[i], &saw);
		if (result != BSYNC_OK || saw) {
			orphan->is_one = false;
			return result;
		}
		if (!orphan->is_one || is_before(base, deleted, &orphan->deleted))
			orphan->deleted = *deleted;
		orphan->is_one = true;
	}
	return result;
}

static enum bsync_result orphan_find(struct bsync_act *act, const struct bsync_row *row,
				     const struct bsync_reference *reference, struct orphan *orphan)
{
	struct bsync_base *base = &act->store->base;
	struct bsync_table_sql *parent = &base->tables.tables[reference->parent];
	const struct bsync_value *value = &row->values[reference->column];
	struct naming naming = {.row = row, .column = reference->column};
	bool may_be = false;
	enum bsync_result result = may_be_deleted(act, reference, value, &may_be);

	*orphan = (struct orphan){.is_one = false};
	if (result != BSYNC_OK || !may_be)
		return result;
	result = bsync_row_by_key(base, parent, value, true, &act->store->work, &orphan->parent);
	if (result != BSYNC_OK || !orphan->parent.is_grave)
		return result;
	return deletes_ask(act, &naming, orphan);
}

/* A scope whose members hold the column and held what it names; NULL: only the operator may know of both. */
static enum bsync_result place_find(struct bsync_act *act, const struct bsync_row *row,
				    const struct bsync_reference *reference, const struct orphan *orphan,
				    struct bsync_scope **scope, uint32_t *face)
{
	*scope = NULL;
	for (uint32_t i = 0; i < row->cells.entry_count; i++) {
		const struct bsync_entry *entry = &row->cells.entries[i];

		if (!row->sql->table->faces[entry->face].has_column[reference->column])
			continue;
		for (uint32_t k = 0; k < orphan->parent.cells.entry_count; k++) {
			if (orphan->parent.cells.entries[k].scope != entry->scope)
				continue;
			*face = entry->face;
			return bsync_scopes_by_no(&act->store->scopes, &act->store->base, entry->scope, scope);
		}
	}
	return BSYNC_OK;
}

static enum bsync_result orphan_tell(struct bsync_act *act, const struct bsync_row *row,
				     const struct bsync_reference *reference, const struct orphan *orphan)
{
	struct bsync_scope *scope = NULL;
	uint32_t face = 0;
	enum bsync_result result = place_find(act, row, reference, orphan, &scope, &face);

	return result == BSYNC_OK ? bsync_item_orphan(act, row, scope, face, &orphan->deleted) : result;
}

static enum bsync_result row_settle(struct bsync_act *act, struct bsync_table_sql *sql, const struct bsync_value *key)
{
	const struct bsync_schema *schema = schema_of(act);
	struct bsync_arena *arena = &act->store->work;
	struct bsync_row *row = bsync_arena_take(arena, sizeof(*row));
	struct orphan *orphans = bsync_arena_take(arena, (schema->reference_count + 1) * sizeof(*orphans));
	struct bsync_version *deletes = bsync_arena_take(arena, (schema->reference_count + 1) * sizeof(*deletes));
	uint32_t count = 0;
	enum bsync_result result = BSYNC_OK;

	if (row == NULL || orphans == NULL || deletes == NULL)
		return BSYNC_NO_MEMORY;
	result = bsync_row_by_key(&act->store->base, sql, key, false, arena, row);
	for (uint32_t i = 0; i < schema->reference_count && result == BSYNC_OK; i++) {
		if (!row->is_live || !is_of(act, schema->references[i].table, sql))
			continue;
		result = orphan_find(act, row, &schema->references[i], &orphans[i]);
		if (result == BSYNC_OK && orphans[i].is_one)
			deletes[count++] = orphans[i].deleted;
	}
	if (result == BSYNC_OK)
		result = bsync_item_orphans_close(act, row, deletes, count);
	for (uint32_t i = 0; i < schema->reference_count && result == BSYNC_OK; i++) {
		if (orphans[i].is_one)
			result = orphan_tell(act, row, &schema->references[i], &orphans[i]);
	}
	return result;
}

/* --- The rows that name one --- */

static enum bsync_result namers_settle(struct bsync_act *act, const struct bsync_reference *reference,
				       const struct bsync_value *named)
{
	struct bsync_store *store = act->store;
	struct bsync_table_sql *sql = &store->base.tables.tables[reference->table];
	const struct bsync_table *table = sql->table;
	struct bsync_value *keys = NULL;
	sqlite3_stmt *statement = NULL;
	uint32_t count = 0, capacity = 0;
	bool has_row = false;
	enum bsync_result result = bsync_table_sql_namers(sql, reference->column, &statement);

	if (result != BSYNC_OK)
		return result;
	bsync_db_bind_value(statement, 1, named);
	result = bsync_db_step(statement, &has_row);
	while (result == BSYNC_OK && has_row) {
		if (!bsync_act_grow(act, &keys, count, &capacity, table->key_count * sizeof(*keys)))
			result = BSYNC_NO_MEMORY;
		for (uint32_t k = 0; result == BSYNC_OK && k < table->key_count; k++) {
			const struct bsync_value value = bsync_db_value(statement, (int)k);

			if (!bsync_value_copy(&store->work, &value, &keys[count * table->key_count + k]))
				result = BSYNC_NO_MEMORY;
		}
		count++;
		if (result == BSYNC_OK)
			result = bsync_db_step(statement, &has_row);
	}
	bsync_db_finalize(&statement);
	for (uint32_t i = 0; i < count && result == BSYNC_OK; i++)
		result = row_settle(act, sql, &keys[i * table->key_count]);
	return result;
}

enum bsync_result bsync_reference_settle(struct bsync_act *act)
{
	const struct bsync_schema *schema = schema_of(act);
	enum bsync_result result = BSYNC_OK;

	assert(act != NULL);
	for (uint32_t i = 0; i < act->named_count && result == BSYNC_OK; i++) {
		const struct bsync_named *named = &act->named[i];

		if (named->sql->is_child)
			result = row_settle(act, named->sql, named->key);
		for (uint32_t k = 0; named->came_or_went && k < schema->reference_count && result == BSYNC_OK; k++) {
			if (is_of(act, schema->references[k].parent, named->sql))
				result = namers_settle(act, &schema->references[k], named->key);
		}
	}
	return result;
}
