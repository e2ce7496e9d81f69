/* change.h: the second half of taking a change: what it does to the row, its feed, history, conflicts and items. */
#ifndef BSYNC_DAEMON_STORE_CHANGE_H
#define BSYNC_DAEMON_STORE_CHANGE_H

#include "daemon/store/judge.h"

/* Does what was judged, but for what goes to a fork: bsync_freeze_late.  BSYNC_CHANGED when a row taken to be new is there. */
BSYNC_CHECKED enum bsync_result bsync_change_apply(struct bsync_act *act, struct bsync_plan *plan);

/* Takes a plain new row back out, with its places: the act failed before it touched more. */
BSYNC_CHECKED enum bsync_result bsync_change_take_back(struct bsync_act *act, const struct bsync_plan *plan);

/* change_delete.c: takes a row away, or notes that it stays. */
BSYNC_CHECKED enum bsync_result bsync_change_delete(struct bsync_act *act, struct bsync_plan *plan);
/* change_delete.c: makes a deleted row live again, whole; the caller merges before, and moves and updates it after. */
BSYNC_CHECKED enum bsync_result bsync_change_revive(struct bsync_act *act, struct bsync_plan *plan);
/* change_delete.c: keeps what was taken out of a deleted row, which stays deleted. */
BSYNC_CHECKED enum bsync_result bsync_change_in_grave(struct bsync_act *act, struct bsync_row *row);
/* change_delete.c: the row of a grave gives way to a new one with the same key: its values go to history. */
BSYNC_CHECKED enum bsync_result bsync_change_bury(struct bsync_act *act, struct bsync_plan *plan);

/* change_delete.c: an edit of a row whose deletes win: `*is_taken` where a delete that it had not seen takes it to history. */
BSYNC_CHECKED enum bsync_result bsync_change_taken(struct bsync_act *act, struct bsync_plan *plan, bool *is_taken);

/* change_delete.c: makes a deleted row live again, without a word; the caller places it. */
BSYNC_CHECKED enum bsync_result bsync_change_raise(struct bsync_act *act, struct bsync_row *row);
/* change_delete.c: deletes a live row by a delete, which may be an earlier act's, and its base. */
BSYNC_CHECKED enum bsync_result bsync_change_remove(struct bsync_act *act, struct bsync_row *row,
						    const struct bsync_version *deleted, uint64_t base);

/* What merging did to a row. */
struct bsync_merged {
	struct bsync_mask changed;      /* columns that show another value */
	struct bsync_mask was_conflict; /* columns in which a conflict stood before */
	bool has_changed;               /* any cell differs */
};

/* change_delete.c: gives a live row that stays as it is to every device that holds it, whole. */
BSYNC_CHECKED enum bsync_result bsync_change_stays(struct bsync_act *act, struct bsync_row *row);

/* change_merge.c: the writes of a change into the row's cells and values; its places and `changed` stay. */
BSYNC_CHECKED enum bsync_result bsync_change_merge(struct bsync_act *act, struct bsync_plan *plan,
						   struct bsync_row *row, struct bsync_merged *merged);

/* change_row.c: the new row, before its writes. */
BSYNC_CHECKED enum bsync_result bsync_change_row_blank(struct bsync_act *act, const struct bsync_plan *plan,
						       struct bsync_row *row);
/* change_row.c: an update that puts nothing into its row: it begins none and revives none. */
bool bsync_change_takes_nothing(const struct bsync_plan *plan);
/* change_row.c: writes the row with its cells into the table. */
BSYNC_CHECKED enum bsync_result bsync_change_row_insert(struct bsync_act *act, struct bsync_row *row);
BSYNC_CHECKED enum bsync_result bsync_change_row_update(struct bsync_act *act, struct bsync_row *row,
							const struct bsync_mask *changed);

/* change_row.c: puts a row that was lifted from the feed back, with its changed columns. */
BSYNC_CHECKED enum bsync_result bsync_change_place(struct bsync_act *act, struct bsync_row *row,
						   const struct bsync_merged *merged);
/* change_row.c: puts a row that is new, with its cells. */
BSYNC_CHECKED enum bsync_result bsync_change_begin(struct bsync_act *act, struct bsync_row *row);

/* change_feed.c */
/* The entries of a row that is new in all its scopes, and their places in the feed, once the row is written. */
BSYNC_CHECKED enum bsync_result bsync_feed_entries(struct bsync_act *act, struct bsync_table_sql *sql,
						   struct bsync_scope *const scopes[BSYNC_FACES_MAX],
						   struct bsync_entry entries[BSYNC_FACES_MAX], uint32_t *count);
BSYNC_CHECKED enum bsync_result bsync_feed_place(struct bsync_act *act, const struct bsync_row *row);
/* Takes the row's present places away, before its ref or cells.changed change. */
BSYNC_CHECKED enum bsync_result bsync_feed_lift(struct bsync_act *act, const struct bsync_row *row);
/* The entries and places of a lifted row after a change: kept where the scope is the same; a scope that it is no
 * longer in learns that it left. */
BSYNC_CHECKED enum bsync_result bsync_feed_move(struct bsync_act *act, struct bsync_row *row,
						struct bsync_scope *const scopes[BSYNC_FACES_MAX]);
/* Makes every device that holds the row receive it whole: the entries begin anew. */
void bsync_feed_renew(struct bsync_act *act, struct bsync_row *row);
/* Says in `scope` that the row of `key` is not there. */
BSYNC_CHECKED enum bsync_result bsync_feed_gone(struct bsync_act *act, struct bsync_scope *scope,
						const struct bsync_table *table, uint32_t face, struct bsync_bytes key);
enum bsync_feed_kind { BSYNC_FEED_ROW = 0, BSYNC_FEED_LEFT = 1, BSYNC_FEED_ITEM = 2, BSYNC_FEED_DELETED = 3 };
BSYNC_CHECKED enum bsync_result bsync_feed_add(struct bsync_act *act, uint64_t scope_no, uint32_t table_no,
					       uint32_t face_no, const struct bsync_value *ref,
					       enum bsync_feed_kind kind);
BSYNC_CHECKED enum bsync_result bsync_feed_remove(struct bsync_act *act, uint64_t scope_no, uint64_t counter,
						  uint32_t table_no, uint32_t face_no, const struct bsync_value *ref);

/* change_past.c: history and conflicts. */
BSYNC_CHECKED enum bsync_result bsync_past_add(struct bsync_act *act, struct bsync_row *row, uint32_t column,
					       const struct bsync_standing *standing, bool is_chosen_against);
/* Brings bsync_conflict in line with the row's cells; `was` are the columns that may stand in it. */
BSYNC_CHECKED enum bsync_result bsync_past_conflicts(struct bsync_act *act, const struct bsync_row *row,
						     const struct bsync_mask *was);
/* The id of the conflict that stands in a cell. */
BSYNC_CHECKED enum bsync_result bsync_past_conflict_id(const struct bsync_base *base, const struct bsync_row *row,
						       const struct bsync_cell *cell, struct bsync_arena *arena,
						       uint8_t id[16]);

#endif
