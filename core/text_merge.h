/* text_merge.h: merges two edits of one prose text, by words.
 *
 * Pure; all memory is the caller's arena.  The comparison of two texts is E. Myers, "An O(ND) Difference Algorithm and
 * Its Variations" (Algorithmica 1, 1986); what is stable and what is in conflict follows S. Khanna, K. Kunal and
 * B. Pierce, "A Formal Investigation of Diff3" (FSTTCS 2007).  Rule: schema/PROTOCOL.md 7.8; who calls it and with
 * which base: core/MERGE.md. */
#ifndef BSYNC_CORE_TEXT_MERGE_H
#define BSYNC_CORE_TEXT_MERGE_H

#include "core/bytes.h"

enum {
	BSYNC_TEXT_MERGE_SIZE_MAX = 256 << 10, /* bytes of each of the three texts */
	BSYNC_TEXT_MERGE_WORDS_MAX = 50000,    /* words of each, beside what both ends have alike */
	BSYNC_TEXT_MERGE_EDITS_MAX = 1000,     /* words inserted and deleted between the base and one side */
	BSYNC_TEXT_MERGE_MEMORY_MAX = 32 << 20 /* above what one merge takes of an arena */
};

/* Puts into `*merged` what becomes of `base` when both sides' edits are made.  The text is in `arena`, or is one of the
 * three that came in.
 *
 * `*is_clean` is false, and `*merged` empty, where a person must choose: edits of both sides meet (nothing that both
 * kept lies between them but spaces and punctuation inside a sentence) and differ, a text is no UTF-8, or it is beyond a
 * maximum above.  Exchanging x and y changes nothing.  Fails with BSYNC_NO_MEMORY, or
 * BSYNC_TOO_LARGE when the arena's maximum is less than the one above. */
BSYNC_CHECKED enum bsync_result bsync_text_merge(struct bsync_bytes base, struct bsync_bytes x, struct bsync_bytes y,
						 struct bsync_arena *arena, struct bsync_bytes *merged, bool *is_clean);

#endif
