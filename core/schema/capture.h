/* capture.h: the triggers that write down what an application changes, and their SQL functions.
 *
 * For the device's file.  The triggers append to the table (made by schema/client/):
 *
 *   bsync_capture(id INTEGER PRIMARY KEY, tno INTEGER, op INTEGER, key ANY, mask INTEGER, old BLOB)
 *
 *   op    BSYNC_CAPTURE_INSERT, _UPDATE or _DELETE
 *   key   one key column: its value; several: the canonical msgpack array of their values, a blob
 *   mask  update: bit i says that column i (index into the compiled table's columns) has changed; else NULL
 *   old   update: canonical array of the old values of the columns whose bits are set, ascending;
 *         delete: canonical array of the old values of all columns; insert: NULL
 *
 * A table of more than BSYNC_CAPTURE_GROUP columns gives an update as several rows, one for each group of
 * that many columns in which something changed: op is then BSYNC_CAPTURE_UPDATE + BSYNC_CAPTURE_STRIDE × group,
 * and bit i stands for column BSYNC_CAPTURE_GROUP × group + i.
 *
 * An update that changes nothing leaves no row.  An update of the key is a delete of the old key and an
 * insert of the new.  REPLACE is a delete and an insert (recursive_triggers is on).  Rows are in the order of
 * the changes; rollback and savepoints undo them with the data.  The new values are in the table itself.
 *
 * The trigger of a connection that lacks the functions fails with "no such function: bsync_capturing": such a
 * connection cannot write the tables at all. */
#ifndef BSYNC_CORE_SCHEMA_CAPTURE_H
#define BSYNC_CORE_SCHEMA_CAPTURE_H

#include "core/record_type.h"
#include "core/sqlite/db.h"

enum bsync_capture_op { BSYNC_CAPTURE_INSERT = 0, BSYNC_CAPTURE_UPDATE = 1, BSYNC_CAPTURE_DELETE = 2 };

enum { BSYNC_CAPTURE_GROUP = 63, BSYNC_CAPTURE_STRIDE = 16 };

/* Whether the triggers of one connection write; the store closes it while it applies pulled rows. */
struct bsync_capture_gate {
	bool is_open;
};

/* Registers on the connection the functions that the triggers call: bsync_capturing() (reads `gate`, which
 * must outlive the connection), bsync_pack(…) and bsync_old(mask, …). */
BSYNC_CHECKED enum bsync_result bsync_capture_register(struct bsync_db *db, const struct bsync_capture_gate *gate);

/* Appends the SQL that makes the triggers of `table`, after dropping those of an earlier version, and a NUL
 * that is counted. */
BSYNC_CHECKED enum bsync_result bsync_capture_sql(const struct bsync_table *table, struct bsync_buffer *out);

/* Makes the triggers of every table of the schema, in the caller's transaction. */
BSYNC_CHECKED enum bsync_result bsync_capture_install(struct bsync_db *db, const struct bsync_schema *schema);

#endif
