#include "daemon/store/judge.h"

#include <assert.h>
#include <string.h>

#include "daemon/store/freeze.h"
#include "daemon/store/member.h"
#include "daemon/store/plan.h"

static const char append_only_reason[] = "rows of this table are never changed or deleted";
static const char ended_reason[] = BSYNC_ACCESS_ENDED;
static const char refused_reason[] = "the author may not write this";
static const char nowhere_reason[] = "the row is in no scope that anybody holds";

uint64_t bsync_judge_base(const struct bsync_act *act, struct bsync_position base)
{
	/* PROTOCOL 7.2: "The store cuts a base to what the device has confirmed." */
	return base.counter < act->confirmed ? base.counter : act->confirmed;
}

enum bsync_result bsync_judge_scopes(struct bsync_act *act, struct bsync_table_sql *sql,
				     const struct bsync_value *values, struct bsync_scope *scopes[BSYNC_FACES_MAX])
{
	struct bsync_store *store = act->store;

	for (uint32_t i = 0; i < sql->table->face_count; i++) {
		struct bsync_value value = bsync_value_null();
		enum bsync_result result = bsync_table_sql_scope(sql, i, values, &value);

		scopes[i] = NULL;
		if (result == BSYNC_OK && value.kind != BSYNC_NULL)
			result = bsync_scopes_get(&store->scopes, &store->base, sql->table->faces[i].circle, &value,
						  &scopes[i]);
		if (result == BSYNC_TOO_LARGE)
			return bsync_act_refuse(act, "a scope of table %s is longer than %d bytes", sql->table->name,
						BSYNC_SCOPE_VALUE_MAX);
		if (result != BSYNC_OK)
			return result;
	}
	return BSYNC_OK;
}

enum bsync_result bsync_judge_stood(struct bsync_act *act, struct bsync_plan *plan)
{
	enum bsync_result result = BSYNC_OK;

	plan->held_since = 0;
	if (act->is_store || plan->row == NULL || plan->row->values == NULL)
		return BSYNC_OK;
	result = bsync_judge_scopes(act, plan->sql, plan->row->values, plan->stood);
	for (uint32_t i = 0; i < plan->sql->table->face_count && result == BSYNC_OK; i++) {
		enum bsync_right right = BSYNC_RIGHT_NEVER;
		uint64_t since = UINT64_MAX;

		if (plan->stood[i] == NULL)
			continue;
		result = bsync_member_right(act, plan->stood[i], &right);
		if (result == BSYNC_OK && right >= BSYNC_RIGHT_READ)
			since = plan->stood[i]->added_counter;
		plan->held_since = since > plan->held_since ? since : plan->held_since;
	}
	return result;
}

/* PROTOCOL 7.2: "Of a cell that no scope gave its author at the base, where the row stands now, the base is nothing." */
enum bsync_result bsync_judge_sight(struct bsync_act *act, const struct bsync_plan *plan, int column, uint64_t *base)
{
	if (*base == 0 || *base >= plan->held_since)
		return BSYNC_OK;
	for (uint32_t i = 0; i < plan->sql->table->face_count; i++) {
		bool was_held = false;
		enum bsync_result result = BSYNC_OK;

		if (plan->stood[i] == NULL ||
		    (column != BSYNC_ANY_COLUMN && !bsync_mask_has(&plan->sql->faces[i].columns, (uint32_t)column)))
			continue;
		result = bsync_member_held(act, plan->stood[i], &act->author, *base, &was_held);
		if (result != BSYNC_OK || was_held)
			return result;
	}
	*base = 0;
	return BSYNC_OK;
}

/* Marks the scopes that one inserted root row founds, where the author may. */
static enum bsync_result founding_mark(struct bsync_act *act, const struct bsync_change *change,
				       struct bsync_table_sql *sql)
{
	const struct bsync_schema *schema = act->store->base.schema;
	struct bsync_scope *scopes[BSYNC_FACES_MAX];
	struct bsync_plan plan;
	enum bsync_result result = bsync_plan_make(act, change, &plan);

	if (result == BSYNC_OK)
		result = bsync_judge_scopes(act, sql, plan.values, scopes);
	for (uint32_t i = 0; i < sql->table->face_count && result == BSYNC_OK; i++) {
		const struct bsync_circle *circle = &schema->circles[sql->table->faces[i].circle];
		bool may_found = false;

		if (circle->root_table != (int)(sql->table - schema->tables) || scopes[i] == NULL || scopes[i]->no != 0)
			continue;
		result = bsync_member_may_found(act, scopes[i], &may_found);
		if (result == BSYNC_OK && may_found)
			scopes[i]->founding_serial = act->serial;
	}
	return result;
}

/* Looks through the changeset for root rows, once, when the first unknown scope is met. */
static enum bsync_result foundings_mark(struct bsync_act *act)
{
	enum bsync_result result = BSYNC_OK;

	if (act->has_foundings || act->set == NULL)
		return BSYNC_OK;
	act->has_foundings = true;
	for (uint32_t i = 0; i < act->set->change_count && result == BSYNC_OK; i++) {
		const struct bsync_change *change = &act->set->changes[i];
		struct bsync_table_sql *sql = NULL;

		if (change->kind != BSYNC_CHANGE_INSERT)
			continue;
		sql = bsync_tables_find(&act->store->base.tables, change->table_no);
		if (sql != NULL && sql->is_root)
			result = founding_mark(act, change, sql);
	}
	return result;
}

static enum bsync_result unknown_add(struct bsync_act *act, struct bsync_scope *scope)
{
	if (!bsync_act_grow(act, &act->unknown, act->unknown_count, &act->unknown_capacity, sizeof(scope)))
		return BSYNC_NO_MEMORY;
	act->unknown[act->unknown_count++] = scope;
	return BSYNC_OK;
}

/* How much of what was written a face shows. */
static int face_rank(const struct bsync_table_sql *sql, uint32_t face, const struct bsync_mask *columns)
{
	struct bsync_mask shown = sql->faces[face].columns;

	if (bsync_mask_covers(&shown, columns))
		return 2;
	bsync_mask_meet(&shown, columns);
	return bsync_mask_is_empty(&shown) ? 0 : 1;
}

enum bsync_result bsync_judge_concern(struct bsync_act *act, struct bsync_plan *plan, const struct bsync_mask *columns)
{
	int best = -1;

	plan->concern = NULL;
	for (uint32_t i = 0; i < plan->sql->table->face_count; i++) {
		struct bsync_scope *scope = plan->scopes[i];
		bool is_own = false;
		int rank = 0;

		enum bsync_result result = BSYNC_OK;

		if (scope == NULL)
			continue;
		/* One that the author founds has no members yet. */
		if (scope->founding_serial == act->serial)
			is_own = true;
		else if (scope->no != 0)
			result = bsync_member_holds(act, scope, &is_own);
		else
			continue;
		if (result != BSYNC_OK)
			return result;
		rank = 2 * face_rank(plan->sql, i, columns) + is_own;
		if (rank > best) {
			best = rank;
			plan->concern = scope;
			plan->concern_face = i;
		}
	}
	return BSYNC_OK;
}

/* What one image of the row lets the author do. */
struct reach {
	struct bsync_mask columns; /* of the faces that it may write */
	struct bsync_mask held;    /* of all faces: what somebody gets */
	bool may_write;
	bool is_anywhere;
	bool was_member;
	struct bsync_scope
		*concern; /* one that it may not write, whose face shows most; where it may write all, the first */
	uint32_t concern_face;
	int concern_rank; /* -1: it may write there */
};

static enum bsync_result scope_right(struct bsync_act *act, struct bsync_scope *scope, enum bsync_right *right)
{
	const struct bsync_circle *circle = &act->store->base.schema->circles[scope->circle];
	enum bsync_result result = BSYNC_OK;

	/* The first row of a scope writes down its members.  Scopes of a circle without a root are the store's own: the
	 * first row that needs one makes it. */
	if (scope->last_counter == 0 && scope->begin_serial != act->serial &&
	    (scope->no != 0 || circle->root_table < 0)) {
		scope->begin_serial = act->serial;
		result = bsync_act_protect(act);
		if (result == BSYNC_OK)
			result = bsync_member_evaluate(act, scope);
		if (result != BSYNC_OK)
			return result;
	}
	if (scope->no == 0 && circle->root_table >= 0) {
		result = foundings_mark(act);
		if (result == BSYNC_OK && scope->founding_serial != act->serial)
			result = unknown_add(act, scope);
		if (result != BSYNC_OK)
			return result;
		if (scope->founding_serial == act->serial) {
			bool nobody = act->store->base.tables.circles[scope->circle].nobody_writes;

			*right = nobody ? BSYNC_RIGHT_READ : BSYNC_RIGHT_WRITE;
			return BSYNC_OK;
		}
	}
	return bsync_member_right(act, scope, right);
}

static enum bsync_result reach_find(struct bsync_act *act, const struct bsync_table_sql *sql,
				    struct bsync_scope *const scopes[BSYNC_FACES_MAX], const struct bsync_mask *written,
				    struct reach *reach)
{
	for (uint32_t i = 0; i < sql->table->face_count; i++) {
		enum bsync_right right = BSYNC_RIGHT_NEVER;
		enum bsync_result result;
		int rank = -1;

		if (scopes[i] == NULL)
			continue;
		result = scope_right(act, scopes[i], &right);
		if (result != BSYNC_OK)
			return result;
		if (right != BSYNC_RIGHT_WRITE)
			rank = face_rank(sql, i, written);
		if (!reach->is_anywhere || rank > reach->concern_rank) {
			reach->concern = scopes[i];
			reach->concern_face = i;
			reach->concern_rank = rank;
		}
		reach->is_anywhere = true;
		bsync_mask_join(&reach->held, &sql->faces[i].columns);
		reach->was_member = reach->was_member || right == BSYNC_RIGHT_ENDED;
		if (right == BSYNC_RIGHT_WRITE) {
			reach->may_write = true;
			bsync_mask_join(&reach->columns, &sql->faces[i].columns);
		}
	}
	return BSYNC_OK;
}

static void judge_image(struct bsync_plan *plan, const struct reach *reach, const struct bsync_mask *written)
{
	if (plan->judgement != BSYNC_ALLOWED)
		return;
	if (reach->may_write && bsync_mask_covers(&reach->columns, written))
		return;
	plan->judgement = reach->was_member ? BSYNC_LATE : BSYNC_REFUSED;
	plan->reason = reach->was_member ? ended_reason : reach->is_anywhere ? refused_reason : nowhere_reason;
	plan->concern = reach->concern;
	plan->concern_face = reach->concern_face;
}

/* PROTOCOL 7.6: "an insert that leaves the row in each scope in which it stands is judged as its author means it alone" */
static bool is_beside(const struct bsync_plan *plan)
{
	bool is_anywhere = false;

	for (uint32_t i = 0; i < plan->sql->table->face_count; i++) {
		if (plan->stood[i] != NULL && plan->stood[i] != plan->scopes[i])
			return false;
		is_anywhere = is_anywhere || plan->stood[i] != NULL;
	}
	return is_anywhere && plan->change->kind == BSYNC_CHANGE_INSERT;
}

/* Before and after: a row is moved by someone who may write in both places. */
static enum bsync_result images_judge(struct bsync_act *act, struct bsync_plan *plan)
{
	const struct bsync_mask *written = &plan->written;
	bool is_delete = plan->change->kind == BSYNC_CHANGE_DELETE;
	bool has_old = plan->row != NULL && plan->row->values != NULL && !plan->is_new_life;
	struct bsync_mask held;
	struct reach old = {0};
	struct reach new = {0};
	enum bsync_result result = BSYNC_OK;

	/* Who deletes a row writes all of it. */
	if (is_delete)
		written = &plan->sql->travels;
	result = bsync_judge_scopes(act, plan->sql, plan->values, plan->scopes);
	if (result == BSYNC_OK && !act->is_store && !is_delete)
		result = reach_find(act, plan->sql, plan->scopes, written, &new);
	if (result == BSYNC_OK && has_old && !act->is_store)
		result = reach_find(act, plan->sql, plan->stood, written, &old);
	if (result != BSYNC_OK || act->is_store)
		return result;
	if (has_old && !is_beside(plan)) {
		/* What nobody gets of the row as it stands is nobody's to lose: a row can come in from two sides. */
		held = *written;
		bsync_mask_meet(&held, &old.held);
		judge_image(plan, &old, &held);
	}
	if (!is_delete)
		judge_image(plan, &new, written);
	return BSYNC_OK;
}

enum bsync_result bsync_judge(struct bsync_act *act, const struct bsync_change *change, struct bsync_plan *plan)
{
	bool has_old = false;
	enum bsync_result result = bsync_plan_make(act, change, plan);

	if (result == BSYNC_OK)
		result = images_judge(act, plan);
	if (result != BSYNC_OK)
		return result;
	has_old = plan->row != NULL && plan->row->values != NULL;
	if (plan->judgement == BSYNC_ALLOWED && plan->sql->table->is_append_only && !act->is_store &&
	    (change->kind != BSYNC_CHANGE_INSERT || has_old)) {
		plan->judgement = BSYNC_REFUSED;
		plan->reason = append_only_reason;
		result = bsync_judge_concern(act, plan, &plan->written);
	}
	return result == BSYNC_OK ? bsync_freeze_judge(act, plan) : result;
}
