/* pending.h: what is known of a row with own edits that no pull has shown yet.
 *
 * For the row as a whole (insert, delete) and for each cell: which own changesets wrote it, on which base the first of
 * them did, whether the store has taken them, and the shadow: what the server has there.  Kept in bsync_pending. */
#ifndef BSYNC_CLIENT_STORE_PENDING_H
#define BSYNC_CLIENT_STORE_PENDING_H

#include "client-sdk/store/file.h"
#include "client-sdk/store/record.h"

/* Own edits of one thing.  All zeros: none. */
struct bsync_pending_edit {
	uint64_t first_seq,
		last_seq;           /* first_seq 0: an insert into a row that was there, which its cells say more of */
	uint64_t taken_seq;         /* the last one that the store has taken, 0 none */
	uint64_t taken_counter;     /* its position */
	struct bsync_position base; /* of the first */
};

struct bsync_pending_cell {
	uint32_t column_no;
	struct bsync_pending_edit edit; /* all zeros: only a shadow, of a row deleted here */
	bool has_shadow;                /* false: the server has no such row */
	struct bsync_value shadow;
};

struct bsync_pending_entry {
	bool is_on_server;             /* the row is there, as far as this device knows */
	struct bsync_pending_edit row; /* inserts and deletes */
	uint64_t gone_counter;         /* where the store answered an own delete that later edits follow, 0 none */
	uint64_t deleted_seq;          /* the last own delete, while it has no answer; 0 none */
	uint32_t cell_count;
	struct bsync_pending_cell *cells; /* ascending column_no; in the arena given */
};

/* True while the store has not taken the last of the edits. */
bool bsync_pending_is_unsent(const struct bsync_pending_edit *edit);
/* True when there was an edit at all. */
bool bsync_pending_is_edited(const struct bsync_pending_edit *edit);
/* Counts own changeset `seq` in, made on `base` when it is the first. */
void bsync_pending_count(struct bsync_pending_edit *edit, uint64_t seq, struct bsync_position base);

/* Reads the entry of a row; `*found` tells whether there is one, else `*entry` is all zeros with is_on_server true. */
BSYNC_CHECKED enum bsync_result bsync_pending_get(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						  struct bsync_arena *arena, struct bsync_pending_entry *entry,
						  bool *found);
/* Decodes what a row of bsync_pending holds. */
BSYNC_CHECKED enum bsync_result bsync_pending_decode(struct bsync_bytes edits, struct bsync_arena *arena,
						     struct bsync_pending_entry *entry);
/* Writes the entry, or removes it when it has no edit left. */
BSYNC_CHECKED enum bsync_result bsync_pending_put(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						  const struct bsync_pending_entry *entry);

/* The cell of a column, NULL when there is none. */
struct bsync_pending_cell *bsync_pending_find(const struct bsync_pending_entry *entry, uint32_t column_no);
/* The same, added with zeros when it is not there. */
BSYNC_CHECKED enum bsync_result bsync_pending_take(struct bsync_pending_entry *entry, struct bsync_arena *arena,
						   uint32_t column_no, struct bsync_pending_cell **cell);
/* Removes the cells that have no edit, unless the row is edited as a whole and they hold its shadow. */
void bsync_pending_prune(struct bsync_pending_entry *entry);

#endif
