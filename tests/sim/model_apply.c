/* model_apply.c: what a changeset does, rule by rule, over the list of all writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge.h"
#include "tests/sim/model.h"
#include "tests/sim/probe.h"

enum { SET_TEXT_MAX = 2000 };

/* What became of a changeset so far. */
struct outcome {
	bool has_item, is_beside;
	bool may_be_beside; /* a remove stands nowhere: the documents do not say what is beside it */
};

bool model_same_line(const struct model_set *a, const struct model_set *b)
{
	if (a->is_store || b->is_store)
		return a->is_store && b->is_store;
	return memcmp(&a->device, &b->device, sizeof a->device) == 0 && memcmp(&a->line, &b->line, sizeof a->line) == 0;
}

bool model_stands(const struct model_write *write, uint32_t row, uint32_t column)
{
	return write->row == row && write->column == column && write->place == MODEL_STANDS &&
	       write->life == model.rows[row].life;
}

/* The order of (stamp, device, seq), then of values: which write of a cell is shown. */
static int write_compare(const struct model_write *a, const struct model_write *b)
{
	const struct model_set *x = &model.sets[a->set], *y = &model.sets[b->set];
	if (x->stamp_ms != y->stamp_ms)
		return x->stamp_ms < y->stamp_ms ? -1 : 1;
	int device = memcmp(&x->device, &y->device, sizeof x->device);
	if (device != 0)
		return device;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return bsync_value_compare(&a->value, &b->value);
}

/* --- What a cell shows --- */

static struct bsync_value shown_set(uint32_t row, uint32_t column)
{
	const struct bsync_value *last = NULL;
	char *text = bsync_arena_take(&model.arena, SET_TEXT_MAX);
	size_t size = 0;
	bool is_touched = false;
	if (text == NULL)
		abort();
	for (;;) {
		const struct bsync_value *next = NULL;
		for (uint32_t i = 0; i < model.write_count; i++) {
			const struct model_write *write = &model.writes[i];
			if (write->row == row && write->column == column && write->life == model.rows[row].life &&
			    write->place != MODEL_ITEM)
				is_touched = true;
			if (model_stands(write, row, column) &&
			    (last == NULL || bsync_value_compare(&write->value, last) > 0) &&
			    (next == NULL || bsync_value_compare(&write->value, next) < 0))
				next = &write->value;
		}
		if (next == NULL)
			break;
		const char *comma = last == NULL ? "[" : ",";
		if (next->kind == BSYNC_INTEGER)
			size += (size_t)snprintf(text + size, SET_TEXT_MAX - size, "%s%lld", comma,
						 (long long)next->as.integer);
		else
			size += (size_t)snprintf(text + size, SET_TEXT_MAX - size, "%s\"%.*s\"", comma,
						 (int)next->as.bytes.size, (const char *)next->as.bytes.data);
		last = next;
	}
	if (!is_touched)
		return bsync_value_null();
	size += (size_t)snprintf(text + size, SET_TEXT_MAX - size, "%s]", last == NULL ? "[" : "");
	return bsync_value_text((struct bsync_bytes){(const uint8_t *)text, size});
}

struct bsync_value model_shown(uint32_t row, uint32_t column)
{
	enum bsync_rule rule = model_table(row)->columns[column].rule;
	const struct model_write *best = NULL;
	uint64_t sum = 0;
	if (rule == BSYNC_RULE_SET)
		return shown_set(row, column);
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_write *write = &model.writes[i];
		if (!model_stands(write, row, column))
			continue;
		sum += (uint64_t)write->sum;
		if (best == NULL || write_compare(write, best) > 0)
			best = write;
	}
	if (best == NULL)
		return bsync_value_null();
	return rule == BSYNC_RULE_COUNTER ? bsync_value_integer((int64_t)sum) : best->value;
}

bool model_is_conflict(uint32_t row, uint32_t column)
{
	const struct bsync_value *first = NULL;
	if (model_table(row)->columns[column].rule != BSYNC_RULE_KEEP || model.rows[row].state != MODEL_LIVE)
		return false;
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_write *write = &model.writes[i];
		if (!model_stands(write, row, column))
			continue;
		if (first != NULL && !bsync_value_equal(first, &write->value))
			return true;
		first = &write->value;
	}
	return false;
}

/* --- Writes --- */

static struct model_write *put(uint32_t row, uint32_t column, uint32_t set, const struct bsync_value *value,
			       enum model_place place)
{
	if (model.write_count == MODEL_WRITES_MAX)
		abort();
	struct model_write *write = &model.writes[model.write_count++];
	*write = (struct model_write){.row = row,
				      .column = column,
				      .set = set,
				      .life = model.rows[row].life,
				      .place = place,
				      .value = *value};
	return write;
}

static void replace(struct model_write *write, uint32_t set)
{
	write->place = MODEL_HISTORY;
	write->replaced_counter = model.sets[set].counter;
	write->replaced_set = set;
}

uint64_t model_cut(const struct model_set *set, struct bsync_position base)
{
	return set->is_store || base.counter <= set->confirmed ? base.counter : set->confirmed;
}

static uint64_t base_of(uint32_t set, const struct bsync_cell_write *cell)
{
	const struct model_set *author = &model.sets[set];
	return model_cut(author, cell->base_kind == BSYNC_BASE_OWN ? cell->base : author->changeset.base);
}

/* PROTOCOL 7.2: what a write of `set` removes. */
static bool removes(uint32_t set, const struct bsync_cell_write *cell, const struct model_write *old)
{
	const struct model_set *author = &model.sets[set], *by = &model.sets[old->set];
	if (model_same_line(author, by))
		return true;
	for (uint32_t i = 0; i < cell->name_count; i++)
		if (cell->names[i].seq == by->seq && memcmp(&cell->names[i].line, &by->line, sizeof by->line) == 0 &&
		    memcmp(&cell->names[i].device, &by->device, sizeof by->device) == 0)
			return true;
	if (cell->base_kind == BSYNC_BASE_NAMES)
		return false;
	return by->counter <= base_of(set, cell);
}

static void write_replacing(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell,
			    struct outcome *outcome)
{
	bool was_conflict = model_is_conflict(row, column);
	uint32_t standing = 1;
	for (uint32_t i = 0; i < model.write_count; i++) {
		if (!model_stands(&model.writes[i], row, column))
			continue;
		if (removes(set, cell, &model.writes[i]))
			replace(&model.writes[i], set);
		else if (!bsync_value_equal(&model.writes[i].value, &cell->value))
			standing++;
	}
	put(row, column, set, &cell->value, MODEL_STANDS);
	outcome->is_beside = outcome->is_beside || standing > 1;
	bool is_conflict = model_is_conflict(row, column);
	outcome->has_item = outcome->has_item || is_conflict;
	if (is_conflict && !was_conflict)
		probe(PROBE_CONFLICT_MADE);
	if (is_conflict && standing > 2)
		probe(PROBE_CONFLICT_OF_THREE);
	if (cell->base_kind == BSYNC_BASE_NAMES)
		probe(is_conflict ? PROBE_RESOLVED_TWICE : PROBE_RESOLVED);
}

/* `first`, `max` and `min`: one write stands, the best of all. */
static void write_best(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell)
{
	enum bsync_rule rule = model_table(row)->columns[column].rule;
	struct model_write *write = put(row, column, set, &cell->value, MODEL_STANDS), *old = NULL;
	for (uint32_t i = 0; i + 1 < model.write_count; i++)
		if (model_stands(&model.writes[i], row, column))
			old = &model.writes[i];
	if (old == NULL)
		return;
	int order = rule == BSYNC_RULE_FIRST ? 0 : bsync_value_compare(&write->value, &old->value);
	/* NULL is the lowest for both. */
	if (rule == BSYNC_RULE_MIN && write->value.kind != BSYNC_NULL && old->value.kind != BSYNC_NULL)
		order = -order;
	if (order == 0)
		order = -write_compare(write, old);
	if (order <= 0)
		probe(PROBE_FOLD_LOST);
	replace(order > 0 ? old : write, set);
}

static void write_counter(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell,
			  struct outcome *outcome)
{
	int64_t delta = cell->kind == BSYNC_WRITE_DELTA     ? cell->delta
			: cell->value.kind == BSYNC_INTEGER ? cell->value.as.integer
							    : 0;
	struct bsync_value value = bsync_value_integer(delta);
	struct model_write *write = put(row, column, set, &value, MODEL_STANDS);
	write->sum = delta;
	for (uint32_t i = 0; i + 1 < model.write_count; i++) {
		struct model_write *old = &model.writes[i];
		if (!model_stands(old, row, column))
			continue;
		if (!model_same_line(&model.sets[old->set], &model.sets[set])) {
			outcome->is_beside = outcome->is_beside || model.sets[old->set].counter > base_of(set, cell);
			continue;
		}
		write->sum = (int64_t)((uint64_t)write->sum + (uint64_t)old->sum);
		old->place = MODEL_FOLDED;
	}
	write->value = bsync_value_integer(write->sum);
}

/* Takes out what the write has seen of an element; of `own` only what its own line added. */
static void set_remove(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell,
		       const struct bsync_value *element, bool is_own)
{
	for (uint32_t i = 0; i < model.write_count; i++) {
		struct model_write *old = &model.writes[i];
		if (!model_stands(old, row, column) || !bsync_value_equal(&old->value, element))
			continue;
		/* An add takes the place of its own line's: the element still stands, nothing is lost. */
		if (is_own && model_same_line(&model.sets[old->set], &model.sets[set]))
			old->place = MODEL_FOLDED;
		else if (!is_own && removes(set, cell, old))
			replace(old, set);
		else if (!is_own)
			probe(PROBE_SET_REMOVE_COVERED);
	}
}

static void write_set(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell,
		      struct outcome *outcome)
{
	struct bsync_value *adds = cell->adds, null = bsync_value_null();
	uint32_t add_count = cell->kind == BSYNC_WRITE_SET ? cell->add_count : 0;
	if (cell->kind == BSYNC_WRITE_VALUE && cell->value.kind == BSYNC_TEXT &&
	    bsync_set_parse(cell->value.as.bytes, &model.arena, &adds, &add_count) != BSYNC_OK)
		abort();
	put(row, column, set, &null, MODEL_FOLDED);
	for (uint32_t i = 0; cell->kind == BSYNC_WRITE_SET && i < cell->remove_count; i++)
		set_remove(row, column, set, cell, &cell->removes[i], false);
	for (uint32_t i = 0; i < add_count; i++) {
		set_remove(row, column, set, cell, &adds[i], true);
		put(row, column, set, &adds[i], MODEL_STANDS);
	}
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_set *by = &model.sets[model.writes[i].set];
		if (model_stands(&model.writes[i], row, column) && !model_same_line(by, &model.sets[set]) &&
		    by->counter > base_of(set, cell))
			*(add_count > 0 ? &outcome->is_beside : &outcome->may_be_beside) = true;
	}
}

static void write_cell(uint32_t row, uint32_t column, uint32_t set, const struct bsync_cell_write *cell,
		       struct outcome *outcome)
{
	switch (model_table(row)->columns[column].rule) {
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
		write_best(row, column, set, cell);
		break;
	case BSYNC_RULE_COUNTER:
		write_counter(row, column, set, cell, outcome);
		break;
	case BSYNC_RULE_SET:
		write_set(row, column, set, cell, outcome);
		break;
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_SERVER:
	/* No table of the world has states. */
	case BSYNC_RULE_ORDER:
		write_replacing(row, column, set, cell, outcome);
		break;
	}
}

/* --- Changes --- */

static void item_put(uint32_t row, uint32_t set, const char *kind, struct outcome *outcome)
{
	if (model.item_count == MODEL_SETS_MAX)
		abort();
	model.items[model.item_count++] = (struct model_item){.kind = kind, .row = row, .set = set, .is_open = true};
	outcome->has_item = true;
}

bool model_has_seen_delete(uint32_t row, uint32_t set, uint64_t base)
{
	const struct model_set *by = &model.sets[model.rows[row].deleted_set];
	return by->counter <= base || model_same_line(by, &model.sets[set]);
}

/* PROTOCOL 7.4. */
static void delete_row(uint32_t row, uint32_t set, uint64_t base, struct outcome *outcome)
{
	if (model.rows[row].state != MODEL_LIVE) {
		probe(PROBE_DELETE_TWICE);
		return;
	}
	for (uint32_t i = 0; i < model.write_count; i++) {
		const struct model_write *write = &model.writes[i];
		const struct model_set *by = &model.sets[write->set];
		if (model_stands(write, row, write->column) && by->counter > base &&
		    !model_same_line(by, &model.sets[set])) {
			probe(PROBE_DELETE_NOT_HELD);
			item_put(row, set, "deleted", outcome);
			return;
		}
	}
	probe(PROBE_DELETE_HELD);
	model.rows[row].state = MODEL_DEAD;
	model.rows[row].deleted_set = set;
}

/* The row is there after this: as it was, whole again, or begun anew. */
static void row_begin(uint32_t row, uint32_t set, bool is_insert, uint64_t base, struct outcome *outcome)
{
	struct model_row *it = &model.rows[row];
	if (it->state == MODEL_LIVE && is_insert)
		probe(PROBE_INSERT_BOTH);
	if (it->state == MODEL_DEAD && is_insert && model_has_seen_delete(row, set, base)) {
		probe(PROBE_ROW_ANEW);
		for (uint32_t i = 0; i < model.write_count; i++)
			if (model_stands(&model.writes[i], row, model.writes[i].column))
				replace(&model.writes[i], set);
		it->life++;
	} else if (it->state == MODEL_DEAD) {
		probe(PROBE_ROW_REVIVED);
		item_put(row, it->deleted_set, "deleted", outcome);
	}
	it->state = MODEL_LIVE;
}

/* What an item says of a write: of a set, what it adds. */
static struct bsync_value item_value(const struct bsync_cell_write *cell)
{
	char *text = bsync_arena_take(&model.arena, SET_TEXT_MAX);
	size_t size = 0;
	if (cell->kind == BSYNC_WRITE_VALUE)
		return cell->value;
	if (cell->kind == BSYNC_WRITE_DELTA)
		return bsync_value_integer(cell->delta);
	if (text == NULL)
		abort();
	for (uint32_t i = 0; i < cell->add_count; i++)
		size += (size_t)snprintf(text + size, SET_TEXT_MAX - size, "%s\"%.*s\"", i == 0 ? "[" : ",",
					 (int)cell->adds[i].as.bytes.size, (const char *)cell->adds[i].as.bytes.data);
	size += (size_t)snprintf(text + size, SET_TEXT_MAX - size, "%s]", size == 0 ? "[" : "");
	return bsync_value_text((struct bsync_bytes){(const uint8_t *)text, size});
}

static void apply_change(uint32_t set, const struct bsync_change *change, struct outcome *outcome)
{
	const struct model_set *author = &model.sets[set];
	uint32_t row = model_row(change->table_no, change->key, change->key_count);
	const struct bsync_table *table = model_table(row);
	const char *kind = model_not_allowed(set, row, change);
	bool refuses_all = kind != NULL ||
			   (table->is_append_only && change->kind != BSYNC_CHANGE_INSERT && !author->is_store);
	bool is_refused = refuses_all;
	uint32_t writes = 0;
	for (uint32_t i = 0; i < change->cell_count; i++) {
		const struct bsync_cell_write *cell = &change->cells[i];
		uint32_t column = (uint32_t)bsync_table_column(table, cell->column_no);
		if (refuses_all || (table->columns[column].rule == BSYNC_RULE_SERVER && !author->is_store)) {
			struct bsync_value value = item_value(cell);
			put(row, column, set, &value, MODEL_ITEM);
			is_refused = true;
		} else {
			writes++;
		}
	}
	if (is_refused) {
		probe(kind != NULL && strcmp(kind, "late") == 0 ? PROBE_LATE : PROBE_REFUSED);
		item_put(row, set, kind != NULL ? kind : "refused", outcome);
	}
	if (refuses_all || (change->kind == BSYNC_CHANGE_UPDATE && writes == 0))
		return;
	uint64_t base = model_cut(author, change->has_base ? change->base : author->changeset.base);
	if (change->kind == BSYNC_CHANGE_DELETE) {
		delete_row(row, set, base, outcome);
		return;
	}
	struct bsync_value from = model_scope_of(row, NULL);
	bool was_live = model.rows[row].state == MODEL_LIVE;
	row_begin(row, set, change->kind == BSYNC_CHANGE_INSERT, base, outcome);
	for (uint32_t i = 0; i < change->cell_count; i++) {
		uint32_t column = (uint32_t)bsync_table_column(table, change->cells[i].column_no);
		if (table->columns[column].rule != BSYNC_RULE_SERVER || author->is_store)
			write_cell(row, column, set, &change->cells[i], outcome);
	}
	struct bsync_value to = model_scope_of(row, NULL);
	if (was_live && !bsync_value_equal(&from, &to))
		probe(PROBE_ROW_MOVED);
}

void model_apply(uint32_t set)
{
	struct outcome outcome = {false, false, false};
	const struct bsync_changeset *changeset = &model.sets[set].changeset;
	model_found(&model.sets[set]);
	for (uint32_t i = 0; i < changeset->change_count; i++)
		apply_change(set, &changeset->changes[i], &outcome);
	model.sets[set].expected = outcome.has_item    ? BSYNC_VERDICT_INBOX
				   : outcome.is_beside ? BSYNC_VERDICT_MERGED
						       : BSYNC_VERDICT_APPLIED;
	model.sets[set].may_be_merged = outcome.may_be_beside;
}
