/* model_rules.c: what a changeset may do and what it does, rule by rule, over the list of all writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/merge.h"
#include "tests/sim/model.h"
#include "tests/sim/operator.h"
#include "tests/sim/restore.h"
#include "tests/sim/probe.h"
#include "tests/sim/signed.h"
#include "tests/sim/watch.h"

enum { ELEMENTS_MAX = 1000, SET_TEXT_MAX = 1 << 16 };

/* What a write lets the verdict be. */
enum { IS_INBOX = 1, IS_MERGED = 2, MAY_BE_MERGED = 4 };

struct model_write *model_standing(const struct model_row *row, uint32_t column, struct model_write *last)
{
	for (struct model_write *write = last == NULL ? model.writes : last + 1;
	     write < model.writes + model.write_count; write++)
		if (write->row == row && write->column == column && write->place == MODEL_STANDS)
			return write;
	return NULL;
}

/* The list in which the row of the change stands before it; NULL: it is new, or in none. */
static struct bsync_value stood;

/* PROTOCOL 7.2: "The store cuts a base to what the device has confirmed.  Of a cell that no scope gave its author at the
 * base, where the row stands now, the base is nothing." */
static uint64_t base_cut(const struct model_set *set, struct bsync_position base)
{
	uint64_t counter = restore_position(model.world, base);
	uint64_t confirmed = restore_position(model.world, set->confirmed);
	uint64_t cut = counter < confirmed ? counter : confirmed;
	bool was_held = set->line_no == 0 || stood.kind == BSYNC_NULL || model_holds(&set->author, &stood, cut);
	return was_held ? cut : 0;
}

static bool is_seen(const struct model_set *set, struct bsync_position base, const struct model_set *old)
{
	return old->line_no == set->line_no || old->counter <= base_cut(set, base);
}

/* --- What a cell shows --- */

/* The order of (stamp, device, seq), then of values. */
static int write_compare(const struct model_write *a, const struct model_write *b)
{
	const struct bsync_dot *x = &a->set->dot, *y = &b->set->dot;
	int device = memcmp(&x->device, &y->device, sizeof x->device);
	if (a->set->stamp_ms != b->set->stamp_ms)
		return a->set->stamp_ms < b->set->stamp_ms ? -1 : 1;
	if (device != 0 || x->seq != y->seq)
		return device != 0 ? device : x->seq < y->seq ? -1 : 1;
	return bsync_value_compare(&a->value, &b->value);
}

static int element_compare(const void *a, const void *b)
{
	return bsync_value_compare(a, b);
}

static struct bsync_value set_text(struct bsync_value *elements, uint32_t count)
{
	struct bsync_buffer text;
	bsync_buffer_init(&text, SET_TEXT_MAX);
	qsort(elements, count, sizeof *elements, element_compare);
	if (bsync_set_text(elements, count, &text) != BSYNC_OK)
		abort();
	struct bsync_value out = bsync_value_text(bsync_arena_copy(&model.arena, bsync_buffer_bytes(&text)));
	bsync_buffer_clear(&text);
	return out;
}

/* PROTOCOL 7.3: "that of the author with the highest role, of these the one with the highest (stamp, device, seq)" */
static int shown_compare(enum bsync_rule rule, const struct model_write *a, const struct model_write *b)
{
	bool by_role = rule == BSYNC_RULE_ROLE && a->set->role != b->set->role;
	probe_if(by_role && (a->set->role < b->set->role) == (write_compare(a, b) > 0), PROBE_ROLE_DECIDED);
	return by_role ? (a->set->role < b->set->role ? -1 : 1) : write_compare(a, b);
}

/* The states of tests/schemas/lijst: a join is the union of their bits.  Above them the round. */
static const char *const states[] = {"open", "links", "rechts", "klaar"};

static unsigned state_of(const struct bsync_value *value)
{
	unsigned state = 0;
	char name[40] = "";
	if (value->kind != BSYNC_TEXT)
		return 0;
	memcpy(name, value->as.bytes.data, value->as.bytes.size < 39 ? value->as.bytes.size : 39);
	while (strncmp(name, states[state], strlen(states[state])) != 0)
		state++;
	const char *round = strchr(name, '/');
	return (round == NULL ? 1 : 1 + (unsigned)strtoul(round + 1, NULL, 10)) * 4 + state;
}

static unsigned join(unsigned a, unsigned b)
{
	return a / 4 == b / 4 ? a | b : a > b ? a : b;
}

static bool is_above(const struct bsync_value *a, const struct bsync_value *b)
{
	return join(state_of(a), state_of(b)) == state_of(a);
}

/* PROTOCOL 7.3: "shown is their join" */
static struct bsync_value order_shown(const struct model_row *row, uint32_t column)
{
	unsigned all = 0, count = 0;
	char text[40];
	for (struct model_write *write = NULL; (write = model_standing(row, column, write)) != NULL; count++)
		all = join(all, state_of(&write->value));
	probe_if(count > 1, PROBE_STATES_JOINED);
	probe_if(all / 4 > 1, PROBE_ROUND_BEGUN);
	snprintf(text, sizeof text, all / 4 > 1 ? "%s/%u" : "%s", states[all % 4], all / 4 - 1);
	return all == 0 ? bsync_value_null()
			: bsync_value_text(bsync_arena_copy(&model.arena, bsync_bytes_of_string(text)));
}

static int later_first(const void *a, const void *b)
{
	return -write_compare(*(const struct model_write *const *)a, *(const struct model_write *const *)b);
}

/* PROTOCOL 7.8.  All are given the base that lies furthest back. */
static struct bsync_shown text_shown(const struct model_row *row, uint32_t column)
{
	const struct model_write *writes[ELEMENTS_MAX], *first = NULL;
	struct bsync_standing standing[ELEMENTS_MAX];
	struct bsync_cell cell = {.standing = standing};
	struct bsync_shown shown = {.is_conflict = false};
	for (struct model_write *write = NULL; (write = model_standing(row, column, write)) != NULL;)
		writes[model_next(&cell.count, ELEMENTS_MAX)] = write;
	qsort(writes, cell.count, sizeof writes[0], later_first);
	for (uint32_t i = 0; i < cell.count; i++)
		first = first == NULL || writes[i]->base.counter < first->base.counter ? writes[i] : first;
	for (uint32_t i = 0; i < cell.count; i++)
		standing[i] = (struct bsync_standing){.value = writes[i]->value, .base = &first->base};
	if (cell.count > 0 &&
	    bsync_merge_shown(&row->table->columns[column], NULL, &model.arena, &cell, &shown) != BSYNC_OK)
		abort();
	return shown;
}

struct bsync_value model_shown(const struct model_row *row, uint32_t column)
{
	enum bsync_rule rule = row->table->columns[column].rule;
	struct bsync_value elements[ELEMENTS_MAX], sum = bsync_value_integer(0);
	const struct model_write *best = NULL;
	uint32_t count = 0;
	bool is_touched = false;
	if (rule == BSYNC_RULE_TEXT)
		return text_shown(row, column).value;
	if (rule == BSYNC_RULE_ORDER)
		return order_shown(row, column);
	for (struct model_write *write = NULL; (write = model_standing(row, column, write)) != NULL;) {
		elements[model_next(&count, ELEMENTS_MAX)] = write->value;
		sum.as.integer = (int64_t)((uint64_t)sum.as.integer + (uint64_t)write->value.as.integer);
		if (best == NULL || shown_compare(rule, write, best) > 0)
			best = write;
	}
	MODEL_EACH (write, write)
		is_touched |= write->row == row && write->column == column && write->place == MODEL_TOUCHED;
	if (rule == BSYNC_RULE_SET && is_touched)
		return set_text(elements, count);
	return best == NULL ? bsync_value_null() : rule == BSYNC_RULE_COUNTER ? sum : best->value;
}

bool model_is_conflict(const struct model_row *row, uint32_t column)
{
	struct model_write *first = model_standing(row, column, NULL);
	if (row->table->columns[column].rule == BSYNC_RULE_TEXT)
		return row->state == MODEL_LIVE && text_shown(row, column).is_conflict;
	if (row->table->columns[column].rule != BSYNC_RULE_KEEP || row->state != MODEL_LIVE)
		return false;
	for (struct model_write *write = first; write != NULL; write = model_standing(row, column, write))
		if (!bsync_value_equal(&first->value, &write->value))
			return true;
	return false;
}

/* --- Lists: the scopes of circle 2, each known by its name, the key of its root row in `lijst` --- */

static const struct model_scope *scope_find(const struct bsync_value *list)
{
	MODEL_EACH (scope, scope)
		if (bsync_value_equal(&scope->list, list))
			return scope;
	return NULL;
}

bool model_holds(const struct bsync_worker_id *worker, const struct bsync_value *list, uint64_t counter)
{
	const struct model_scope *scope = scope_find(list);
	struct bsync_value l2 = bsync_value_text(bsync_bytes_of_string("L2"));
	return scope != NULL && scope->founder->counter <= counter &&
	       (!bsync_value_equal(list, &l2) || !operator_is_outside(worker, counter));
}

struct bsync_value model_list(const struct model_row *row, const struct bsync_change *change)
{
	uint32_t column = (uint32_t)row->table->faces[0].scope_column;
	for (uint32_t k = 0; k < row->table->key_count; k++)
		if (row->table->key[k] == column)
			return row->key[k];
	for (uint32_t i = 0; change != NULL && i < change->cell_count; i++)
		if (change->cells[i].column_no == row->table->columns[column].no)
			return change->cells[i].value;
	return row->state != MODEL_NEVER ? model_shown(row, column) : bsync_value_null();
}

static bool founds(const struct bsync_change *change, const struct bsync_value *list)
{
	const struct model_row *row = model_row(change->table_no, change->key);
	return change->kind == BSYNC_CHANGE_INSERT && strcmp(row->table->name, "lijst") == 0 &&
	       bsync_value_equal(&row->key[0], list);
}

static bool waits_behind(const struct model_set *set, const struct model_row *row)
{
	MODEL_EACH (set, other)
		for (uint32_t k = 0; other->state == MODEL_WAITS && k < other->changeset.change_count; k++)
			if (!other->is_given_up && watch_had(set, other) &&
			    model_row(other->changeset.changes[k].table_no, other->changeset.changes[k].key) == row)
				return true;
	return false;
}

/* PROTOCOL 7.6: "A changeset with a row in a scope the store does not know waits as unplaced." */
bool model_must_wait(const struct model_set *set)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		const struct model_row *row = model_row(change->table_no, change->key);
		struct bsync_value list = model_list(row, change);
		/* PROTOCOL 7.4: "A delete of a row that never was does nothing." */
		bool is_known = (change->kind == BSYNC_CHANGE_DELETE && row->state == MODEL_NEVER) ||
				list.kind == BSYNC_NULL || scope_find(&list) != NULL;
		for (uint32_t k = 0; k < set->changeset.change_count && !is_known; k++)
			is_known = founds(&set->changeset.changes[k], &list);
		bool waits = waits_behind(set, row) || signed_waits(set, change);
		probe_if(waits, PROBE_WAITS_BEHIND);
		if (waits || !is_known)
			return true;
	}
	return false;
}

/* True when the worker held the list at some time before `counter`. */
static bool held_once(const struct bsync_worker_id *worker, const struct bsync_value *list, uint64_t counter)
{
	const struct model_scope *scope = scope_find(list);
	/* Who holds it changes when it is founded, and when the operator moves somebody. */
	for (uint64_t at = scope != NULL ? scope->founder->counter : counter; at < counter; at = operator_next_move(at))
		if (model_holds(worker, list, at))
			return true;
	return scope != NULL && memcmp(&scope->founder->author, worker, sizeof *worker) == 0;
}

/* The author knows of a delete of the row. */
static bool saw_delete(const struct model_set *set, const struct model_row *row)
{
	MODEL_EACH (delete, gone)
		if (gone->row == row && is_seen(set, set->changeset.base, gone->set))
			return true;
	return false;
}

/* PROTOCOL 7.6: NULL when the author may write the row, else the kind of item that the change becomes. */
static const char *not_allowed(const struct model_set *set, const struct model_row *row,
			       const struct bsync_change *change)
{
	bool is_insert = change->kind == BSYNC_CHANGE_INSERT;
	bool is_anew = is_insert && row->state == MODEL_DEAD && saw_delete(set, row);
	if (set->line_no == 0 || (change->kind == BSYNC_CHANGE_DELETE && row->state == MODEL_NEVER))
		return NULL;
	/* As the row stands, in its grave too, and as the author means it. */
	for (int i = 0; i < 2; i++) {
		struct bsync_value list = model_list(row, i == 0 ? NULL : change);
		const struct model_scope *scope = scope_find(&list);
		if (i == 0 ? row->state == MODEL_NEVER || is_anew : change->kind == BSYNC_CHANGE_DELETE)
			continue;
		if (list.kind == BSYNC_NULL)
			return "refused";
		if (!model_holds(&set->author, &list, set->counter - 1) && (scope == NULL || scope->founder != set))
			return held_once(&set->author, &list, set->counter) ? "late" : "refused";
	}
	return row->table->is_append_only && !is_insert ? "refused" : NULL;
}

/* --- Writes --- */

static struct model_write *put(struct model_row *row, uint32_t column, const struct model_set *set,
			       struct bsync_value value, enum model_place place)
{
	struct model_write *write = &model.writes[model_next(&model.write_count, MODEL_WRITES_MAX)];
	*write = (struct model_write){row, column, set, NULL, place, value, {0}};
	return write;
}

static void replace(struct model_write *write, const struct model_set *by)
{
	write->place = MODEL_HISTORY;
	write->replaced = by;
}

/* PROTOCOL 7.2: what a write of `set` removes. */
static bool removes(const struct model_set *set, const struct bsync_cell_write *cell, const struct model_set *old)
{
	for (uint32_t i = 0; i < cell->name_count; i++)
		if (memcmp(&cell->names[i], &old->dot, sizeof old->dot) == 0)
			return true;
	struct bsync_position base = cell->base_kind == BSYNC_BASE_OWN ? cell->base : set->changeset.base;
	return cell->base_kind >= BSYNC_BASE_NAMES ? old->line_no == set->line_no : is_seen(set, base, old);
}

/* `first`, `max`, `min` and `order`: above zero when `a` stands rather than `b`.  NULL is the lowest for all. */
static int better(enum bsync_rule rule, const struct model_write *a, const struct model_write *b)
{
	int order = rule == BSYNC_RULE_FIRST ? 0 : bsync_value_compare(&a->value, &b->value);
	if (rule == BSYNC_RULE_ORDER)
		order = is_above(&a->value, &b->value) - is_above(&b->value, &a->value);
	if (rule == BSYNC_RULE_MIN && a->value.kind != BSYNC_NULL && b->value.kind != BSYNC_NULL)
		order = -order;
	return order != 0 ? order : write_compare(b, a);
}

/* A value, a delta, or one element that is added to a set. */
static void write_value(struct model_row *row, uint32_t column, const struct model_set *set,
			const struct bsync_cell_write *cell, struct bsync_value value)
{
	enum bsync_rule rule = row->table->columns[column].rule;
	struct model_write *write = put(row, column, set, value, MODEL_STANDS), *old = NULL;
	bool had_seen = true;
	write->base = (struct bsync_text_base){
		base_cut(set, cell->base_kind % 2 == 1 ? cell->base : set->changeset.base), cell->base_value};
	while ((old = model_standing(row, column, old)) != NULL && old != write) {
		bool is_own = old->set->line_no == set->line_no;
		if (rule == BSYNC_RULE_ORDER && !is_above(&write->value, &old->value) &&
		    !is_above(&old->value, &write->value))
			continue;
		if (rule == BSYNC_RULE_FIRST || rule == BSYNC_RULE_MAX || rule == BSYNC_RULE_MIN ||
		    rule == BSYNC_RULE_ORDER) {
			bool is_better = better(rule, write, old) > 0;
			replace(is_better ? old : write, set);
			probe_if(!is_better, PROBE_FOLD_LOST);
		} else if (rule == BSYNC_RULE_COUNTER && is_own) {
			write->value.as.integer += old->value.as.integer;
			old->place = MODEL_FOLDED;
		} else if (rule == BSYNC_RULE_SET && is_own && bsync_value_equal(&old->value, &value)) {
			old->place = MODEL_FOLDED;
		} else if (rule != BSYNC_RULE_COUNTER && rule != BSYNC_RULE_SET && removes(set, cell, old->set)) {
			replace(old, set);
			had_seen &= old->set->counter <= write->base.counter;
		}
	}
	if (had_seen && model_standing(row, column, NULL) == write)
		write->base = (struct bsync_text_base){UINT64_MAX, {0}};
}

static void write_set(struct model_row *row, uint32_t column, const struct model_set *set,
		      const struct bsync_cell_write *cell)
{
	struct bsync_value *adds = cell->adds;
	uint32_t add_count = cell->add_count;
	if (cell->value.kind == BSYNC_TEXT &&
	    bsync_set_parse(cell->value.as.bytes, &model.arena, &adds, &add_count) != BSYNC_OK)
		abort();
	put(row, column, set, bsync_value_null(), MODEL_TOUCHED);
	for (struct model_write *old = NULL; (old = model_standing(row, column, old)) != NULL;) {
		for (uint32_t i = 0; i < cell->remove_count; i++) {
			if (!bsync_value_equal(&cell->removes[i], &old->value))
				continue;
			probe_if(!removes(set, cell, old->set), PROBE_SET_REMOVE_COVERED);
			if (removes(set, cell, old->set))
				replace(old, set);
		}
	}
	for (uint32_t i = 0; i < add_count; i++)
		write_value(row, column, set, cell, adds[i]);
}

/* Returns what the verdict may be (PROTOCOL 6.9). */
static unsigned write_cell(struct model_row *row, uint32_t column, const struct model_set *set,
			   const struct bsync_cell_write *cell)
{
	enum bsync_rule rule = row->table->columns[column].rule;
	bool was_conflict = model_is_conflict(row, column), stands = false;
	uint32_t beside = 0;
	bool is_count = rule == BSYNC_RULE_COUNTER && cell->value.kind == BSYNC_NULL;
	if (rule == BSYNC_RULE_SET)
		write_set(row, column, set, cell);
	else
		write_value(row, column, set, cell, is_count ? bsync_value_integer(cell->delta) : cell->value);
	for (struct model_write *old = NULL; (old = model_standing(row, column, old)) != NULL;) {
		bool is_other = rule == BSYNC_RULE_COUNTER || rule == BSYNC_RULE_SET ||
				!bsync_value_equal(&old->value, &cell->value);
		stands |= old->set == set;
		beside += is_other && !removes(set, cell, old->set);
	}
	bool is_conflict = model_is_conflict(row, column);
	probe_if(rule == BSYNC_RULE_TEXT && beside > 0, is_conflict ? PROBE_TEXT_CONFLICT : PROBE_TEXT_MERGED);
	probe_if(is_conflict && !was_conflict, PROBE_CONFLICT_MADE);
	probe_if(is_conflict && beside > 1, PROBE_CONFLICT_OF_THREE);
	probe_if(cell->base_kind >= BSYNC_BASE_NAMES, is_conflict ? PROBE_RESOLVED_TWICE : PROBE_RESOLVED);
	if (is_conflict)
		return IS_INBOX | IS_MERGED;
	/* A remove stands nowhere: the documents do not say what is beside it. */
	return beside == 0 ? 0 : stands ? IS_MERGED : rule == BSYNC_RULE_SET ? MAY_BE_MERGED : 0;
}

/* --- Changes --- */

/* There is such an item, unless a person closed it. */
static unsigned item_put(const struct model_row *row, const struct model_set *set, const char *kind)
{
	MODEL_EACH (item, item)
		if (item->row == row && item->set == set) {
			item->is_open |= item->is_over;
			item->is_over = false;
			return IS_INBOX;
		}
	model.items[model_next(&model.item_count, MODEL_SETS_MAX)] = (struct model_item){kind, row, set, .is_open = 1};
	return IS_INBOX;
}

/* PROTOCOL 7.4: "A delete with base b holds when nobody wrote to the row after b but its own line."  One that wins takes
 * the row though it does not. */
static unsigned delete_row(struct model_row *row, const struct model_set *set, struct bsync_position base)
{
	bool holds = true, wins = row->table->deletes_win, is_live = row->state == MODEL_LIVE;
	if (row->state == MODEL_NEVER)
		return 0;
	model.deletes[model_next(&model.delete_count, MODEL_SETS_MAX)] = (struct model_delete){row, set};
	probe_if(!is_live, PROBE_DELETE_TWICE);
	MODEL_EACH (write, write)
		if (write->row == row && (write->place == MODEL_STANDS || write->place == MODEL_HISTORY))
			holds &= is_seen(set, base, write->set);
	unsigned verdicts = !holds && (wins || is_live) ? item_put(row, set, "deleted") : 0;
	probe_if(verdicts != 0, wins ? PROBE_DELETE_WON : PROBE_DELETE_NOT_HELD);
	if (!is_live || (!holds && !wins))
		return wins ? 0 : verdicts;
	probe(PROBE_DELETE_HELD);
	row->state = MODEL_DEAD;
	row->deleted = set;
	MODEL_EACH (item, item)
		if (!wins && item->row == row && item->is_open && strcmp(item->kind, "deleted") == 0)
			item->is_open = !(item->is_over = true);
	return 0;
}

/* PROTOCOL 7.4: "An edit that comes behind it goes to history, as does any update of a row that is gone." */
static unsigned edit_take(struct model_row *row, const struct model_set *set, const struct bsync_change *change)
{
	bool is_astray = row->state == MODEL_DEAD && change->kind == BSYNC_CHANGE_UPDATE;
	unsigned verdicts = 0;
	MODEL_EACH (delete, gone)
		if (gone->row == row && (is_astray || !is_seen(set, set->changeset.base, gone->set)))
			verdicts |= item_put(row, gone->set, "deleted");
	probe_if(verdicts != 0, is_astray ? PROBE_EDIT_ASTRAY : PROBE_EDIT_TAKEN);
	for (uint32_t i = 0; i < change->cell_count && verdicts != 0; i++) {
		uint32_t column = (uint32_t)bsync_table_column(row->table, change->cells[i].column_no);
		replace(put(row, column, set, change->cells[i].value, MODEL_HISTORY), set);
	}
	return verdicts;
}

/* The row is there after this: as it was, whole again, or begun anew. */
static unsigned row_begin(struct model_row *row, const struct model_set *set, const struct bsync_change *change)
{
	bool was_dead = row->state == MODEL_DEAD, is_insert = change->kind == BSYNC_CHANGE_INSERT;
	bool is_anew = was_dead && is_insert && saw_delete(set, row);
	unsigned verdicts = 0;
	probe_if(row->state == MODEL_LIVE && is_insert, PROBE_INSERT_BOTH);
	row->state = MODEL_LIVE;
	MODEL_EACH (delete, gone)
		if (gone->row == row && is_anew && !row->table->deletes_win &&
		    is_seen(set, set->changeset.base, gone->set))
			gone->row = NULL;
		else if (gone->row == row && was_dead && !row->table->deletes_win)
			verdicts = item_put(row, gone->set, "deleted");
	probe_if(was_dead, is_anew ? PROBE_ROW_ANEW : PROBE_ROW_REVIVED);
	MODEL_EACH (write, write)
		if (is_anew && write->row == row && write->place == MODEL_STANDS)
			replace(write, set);
		else if (is_anew && write->row == row && write->place == MODEL_TOUCHED)
			write->place = MODEL_FOLDED;
	return verdicts;
}

/* What an item says of a write: of a set, what it adds. */
static struct bsync_value item_value(const struct bsync_cell_write *cell)
{
	return cell->kind == BSYNC_WRITE_VALUE   ? cell->value
	       : cell->kind == BSYNC_WRITE_DELTA ? bsync_value_integer(cell->delta)
						 : set_text(cell->adds, cell->add_count);
}

static unsigned change_apply(const struct model_set *set, const struct bsync_change *change)
{
	struct model_row *row = model_row(change->table_no, change->key);
	bool is_store = set->line_no == 0, puts = change->kind == BSYNC_CHANGE_INSERT;
	if (signed_has(row->table))
		return 0;
	stood = row->state != MODEL_NEVER && !is_store ? model_list(row, NULL) : bsync_value_null();
	const char *kind = not_allowed(set, row, change);
	uint32_t taken = 0;
	unsigned verdicts = 0;
	for (uint32_t i = 0; i < change->cell_count; i++) {
		uint32_t column = (uint32_t)bsync_table_column(row->table, change->cells[i].column_no);
		bool is_refused = row->table->columns[column].rule == BSYNC_RULE_SERVER && !is_store;
		if (kind != NULL || is_refused)
			put(row, column, set, item_value(&change->cells[i]), MODEL_ITEM);
		taken += kind == NULL && !is_refused;
		/* PROTOCOL 7.4: "an update that only takes elements out of sets, begins no row and revives none" */
		puts |= !is_refused && (change->cells[i].kind != BSYNC_WRITE_SET || change->cells[i].add_count > 0);
	}
	if (kind != NULL || taken < change->cell_count) {
		probe(kind != NULL && strcmp(kind, "late") == 0 ? PROBE_LATE : PROBE_REFUSED);
		verdicts = item_put(row, set, kind != NULL ? kind : "refused");
	}
	if (kind != NULL || (change->kind == BSYNC_CHANGE_UPDATE && taken == 0))
		return verdicts;
	if (change->kind == BSYNC_CHANGE_DELETE)
		return verdicts | delete_row(row, set, change->has_base ? change->base : set->changeset.base);
	if (row->table->deletes_win && (verdicts = edit_take(row, set, change)) != 0)
		return verdicts;
	bool was_live = row->state == MODEL_LIVE;
	if (row->state == MODEL_NEVER && !puts)
		return verdicts;
	if (puts)
		verdicts |= row_begin(row, set, change);
	for (uint32_t i = 0; i < change->cell_count; i++) {
		uint32_t column = (uint32_t)bsync_table_column(row->table, change->cells[i].column_no);
		if (row->table->columns[column].rule != BSYNC_RULE_SERVER || is_store)
			verdicts |= write_cell(row, column, set, &change->cells[i]);
	}
	struct bsync_value to = model_list(row, NULL);
	probe_if(was_live && !is_store && !bsync_value_equal(&stood, &to), PROBE_ROW_MOVED);
	return verdicts;
}

unsigned model_apply(const struct model_set *set)
{
	unsigned verdicts = 0;
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_value *key = set->changeset.changes[i].key;
		if (!founds(&set->changeset.changes[i], key) || scope_find(key) != NULL)
			continue;
		model.scopes[model_next(&model.scope_count, MODEL_SCOPES_MAX)] = (struct model_scope){*key, set};
		probe(PROBE_FOUNDED);
	}
	for (uint32_t i = 0; i < set->changeset.change_count; i++)
		verdicts |= change_apply(set, &set->changeset.changes[i]);
	return verdicts & IS_INBOX ? 1u << BSYNC_VERDICT_INBOX
	       : verdicts & IS_MERGED
		       ? 1u << BSYNC_VERDICT_MERGED
		       : 1u << BSYNC_VERDICT_APPLIED | (verdicts & MAY_BE_MERGED ? 1u << BSYNC_VERDICT_MERGED : 0);
}
