/* capture.h: the triggers that write down what an application changes, their SQL functions, and the log they write to.
 *
 * For the device's file.  The triggers append to a virtual table, which is there on each connection that
 * bsync_capture_register has prepared and lives in its memory:
 *
 *   bsync_capture(id, tno, op, key, mask, old, new)
 *
 *   op    BSYNC_CAPTURE_INSERT, _UPDATE or _DELETE
 *   key   one key column: its value; several: the canonical msgpack array of their values, a blob
 *   mask  update: bit i says that column i (index into the compiled table's columns) has changed; else NULL
 *   old   update: canonical array of the old values of the columns whose bits are set, ascending;
 *         delete: canonical array of the old values of all columns; insert: NULL
 *   new   insert: canonical array of the values of all columns, NULL when it would be long; else NULL
 *
 * A table of more than BSYNC_CAPTURE_GROUP columns gives an update as several rows, one for each group of
 * that many columns in which something changed: op is then BSYNC_CAPTURE_UPDATE + BSYNC_CAPTURE_STRIDE × group,
 * and bit i stands for column BSYNC_CAPTURE_GROUP × group + i.
 *
 * An update that changes nothing leaves no row.  An update of the key is a delete of the old key and an
 * insert of the new.  REPLACE is a delete and an insert (recursive_triggers is on).  Rows are in the order of
 * the changes; rollback, savepoints and failed statements undo them with the data, and the end of the transaction
 * empties the log.  The new values of an update are in the table itself.
 *
 * A connection that lacks the functions and the log cannot write the tables at all: its statements do not compile. */
#ifndef BSYNC_CORE_SCHEMA_CAPTURE_H
#define BSYNC_CORE_SCHEMA_CAPTURE_H

#include "core/record_type.h"
#include "core/sqlite/db.h"

enum bsync_capture_op { BSYNC_CAPTURE_INSERT = 0, BSYNC_CAPTURE_UPDATE = 1, BSYNC_CAPTURE_DELETE = 2 };

enum { BSYNC_CAPTURE_GROUP = 63, BSYNC_CAPTURE_STRIDE = 16 };

/* Whether the triggers of one connection write; the store closes it while it applies pulled rows. */
struct bsync_capture_gate {
	bool is_open;
	bool keeps_appended; /* REPLACE of a row of an append-only table fails, with SQLITE_AUTH and bsync_capture_kept */
};
extern const char bsync_capture_kept[];

/* What one connection's triggers have written down in its running transaction. */
struct bsync_capture_log;

/* One row of the log; all borrow from it until it changes. */
struct bsync_capture_entry {
	uint32_t table_no;
	int64_t op;
	struct bsync_value key;
	uint64_t mask; /* 0 for none */
	struct bsync_bytes old, inserted;
};

/* Registers on the connection the log, which the connection frees, and the functions that the triggers call:
 * bsync_capturing() and bsync_keep() (read `gate`, which must outlive the connection), bsync_pack(…), bsync_new(…) and
 * bsync_old(mask, …). */
BSYNC_CHECKED enum bsync_result bsync_capture_register(struct bsync_db *db, const struct bsync_capture_gate *gate,
						       struct bsync_capture_log **log);

/* Registers the log alone. */
BSYNC_CHECKED enum bsync_result bsync_capture_log_make(struct bsync_db *db, struct bsync_capture_log **out);

/* How many rows wait in the log, and one of them. */
size_t bsync_capture_count(const struct bsync_capture_log *log);
struct bsync_capture_entry bsync_capture_at(const struct bsync_capture_log *log, size_t index);

/* Leaves no row waiting.  A rollback to an earlier savepoint brings back those from before it. */
void bsync_capture_seal(struct bsync_capture_log *log);

/* Appends the SQL that makes the triggers of `table`, after dropping those of an earlier version, and a NUL
 * that is counted. */
BSYNC_CHECKED enum bsync_result bsync_capture_sql(const struct bsync_table *table, struct bsync_buffer *out);

/* Makes the triggers of every table of the schema, in the caller's transaction. */
BSYNC_CHECKED enum bsync_result bsync_capture_install(struct bsync_db *db, const struct bsync_schema *schema);

#endif
