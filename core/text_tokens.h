/* text_tokens.h: prose as a list of tokens, and what one list has that another has not.
 *
 * Private to core/text_*.c.  Method and limits: core/text_merge.h. */
#ifndef BSYNC_CORE_TEXT_TOKENS_H
#define BSYNC_CORE_TEXT_TOKENS_H

#include "core/text_merge.h"

enum bsync_token_kind { BSYNC_TOKEN_WORD, BSYNC_TOKEN_SPACE, BSYNC_TOKEN_SIGN };

/* A run of letters and digits, a run of white space, or one sign. */
struct bsync_text_token {
	uint32_t at, size; /* bytes in the text */
	uint32_t hash;
	uint8_t kind;
	bool ends; /* a sentence or a line: . ! ? and white space with a line end */
};

struct bsync_text {
	struct bsync_bytes bytes;
	uint32_t count;
	struct bsync_text_token *tokens;
	uint32_t word_count;
	uint32_t *words; /* which tokens are words */
};

/* One edit: tokens from..to of the base became side_from..side_to of the side. */
struct bsync_text_hunk {
	uint32_t from, to;
	uint32_t side_from, side_to;
};

/* Splits well-formed UTF-8.  Fails as bsync_arena_array. */
BSYNC_CHECKED enum bsync_result bsync_text_split(struct bsync_bytes bytes, struct bsync_arena *arena,
						 struct bsync_text *text);

/* Lists the edits that make `side` of `base`, ascending, with a word that both have between any two.  Words alone decide
 * what is alike: else a full stop could be kept rather than the word before it.  `*is_found` is
 * false when there are more than the maxima allow.  Fails as bsync_arena_array. */
BSYNC_CHECKED enum bsync_result bsync_text_compare(const struct bsync_text *base, const struct bsync_text *side,
						   struct bsync_arena *arena, struct bsync_text_hunk **hunks,
						   uint32_t *count, bool *is_found);

#endif
