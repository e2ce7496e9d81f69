#include "core/text_merge.h"

#include <assert.h>
#include <string.h>

#include "core/text_tokens.h"
#include "core/value.h"

/* One side's edits, and those of them in the present group. */
struct side {
	struct bsync_text text;
	struct bsync_text_hunk *hunks;
	uint32_t count;
	uint32_t next;  /* the first that no group has */
	uint32_t first; /* of the group; it has those from first up to next */
};

/* Edits between which nothing lies that would keep them apart: all are of one side, or a person chooses. */
struct group {
	uint32_t from, to; /* tokens of the base */
};

struct merge {
	struct bsync_text base;
	struct side sides[2];
	uint8_t *out;
	size_t size;
};

static bool has_edits(const struct side *side)
{
	return side->first != side->next;
}

/* The token of the side at which token `at` of the base is, at or behind the group's edits. */
static uint32_t place_behind(const struct side *side, uint32_t at)
{
	const struct bsync_text_hunk *last = &side->hunks[side->next - 1];

	assert(has_edits(side) && at >= last->to);
	return last->side_to + (at - last->to);
}

/* True when token `at` begins a sentence or a line, or nothing is before it. */
static bool is_boundary(const struct bsync_text *text, uint32_t at)
{
	while (at > 0) {
		const struct bsync_text_token *token = &text->tokens[at - 1];
		const uint8_t sign = text->bytes.data[token->at];
		const bool closes = token->kind == BSYNC_TOKEN_SIGN && (sign == '"' || sign == '\'' || sign == ')');

		if (token->ends)
			return true;
		if (token->kind != BSYNC_TOKEN_SPACE && !closes)
			return false;
		at--;
	}
	return true;
}

/* PROTOCOL 7.8: "Edits of two sides are apart when a word or the end of a sentence that both kept lies between them, or when the later
 * one takes something away and begins a sentence, and the earlier one leaves the end of one before it." */
static bool is_apart(const struct merge *merge, const struct group *group, const struct bsync_text_hunk *hunk)
{
	if (hunk->from < group->to)
		return false;
	for (uint32_t i = group->to; i < hunk->from; i++) {
		if (merge->base.tokens[i].kind == BSYNC_TOKEN_WORD || merge->base.tokens[i].ends)
			return true;
	}
	if (hunk->from == hunk->to || !is_boundary(&merge->base, hunk->from))
		return false;
	for (int i = 0; i < 2; i++) {
		const struct side *side = &merge->sides[i];

		if (has_edits(side) && !is_boundary(&side->text, place_behind(side, hunk->from)))
			return false;
	}
	return true;
}

/* The side whose next edit comes first; NULL when there is none left. */
static struct side *side_next(struct merge *merge)
{
	struct side *x = &merge->sides[0];
	struct side *y = &merge->sides[1];
	const struct bsync_text_hunk *a = NULL;
	const struct bsync_text_hunk *b = NULL;

	if (x->next == x->count || y->next == y->count)
		return x->next != x->count ? x : y->next != y->count ? y : NULL;
	a = &x->hunks[x->next];
	b = &y->hunks[y->next];
	if (a->from != b->from)
		return a->from < b->from ? x : y;
	return a->to <= b->to ? x : y;
}

static void group_add(struct group *group, struct side *side)
{
	const struct bsync_text_hunk *hunk = &side->hunks[side->next++];

	if (group->to < hunk->to)
		group->to = hunk->to;
}

/* Gathers the next group; false when there is none. */
static bool group_next(struct merge *merge, struct group *group)
{
	struct side *side = side_next(merge);

	if (side == NULL)
		return false;
	for (int i = 0; i < 2; i++)
		merge->sides[i].first = merge->sides[i].next;
	*group = (struct group){side->hunks[side->next].from, side->hunks[side->next].to};
	do {
		group_add(group, side);
		side = side_next(merge);
	} while (side != NULL && !is_apart(merge, group, &side->hunks[side->next]));
	return true;
}

static struct bsync_bytes bytes_of(const struct bsync_text *text, uint32_t from, uint32_t to)
{
	const size_t start = from < text->count ? text->tokens[from].at : text->bytes.size;
	const size_t end = to < text->count ? text->tokens[to].at : text->bytes.size;

	assert(start <= end && end <= text->bytes.size);
	if (start == end)
		return (struct bsync_bytes){NULL, 0};
	return (struct bsync_bytes){text->bytes.data + start, end - start};
}

/* What the side makes of the group's part of the base. */
static struct bsync_bytes side_bytes(const struct merge *merge, const struct side *side, const struct group *group)
{
	const struct bsync_text_hunk *first = &side->hunks[side->first];

	assert(has_edits(side));
	assert(group->to <= merge->base.count);
	return bytes_of(&side->text, first->side_from - (first->from - group->from), place_behind(side, group->to));
}

static void put(struct merge *merge, struct bsync_bytes bytes)
{
	if (bytes.size != 0)
		memcpy(merge->out + merge->size, bytes.data, bytes.size);
	merge->size += bytes.size;
}

/* Makes the edits of both sides; false where they meet and differ. */
static bool groups_put(struct merge *merge)
{
	struct side *x = &merge->sides[0];
	struct side *y = &merge->sides[1];
	struct group group;
	uint32_t at = 0;

	while (group_next(merge, &group)) {
		put(merge, bytes_of(&merge->base, at, group.from));
		at = group.to;
		if (has_edits(x) && has_edits(y) &&
		    !bsync_bytes_equal(side_bytes(merge, x, &group), side_bytes(merge, y, &group)))
			return false;
		put(merge, side_bytes(merge, has_edits(x) ? x : y, &group));
	}
	put(merge, bytes_of(&merge->base, at, merge->base.count));
	return true;
}

static bool is_text(struct bsync_bytes bytes)
{
	return bytes.size <= BSYNC_TEXT_MERGE_SIZE_MAX && bsync_utf8_valid(bytes);
}

/* Splits and compares one side with the base. */
static enum bsync_result side_read(const struct bsync_text *base, struct bsync_bytes bytes, struct bsync_arena *arena,
				   struct side *side, bool *is_found)
{
	enum bsync_result result = bsync_text_split(bytes, arena, &side->text);

	if (result != BSYNC_OK)
		return result;
	return bsync_text_compare(base, &side->text, arena, &side->hunks, &side->count, is_found);
}

enum bsync_result bsync_text_merge(struct bsync_bytes base, struct bsync_bytes x, struct bsync_bytes y,
				   struct bsync_arena *arena, struct bsync_bytes *merged, bool *is_clean)
{
	struct merge merge = {0};
	bool is_found = true;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(merged != NULL && is_clean != NULL);
	*merged = (struct bsync_bytes){NULL, 0};
	*is_clean = bsync_bytes_equal(x, y) || bsync_bytes_equal(x, base) || bsync_bytes_equal(y, base);
	if (*is_clean) {
		*merged = bsync_bytes_equal(x, base) ? y : x;
		return BSYNC_OK;
	}
	if (!is_text(base) || !is_text(x) || !is_text(y))
		return BSYNC_OK;
	result = bsync_text_split(base, arena, &merge.base);
	if (result == BSYNC_OK)
		result = side_read(&merge.base, x, arena, &merge.sides[0], &is_found);
	if (result == BSYNC_OK && is_found)
		result = side_read(&merge.base, y, arena, &merge.sides[1], &is_found);
	if (result != BSYNC_OK || !is_found)
		return result;
	/* What is kept is in both sides, and all else in one. */
	merge.out = bsync_arena_take(arena, x.size + y.size);
	if (merge.out == NULL)
		return BSYNC_NO_MEMORY;
	*is_clean = groups_put(&merge);
	assert(merge.size <= x.size + y.size);
	if (*is_clean)
		*merged = (struct bsync_bytes){merge.out, merge.size};
	return BSYNC_OK;
}
