/* pull.h: showing what was pulled: rows and scopes, with own unsent edits kept on top.
 *
 * All of it runs inside the one transaction of bsync_file_pull_end, with the gate of the capture closed. */
#ifndef BSYNC_CLIENT_STORE_PULL_H
#define BSYNC_CLIENT_STORE_PULL_H

#include "client-sdk/store/pending.h"

/* One pull while it is shown; what is empty for the whole file is not looked up per row. */
struct bsync_pull {
	struct bsync_file *file;
	struct bsync_arena *arena; /* of one row */
	bool has_pending, has_variants, has_left, has_answers, has_forms;
	bool has_over;        /* scopes that this device has dropped by itself */
	bool is_behind;       /* something came of one of those, which is not here to be changed */
	bool has_passed_over; /* what a newer schema has */
	bool has_met;         /* rows with own edits show what the server has (rebase.h) */
	bool has_dropped;     /* a scope */
	bool has_removed;     /* rows */
	bool is_shown;        /* something on screen has changed */
	uint64_t snapshot;    /* counter of the state that the rows at hand were read from; 0 not known */
};

/* A pulled row with what every step needs of it. */
struct bsync_pull_row {
	const struct bsync_pulled_row *row;
	const struct bsync_scope_ref *scope;
	const struct bsync_table *table;
	struct bsync_record_key key;
	uint32_t face; /* index */
	bool is_packed;
	struct bsync_bytes packed; /* see bsync_pull_pack */
};

BSYNC_CHECKED enum bsync_result bsync_pull_begin(struct bsync_file *file, struct bsync_arena *arena,
						 struct bsync_pull *pull);
/* The last step: what left under an open form stays as its bare key. */
BSYNC_CHECKED enum bsync_result bsync_pull_finish(struct bsync_pull *pull);
/* Shows one ROWS message.  Rows of tables and faces, and cells, that this device's schema has not are passed over. */
BSYNC_CHECKED enum bsync_result bsync_pull_rows(struct bsync_pull *pull, const struct bsync_rows *rows);
/* Carries out one SCOPES message. */
BSYNC_CHECKED enum bsync_result bsync_pulled_scopes(struct bsync_pull *pull, const struct bsync_scopes *scopes);

/* What the scope gave leaves this device; the caller has written down that it is not held any more. */
BSYNC_CHECKED enum bsync_result bsync_pull_scope_leave(struct bsync_pull *pull, const struct bsync_scope_ref *scope);
/* What the last HELLO said of this file does not hold any more: no end of a pull shows anything until the next one.  In the
 * transaction that makes it so. */
BSYNC_CHECKED enum bsync_result bsync_pull_void(struct bsync_file *file);
/* Forgets what has come of the pull that runs now and is in memory. */
void bsync_pull_clear(struct bsync_file *file);
/* Nothing of the scope is staged any more. */
BSYNC_CHECKED enum bsync_result bsync_pull_unstage(struct bsync_file *file, const struct bsync_scope_ref *scope);
/* The same for all that this device has dropped by itself, as a conversation begins: it asks for them from nothing, so what
 * an earlier one has staged would only pile up.  In a transaction. */
BSYNC_CHECKED enum bsync_result bsync_pull_unstage_over(struct bsync_file *file);

/* --- Between the files of the pull --- */

/* Tells whether this device has dropped the scope by itself: then what came of it is passed over, and is_behind. */
BSYNC_CHECKED enum bsync_result bsync_pull_is_over(struct bsync_pull *pull, const struct bsync_scope_ref *scope,
						   bool *is_over);
/* Fills row->packed once. */
BSYNC_CHECKED enum bsync_result bsync_pull_pack(struct bsync_pull *pull, struct bsync_pull_row *row);
/* The row is gone from its scope in this face. */
BSYNC_CHECKED enum bsync_result bsync_pull_gone(struct bsync_pull *pull, struct bsync_pull_row *row);
/* The row leaves this device, unless a scope that is held gives it as it stands. */
BSYNC_CHECKED enum bsync_result bsync_pull_leave(struct bsync_pull *pull, const struct bsync_record_key *key,
						 struct bsync_bytes packed);
/* The row is in its scope in this face. */
BSYNC_CHECKED enum bsync_result bsync_pull_entered(struct bsync_pull *pull, struct bsync_pull_row *row);
/* Forgets the versions of every cell of the face: a row that comes whole says which stand. */
BSYNC_CHECKED enum bsync_result bsync_pull_versions_forget(struct bsync_pull *pull, struct bsync_pull_row *row);
/* Standing versions of cells in conflict, replaced values, and items of the store. */
BSYNC_CHECKED enum bsync_result bsync_pull_variants(struct bsync_pull *pull, struct bsync_pull_row *row,
						    const struct bsync_pulled_cell *cell);
BSYNC_CHECKED enum bsync_result bsync_pull_item(struct bsync_pull *pull, struct bsync_pull_row *row);
/* Forgets the versions, past and items of a row. */
BSYNC_CHECKED enum bsync_result bsync_pull_forget(struct bsync_pull *pull, uint32_t table_no, struct bsync_bytes key);
/* True when the row, as the screen has it, is in a scope that is held. */
BSYNC_CHECKED enum bsync_result bsync_pull_is_given(struct bsync_pull *pull, const struct bsync_record_key *key,
						    bool *is_given);

#endif
