/* origin.h: what an edit of a text is made from, which travels with it (PROTOCOL 7.8).
 *
 * What the server showed at the edit's base, never what own edits put on top of it: else the words that others put in
 * would look taken out. */
#ifndef BSYNC_CLIENT_STORE_ORIGIN_H
#define BSYNC_CLIENT_STORE_ORIGIN_H

#include "client-sdk/store/pending.h"

/* A cell of a row with own edits `entry`, which shows `shown`.  Values live in `arena`. */
struct bsync_origin_ask {
	struct bsync_file *file;
	struct bsync_arena *arena;
	uint32_t table_no, column_no;
	struct bsync_bytes key; /* packed */
	const struct bsync_pending_entry *entry;
	const struct bsync_value *shown;
};

/* What an edit made on the screen as it is now is made from. */
BSYNC_CHECKED enum bsync_result bsync_origin_now(const struct bsync_origin_ask *ask, struct bsync_value *origin);

/* What one is made from that was on the screen at `counter`, as far as this device knows; NULL, which no other text agrees
 * with, where it does not know. */
BSYNC_CHECKED enum bsync_result bsync_origin_at(const struct bsync_origin_ask *ask, uint64_t counter,
						struct bsync_value *origin);

/* From what the versions of a conflict in the cell went apart; `*found` false when none is shown. */
BSYNC_CHECKED enum bsync_result bsync_origin_conflict(const struct bsync_origin_ask *ask, struct bsync_text_base *base,
						      bool *found);

#endif
