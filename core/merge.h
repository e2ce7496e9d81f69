/* merge.h: what a write does to a cell, and what a cell shows; the only place where rules decide.
 *
 * Pure: the set of standing versions and a write in, the new set out.  The result never depends on the
 * order in which concurrent writes arrive.  Rules: schema/PROTOCOL.md section 7.3; why replicas
 * converge: core/MERGE.md. */
#ifndef BSYNC_CORE_MERGE_H
#define BSYNC_CORE_MERGE_H

#include "core/cells.h"
#include "core/changeset.h"
#include "core/roles.h"

/* Which device each line number stands for: index is the line number, entry 0 (the store) is zeros.
 * Ties of stamps are decided by device id, never by the order in which lines were numbered. */
struct bsync_lines {
	uint32_t count;
	const struct bsync_device_id *devices;
	const struct bsync_role *roles; /* of their workers; NULL: nobody has one */
};

/* A name of a version, as the store knows it. */
struct bsync_version_name {
	uint32_t line;
	uint64_t seq;
};

/* One write to one cell, with its place. */
struct bsync_cell_edit {
	enum bsync_write_kind kind;
	const struct bsync_value *value;
	int64_t delta;
	uint32_t add_count, remove_count;
	const struct bsync_value *adds, *removes;
	bool by_name; /* replaces exactly `names` (and equal own earlier ones), not by base */
	uint32_t name_count;
	const struct bsync_version_name *names;
	uint64_t base; /* counter: what stood at or before it was seen */
	/* TEXT: what the cell showed there, NULL nothing.  Where it showed a conflict, this and `base` are that of the
	 * conflict (bsync_merge_shown), and the write is by name. */
	struct bsync_value base_value;
	struct bsync_version version; /* of the write */
};

enum bsync_merge_outcome {
	BSYNC_MERGE_APPLIED, /* the write stands, alone */
	BSYNC_MERGE_BESIDE,  /* it stands and so does another: a conflict or a merge, as bsync_merge_shown says */
	BSYNC_MERGE_COVERED, /* it does not change the cell: an older write of a rule that folds, or a repeat */
	BSYNC_MERGE_REFUSED, /* the rule does not allow the write: `server` */
};

/* What left the cell: goes to history. */
struct bsync_replaced {
	uint32_t count;
	struct bsync_standing *standing;
};

/* Applies `edit` to `cell`; new arrays come from `arena`, values are borrowed from the edit and the old arrays.
 * `cell->changed` becomes the edit's counter when the set changed.  `replaced` gets every version that does not stand
 * afterwards: those removed, and the write itself when it is covered by another (not when it is a repeat).
 * The writes of a line must come in the order of seq, each once; a repeat or an older one that meets a later
 * version of its line is COVERED.  BSYNC_NO_MEMORY and BSYNC_TOO_LARGE (over BSYNC_STANDING_MAX) leave the cell as
 * it was. */
BSYNC_CHECKED enum bsync_result bsync_merge_cell(const struct bsync_column *column, const struct bsync_lines *lines,
						 struct bsync_arena *arena, struct bsync_cell *cell,
						 const struct bsync_cell_edit *edit, enum bsync_merge_outcome *outcome,
						 struct bsync_replaced *replaced);

struct bsync_shown {
	struct bsync_value value;
	bool is_conflict; /* a person must choose: rule `keep` or `text` */
	/* Of a conflict by rule `text`: from what its versions went apart, borrowed from the cell; else NULL. */
	const struct bsync_text_base *base;
};

/* What the cell shows: counters their sum, sets a sorted JSON array as text, a text the merge of its versions where that is
 * clean, the others the value of the winner by (stamp, device id, seq).  What is not a version's own value comes from
 * `arena`.  BSYNC_NO_MEMORY, BSYNC_TOO_LARGE. */
BSYNC_CHECKED enum bsync_result bsync_merge_shown(const struct bsync_column *column, const struct bsync_lines *lines,
						  struct bsync_arena *arena, const struct bsync_cell *cell,
						  struct bsync_shown *shown);

/* True when a write of `value` that saw all that stands is what the cell shows afterwards; false where the rule holds on to
 * what is `shown`: the first value, a greater `max`, a lesser `min`, a state that has gone further.  `shown` NULL: nobody wrote
 * the cell.  Who may write does not count: `server` is true. */
bool bsync_merge_takes(const struct bsync_column *column, const struct bsync_value *shown,
		       const struct bsync_value *value);

/* The id of a conflict: first 16 bytes of a hash of row, cell and the dots of its versions (PROTOCOL 7.5).  The dots
 * may come in any order, none twice. */
void bsync_conflict_id(uint32_t table_no, const struct bsync_value *key, uint32_t key_count, uint32_t column_no,
		       uint32_t dot_count, const struct bsync_dot *dots, uint8_t id[16]);

/* True when a set can hold `value` as an element: UTF-8 text or an integer. */
bool bsync_set_holds(const struct bsync_value *value);

/* Splits a JSON array of strings and 64-bit integers, as set columns show it, into ascending values without
 * repeats, borrowed from `json` and `arena`; no bytes at all are the empty set.  BSYNC_MALFORMED when it is anything
 * else: a number with a fraction is no element, for two machines must agree on which elements are the same.
 * BSYNC_TOO_LARGE over BSYNC_STANDING_MAX elements, BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_set_parse(struct bsync_bytes json, struct bsync_arena *arena,
						struct bsync_value **elements, uint32_t *count);
/* Appends the canonical JSON array of ascending elements; a repeat is written once.  BSYNC_INVALID when one is not what a
 * set can hold, BSYNC_TOO_LARGE, BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_set_text(const struct bsync_value *elements, uint32_t count,
					       struct bsync_buffer *out);

#endif
