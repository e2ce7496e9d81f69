/* pending.h: what is known of a row with own edits that no pull has shown yet.
 *
 * The own changesets that touched the row and are not yet part of what was pulled, and the shadow: what the server has
 * there, wherever the screen shows something else.  Kept in bsync_pending; rebase.h says how the two meet. */
#ifndef BSYNC_CLIENT_STORE_PENDING_H
#define BSYNC_CLIENT_STORE_PENDING_H

#include "client-sdk/store/file.h"
#include "client-sdk/store/record.h"

/* Own edits of one thing.  All zeros: none. */
struct bsync_pending_edit {
	uint64_t first_seq, last_seq;
	struct bsync_position base; /* of the first */
};

struct bsync_pending_cell {
	uint32_t column_no;
	struct bsync_pending_edit edit; /* all zeros: none */
	uint64_t heard;                 /* the newest state of the store in which a pull named this cell, 0 none */
	bool has_shadow;
	struct bsync_value shadow;
	struct bsync_value origin; /* of an edited text: what it was made from (origin.h) */
};

struct bsync_pending_entry {
	bool is_on_server; /* the row is there, as far as this device knows */
	bool is_gone;      /* not there, as the newest pull that gave or took it said; `heard` is the state before */
	/* While a pull is shown: the table holds the shadow (is_met), and what the replay has made of it so far. */
	bool is_met, is_shown;
	uint64_t heard; /* the newest state of the store in which a pull gave the row whole, or gone */
	/* What own changesets up to this one made of the row is not shown until the server gives the row again, or it
	 * is in a scope that is held: its scope was dropped. */
	uint64_t hidden_seq;
	struct bsync_pending_edit
		row; /* inserts and deletes; with one, the shadow is of all columns that are not NULL */
	uint32_t seq_count;
	uint64_t *seqs; /* own changesets that touch the row, ascending */
	uint32_t cell_count;
	struct bsync_pending_cell *cells; /* ascending column_no; in the arena given */
};

/* True when there was an edit at all. */
bool bsync_pending_is_edited(const struct bsync_pending_edit *edit);
/* Counts own changeset `seq` in, made on `base` when it is the first. */
void bsync_pending_count(struct bsync_pending_edit *edit, uint64_t seq, struct bsync_position base);

/* Own changeset `seq` touches the row. */
BSYNC_CHECKED enum bsync_result bsync_pending_list(struct bsync_pending_entry *entry, struct bsync_arena *arena,
						   uint64_t seq);
bool bsync_pending_lists(const struct bsync_pending_entry *entry, uint64_t seq);
/* The changeset is part of what was pulled, or will never be. */
void bsync_pending_unlist(struct bsync_pending_entry *entry, uint64_t seq);

/* Reads the entry of a row; `*found` tells whether there is one, else `*entry` is all zeros with is_on_server true. */
BSYNC_CHECKED enum bsync_result bsync_pending_get(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						  struct bsync_arena *arena, struct bsync_pending_entry *entry,
						  bool *found);
/* Decodes what a row of bsync_pending holds. */
BSYNC_CHECKED enum bsync_result bsync_pending_decode(struct bsync_bytes edits, struct bsync_arena *arena,
						     struct bsync_pending_entry *entry);
/* Writes the entry, or removes it when no own changeset is left. */
BSYNC_CHECKED enum bsync_result bsync_pending_put(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						  const struct bsync_pending_entry *entry);

/* The cell of a column, NULL when there is none. */
struct bsync_pending_cell *bsync_pending_find(const struct bsync_pending_entry *entry, uint32_t column_no);
/* The same, added with zeros when it is not there. */
BSYNC_CHECKED enum bsync_result bsync_pending_take(struct bsync_pending_entry *entry, struct bsync_arena *arena,
						   uint32_t column_no, struct bsync_pending_cell **cell);
/* Removes the cells of which nothing is known that a later step needs. */
void bsync_pending_prune(struct bsync_pending_entry *entry);

#endif
