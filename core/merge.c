#include "core/merge.h"

#include <assert.h>
#include <string.h>

#include "core/lattice.h"
#include "core/merge_rules.h"

static bool is_own(const struct bsync_standing *standing, const struct bsync_cell_edit *edit)
{
	return !standing->is_unwritten && standing->version.line == edit->version.line;
}

enum bsync_own bsync_merge_own(const struct bsync_cell *cell, const struct bsync_cell_edit *edit)
{
	enum bsync_own own = BSYNC_OWN_NEWER;

	for (uint32_t i = 0; i < cell->count; i++) {
		if (!is_own(&cell->standing[i], edit))
			continue;
		if (cell->standing[i].version.seq == edit->version.seq)
			return BSYNC_OWN_REPEAT;
		if (cell->standing[i].version.seq > edit->version.seq)
			own = BSYNC_OWN_OLDER;
	}
	return own;
}

static bool is_named(const struct bsync_cell_edit *edit, const struct bsync_version *version)
{
	for (uint32_t i = 0; i < edit->name_count; i++) {
		if (edit->names[i].line == version->line && edit->names[i].seq == version->seq)
			return true;
	}
	return false;
}

/* PROTOCOL 7.2: "A write by dot d with base b removes the versions at or before b and those of its own
 * line with a lower seq, and nothing else; a write that names versions removes exactly those and its own earlier ones." */
bool bsync_merge_removes(const struct bsync_cell_edit *edit, const struct bsync_standing *standing)
{
	if (standing->is_unwritten)
		return true;
	if (standing->version.line == edit->version.line) {
		/* The others make the edit a repeat or an older one: bsync_merge_own. */
		assert(standing->version.seq < edit->version.seq);
		return true;
	}
	return edit->by_name ? is_named(edit, &standing->version) : standing->version.counter <= edit->base;
}

/* Orders by (stamp, device, seq): the one scalar by which winners are chosen. */
static int compare_scalar(const struct bsync_lines *lines, const struct bsync_version *a, const struct bsync_version *b)
{
	int order = 0;

	assert(a->line < lines->count);
	assert(b->line < lines->count);
	if (a->stamp_ms != b->stamp_ms)
		return a->stamp_ms < b->stamp_ms ? -1 : 1;
	if (a->line != b->line) {
		order = memcmp(lines->devices[a->line].bytes, lines->devices[b->line].bytes, BSYNC_ID_SIZE);
		if (order != 0)
			return order;
	}
	return (a->seq > b->seq) - (a->seq < b->seq);
}

/* PROTOCOL 7.3: "of the author with the highest role" */
static int compare_roles(const struct bsync_column *column, const struct bsync_lines *lines, uint32_t a, uint32_t b)
{
	/* The store is above everybody. */
	uint32_t place_a = a == 0 ? 0 : 1 + column->roles->count;
	uint32_t place_b = b == 0 ? 0 : 1 + column->roles->count;

	if (a != 0 && lines->roles != NULL)
		place_a = 1 + bsync_roles_place(column->roles, &lines->roles[a]);
	if (b != 0 && lines->roles != NULL)
		place_b = 1 + bsync_roles_place(column->roles, &lines->roles[b]);
	return (place_a > place_b) - (place_a < place_b);
}

int bsync_merge_rank(const struct bsync_column *column, const struct bsync_lines *lines, const struct bsync_standing *a,
		     const struct bsync_standing *b)
{
	int scalar = compare_scalar(lines, &a->version, &b->version);
	int value = bsync_value_compare(&a->value, &b->value);
	int line = (a->version.line > b->version.line) - (a->version.line < b->version.line);
	int role = 0;

	assert(column->rule != BSYNC_RULE_COUNTER && column->rule != BSYNC_RULE_SET);
	switch (column->rule) {
	case BSYNC_RULE_ROLE:
		role = compare_roles(column, lines, a->version.line, b->version.line);
		if (role != 0)
			return role;
		return scalar != 0 ? -scalar : value != 0 ? -value : line;
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_COUNTER:
	case BSYNC_RULE_SET:
		/* Two lines of one device can share a scalar; then the value decides, which is the same everywhere. */
		return scalar != 0 ? -scalar : value != 0 ? -value : line;
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_ORDER:
		return scalar != 0 ? scalar : value != 0 ? value : line;
	case BSYNC_RULE_MAX:
		return value != 0 ? -value : scalar != 0 ? scalar : line;
	case BSYNC_RULE_MIN:
		if ((a->value.kind == BSYNC_NULL) != (b->value.kind == BSYNC_NULL))
			return a->value.kind == BSYNC_NULL ? 1 : -1;
		return value != 0 ? value : scalar != 0 ? scalar : line;
	}
	assert(false && "a rule that is not in the list");
	return 0;
}

struct bsync_standing *bsync_merge_room(struct bsync_merge *merge, size_t count)
{
	return count == 0 ? NULL : bsync_arena_take(merge->arena, count * sizeof(struct bsync_standing));
}

void bsync_merge_commit(struct bsync_merge *merge, struct bsync_standing *standing, size_t count,
			enum bsync_merge_outcome outcome)
{
	assert(count <= BSYNC_STANDING_MAX);
	assert(standing != NULL || count == 0);
	merge->cell->standing = standing;
	merge->cell->count = (uint32_t)count;
	merge->cell->changed = merge->edit->version.counter;
	*merge->outcome = outcome;
}

enum bsync_result bsync_merge_cover(struct bsync_merge *merge)
{
	struct bsync_standing *own = bsync_merge_room(merge, 1);

	if (own == NULL)
		return BSYNC_NO_MEMORY;
	*own = (struct bsync_standing){merge->edit->version, *merge->edit->value, false, NULL};
	*merge->replaced = (struct bsync_replaced){1, own};
	*merge->outcome = BSYNC_MERGE_COVERED;
	return BSYNC_OK;
}

/* Copies what stays, with `own` in its place by rank; sends what goes to `replaced`. */
static size_t replace(struct bsync_merge *merge, const struct bsync_standing *own, struct bsync_standing *stays,
		      struct bsync_standing *goes)
{
	const struct bsync_cell *cell = merge->cell;
	size_t count = 0;
	bool is_placed = false;

	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *standing = &cell->standing[i];

		if (bsync_merge_removes(merge->edit, standing)) {
			if (!standing->is_unwritten)
				goes[merge->replaced->count++] = *standing;
			continue;
		}
		if (!is_placed && bsync_merge_rank(merge->column, merge->lines, own, standing) < 0) {
			stays[count++] = *own;
			is_placed = true;
		}
		stays[count++] = *standing;
	}
	if (!is_placed)
		stays[count++] = *own;
	return count;
}

static enum bsync_result base_make(struct bsync_merge *merge, struct bsync_standing *own)
{
	struct bsync_text_base *base = NULL;

	if (merge->column->rule != BSYNC_RULE_TEXT)
		return BSYNC_OK;
	base = bsync_arena_take(merge->arena, sizeof(*base));
	if (base == NULL)
		return BSYNC_NO_MEMORY;
	*base = (struct bsync_text_base){merge->edit->base, merge->edit->base_value};
	own->base = base;
	return BSYNC_OK;
}

/* PROTOCOL 7.8: "A version that comes to stand alone and had seen all that it replaced keeps no base." */
static bool needs_base(const struct bsync_merge *merge, size_t count)
{
	if (count > 1)
		return true;
	for (uint32_t i = 0; i < merge->replaced->count; i++) {
		if (merge->replaced->standing[i].version.counter > merge->edit->base)
			return true;
	}
	return false;
}

enum bsync_result bsync_merge_replaceable(struct bsync_merge *merge)
{
	const struct bsync_cell *cell = merge->cell;
	struct bsync_standing own = {merge->edit->version, *merge->edit->value, false, NULL};
	enum bsync_result result = base_make(merge, &own);
	struct bsync_standing *room = NULL;
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	size_t count = 0;

	if (result != BSYNC_OK)
		return result;
	switch (bsync_merge_own(cell, merge->edit)) {
	case BSYNC_OWN_REPEAT:
		return BSYNC_OK;
	case BSYNC_OWN_OLDER:
		return bsync_merge_cover(merge);
	case BSYNC_OWN_NEWER:
		break;
	}
	if (cell->count >= BSYNC_STANDING_MAX)
		return BSYNC_TOO_LARGE;
	room = bsync_merge_room(merge, 2 * (size_t)cell->count + 1);
	if (room == NULL)
		return BSYNC_NO_MEMORY;
	merge->replaced->standing = room + cell->count + 1;
	count = replace(merge, &own, room, merge->replaced->standing);
	if (!needs_base(merge, count))
		room[0].base = NULL;
	/* PROTOCOL 7.2: "Equal values count as one." */
	for (size_t i = 0; i < count; i++) {
		if (!bsync_value_equal(&room[i].value, &own.value))
			outcome = BSYNC_MERGE_BESIDE;
	}
	bsync_merge_commit(merge, room, count, outcome);
	return BSYNC_OK;
}

/* True when the rule knows what to do with such a write; whether its value is a state or a set, the rule says itself. */
static bool is_allowed(const struct bsync_column *column, const struct bsync_cell_edit *edit)
{
	switch (column->rule) {
	case BSYNC_RULE_SERVER:
		/* PROTOCOL 7.3: "`server`: only the store writes; a device's write is an inbox item `refused`." */
		return edit->kind == BSYNC_WRITE_VALUE && edit->version.line == 0;
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_ROLE:
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
	case BSYNC_RULE_ORDER:
		return edit->kind == BSYNC_WRITE_VALUE;
	case BSYNC_RULE_COUNTER:
		return edit->kind == BSYNC_WRITE_DELTA ||
		       (edit->kind == BSYNC_WRITE_VALUE &&
			(edit->value->kind == BSYNC_INTEGER || edit->value->kind == BSYNC_NULL));
	case BSYNC_RULE_SET:
		return edit->kind == BSYNC_WRITE_SET ||
		       (edit->kind == BSYNC_WRITE_VALUE &&
			(edit->value->kind == BSYNC_TEXT || edit->value->kind == BSYNC_NULL));
	}
	return false;
}

enum bsync_result bsync_merge_cell(const struct bsync_column *column, const struct bsync_lines *lines,
				   struct bsync_arena *arena, struct bsync_cell *cell,
				   const struct bsync_cell_edit *edit, enum bsync_merge_outcome *outcome,
				   struct bsync_replaced *replaced)
{
	struct bsync_merge merge = {column, lines, arena, cell, edit, outcome, replaced};

	assert(column != NULL);
	assert(lines != NULL);
	assert(arena != NULL);
	assert(cell != NULL);
	assert(edit != NULL);
	assert(edit->kind != BSYNC_WRITE_VALUE || edit->value != NULL);
	assert(edit->version.line < lines->count);
	*replaced = (struct bsync_replaced){0, NULL};
	*outcome = BSYNC_MERGE_COVERED;
	if (!is_allowed(column, edit)) {
		*outcome = BSYNC_MERGE_REFUSED;
		return BSYNC_OK;
	}
	switch (column->rule) {
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_KEEP:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_TEXT:
	case BSYNC_RULE_ROLE:
		return bsync_merge_replaceable(&merge);
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
		return bsync_merge_best(&merge);
	case BSYNC_RULE_COUNTER:
		return bsync_merge_counter(&merge);
	case BSYNC_RULE_SET:
		return bsync_merge_set(&merge);
	case BSYNC_RULE_ORDER:
		return bsync_merge_order(&merge);
	}
	assert(false && "a rule that is not in the list");
	return BSYNC_INVALID;
}

/* The sum of all lines, modulo 2^64 as in bsync_merge_counter. */
static struct bsync_value counter_shown(const struct bsync_cell *cell)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < cell->count; i++) {
		assert(cell->standing[i].value.kind == BSYNC_INTEGER);
		sum += (uint64_t)cell->standing[i].value.as.integer;
	}
	return bsync_value_integer((int64_t)sum);
}

/* The version that wins. */
static const struct bsync_standing *best_of(const struct bsync_column *column, const struct bsync_lines *lines,
					    const struct bsync_cell *cell)
{
	const struct bsync_standing *best = &cell->standing[0];

	for (uint32_t i = 1; i < cell->count; i++) {
		if (bsync_merge_rank(column, lines, &cell->standing[i], best) < 0)
			best = &cell->standing[i];
	}
	return best;
}

/* PROTOCOL 7.3: "In `keep`, two or more different values are a conflict." */
static bool are_different(const struct bsync_cell *cell)
{
	for (uint32_t i = 1; i < cell->count; i++) {
		if (!bsync_value_equal(&cell->standing[i].value, &cell->standing[0].value))
			return true;
	}
	return false;
}

enum bsync_result bsync_merge_shown(const struct bsync_column *column, const struct bsync_lines *lines,
				    struct bsync_arena *arena, const struct bsync_cell *cell, struct bsync_shown *shown)
{
	assert(column != NULL);
	assert(cell != NULL);
	assert(shown != NULL);
	assert(cell->count != 0 || column->rule == BSYNC_RULE_SET);
	*shown = (struct bsync_shown){.value = bsync_value_null()};
	if (cell->count == 1 && cell->standing[0].is_unwritten)
		return BSYNC_OK;
	switch (column->rule) {
	case BSYNC_RULE_SET:
		return bsync_merge_set_shown(cell, arena, &shown->value);
	case BSYNC_RULE_ORDER:
		return bsync_merge_order_shown(column, cell, arena, &shown->value);
	case BSYNC_RULE_COUNTER:
		shown->value = counter_shown(cell);
		return BSYNC_OK;
	case BSYNC_RULE_TEXT:
		return bsync_merge_text_shown(cell, arena, shown);
	case BSYNC_RULE_KEEP:
		shown->is_conflict = are_different(cell);
		break;
	case BSYNC_RULE_LWW:
	case BSYNC_RULE_ROLE:
	case BSYNC_RULE_FIRST:
	case BSYNC_RULE_SERVER:
	case BSYNC_RULE_MAX:
	case BSYNC_RULE_MIN:
		break;
	}
	shown->value = best_of(column, lines, cell)->value;
	return BSYNC_OK;
}
