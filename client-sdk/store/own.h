/* own.h: what this device itself wrote to a row, as its outbox has it.
 *
 * The server does not send back what it took from here, so this is how a device knows its own hand. */
#ifndef BSYNC_CLIENT_STORE_OWN_H
#define BSYNC_CLIENT_STORE_OWN_H

#include "client-sdk/store/file.h"

/* How far back it looks: the newest changesets. */
enum { BSYNC_OWN_CHANGESETS_MAX = 10000 };

/* One own changeset that touches the row; in the order of seq, newest first. */
struct bsync_own_change {
	struct bsync_own_change *next;
	struct bsync_line_id line;
	uint64_t seq;
	enum bsync_outbox_state state;
	int64_t made_ms, stamp_ms;
	uint64_t counter; /* where the store has it, 0 not yet or not */
	uint32_t verdict;
	const char *reason;
	enum bsync_change_kind kind;
	uint32_t cell_count;
	struct bsync_cell_write *cells; /* only of kind BSYNC_WRITE_VALUE are values kept */
};

BSYNC_CHECKED enum bsync_result bsync_own_read(struct bsync_file *file, uint32_t table_no,
					       const struct bsync_value *key, uint32_t key_count,
					       struct bsync_arena *arena, struct bsync_own_change **first);

/* The durable own change that put `value` into the cell: the newest before `before` (0: of all) that wrote the column, if what
 * it wrote is that; NULL when there is none. */
const struct bsync_own_change *bsync_own_find(const struct bsync_own_change *first, uint32_t column_no,
					      const struct bsync_value *value, uint64_t before);

#endif
