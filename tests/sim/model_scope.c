/* model_scope.c: who may write what: scopes, founding, membership, and what must wait. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/model.h"
#include "tests/sim/probe.h"

static bool is_known(uint32_t circle_no, const struct bsync_value *value)
{
	for (uint32_t i = 0; i < model.scope_count; i++)
		if (model.scopes[i].circle_no == circle_no && bsync_value_equal(&model.scopes[i].value, value))
			return true;
	return false;
}

static bool is_text(const struct bsync_value *value, const char *text)
{
	return value->kind == BSYNC_TEXT && bsync_bytes_equal(value->as.bytes, bsync_bytes_of_string(text));
}

bool model_holds(const struct bsync_worker_id *worker, uint32_t circle, const struct bsync_value *value,
		 uint64_t counter)
{
	if (circle == 2 && is_text(value, "L2") && model_is_outside(worker, counter))
		return false;
	for (uint32_t i = 0; i < model.scope_count; i++)
		if (model.scopes[i].circle_no == circle && bsync_value_equal(&model.scopes[i].value, value))
			return model.scopes[i].counter <= counter;
	return circle == 1;
}

/* True when the worker held the scope at some time before `counter`. */
static bool held_once(const struct bsync_worker_id *worker, uint32_t circle, const struct bsync_value *value,
		      uint64_t counter)
{
	for (uint32_t i = 0; i < model.scope_count; i++) {
		const struct model_scope *scope = &model.scopes[i];
		if (scope->circle_no != circle || !bsync_value_equal(&scope->value, value))
			continue;
		if (memcmp(&scope->founder, worker, sizeof *worker) == 0)
			return true;
		for (uint64_t at = scope->counter; at < counter; at++)
			if (model_holds(worker, circle, value, at))
				return true;
	}
	return false;
}

static uint32_t circle_no(const struct bsync_table *table)
{
	return bsync_store_schema(model.world->store)->circles[table->faces[0].circle].no;
}

static bool is_root(const struct bsync_table *table)
{
	const struct bsync_schema *schema = bsync_store_schema(model.world->store);
	const struct bsync_circle *circle = &schema->circles[table->faces[0].circle];
	return circle->root_table >= 0 && schema->tables[circle->root_table].no == table->no;
}

/* The value of the scope's column in the key, in the change or, for a row that is there, in the row; NULL: none. */
struct bsync_value model_scope_of(uint32_t row, const struct bsync_change *change)
{
	const struct bsync_table *table = model_table(row);
	int column = table->faces[0].scope_column;
	if (column < 0)
		return bsync_value_text(bsync_bytes_of_string("alle"));
	for (uint32_t k = 0; k < table->key_count; k++)
		if (table->key[k] == (uint32_t)column)
			return model.rows[row].values[k];
	for (uint32_t i = 0; change != NULL && i < change->cell_count; i++)
		if (change->cells[i].column_no == table->columns[column].no)
			return change->cells[i].value;
	return model.rows[row].state != MODEL_NEVER ? model_shown(row, (uint32_t)column) : bsync_value_null();
}

/* A delete of a row that never was: there is nothing to judge. */
static bool is_nothing(uint32_t row, const struct bsync_change *change)
{
	return change->kind == BSYNC_CHANGE_DELETE && model.rows[row].state == MODEL_NEVER;
}

/* Founding (PROTOCOL 7.6): the changeset itself begins the scope. */
static bool founds(const struct model_set *set, uint32_t circle, const struct bsync_value *value)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		uint32_t row = model_row(change->table_no, change->key, change->key_count);
		struct bsync_value scope = model_scope_of(row, change);
		if (change->kind == BSYNC_CHANGE_INSERT && is_root(model_table(row)) &&
		    circle_no(model_table(row)) == circle && bsync_value_equal(&scope, value))
			return true;
	}
	return false;
}

static bool waits_behind(const struct model_set *set, uint32_t row)
{
	for (uint32_t i = 0; i < model.set_count; i++) {
		const struct model_set *other = &model.sets[i];
		if (other->state != MODEL_WAITS || !model_same_line(other, set) || other->seq >= set->seq)
			continue;
		for (uint32_t k = 0; k < other->changeset.change_count; k++) {
			const struct bsync_change *change = &other->changeset.changes[k];
			if (model_row(change->table_no, change->key, change->key_count) == row)
				return true;
		}
	}
	return false;
}

bool model_must_wait(const struct model_set *set)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		uint32_t row = model_row(change->table_no, change->key, change->key_count);
		uint32_t circle = circle_no(model_table(row));
		struct bsync_value scope = model_scope_of(row, change);
		if (is_nothing(row, change))
			scope = bsync_value_null();
		if (waits_behind(set, row)) {
			probe(PROBE_WAITS_BEHIND);
			return true;
		}
		if (scope.kind != BSYNC_NULL && !is_known(circle, &scope) && !founds(set, circle, &scope))
			return true;
	}
	return false;
}

/* True when this changeset itself founded the scope. */
static bool founded_by(const struct model_set *set, uint32_t circle, const struct bsync_value *value)
{
	for (uint32_t i = 0; i < model.scope_count; i++)
		if (model.scopes[i].circle_no == circle && bsync_value_equal(&model.scopes[i].value, value))
			return model.scopes[i].counter == set->counter;
	return false;
}

void model_found(const struct model_set *set)
{
	for (uint32_t i = 0; i < set->changeset.change_count; i++) {
		const struct bsync_change *change = &set->changeset.changes[i];
		uint32_t row = model_row(change->table_no, change->key, change->key_count);
		struct bsync_value scope = model_scope_of(row, change);
		uint32_t circle = circle_no(model_table(row));
		if (change->kind != BSYNC_CHANGE_INSERT || !is_root(model_table(row)) || is_known(circle, &scope))
			continue;
		if (model.scope_count == MODEL_SCOPES_MAX)
			abort();
		model.scopes[model.scope_count++] = (struct model_scope){circle, scope, set->counter, set->author};
		probe(PROBE_FOUNDED);
	}
}

/* NULL when the author may write the row, else the kind of item that it becomes. */
const char *model_not_allowed(uint32_t set, uint32_t row, const struct bsync_change *change)
{
	const struct model_set *author = &model.sets[set];
	uint32_t circle = circle_no(model_table(row));
	bool is_insert = change->kind == BSYNC_CHANGE_INSERT;
	bool is_anew = is_insert && model.rows[row].state == MODEL_DEAD &&
		       model_has_seen_delete(row, set, model_cut(author, author->changeset.base));
	/* As the row stands, and as the author means it: both must be the author's to write. */
	for (int i = 0; i < 2 && !author->is_store && !is_nothing(row, change); i++) {
		struct bsync_value scope = model_scope_of(row, i == 0 ? NULL : change);
		if (i == 0 ? model.rows[row].state == MODEL_NEVER || is_anew : change->kind == BSYNC_CHANGE_DELETE)
			continue;
		if (scope.kind == BSYNC_NULL)
			return "refused";
		if (!model_holds(&author->author, circle, &scope, author->counter - 1) &&
		    !founded_by(author, circle, &scope))
			return held_once(&author->author, circle, &scope, author->counter) ? "late" : "refused";
	}
	return NULL;
}
