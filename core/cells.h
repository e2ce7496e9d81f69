/* cells.h: the standing versions of a row's cells, and their compact bytes beside the row in the store.
 *
 * Pure.  The value of a cell with one version is in the domain row itself; everything else is here.
 * Bytes: schema/STORAGE.md section 3.  Rules: core/merge.h. */
#ifndef BSYNC_CORE_CELLS_H
#define BSYNC_CORE_CELLS_H

#include "core/ids.h"
#include "core/record_type.h"

enum {
	BSYNC_STANDING_MAX = 100000, /* standing versions of one row, all its cells together */
	BSYNC_ENTRIES_MAX = 64,      /* scopes a row can be in */
	BSYNC_CELLS_NEW_ENTRIES_MAX = 6,
};

/* Who wrote a version: `line` is the store's small number for (device, line id); 0 is the store itself. */
struct bsync_version {
	uint32_t line;
	uint64_t seq;
	uint64_t counter; /* position of the apply */
	int64_t stamp_ms; /* corrected and raised */
};

/* One standing version with what it says.  For LWW/KEEP/FIRST/MAX/MIN/SERVER/TEXT: `value`.  For COUNTER one
 * entry a line: `value` is the integer sum of that line's deltas, version.seq its last seq.  For SET one
 * entry an add: `value` is the element.
 *
 * A cell nobody has ever written (the insert did not name its column) holds one version that is
 * `is_unwritten`: NULL, by the version `born`.  It is the absence of a write, not a write of NULL: any write
 * takes its place, it never stands beside another version and never goes to history (core/MERGE.md). */
struct bsync_standing {
	struct bsync_version version;
	struct bsync_value value;
	bool is_unwritten;
	const struct bsync_text_base *base; /* TEXT: NULL where it is not needed (core/MERGE.md) */
};

struct bsync_cell {
	uint32_t column;                 /* index into the table's columns */
	uint64_t changed;                /* counter at which this set last changed */
	uint32_t count;                  /* 0 only for a set that lost all its elements */
	struct bsync_standing *standing; /* COUNTER and SET: ascending (line, seq, value); else the shown one first */
};

/* A row enters each scope it is in at a position. */
struct bsync_entry {
	uint32_t face;    /* index into the table's faces */
	uint64_t scope;   /* the store's small number of the scope; 0: none */
	uint64_t counter; /* when it entered */
};

struct bsync_cells {
	uint64_t changed;          /* counter of the row's last change: its place in the feed */
	struct bsync_version born; /* the insert */
	bool is_deleted;
	struct bsync_version deleted; /* the delete that holds, when is_deleted */
	bool has_history;             /* the history table holds something of this row */
	bool is_copy;                 /* the store made it of another row, whose `born` it has (PROTOCOL 7.10) */
	uint32_t cell_count;
	struct bsync_cell *cells; /* every traveling column but the key, ascending column */
	uint32_t entry_count;
	struct bsync_entry *entries;
};

/* Appends the bytes; on failure nothing is appended.  A cell that nobody has written is folded away, and so is one whose
 * only version equals `born` and whose value, not NULL, is the one in the row: a fresh row costs about 16 bytes.  Values
 * of cells with one version are not written: the store must put what each cell shows in the row itself.
 * BSYNC_TOO_LARGE past BSYNC_STANDING_MAX, BSYNC_ENTRIES_MAX or the buffer's maximum; BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_cells_encode(const struct bsync_table *table, const struct bsync_cells *cells,
						   struct bsync_buffer *out);

/* Decodes into `arena`.  `row` holds the domain row's values by column index (values of cells with one version are
 * borrowed from there, the others from `bytes`).  Only what bsync_cells_encode writes is accepted, so encoding again
 * gives the same bytes.  BSYNC_STORAGE_CORRUPT when the bytes are not of this format or do not fit the row;
 * BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_cells_decode(const struct bsync_table *table, struct bsync_bytes bytes,
						   const struct bsync_value *row, struct bsync_arena *arena,
						   struct bsync_cells *cells);

/* Writes the bytes of a row inserted just now, all cells by one version, without a struct bsync_cells.  Only for tables
 * whose rules take any value: with a column of rule counter, set or server, build the cells by bsync_merge_cell, which
 * may refuse.  Fails as bsync_cells_encode. */
BSYNC_CHECKED enum bsync_result bsync_cells_encode_new(const struct bsync_version *version, uint32_t entry_count,
						       const struct bsync_entry *entries, struct bsync_buffer *out);

/* Reads what bsync_cells_encode_new wrote, without the row.  False for all other bytes: more has happened to the row, it
 * has more entries, or they are damaged.  `entries` has room for BSYNC_CELLS_NEW_ENTRIES_MAX. */
bool bsync_cells_decode_new(struct bsync_bytes bytes, struct bsync_version *version, uint32_t *entry_count,
			    struct bsync_entry *entries);

/* The cell of column index `column`; NULL when the column does not travel. */
struct bsync_cell *bsync_cells_find(struct bsync_cells *cells, uint32_t column);

#endif
