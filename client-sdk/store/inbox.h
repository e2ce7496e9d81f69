/* inbox.h: conflicts as lists of standing versions, read whole so that a caller may change the file meanwhile. */
#ifndef BSYNC_CLIENT_STORE_INBOX_H
#define BSYNC_CLIENT_STORE_INBOX_H

#include "client-sdk/store/file.h"

/* One cell in conflict. */
struct bsync_conflict {
	struct bsync_conflict *next;
	uint8_t id[16];
	const struct bsync_table *table;
	uint32_t column; /* index */
	struct bsync_bytes packed;
	uint32_t key_count;
	struct bsync_value *key;
	uint32_t variant_count;
	struct bsync_variant *variants; /* the shown one first */
};

/* Reads all cells that show a conflict now, by table, key and column, into `arena`.  A row that is deleted here, by an edit
 * that waits for its verdict, shows none. */
BSYNC_CHECKED enum bsync_result bsync_conflicts_read(struct bsync_file *file, struct bsync_arena *arena,
						     struct bsync_conflict **first);
/* Reads a version from the columns BSYNC_VARIANT_COLUMNS of the standing row, from `column` on, into `arena`. */
BSYNC_CHECKED enum bsync_result bsync_variant_read(struct sqlite3_stmt *statement, int column,
						   struct bsync_arena *arena, struct bsync_variant *variant);

/* An item of the store, of another kind than conflict. */
struct bsync_store_item {
	struct bsync_store_item *next;
	uint8_t id[16];
	const char *kind, *reason;
	const struct bsync_table *table; /* NULL when this device does not know it */
	uint32_t table_no;
	struct bsync_bytes packed;
	uint32_t key_count;
	struct bsync_value *key;
	uint64_t counter;
	uint32_t circle_no;
	struct bsync_value scope; /* that gave it to this device */
	struct bsync_worker_id author;
	int64_t device_ms, stamp_ms; /* of the work that it is about */
	uint32_t cell_count;
	struct bsync_past *cells;
};
BSYNC_CHECKED enum bsync_result bsync_store_items_read(struct bsync_file *file, struct bsync_arena *arena,
						       struct bsync_store_item **first);

#endif
