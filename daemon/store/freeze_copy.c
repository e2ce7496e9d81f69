/* freeze_copy.c: the fork of a signature: a copy of each signed row, in which the work that its signer had not seen goes on. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/derived_id.h"
#include "core/lattice.h"
#include "daemon/store/freeze.h"
#include "daemon/store/item.h"

enum { KEY_INPUT_MAX = 1 << 16 };

/* PROTOCOL 7.10: "The key of a copy is the first 16 bytes of SHA-256 over" a label and the old key with the signature's dot. */
enum bsync_result bsync_freeze_key(struct bsync_act *act, const struct bsync_version *signature,
				   const struct bsync_value *key, struct bsync_value *out)
{
	struct bsync_dot dot = bsync_base_dot(&act->store->base, signature->line, signature->seq);
	struct bsync_derived_id derived;
	uint8_t id[BSYNC_ID_SIZE];
	struct bsync_bytes bytes = {id, BSYNC_ID_SIZE};
	enum bsync_result result;

	assert(key->kind == BSYNC_BLOB);
	bsync_derived_id_begin(&derived, bsync_fork_label, KEY_INPUT_MAX);
	bsync_write_array(&derived.writer, 4);
	bsync_write_value(&derived.writer, key);
	bsync_derived_id_dot(&derived, &dot);
	result = bsync_derived_id_end(&derived, id);
	if (result != BSYNC_OK)
		return result;
	bytes = bsync_arena_copy(&act->store->work, bytes);
	*out = bsync_value_blob(bytes);
	return bytes.data != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;
}

const struct bsync_value *bsync_freeze_turn(const struct bsync_signing *signing, const struct bsync_freeze_part *part,
					    uint32_t column, const struct bsync_value *value)
{
	assert(signing != NULL && part != NULL && value != NULL);
	return (int)column == part->parent && bsync_value_equal(value, &signing->root) ? &signing->fork : value;
}

/* One copy in the making. */
struct copying {
	struct bsync_act *act;
	const struct bsync_signing *signing;
	const struct bsync_witness *witness;
	struct bsync_sight sight;  /* of what is signed */
	struct bsync_sight before; /* of the rest: without what the signature itself wrote */
	bool with_late;
};

/* What stands in a frozen cell and had not been seen, with what is signed and stands beside it. */
static enum bsync_result late_keep(const struct copying *copying, struct bsync_cell *cell)
{
	struct bsync_cells cells = copying->witness->row.cells;
	const struct bsync_cell *now = bsync_cells_find(&cells, cell->column);
	struct bsync_standing *room = NULL;
	uint32_t count = 0;

	assert(now != NULL);
	room = bsync_arena_take(&copying->act->store->work, (now->count + 1) * sizeof(*room));
	if (room == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < now->count; i++) {
		const struct bsync_standing *standing = &now->standing[i];

		if (standing->is_unwritten)
			continue;
		if (bsync_freeze_has(cell, standing) ||
		    !bsync_sight_saw(&copying->sight, copying->witness, cell->column, standing, NULL))
			room[count++] = *standing;
	}
	if (count != 0) {
		cell->standing = room;
		cell->count = count;
	}
	return BSYNC_OK;
}

static int add_compare(const void *a, const void *b)
{
	const struct bsync_standing *one = a;
	const struct bsync_standing *other = b;

	if (one->version.line != other->version.line)
		return one->version.line < other->version.line ? -1 : 1;
	if (one->version.seq != other->version.seq)
		return one->version.seq < other->version.seq ? -1 : 1;
	return bsync_value_compare(&one->value, &other->value);
}

/* The elements of a set that were there for the signer; what it took out itself and had not been taken out before is not. */
static enum bsync_result set_copy(const struct copying *copying, struct bsync_cell *cell)
{
	const struct bsync_witness *witness = copying->witness;
	struct bsync_cells cells = witness->row.cells;
	const struct bsync_cell *now = bsync_cells_find(&cells, cell->column);
	const struct bsync_sight *sight = &copying->before;
	struct bsync_standing *room = bsync_arena_take(&copying->act->store->work,
						       ((size_t)now->count + witness->past_count + 1) * sizeof(*room));
	uint32_t count = 0;

	if (room == NULL)
		return BSYNC_NO_MEMORY;
	for (uint32_t i = 0; i < now->count; i++) {
		if (!now->standing[i].is_unwritten && bsync_sight_sees(sight, &now->standing[i].version))
			room[count++] = now->standing[i];
	}
	for (uint32_t i = 0; i < witness->past_count; i++) {
		const struct bsync_replacement *past = &witness->past[i];
		const bool was_there = past->counter > sight->base &&
				       memcmp(past->by.bytes, sight->worker.bytes, BSYNC_ID_SIZE) != 0;

		if (past->column == cell->column && was_there && bsync_sight_sees(sight, &past->standing.version))
			room[count++] = past->standing;
	}
	if (count == 0)
		return BSYNC_OK;
	qsort(room, count, sizeof(*room), add_compare);
	cell->standing = room;
	cell->count = count;
	return BSYNC_OK;
}

static enum bsync_result fork_state(const struct copying *copying, struct bsync_cell *cell)
{
	struct bsync_arena *arena = &copying->act->store->work;
	const struct bsync_freeze *freeze = copying->signing->freeze;
	const struct bsync_column *column = &copying->signing->sql->table->columns[freeze->state];
	struct bsync_standing *own = bsync_arena_take(arena, sizeof(*own));

	if (own == NULL)
		return BSYNC_NO_MEMORY;
	own->version = copying->signing->version;
	cell->standing = own;
	cell->count = 1;
	return bsync_lattice_write(column->lattice, (struct bsync_state){.state = freeze->fork}, arena, &own->value);
}

/* True of a column that says in which scope the row is. */
static bool is_place(const struct bsync_table *table, uint32_t column)
{
	for (uint32_t i = 0; i < table->face_count; i++) {
		if (table->faces[i].scope_column == (int)column)
			return true;
	}
	return false;
}

/* PROTOCOL 7.10: "The copy has what the signer had seen in all columns, but not what the signature itself wrote in columns that are
 * not frozen; counters and columns of the store begin anew." */
static enum bsync_result cell_copy(const struct copying *copying, struct bsync_cell *cell)
{
	const struct bsync_witness *witness = copying->witness;
	const struct bsync_freeze_part *part = witness->part;
	const struct bsync_table *table = witness->row.sql->table;
	const struct bsync_column *column = &table->columns[cell->column];
	const bool is_frozen = part->has_column[cell->column];
	struct bsync_cell seen;
	struct bsync_value shown;
	enum bsync_result result = BSYNC_OK;

	if (part->parent < 0 && cell->column == copying->signing->freeze->state)
		return fork_state(copying, cell);
	if (column->rule == BSYNC_RULE_COUNTER || column->rule == BSYNC_RULE_SERVER)
		return BSYNC_OK;
	if (column->rule == BSYNC_RULE_SET)
		return set_copy(copying, cell);
	result = bsync_sight_cell(copying->act, is_frozen ? &copying->sight : &copying->before, witness, cell->column,
				  &seen, &shown);
	if (result != BSYNC_OK)
		return result;
	cell->standing = seen.standing;
	cell->count = seen.count;
	/* After a restore a signature can come before what it was made over: its fork is in a scope all the same. */
	if (cell->standing[0].is_unwritten && is_place(table, cell->column)) {
		struct bsync_cells cells = witness->row.cells;
		const struct bsync_cell *now = bsync_cells_find(&cells, cell->column);

		cell->standing = now->standing;
		cell->count = now->count;
	}
	return is_frozen && copying->with_late ? late_keep(copying, cell) : BSYNC_OK;
}

static enum bsync_result row_fill(const struct copying *copying, struct bsync_row *copy)
{
	struct bsync_lines lines = bsync_base_merge_lines(&copying->act->store->base);
	const struct bsync_table *table = copy->sql->table;
	enum bsync_result result = BSYNC_OK;

	for (uint32_t i = 0; i < copy->cells.cell_count && result == BSYNC_OK; i++) {
		struct bsync_cell *cell = &copy->cells.cells[i];
		struct bsync_shown shown;

		result = cell_copy(copying, cell);
		if (result != BSYNC_OK)
			break;
		for (uint32_t k = 0; k < cell->count; k++)
			cell->standing[k].value = *bsync_freeze_turn(copying->signing, copying->witness->part,
								     cell->column, &cell->standing[k].value);
		cell->changed = copying->act->version.counter;
		result = bsync_merge_shown(&table->columns[cell->column], &lines, &copying->act->store->work, cell,
					   &shown);
		if (result == BSYNC_OK)
			copy->values[cell->column] = shown.value;
	}
	return result;
}

enum bsync_result bsync_freeze_copy(struct bsync_act *act, const struct bsync_signing *signing,
				    const struct bsync_witness *witness, bool with_late, struct bsync_row *copy)
{
	struct bsync_arena *arena = &act->store->work;
	struct copying copying = {.act = act, .signing = signing, .witness = witness, .with_late = with_late};
	struct bsync_value key;
	enum bsync_result result = bsync_freeze_key(act, &signing->version, &witness->row.key[0], &key);

	assert(witness->is_signed);
	copying.sight = bsync_freeze_sight(act, signing);
	copying.before = copying.sight;
	if (witness->part->parent < 0 && (witness->row.cells.born.line != signing->version.line ||
					  witness->row.cells.born.seq != signing->version.seq))
		copying.before.seq--;
	if (result == BSYNC_OK)
		result = bsync_row_by_key(&act->store->base, witness->row.sql, &key, true, arena, copy);
	if (result != BSYNC_OK)
		return result;
	if (copy->is_live || copy->is_grave)
		return bsync_act_refuse(act, "the key of a copy that a signature asks for is taken in table %s",
					copy->sql->table->name);
	result = bsync_row_blank(copy, &witness->row.cells.born, arena);
	copy->cells.is_copy = true;
	copy->cells.changed = act->version.counter;
	copy->cells.has_history = with_late && witness->past_count != 0;
	if (result == BSYNC_OK)
		result = row_fill(&copying, copy);
	return result == BSYNC_OK ? bsync_change_begin(act, copy) : result;
}

enum bsync_result bsync_freeze_fork(struct bsync_act *act, struct bsync_signing *signing)
{
	struct bsync_sight sight = bsync_freeze_sight(act, signing);
	struct bsync_signing now;
	struct bsync_witnesses witnesses;
	enum bsync_result result = bsync_freeze_find(act, signing->freeze, &signing->root, &now);

	/* Another row of the same changeset may have made it. */
	if (result != BSYNC_OK || now.has_fork)
		return result;
	result = bsync_freeze_gather(act, signing, &sight, &witnesses);
	for (uint32_t i = 0; result == BSYNC_OK && i < witnesses.count; i++) {
		struct bsync_row copy;

		if (witnesses.list[i].is_signed)
			result = bsync_freeze_copy(act, signing, &witnesses.list[i], false, &copy);
	}
	signing->has_fork = true;
	return result == BSYNC_OK ? bsync_freeze_put(act, signing) : result;
}

enum bsync_result bsync_freeze_tell(struct bsync_act *act, const struct bsync_signing *signing,
				    const struct bsync_version *version)
{
	struct bsync_base *base = &act->store->base;
	struct bsync_scope *scope = NULL;
	struct bsync_row root;
	uint32_t face = 0;
	enum bsync_result result = bsync_row_by_key(base, signing->sql, &signing->fork, true, &act->store->work, &root);

	if (result == BSYNC_OK && root.cells.entry_count != 0) {
		face = root.cells.entries[0].face;
		result = bsync_scopes_by_no(&act->store->scopes, base, root.cells.entries[0].scope, &scope);
	}
	return result == BSYNC_OK ? bsync_item_forked(act, &root, scope, face, version) : result;
}
