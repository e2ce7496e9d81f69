#include "core/text_tokens.h"

#include <assert.h>
#include <string.h>

/* One code point, the bytes of which are known to be well-formed. */
struct point {
	uint32_t code;
	uint32_t size;
};

static struct point point_at(struct bsync_bytes bytes, size_t at)
{
	const uint8_t first = bytes.data[at];
	struct point point = {first, 1};

	if (first < 0x80)
		return point;
	point.size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	point.code = first & (0x7fu >> point.size);
	assert(at + point.size <= bytes.size);
	for (uint32_t i = 1; i < point.size; i++)
		point.code = point.code << 6 | (bytes.data[at + i] & 0x3f);
	return point;
}

static bool is_space(uint32_t code)
{
	if (code < 0x80)
		return code == ' ' || (code >= '\t' && code <= '\r');
	return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
	       code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

/* All that is not ASCII and no space is part of a word: so a letter and its combining marks are never apart. */
static enum bsync_token_kind kind_of(uint32_t code)
{
	if (is_space(code))
		return BSYNC_TOKEN_SPACE;
	if (code >= 0x80 || (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
	    (code >= 'a' && code <= 'z'))
		return BSYNC_TOKEN_WORD;
	return BSYNC_TOKEN_SIGN;
}

static bool ends_line(uint32_t code)
{
	return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/* The token that begins at `at`. */
static struct bsync_text_token token_at(struct bsync_bytes bytes, size_t at)
{
	struct point point = point_at(bytes, at);
	const enum bsync_token_kind kind = kind_of(point.code);
	struct bsync_text_token token = {.at = (uint32_t)at, .hash = UINT32_C(2166136261), .kind = (uint8_t)kind};

	if (kind == BSYNC_TOKEN_SIGN)
		token.ends = point.code == '.' || point.code == '!' || point.code == '?';
	do {
		token.ends = token.ends || (kind == BSYNC_TOKEN_SPACE && ends_line(point.code));
		token.size += point.size;
		at += point.size;
		if (at < bytes.size)
			point = point_at(bytes, at);
	} while (at < bytes.size && kind != BSYNC_TOKEN_SIGN && kind_of(point.code) == kind);
	for (uint32_t i = 0; i < token.size; i++)
		token.hash = (token.hash ^ bytes.data[token.at + i]) * UINT32_C(16777619);
	return token;
}

enum bsync_result bsync_text_split(struct bsync_bytes bytes, struct bsync_arena *arena, struct bsync_text *text)
{
	uint32_t count = 0, words = 0;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL && text != NULL);
	assert(bytes.size <= BSYNC_TEXT_MERGE_SIZE_MAX);
	*text = (struct bsync_text){.bytes = bytes};
	for (size_t at = 0; at < bytes.size; count++) {
		const struct bsync_text_token token = token_at(bytes, at);

		words += token.kind == BSYNC_TOKEN_WORD;
		at += token.size;
	}
	result = bsync_arena_array(arena, count, sizeof(*text->tokens), &text->tokens);
	if (result == BSYNC_OK)
		result = bsync_arena_array(arena, words, sizeof(*text->words), &text->words);
	for (size_t at = 0; result == BSYNC_OK && at < bytes.size; at += text->tokens[text->count++].size) {
		text->tokens[text->count] = token_at(bytes, at);
		if (text->tokens[text->count].kind == BSYNC_TOKEN_WORD)
			text->words[text->word_count++] = text->count;
	}
	return result;
}

static bool are_equal(const struct bsync_text *a, uint32_t i, const struct bsync_text *b, uint32_t j)
{
	const struct bsync_text_token *left = &a->tokens[i];
	const struct bsync_text_token *right = &b->tokens[j];

	assert(i < a->count && j < b->count);
	return left->hash == right->hash && left->size == right->size &&
	       memcmp(a->bytes.data + left->at, b->bytes.data + right->at, left->size) == 0;
}

/* Both texts' words, without those that their ends have alike. */
struct words {
	const struct bsync_text *base, *side;
	uint32_t start;       /* words alike at the beginning */
	int32_t count, other; /* words left of the base, and of the side */
	int32_t **furthest;   /* by number of edits d: how far into the base one comes, by diagonal -d, -d + 2, … d */
	struct bsync_arena *arena;
};

static bool words_equal(const struct words *words, uint32_t i, uint32_t j)
{
	return are_equal(words->base, words->base->words[i], words->side, words->side->words[j]);
}

static void ends_find(struct words *words)
{
	const uint32_t base = words->base->word_count;
	const uint32_t side = words->side->word_count;
	const uint32_t shorter = base < side ? base : side;
	uint32_t end = 0;

	while (words->start < shorter && words_equal(words, words->start, words->start))
		words->start++;
	while (end < shorter - words->start && words_equal(words, base - 1 - end, side - 1 - end))
		end++;
	words->count = (int32_t)(base - words->start - end);
	words->other = (int32_t)(side - words->start - end);
}

/* The best way with `edits` edits enters diagonal `k` by an insertion from k + 1, else by a deletion from k - 1. */
static bool is_insertion(const struct words *words, int32_t edits, int32_t k)
{
	const int32_t *before = words->furthest[edits - 1];

	if (k == -edits || k == edits)
		return k == -edits;
	return before[(k + edits - 2) / 2] < before[(k + edits) / 2];
}

/* Where it enters it. */
static int32_t entry(const struct words *words, int32_t edits, int32_t k)
{
	if (edits == 0)
		return 0;
	return is_insertion(words, edits, k) ? words->furthest[edits - 1][(k + edits) / 2]
					     : words->furthest[edits - 1][(k + edits - 2) / 2] + 1;
}

/* Finds the least number of edits; -1 when it is above the maximum. */
static enum bsync_result edits_count(struct words *words, int32_t *edits)
{
	const int32_t all = words->count + words->other;
	const int32_t most = all < BSYNC_TEXT_MERGE_EDITS_MAX ? all : BSYNC_TEXT_MERGE_EDITS_MAX;
	enum bsync_result result = bsync_arena_array(words->arena, (size_t)most + 1, sizeof(*words->furthest),
						     &words->furthest);

	for (int32_t d = 0; result == BSYNC_OK && d <= most; d++) {
		result = bsync_arena_array(words->arena, (size_t)d + 1, sizeof(**words->furthest), &words->furthest[d]);
		for (int32_t k = -d; result == BSYNC_OK && k <= d; k += 2) {
			int32_t i = entry(words, d, k);

			while (i < words->count && i - k < words->other &&
			       words_equal(words, words->start + (uint32_t)i, words->start + (uint32_t)(i - k)))
				i++;
			words->furthest[d][(k + d) / 2] = i;
			if (i >= words->count && i - k >= words->other) {
				*edits = d;
				return BSYNC_OK;
			}
		}
	}
	*edits = -1;
	return result;
}

/* Lists the edits of words, each of one word, ascending. */
static void edits_list(const struct words *words, int32_t edits, struct bsync_text_hunk *list)
{
	int32_t i = words->count, j = words->other;

	for (int32_t d = edits; d > 0; d--) {
		const int32_t k = i - j;
		const bool inserts = is_insertion(words, d, k);
		const int32_t enters = entry(words, d, k);

		i = inserts ? enters : enters - 1;
		j = inserts ? enters - k - 1 : enters - k;
		assert(i >= 0 && j >= 0);
		list[d - 1] = (struct bsync_text_hunk){
			.from = words->start + (uint32_t)i,
			.to = words->start + (uint32_t)enters,
			.side_from = words->start + (uint32_t)j,
			.side_to = words->start + (uint32_t)(enters - k),
		};
	}
}

/* Where the tokens begin that lie before word `word`, behind the word before it. */
static uint32_t gap_start(const struct bsync_text *text, uint32_t word)
{
	return word == 0 ? 0 : text->words[word - 1] + 1;
}

static uint32_t gap_end(const struct bsync_text *text, uint32_t word)
{
	return word == text->word_count ? text->count : text->words[word];
}

/* Takes off what both ends have alike; false when nothing is left. */
static bool is_different(const struct bsync_text *base, const struct bsync_text *side, struct bsync_text_hunk *hunk)
{
	while (hunk->from < hunk->to && hunk->side_from < hunk->side_to &&
	       are_equal(base, hunk->from, side, hunk->side_from)) {
		hunk->from++;
		hunk->side_from++;
	}
	while (hunk->from < hunk->to && hunk->side_from < hunk->side_to &&
	       are_equal(base, hunk->to - 1, side, hunk->side_to - 1)) {
		hunk->to--;
		hunk->side_to--;
	}
	return hunk->from < hunk->to || hunk->side_from < hunk->side_to;
}

/* From one word that both have to the next: a hunk where what lies between differs.  Returns how many. */
static uint32_t hunks_list(const struct words *words, const struct bsync_text_hunk *edits, uint32_t edit_count,
			   struct bsync_text_hunk *hunks)
{
	const struct bsync_text *base = words->base;
	const struct bsync_text *side = words->side;
	uint32_t count = 0, edit = 0, j = 0;

	for (uint32_t i = 0; i <= base->word_count; i++, j++) {
		struct bsync_text_hunk *hunk = &hunks[count];

		hunk->from = gap_start(base, i);
		hunk->side_from = gap_start(side, j);
		for (; edit < edit_count && edits[edit].from == i && edits[edit].side_from == j; edit++) {
			i = edits[edit].to;
			j = edits[edit].side_to;
		}
		hunk->to = gap_end(base, i);
		hunk->side_to = gap_end(side, j);
		count += is_different(base, side, hunk);
	}
	assert(edit == edit_count && j == side->word_count + 1);
	return count;
}

enum bsync_result bsync_text_compare(const struct bsync_text *base, const struct bsync_text *side,
				     struct bsync_arena *arena, struct bsync_text_hunk **hunks, uint32_t *count,
				     bool *is_found)
{
	struct words words = {.base = base, .side = side, .arena = arena};
	struct bsync_text_hunk *edits = NULL;
	int32_t edit_count = -1;
	enum bsync_result result = BSYNC_OK;

	assert(base != NULL && side != NULL && arena != NULL);
	assert(hunks != NULL && count != NULL && is_found != NULL);
	*count = 0;
	*is_found = false;
	ends_find(&words);
	if (words.count > BSYNC_TEXT_MERGE_WORDS_MAX || words.other > BSYNC_TEXT_MERGE_WORDS_MAX)
		return BSYNC_OK;
	result = edits_count(&words, &edit_count);
	if (result == BSYNC_OK && edit_count >= 0)
		result = bsync_arena_array(arena, (size_t)edit_count, sizeof(*edits), &edits);
	if (result == BSYNC_OK && edit_count >= 0)
		result = bsync_arena_array(arena, (size_t)base->word_count + 1, sizeof(**hunks), hunks);
	if (result != BSYNC_OK || edit_count < 0)
		return result;
	edits_list(&words, edit_count, edits);
	*count = hunks_list(&words, edits, (uint32_t)edit_count, *hunks);
	*is_found = true;
	return BSYNC_OK;
}
