/* rebase_parts.h: between the files of the rebase. */
#ifndef BSYNC_CLIENT_STORE_REBASE_PARTS_H
#define BSYNC_CLIENT_STORE_REBASE_PARTS_H

#include "client-sdk/store/rebase.h"

/* Columns that a pull can say something of. */
bool bsync_rebase_is_ours(const struct bsync_column *column);
BSYNC_CHECKED enum bsync_result bsync_rebase_put(struct bsync_pull *pull, struct bsync_rebase_row *row);
/* Makes the row if it is not there, and the columns NULL of which nothing was heard at `counter` or later. */
BSYNC_CHECKED enum bsync_result bsync_rebase_blank(struct bsync_pull *pull, struct bsync_rebase_row *row,
						   uint64_t counter);
/* Makes a row that is not met show what the server has. */
BSYNC_CHECKED enum bsync_result bsync_rebase_rewind(struct bsync_pull *pull, struct bsync_rebase_row *row);
/* Calls `each` with every row of a query of bsync_pending (tno, key, edits). */
BSYNC_CHECKED enum bsync_result bsync_rebase_rows_each(struct bsync_pull *pull, enum bsync_query query,
						       enum bsync_result (*each)(struct bsync_pull *pull,
										 struct bsync_rebase_row *row));

/* An own changeset while it is carried out on the rows it touches; counter and verdict are those of its receipt. */
struct bsync_carried {
	struct bsync_pull *pull;
	uint64_t seq, counter;
	int64_t verdict;
	struct bsync_changeset set;
};

typedef enum bsync_result bsync_carry_change(struct bsync_carried *carried, struct bsync_rebase_row *row,
					     const struct bsync_change *change);

/* Opens the changeset and calls `each` for its changes of rows that list it. */
BSYNC_CHECKED enum bsync_result bsync_rebase_changes_each(struct bsync_carried *carried, bsync_carry_change *each);

/* rebase_take.c: the change becomes part of what the server has. */
BSYNC_CHECKED enum bsync_result bsync_rebase_take(struct bsync_carried *carried, struct bsync_rebase_row *row,
						  const struct bsync_change *change);
/* rebase_take.c: the change is part of what the server has already. */
BSYNC_CHECKED enum bsync_result bsync_rebase_kept(struct bsync_carried *carried, struct bsync_rebase_row *row,
						  const struct bsync_change *change);
/* rebase_take.c: the change has no effect. */
BSYNC_CHECKED enum bsync_result bsync_rebase_leave(struct bsync_carried *carried, struct bsync_rebase_row *row,
						   const struct bsync_change *change);
/* rebase_replay.c: carries the remaining changesets out on every met row, which ends the meeting. */
BSYNC_CHECKED enum bsync_result bsync_rebase_replay(struct bsync_pull *pull);

#endif
