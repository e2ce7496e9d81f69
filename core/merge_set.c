#include <assert.h>

#include "core/merge_rules.h"

/* Ascending values, none twice. */
struct elements {
	const struct bsync_value *values;
	uint32_t count;
};

static bool has(struct elements elements, const struct bsync_value *value)
{
	uint32_t low = 0;
	uint32_t high = elements.count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = bsync_value_compare(&elements.values[middle], value);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* True when all can be elements. */
static bool are_held(struct elements elements)
{
	for (uint32_t i = 0; i < elements.count; i++) {
		if (!bsync_set_holds(&elements.values[i]))
			return false;
		assert(i == 0 || bsync_value_compare(&elements.values[i - 1], &elements.values[i]) < 0);
	}
	return true;
}

/* The write as adds and removes: a whole value, as an insert has it, adds its elements.  BSYNC_MALFORMED when it is not
 * a set. */
static enum bsync_result read_edit(struct bsync_merge *merge, struct elements *adds, struct elements *removes)
{
	const struct bsync_cell_edit *edit = merge->edit;
	struct bsync_value *parsed = NULL;
	enum bsync_result result = BSYNC_OK;

	*removes = (struct elements){NULL, 0};
	*adds = (struct elements){NULL, 0};
	if (edit->kind == BSYNC_WRITE_VALUE) {
		if (edit->value->kind == BSYNC_TEXT)
			result = bsync_set_parse(edit->value->as.bytes, merge->arena, &parsed, &adds->count);
		adds->values = parsed;
		return result;
	}
	*adds = (struct elements){edit->adds, edit->add_count};
	*removes = (struct elements){edit->removes, edit->remove_count};
	return are_held(*adds) && are_held(*removes) ? BSYNC_OK : BSYNC_MALFORMED;
}

/* Behind the first `count` of `out`, which can be NULL where there is nothing to put. */
static size_t put_adds(const struct bsync_merge *merge, struct elements adds, struct bsync_standing *out, size_t count)
{
	for (uint32_t i = 0; i < adds.count; i++)
		out[count + i] = (struct bsync_standing){merge->edit->version, adds.values[i], false, NULL};
	return adds.count;
}

/* An older write of a line that has gone on: its adds are history. */
static enum bsync_result cover(struct bsync_merge *merge, struct elements adds)
{
	merge->replaced->standing = bsync_merge_room(merge, adds.count);
	if (merge->replaced->standing == NULL && adds.count != 0)
		return BSYNC_NO_MEMORY;
	merge->replaced->count = (uint32_t)put_adds(merge, adds, merge->replaced->standing, 0);
	return BSYNC_OK;
}

/* Splits what stands into what stays, with the adds in their place, and what the removes take. */
static size_t split(struct bsync_merge *merge, struct elements adds, struct elements removes,
		    struct bsync_standing *stays, struct bsync_standing *goes, enum bsync_merge_outcome *outcome)
{
	const struct bsync_cell *cell = merge->cell;
	const struct bsync_cell_edit *edit = merge->edit;
	size_t count = 0;
	bool is_placed = false;

	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_standing *standing = &cell->standing[i];
		bool is_seen = bsync_merge_removes(edit, standing);

		if (standing->is_unwritten)
			continue;
		if (is_seen && has(removes, &standing->value)) {
			assert(goes != NULL);
			goes[merge->replaced->count++] = *standing;
			continue;
		}
		/* A later add of the same line says all that the earlier one says: whoever saw it saw both. */
		if (standing->version.line == edit->version.line && has(adds, &standing->value))
			continue;
		if (!is_seen)
			*outcome = BSYNC_MERGE_BESIDE;
		if (!is_placed && standing->version.line > edit->version.line) {
			count += put_adds(merge, adds, stays, count);
			is_placed = true;
		}
		assert(stays != NULL);
		stays[count++] = *standing;
	}
	if (!is_placed)
		count += put_adds(merge, adds, stays, count);
	return count;
}

enum bsync_result bsync_merge_set(struct bsync_merge *merge)
{
	const struct bsync_cell *cell = merge->cell;
	bool is_unwritten = cell->count == 1 && cell->standing[0].is_unwritten;
	enum bsync_merge_outcome outcome = BSYNC_MERGE_APPLIED;
	struct bsync_standing *stays = NULL;
	struct bsync_standing *goes = NULL;
	struct elements adds = {NULL, 0};
	struct elements removes = {NULL, 0};
	size_t count = 0;
	enum bsync_result result = read_edit(merge, &adds, &removes);

	if (result == BSYNC_MALFORMED) {
		*merge->outcome = BSYNC_MERGE_REFUSED;
		return BSYNC_OK;
	}
	if (result != BSYNC_OK)
		return result;
	switch (bsync_merge_own(cell, merge->edit)) {
	case BSYNC_OWN_REPEAT:
		return BSYNC_OK;
	case BSYNC_OWN_OLDER:
		return cover(merge, adds);
	case BSYNC_OWN_NEWER:
		break;
	}
	stays = bsync_merge_room(merge, (size_t)cell->count + adds.count);
	goes = bsync_merge_room(merge, cell->count);
	if ((stays == NULL && cell->count + adds.count != 0) || (goes == NULL && cell->count != 0))
		return BSYNC_NO_MEMORY;
	count = split(merge, adds, removes, stays, goes, &outcome);
	if (count > BSYNC_STANDING_MAX) {
		*merge->replaced = (struct bsync_replaced){0, NULL};
		return BSYNC_TOO_LARGE;
	}
	merge->replaced->standing = goes;
	if (adds.count == 0 && merge->replaced->count == 0 && !is_unwritten)
		return BSYNC_OK;
	bsync_merge_commit(merge, stays, count, outcome);
	return BSYNC_OK;
}

/* Moves the value at `at` down until the heap below it is whole again. */
static void sift(struct bsync_value *values, size_t at, size_t count)
{
	struct bsync_value value = values[at];

	for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
		if (child + 1 < count && bsync_value_compare(&values[child], &values[child + 1]) < 0)
			child++;
		if (bsync_value_compare(&value, &values[child]) >= 0)
			break;
		values[at] = values[child];
		at = child;
	}
	values[at] = value;
}

void bsync_set_sort(struct bsync_value *values, size_t count)
{
	bool is_sorted = true;

	for (size_t i = 1; i < count && is_sorted; i++)
		is_sorted = bsync_value_compare(&values[i - 1], &values[i]) <= 0;
	if (is_sorted)
		return;
	/* A heap: no memory, no recursion, and no input that makes it slow. */
	for (size_t i = count / 2; i > 0; i--)
		sift(values, i - 1, count);
	for (size_t i = count - 1; i > 0; i--) {
		struct bsync_value greatest = values[0];

		values[0] = values[i];
		values[i] = greatest;
		sift(values, 0, i);
	}
}

enum bsync_result bsync_merge_set_shown(const struct bsync_cell *cell, struct bsync_arena *arena,
					struct bsync_value *shown)
{
	struct bsync_value *elements = NULL;

	if (cell->count != 0) {
		elements = bsync_arena_take(arena, cell->count * sizeof(*elements));
		if (elements == NULL)
			return BSYNC_NO_MEMORY;
	}
	for (uint32_t i = 0; i < cell->count; i++)
		elements[i] = cell->standing[i].value;
	bsync_set_sort(elements, cell->count);
	return bsync_set_shown(elements, cell->count, arena, shown);
}
