/* commit.h: the net changes of a transaction as a changeset, and what they make pending.
 *
 * bsync_commit_seal (file.h) is the entry; it first reads and decides, then seals, then writes, so that a refusal
 * (a change that cannot travel) leaves the transaction as it was. */
#ifndef BSYNC_CLIENT_STORE_COMMIT_H
#define BSYNC_CLIENT_STORE_COMMIT_H

#include "client-sdk/store/fold.h"
#include "client-sdk/store/pending.h"

/* A cell whose text in the row is not the canonical one: it is set right in the same transaction. */
struct bsync_commit_mend {
	struct bsync_commit_mend *next;
	const struct bsync_fold_row *row;
	uint32_t column; /* index */
	struct bsync_value value;
};

/* One row that changes, with what will be pending for it. */
struct bsync_commit_row {
	const struct bsync_fold_row *row;
	struct bsync_change change;
	struct bsync_pending_entry entry;
};

/* A row that is here as its bare key, while a form shows it: what is typed there is sealed, and goes. */
struct bsync_commit_bare {
	struct bsync_commit_bare *next;
	const struct bsync_fold_row *row;
	const struct bsync_value *values; /* what its form shows now; NULL when not known */
};

/* Everything about one commit while it is put together; lives in file->scratch. */
struct bsync_commit {
	struct bsync_file *file;
	struct bsync_arena *arena;
	uint64_t seq;
	struct bsync_position base;
	bool has_pending, has_variants, has_bare; /* any at all in the file */
	bool is_bare;                             /* the row at hand, whose form is based on this */
	struct bsync_position bare_base;
	uint32_t row_count;
	struct bsync_commit_row *rows;
	struct bsync_commit_mend *mends;
	struct bsync_commit_bare *bares;
};

/* Decides what `row` sends and what becomes pending; `*is_change` is false when nothing has changed in effect. */
BSYNC_CHECKED enum bsync_result bsync_commit_row_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
						      struct bsync_commit_row *out, bool *is_change);

/* Makes the write of one cell from its old and new value; `*is_write` is false when both mean the same.
 * BSYNC_INVALID when the value is none that the column's rule can hold. */
BSYNC_CHECKED enum bsync_result bsync_commit_cell_make(struct bsync_commit *commit, const struct bsync_fold_row *row,
						       uint32_t column, const struct bsync_value *old,
						       const struct bsync_value *value, struct bsync_cell_write *write,
						       bool *is_write);

#endif
