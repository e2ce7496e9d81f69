/* rebase.h: own edits that no pull has shown yet, and what is pulled meanwhile.
 *
 * The screen is always (what the server has) with the own changesets on top that are not part of it yet, in their order.
 * A pulled row that has such edits is first taken back to what the server has (bsync_rebase_meet); then the pull is shown as if
 * there were none; at its end the changesets that it includes are taken into what the server has, and the others are
 * carried out again (bsync_rebase_end).  What of an included changeset the pull has told, it has told; the rest is as
 * written, for PROTOCOL 6.12 leaves out only that.
 *
 * All of it runs inside one write transaction, with the gate of the capture closed. */
#ifndef BSYNC_CLIENT_STORE_REBASE_H
#define BSYNC_CLIENT_STORE_REBASE_H

#include "client-sdk/store/pull.h"

/* A row that has an entry in bsync_pending. */
struct bsync_rebase_row {
	const struct bsync_table *table;
	struct bsync_record_key key;
	struct bsync_bytes packed;
	struct bsync_pending_entry entry;
};

/* Makes the row show what the server has; `*found` is false when it has no own edits.  `row` has table, key and packed. */
BSYNC_CHECKED enum bsync_result bsync_rebase_meet(struct bsync_pull *pull, struct bsync_rebase_row *row, bool *found);
/* The same for every row with own edits: a scope is dropped. */
BSYNC_CHECKED enum bsync_result bsync_rebase_meet_all(struct bsync_pull *pull);

/* The server has the met row: called before what was pulled of it is written. */
BSYNC_CHECKED enum bsync_result bsync_rebase_is_there(struct bsync_pull *pull, struct bsync_rebase_row *row,
						      const struct bsync_pull_row *pulled);
/* The met row has left a scope with the change `counter`, and the screen has it in another one of which this pull may tell
 * later: own changes before it are no news. */
BSYNC_CHECKED enum bsync_result bsync_rebase_has_left(struct bsync_pull *pull, struct bsync_rebase_row *row,
						      uint64_t counter);
/* The server has the met row no more. */
BSYNC_CHECKED enum bsync_result bsync_rebase_is_gone(struct bsync_pull *pull, struct bsync_rebase_row *row,
						     uint64_t counter);

/* The scope of the row is dropped: nothing of it stays but which changesets touch it. */
BSYNC_CHECKED enum bsync_result bsync_rebase_is_dropped(struct bsync_pull *pull, const struct bsync_record_key *key,
							struct bsync_bytes packed);

/* Everything up to `counter` has been pulled. */
BSYNC_CHECKED enum bsync_result bsync_rebase_end(struct bsync_pull *pull, uint64_t counter);
/* Own changeset `seq`, which the store has lost, is not part of what it has: its rows list it again.  `is_shown`: the screen
 * shows what it did, and only the next pull, which replaces all, will not; else it is carried out again by
 * bsync_rebase_replay. */
BSYNC_CHECKED enum bsync_result bsync_rebase_relist(struct bsync_pull *pull, uint64_t seq, bool is_shown);
/* The next pull says all that the server has at `counter`: the screen is emptied, but for what own changesets will show. */
BSYNC_CHECKED enum bsync_result bsync_rebase_empty(struct bsync_pull *pull, uint64_t counter);
/* Own changeset `seq`, which was offered again, is part already of what the server has. */
BSYNC_CHECKED enum bsync_result bsync_rebase_keep(struct bsync_pull *pull, uint64_t seq);
/* Own changeset `seq` is set aside whole: the screen shows what is without it. */
BSYNC_CHECKED enum bsync_result bsync_rebase_withdraw(struct bsync_pull *pull, uint64_t seq);

#endif
