/* cells_format.h: the constants of the bytes that core/cells.c writes and core/cells_decode.c reads.
 *
 * Private to those two.  Layout: schema/STORAGE.md section 3. */
#ifndef BSYNC_CORE_CELLS_FORMAT_H
#define BSYNC_CORE_CELLS_FORMAT_H

#include "core/cells.h"
#include "core/varint.h"

/* The first byte. */
enum {
	CELLS_ENTRIES_MASK = 0x07, /* how many entries; CELLS_ENTRIES_MANY: that many and a number more */
	CELLS_ENTRIES_MANY = 7,
	CELLS_FLAG_DELETED = 0x08,
	CELLS_FLAG_HISTORY = 0x10,
	CELLS_FLAG_CHANGED = 0x20,
	CELLS_FLAG_COPY = 0x40,
	CELLS_FLAGS_ZERO = 0x80, /* another format would set one of these */
};

/* 2020-01-01T00:00:00Z: stamps near it are short. */
#define CELLS_STAMP_ORIGIN_MS UINT64_C(1577836800000)

/* True when both are the same write at the same place. */
static inline bool cells_version_equal(const struct bsync_version *a, const struct bsync_version *b)
{
	return a->line == b->line && a->seq == b->seq && a->counter == b->counter && a->stamp_ms == b->stamp_ms;
}

/* True when every version of a cell is `version`, so that the row alone says what stands. */
static inline bool cells_stand_by(const struct bsync_cell *cell, const struct bsync_version *version)
{
	for (uint32_t i = 0; i < cell->count; i++) {
		if (!cells_version_equal(&cell->standing[i].version, version))
			return false;
	}
	return true;
}

/* True when one version stands, which says what the row says, and its base is kept with it. */
static inline bool cells_has_lone_base(const struct bsync_cell *cell)
{
	return cell->count == 1 && cell->standing[0].base != NULL;
}

/* True when the head and the row say all there is to say of a cell that somebody has written.  A NULL of born's own is
 * written out: folded, it would be read as a cell that nobody has written. */
static inline bool cells_fold(const struct bsync_cell *cell, const struct bsync_version *born)
{
	bool is_cleared = cell->count == 1 && cell->standing[0].value.kind == BSYNC_NULL;

	return !is_cleared && !cells_has_lone_base(cell) && cell->changed == born->counter &&
	       cells_stand_by(cell, born);
}

/* When a cell changed, unless its bytes say otherwise. */
static inline uint64_t cells_changed_default(const struct bsync_cell *cell, uint64_t born)
{
	uint64_t counter = cell->count == 0 ? born : 0;

	for (uint32_t i = 0; i < cell->count; i++) {
		if (cell->standing[i].version.counter > counter)
			counter = cell->standing[i].version.counter;
	}
	return counter;
}

#endif
