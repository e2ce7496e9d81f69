/* row.h: one row of a domain table with its cells, read from a live table or a grave. */
#ifndef BSYNC_DAEMON_STORE_ROW_H
#define BSYNC_DAEMON_STORE_ROW_H

#include "daemon/store/base.h"

struct bsync_row {
	struct bsync_table_sql *sql;
	bool is_live;
	bool is_grave;
	int64_t rowid;              /* of a live row, 0 in a WITHOUT ROWID table */
	struct bsync_value *values; /* by column index */
	struct bsync_cells cells;
	struct bsync_value *key;      /* the key's values */
	struct bsync_bytes key_bytes; /* canonical array of them */
};

/* Copies the row a statement of bsync_table_sql_select stands on; everything lives in `arena`. */
BSYNC_CHECKED enum bsync_result bsync_row_read(struct bsync_table_sql *sql, sqlite3_stmt *statement,
					       struct bsync_arena *arena, struct bsync_row *row);

/* The row of a key; neither live nor a grave when there is none (then values and cells are empty, the key is set).
 * `with_grave`: looks among the deleted rows too. */
BSYNC_CHECKED enum bsync_result bsync_row_by_key(struct bsync_base *base, struct bsync_table_sql *sql,
						 const struct bsync_value *key, bool with_grave,
						 struct bsync_arena *arena, struct bsync_row *row);

/* The live row that a feed entry refers to; BSYNC_STORAGE_CORRUPT when it is not there. */
BSYNC_CHECKED enum bsync_result bsync_row_by_ref(struct bsync_base *base, struct bsync_table_sql *sql,
						 const struct bsync_value *ref, struct bsync_arena *arena,
						 struct bsync_row *row);

/* Stands a statement for bsync_row_read on the row of a rowid; BSYNC_STORAGE_CORRUPT when it is not there.  The caller
 * resets the statement, also after a failure. */
BSYNC_CHECKED enum bsync_result bsync_row_stand(struct bsync_table_sql *sql, const struct bsync_value *ref,
						sqlite3_stmt **statement);
/* The bytes beside the row such a statement stands on; borrowed from it. */
struct bsync_bytes bsync_row_meta(const struct bsync_table_sql *sql, sqlite3_stmt *statement);

/* What the feed calls this row: rowid, or key. */
struct bsync_value bsync_row_ref(const struct bsync_row *row);

/* A cell of each column that travels, written by nobody; the values are NULL but for the key. */
BSYNC_CHECKED enum bsync_result bsync_row_blank(struct bsync_row *row, const struct bsync_version *born,
						struct bsync_arena *arena);

#endif
