/* tables.h: the schema's tables and circles on one connection: statements, column masks and scope expressions.
 *
 * Made when a store or view opens; statements are prepared on first use and live as long as the connection. */
#ifndef BSYNC_DAEMON_STORE_TABLES_H
#define BSYNC_DAEMON_STORE_TABLES_H

#include "core/record_type.h"
#include "core/sqlite/db.h"

enum { BSYNC_MASK_WORDS = (BSYNC_COLUMNS_MAX + 63) / 64, BSYNC_UPDATES_MAX = 16 };

/* A set of columns, by index. */
struct bsync_mask {
	uint64_t words[BSYNC_MASK_WORDS];
};

void bsync_mask_add(struct bsync_mask *mask, uint32_t column);
bool bsync_mask_has(const struct bsync_mask *mask, uint32_t column);
/* Adds all of `other`. */
void bsync_mask_join(struct bsync_mask *mask, const struct bsync_mask *other);
/* Keeps of `mask` what is in `other` too. */
void bsync_mask_meet(struct bsync_mask *mask, const struct bsync_mask *other);
/* True when every column of `part` is in `whole`. */
bool bsync_mask_covers(const struct bsync_mask *whole, const struct bsync_mask *part);
bool bsync_mask_is_empty(const struct bsync_mask *mask);

/* How the scope of a face is found: a column of the row, one value for all rows, or an expression. */
enum bsync_scope_form { BSYNC_SCOPE_COLUMN, BSYNC_SCOPE_CONSTANT, BSYNC_SCOPE_EXPRESSION };

struct bsync_face_sql {
	enum bsync_scope_form form;
	struct bsync_value constant; /* borrowed from `statement`, which stands on its row */
	sqlite3_stmt *statement;     /* EXPRESSION: binds every column by index; CONSTANT: holds the value */
	struct bsync_mask columns;   /* of the face, without the key */
};

struct bsync_update_sql {
	struct bsync_mask mask;
	sqlite3_stmt *statement;
};

struct bsync_dep_sql {
	uint32_t circle;
	sqlite3_stmt *scopes;
};

struct bsync_table_sql {
	const struct bsync_table *table;
	struct bsync_db *db;
	uint32_t column_no_max;
	uint16_t *column_of;       /* by column number: index + 1, or 0 */
	struct bsync_mask travels; /* without the key */
	struct bsync_face_sql *faces;
	uint32_t dep_count;
	struct bsync_dep_sql *deps;
	bool is_root;          /* of a circle */
	bool is_child;         /* a column of it names rows of another table */
	bool is_parent;        /* a column names rows of it */
	bool has_simple_rules; /* no column that travels is a counter, a set or the server's */
	sqlite3_stmt *insert, *by_key, *by_rowid, *remove;
	struct bsync_update_sql updates[BSYNC_UPDATES_MAX];
	uint32_t update_next;
};

struct bsync_circle_sql {
	const struct bsync_circle *circle;
	sqlite3_stmt *members;
	sqlite3_stmt *writers;  /* NULL: every member */
	sqlite3_stmt *founders; /* NULL: everybody */
	bool nobody_writes;
};

struct bsync_tables {
	const struct bsync_schema *schema;
	struct bsync_table_sql *tables;   /* by index */
	struct bsync_circle_sql *circles; /* by index; only for the writer */
};

/* Prepares what is not prepared on demand; `with_circles` for the writer.  On failure the caller clears it. */
BSYNC_CHECKED enum bsync_result bsync_tables_init(struct bsync_tables *tables, struct bsync_db *db,
						  const struct bsync_schema *schema, bool with_circles);
void bsync_tables_clear(struct bsync_tables *tables);

/* The table of number `no`, or NULL. */
struct bsync_table_sql *bsync_tables_find(struct bsync_tables *tables, uint32_t no);
/* Column index by number, or -1. */
int bsync_table_sql_column(const struct bsync_table_sql *sql, uint32_t no);

/* Statements on demand; borrowed.  Parameters:
 * insert: a column each, by index + 1, then _bsync; ON CONFLICT DO NOTHING
 * by_key: the key's columns; gives rowid (NULL in a WITHOUT ROWID table), the columns, _bsync.  by_rowid: the same
 * remove: the key's columns
 * update: the columns of `mask` ascending, _bsync, then the key's columns */
BSYNC_CHECKED enum bsync_result bsync_table_sql_insert(struct bsync_table_sql *sql, sqlite3_stmt **out);
BSYNC_CHECKED enum bsync_result bsync_table_sql_by_key(struct bsync_table_sql *sql, sqlite3_stmt **out);
BSYNC_CHECKED enum bsync_result bsync_table_sql_by_rowid(struct bsync_table_sql *sql, sqlite3_stmt **out);
BSYNC_CHECKED enum bsync_result bsync_table_sql_remove(struct bsync_table_sql *sql, sqlite3_stmt **out);
BSYNC_CHECKED enum bsync_result bsync_table_sql_update(struct bsync_table_sql *sql, const struct bsync_mask *mask,
						       sqlite3_stmt **out);

/* Prepares "SELECT rowid, columns, _bsync FROM table" with `tail` behind it; the caller finalizes. */
BSYNC_CHECKED enum bsync_result bsync_table_sql_select(const struct bsync_table_sql *sql, const char *tail,
						       sqlite3_stmt **out);

/* Prepares "the keys of the rows whose `column` is ?1"; the caller finalizes. */
BSYNC_CHECKED enum bsync_result bsync_table_sql_namers(const struct bsync_table_sql *sql, uint32_t column,
						       sqlite3_stmt **out);

/* The value of face `face`'s scope expression on a row; NULL: in no scope.  Borrowed from the row, or until the next
 * call for the same face. */
BSYNC_CHECKED enum bsync_result bsync_table_sql_scope(struct bsync_table_sql *sql, uint32_t face,
						      const struct bsync_value *values, struct bsync_value *scope);

#endif
