/* item.h: inbox items that the store makes of what it could not do. */
#ifndef BSYNC_DAEMON_STORE_ITEM_H
#define BSYNC_DAEMON_STORE_ITEM_H

#include "daemon/store/judge.h"

/* A row that was not taken: late or refused, with all it wrote.  The author's device gets the row as it stands. */
BSYNC_CHECKED enum bsync_result bsync_item_row(struct bsync_act *act, struct bsync_plan *plan);

/* The cells of `plan->refused`; the rest of the row is taken. */
BSYNC_CHECKED enum bsync_result bsync_item_cells(struct bsync_act *act, struct bsync_plan *plan);

/* A delete that did not hold, or was undone, or, where deletes win, took an edit that it had not seen: one item for that delete, however it is found out. */
BSYNC_CHECKED enum bsync_result bsync_item_deleted(struct bsync_act *act, struct bsync_plan *plan,
						   const struct bsync_version *deleted);

/* `root` is a fork that has work in it of which a signature had not seen the author's: one item for both. */
BSYNC_CHECKED enum bsync_result bsync_item_forked(struct bsync_act *act, const struct bsync_row *root,
						  struct bsync_scope *scope, uint32_t face,
						  const struct bsync_version *version);

/* `row` names a row that `deleted` took away: one item for the delete and the row.  The act that finds it out is not at fault. */
BSYNC_CHECKED enum bsync_result bsync_item_orphan(struct bsync_act *act, const struct bsync_row *row,
						  struct bsync_scope *scope, uint32_t face,
						  const struct bsync_version *deleted);
/* Closes those of deletes that the row outlived: it is gone now.  They open again when it comes back. */
BSYNC_CHECKED enum bsync_result bsync_item_stays_close(struct bsync_act *act, const struct bsync_row *row);
/* Closes that of one delete that the row outlived: it is said elsewhere. */
BSYNC_CHECKED enum bsync_result bsync_item_stays_over(struct bsync_act *act, const struct bsync_row *row,
						      const struct bsync_version *deleted);
/* Closes those of the row that are of none of these deletes, until there is such a one again. */
BSYNC_CHECKED enum bsync_result bsync_item_orphans_close(struct bsync_act *act, const struct bsync_row *row,
							 const struct bsync_version *deletes, uint32_t count);

/* Ends an item: its members see it closed. */
struct bsync_item_place {
	uint8_t id[16];
	uint64_t scope_no;
	uint32_t face_no, table_no;
	uint64_t counter;
};
/* Fills `place` from a row of the statement ITEM_GET. */
void bsync_item_place_read(struct sqlite3_stmt *row, const uint8_t id[16], struct bsync_item_place *place);
/* BSYNC_INVALID when `change`, of table 0, can not close an item. */
BSYNC_CHECKED enum bsync_result bsync_item_closing_check(struct bsync_act *act, const struct bsync_change *change);
/* Closes the item that `change` names, where it is open and the author holds its scope; else it does nothing. */
BSYNC_CHECKED enum bsync_result bsync_item_closing(struct bsync_act *act, const struct bsync_change *change);
BSYNC_CHECKED enum bsync_result bsync_item_close(struct bsync_act *act, const struct bsync_item_place *item);
/* The same by its id; BSYNC_NOT_FOUND. */
BSYNC_CHECKED enum bsync_result bsync_item_close_by_id(struct bsync_act *act, const uint8_t id[16]);

#endif
