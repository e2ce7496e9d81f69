/* merge_rules.h: one function a kind of rule; core/merge.c picks among them.
 *
 * Private to core/merge*.c and core/set_*.c.  Contracts: core/merge.h; why they converge: core/MERGE.md. */
#ifndef BSYNC_CORE_MERGE_RULES_H
#define BSYNC_CORE_MERGE_RULES_H

#include "core/merge.h"

/* One call of bsync_merge_cell.  A rule works on copies and hands over with bsync_merge_commit, so that running out of
 * memory leaves the cell as it was. */
struct bsync_merge {
	const struct bsync_column *column;
	const struct bsync_lines *lines;
	struct bsync_arena *arena;
	struct bsync_cell *cell;
	const struct bsync_cell_edit *edit;
	enum bsync_merge_outcome *outcome;
	struct bsync_replaced *replaced;
};

/* lww, keep, server, text: a version set from which a write removes what it saw. */
BSYNC_CHECKED enum bsync_result bsync_merge_replaceable(struct bsync_merge *merge);
/* first, max, min: the best of all writes. */
BSYNC_CHECKED enum bsync_result bsync_merge_best(struct bsync_merge *merge);
/* counter: a sum a line. */
BSYNC_CHECKED enum bsync_result bsync_merge_counter(struct bsync_merge *merge);
/* order: the states that no other covers. */
BSYNC_CHECKED enum bsync_result bsync_merge_order(struct bsync_merge *merge);
/* set: adds by dot, and removes of the adds that were seen. */
BSYNC_CHECKED enum bsync_result bsync_merge_set(struct bsync_merge *merge);

/* Below 0 when `a` comes first among the versions of a value rule: the one shown, or the one that wins.  0 only for the
 * same write.  Never decided by a line's number unless all that travels is equal. */
int bsync_merge_rank(const struct bsync_column *column, const struct bsync_lines *lines, const struct bsync_standing *a,
		     const struct bsync_standing *b);

/* True when the edit replaces `standing`: an unwritten cell, an earlier write of its own line, or one it saw. */
bool bsync_merge_removes(const struct bsync_cell_edit *edit, const struct bsync_standing *standing);

enum bsync_own { BSYNC_OWN_NEWER, BSYNC_OWN_REPEAT, BSYNC_OWN_OLDER };
/* How the edit compares with what stands of its own line. */
enum bsync_own bsync_merge_own(const struct bsync_cell *cell, const struct bsync_cell_edit *edit);

/* Room for `count` versions; NULL when memory ran out, and for 0. */
struct bsync_standing *bsync_merge_room(struct bsync_merge *merge, size_t count);

/* Makes `standing` the cell's versions, changed at the edit's position. */
void bsync_merge_commit(struct bsync_merge *merge, struct bsync_standing *standing, size_t count,
			enum bsync_merge_outcome outcome);

/* Leaves the cell as it is and sends the edit's value to history. */
BSYNC_CHECKED enum bsync_result bsync_merge_cover(struct bsync_merge *merge);

/* The join of the states that stand; text in the arena. */
BSYNC_CHECKED enum bsync_result bsync_merge_order_shown(const struct bsync_column *column,
							const struct bsync_cell *cell, struct bsync_arena *arena,
							struct bsync_value *shown);

/* The merge of the texts that stand, in the arena; or the first one, and that it is a conflict. */
BSYNC_CHECKED enum bsync_result bsync_merge_text_shown(const struct bsync_cell *cell, struct bsync_arena *arena,
						       struct bsync_shown *shown);

/* The canonical array of the elements that stand, in the arena. */
BSYNC_CHECKED enum bsync_result bsync_merge_set_shown(const struct bsync_cell *cell, struct bsync_arena *arena,
						      struct bsync_value *shown);

/* Sorts ascending by bsync_value_compare, in place. */
void bsync_set_sort(struct bsync_value *values, size_t count);

/* As bsync_set_text, into the arena. */
BSYNC_CHECKED enum bsync_result bsync_set_shown(const struct bsync_value *elements, uint32_t count,
						struct bsync_arena *arena, struct bsync_value *shown);

#endif
