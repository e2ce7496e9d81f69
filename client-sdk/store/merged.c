#include "client-sdk/store/merged.h"

#include <assert.h>

#include "core/lattice.h"
#include "core/merge.h"

enum { SET_TEXT_MAX = 1 << 20 };

/* Elements in ascending order; all zeros is the empty set. */
struct elements {
	struct bsync_value *list;
	uint32_t count;
};

/* What is no set at all counts as the empty one: nothing may stop a pull. */
static enum bsync_result elements_of(struct bsync_arena *arena, const struct bsync_value *value, struct elements *out)
{
	enum bsync_result result = BSYNC_OK;

	*out = (struct elements){0};
	if (value == NULL || value->kind != BSYNC_TEXT)
		return BSYNC_OK;
	result = bsync_set_parse(value->as.bytes, arena, &out->list, &out->count);
	return result == BSYNC_NO_MEMORY ? result : BSYNC_OK;
}

static bool has(const struct elements *elements, const struct bsync_value *value)
{
	uint32_t low = 0, high = elements->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = bsync_value_compare(&elements->list[middle], value);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* (`set` without `removes`) with `adds`, as the canonical text. */
static enum bsync_result set_replay(struct bsync_arena *arena, const struct elements *set,
				    const struct elements *removes, const struct elements *adds,
				    struct bsync_value *out)
{
	struct bsync_buffer text;
	struct bsync_value *list = NULL;
	uint32_t count = 0, i = 0, j = 0;
	enum bsync_result result = bsync_arena_array(arena, (size_t)set->count + adds->count, sizeof(*list), &list);

	while (result == BSYNC_OK && (i < set->count || j < adds->count)) {
		int order = i == set->count    ? 1
			    : j == adds->count ? -1
					       : bsync_value_compare(&set->list[i], &adds->list[j]);

		if (order >= 0) {
			list[count++] = adds->list[j++];
			i += order == 0;
		} else {
			if (!has(removes, &set->list[i]))
				list[count++] = set->list[i];
			i++;
		}
	}
	bsync_buffer_init(&text, SET_TEXT_MAX);
	if (result == BSYNC_OK)
		result = bsync_set_text(list, count, &text);
	if (result == BSYNC_OK) {
		struct bsync_bytes copy = bsync_arena_copy(arena, bsync_buffer_bytes(&text));

		*out = bsync_value_text(copy);
		if (copy.data == NULL)
			result = BSYNC_NO_MEMORY;
	}
	bsync_buffer_clear(&text);
	return result;
}

static int64_t count_of(const struct bsync_value *value)
{
	return value != NULL && value->kind == BSYNC_INTEGER ? value->as.integer : 0;
}

/* Wraps: a count that large is nobody's, and nothing may stop a pull. */
static int64_t sum(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* `*after` becomes the join of it and `before`, as on the server; what is no state joins with nothing. */
static enum bsync_result state_join(const struct bsync_column *column, struct bsync_arena *arena,
				    const struct bsync_value *before, struct bsync_value *after)
{
	struct bsync_state old = {.is_none = true}, new = {.is_none = true};

	if (before == NULL || !bsync_lattice_read(column->lattice, before, &old) ||
	    !bsync_lattice_read(column->lattice, after, &new))
		return BSYNC_OK;
	return bsync_lattice_write(column->lattice, bsync_lattice_join(column->lattice, old, new), arena, after);
}

enum bsync_result bsync_merged_write(const struct bsync_column *column, struct bsync_arena *arena,
				     const struct bsync_value *before, const struct bsync_cell_write *write,
				     struct bsync_value *after)
{
	struct elements set;
	const struct elements adds = {write->adds, write->add_count};
	const struct elements removes = {write->removes, write->remove_count};
	enum bsync_result result = BSYNC_OK;

	assert(column != NULL);
	switch (write->kind) {
	case BSYNC_WRITE_VALUE:
		*after = write->value;
		return column->rule == BSYNC_RULE_ORDER ? state_join(column, arena, before, after) : BSYNC_OK;
	case BSYNC_WRITE_DELTA:
		*after = bsync_value_integer(sum(count_of(before), write->delta));
		return BSYNC_OK;
	case BSYNC_WRITE_SET:
		result = elements_of(arena, before, &set);
		return result == BSYNC_OK ? set_replay(arena, &set, &removes, &adds, after) : result;
	}
	return BSYNC_INVALID;
}
