/* merge_text.c: rule `text`: the texts that stand are merged by words, from what their authors had all seen. */
#include <assert.h>

#include "core/merge_rules.h"
#include "core/text_merge.h"

enum { TEXTS_MAX = 16 }; /* different texts that are merged; more are for a person */

/* The different values that stand, in the order of the versions: the winner's first. */
struct texts {
	uint32_t count; /* above TEXTS_MAX: more than are listed */
	const struct bsync_value *values[TEXTS_MAX];
};

static bool is_listed(const struct texts *texts, const struct bsync_value *value)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		if (bsync_value_equal(texts->values[i], value))
			return true;
	}
	return false;
}

static void texts_list(const struct bsync_cell *cell, struct texts *texts)
{
	texts->count = 0;
	for (uint32_t i = 0; i < cell->count && texts->count <= TEXTS_MAX; i++) {
		if (is_listed(texts, &cell->standing[i].value))
			continue;
		if (texts->count < TEXTS_MAX)
			texts->values[texts->count] = &cell->standing[i].value;
		texts->count++;
	}
}

/* PROTOCOL 7.8: "They are merged from the base that lies furthest back" */
static const struct bsync_text_base *base_of(const struct bsync_cell *cell)
{
	const struct bsync_text_base *first = NULL;

	for (uint32_t i = 0; i < cell->count; i++) {
		const struct bsync_text_base *base = cell->standing[i].base;

		if (base != NULL && (first == NULL || base->counter < first->counter))
			first = base;
	}
	return first;
}

/* Nothing is the empty text. */
static bool is_text(const struct bsync_value *value, struct bsync_bytes *bytes)
{
	*bytes = value->kind == BSYNC_TEXT ? value->as.bytes : (struct bsync_bytes){NULL, 0};
	return value->kind == BSYNC_TEXT || value->kind == BSYNC_NULL;
}

/* Merges `other` into `value`; text in `arena`.  What fails is not clean. */
static enum bsync_result merge_one(const struct bsync_value *base, const struct bsync_value *other,
				   struct bsync_arena *arena, struct bsync_value *value, bool *is_clean)
{
	struct bsync_bytes origin, one, two, merged;
	enum bsync_result result = BSYNC_OK;

	*is_clean = false;
	if (!is_text(base, &origin) || !is_text(value, &one) || !is_text(other, &two))
		return BSYNC_OK;
	result = bsync_text_merge(origin, one, two, arena, &merged, is_clean);
	if (result != BSYNC_OK || !*is_clean)
		return result;
	/* A cell that was cleared shows NULL. */
	if (merged.size == 0 && (one.size == 0 || two.size == 0))
		*value = one.size == 0 ? *value : *other;
	else
		*value = bsync_value_text(merged);
	return BSYNC_OK;
}

enum bsync_result bsync_merge_text_shown(const struct bsync_cell *cell, struct bsync_arena *arena,
					 struct bsync_shown *shown)
{
	const struct bsync_text_base *base = base_of(cell);
	const struct bsync_value origin = base != NULL ? base->value : bsync_value_null();
	struct bsync_arena scratch;
	struct bsync_value value;
	struct texts texts;
	bool is_clean = true;
	enum bsync_result result = BSYNC_OK;

	assert(cell->count != 0);
	texts_list(cell, &texts);
	*shown = (struct bsync_shown){.value = cell->standing[0].value};
	if (texts.count == 1)
		return BSYNC_OK;
	value = cell->standing[0].value;
	is_clean = texts.count <= TEXTS_MAX;
	bsync_arena_init(&scratch, (size_t)TEXTS_MAX * BSYNC_TEXT_MERGE_MEMORY_MAX);
	for (uint32_t i = 1; i < texts.count && is_clean; i++)
		result = merge_one(&origin, texts.values[i], &scratch, &value, &is_clean);
	shown->is_conflict = !is_clean;
	if (!is_clean)
		shown->base = base;
	else if (!bsync_value_copy(arena, &value, &shown->value))
		result = BSYNC_NO_MEMORY;
	bsync_arena_clear(&scratch);
	return result;
}
