/* record_type.h: the compiled schema: tables, columns, rules, faces and circles, as plain data.
 *
 * Made by core/schema/ from the registry tables; read by merge, stores, capture and sessions.
 * Immutable once made, so any thread may read it.  Meaning: schema/PROTOCOL.md section 7. */
#ifndef BSYNC_CORE_RECORD_TYPE_H
#define BSYNC_CORE_RECORD_TYPE_H

#include "core/ids.h"
#include "core/value.h"

enum { BSYNC_COLUMNS_MAX = 200, BSYNC_TABLES_MAX = 500, BSYNC_FACES_MAX = 8, BSYNC_KEY_COLUMNS_MAX = 8 };

/* X(name, word): the rules a column can follow (PROTOCOL 7.3). */
#define BSYNC_RULE_LIST(X)  \
	X(LWW, "lww")       \
	X(KEEP, "keep")     \
	X(FIRST, "first")   \
	X(SERVER, "server") \
	X(MAX, "max")       \
	X(MIN, "min") X(COUNTER, "counter") X(SET, "set") X(ORDER, "order") X(TEXT, "text") X(ROLE, "role")

enum bsync_rule {
#define X(name, word) BSYNC_RULE_##name,
	BSYNC_RULE_LIST(X)
#undef X
};

enum bsync_affinity {
	BSYNC_AFFINITY_INTEGER,
	BSYNC_AFFINITY_REAL,
	BSYNC_AFFINITY_TEXT,
	BSYNC_AFFINITY_BLOB,
	BSYNC_AFFINITY_ANY
};

struct bsync_lattice; /* core/lattice.h */
struct bsync_roles;   /* core/roles.h */

/* One column.  `no` is unique in its table and never changes or returns; it is what travels. */
struct bsync_column {
	char *name;
	uint32_t no;
	enum bsync_affinity affinity;
	enum bsync_rule rule; /* of no meaning for a key column */
	bool is_key;
	bool travels;                  /* in at least one face */
	struct bsync_lattice *lattice; /* the states of rule `order`, else NULL; owned */
	struct bsync_roles *roles;     /* of rule `role`, else NULL; owned */
	char *group;                   /* columns of a table with one group's name move together; NULL: alone */
};

/* True when both columns, of one table, move together. */
bool bsync_column_same_group(const struct bsync_column *a, const struct bsync_column *b);

/* The columns of a table that one circle gets. */
struct bsync_face {
	uint32_t no;
	char *name;
	char *scope_sql;  /* an SQL expression over the row's columns; NULL value: row is in no scope */
	int scope_column; /* index into columns when the expression is one column, else -1 */
	uint32_t circle;  /* index into the schema's circles */
	bool has_column[BSYNC_COLUMNS_MAX]; /* by column index; key columns are always in */
	bool is_whole;                      /* has every column */
};

struct bsync_table {
	uint32_t no;
	char *name;
	bool is_append_only;
	bool deletes_win; /* a delete takes the row with the edits that had not seen it (PROTOCOL 7.4) */
	bool is_without_rowid;
	uint32_t column_count;
	struct bsync_column *columns; /* in table order */
	uint32_t key_count;
	uint32_t key[BSYNC_KEY_COLUMNS_MAX]; /* column indexes, in key order */
	uint32_t face_count;
	struct bsync_face *faces;
};

enum bsync_on_end { BSYNC_ON_END_INBOX, BSYNC_ON_END_APPLY };

/* Who gets the faces that name this circle.  The queries bind :scope. */
struct bsync_circle {
	uint32_t no;
	char *name;
	char *members_sql;  /* (worker, from, until) a row; from and until may be NULL or absent */
	char *writers_sql;  /* worker a row; NULL: every member may write; "" : nobody may */
	char *founders_sql; /* like members_sql, of who may found a scope; NULL: everybody */
	char *lead_sql;     /* worker a row who leads in the scope; NULL: nobody */
	bool knows_members; /* who holds a scope has all that the members query reads for it */
	int root_table;     /* index of the table whose insert founds a scope, or -1: scopes are the store's */
	enum bsync_on_end on_end;
};

/* "When a row of `table` changes, these scopes of `circle` are evaluated again." */
struct bsync_circle_dep {
	uint32_t circle;
	uint32_t table;
	char *scopes_sql; /* binds :old_COLUMN and :new_COLUMN; one scope value a row */
};

/* Where the operator's acts (`team add`, `worker add`) write a row: what is "organisation", "team"
 * or "worker".  Column indexes, -1 where the table has none. */
struct bsync_directory {
	char what[16];
	uint32_t table;
	int id, name, team, role, organisation;
};

/* A table of which a signature freezes rows (PROTOCOL 7.10). */
struct bsync_freeze_part {
	uint32_t table;
	int parent;                         /* index of the column with the key of the root; -1: the root itself */
	bool has_column[BSYNC_COLUMNS_MAX]; /* by column index: what is frozen, `parent` too */
};

enum { BSYNC_FREEZE_PARTS_MAX = 16, BSYNC_FREEZES_MAX = 64 };

/* What a signature freezes: rows of the first part, and the rows of the others that hang on them. */
struct bsync_freeze {
	uint32_t state;         /* index of the root's column of rule `order` */
	uint32_t fork;          /* index of the state that the copy of a root gets */
	uint32_t frozen_states; /* a bit for each state that means signed */
	uint32_t part_count;
	struct bsync_freeze_part *parts; /* owned */
};

enum { BSYNC_UNIQUE_COLUMNS_MAX = 8, BSYNC_UNIQUES_MAX = 200 };

/* Values that no two rows of a table should both have (PROTOCOL 7.11). */
struct bsync_unique {
	uint32_t no;
	uint32_t table; /* index */
	uint32_t column_count;
	uint32_t columns[BSYNC_UNIQUE_COLUMNS_MAX]; /* indexes, in the order of the declaration */
	bool is_unless[BSYNC_COLUMNS_MAX];          /* by column index: a row that has it is left out */
};

enum { BSYNC_REFERENCES_MAX = 1000 };

/* A column that names a row of another table (PROTOCOL 7.12).  Indexes. */
struct bsync_reference {
	uint32_t table, column, parent;
};

enum { BSYNC_HANDOVERS_MAX = 32 };

/* Rows of a table that are written when a worker hands all work over to another. */
struct bsync_handover {
	uint32_t table; /* index */
	bool has_key;   /* the query gives the keys of rows that it changes; else it makes new ones */
	char *rows_sql; /* binds :from, :to and :now; its columns are named as those of the table */
};

struct bsync_schema {
	char *name;
	uint32_t version;         /* number of the last file */
	struct bsync_digest hash; /* over the files in order, and the dictionary */
	uint32_t table_count;
	struct bsync_table *tables; /* by ascending no */
	uint32_t circle_count;
	struct bsync_circle *circles;
	uint32_t dep_count;
	struct bsync_circle_dep *deps;
	uint32_t freeze_count;
	struct bsync_freeze *freezes;
	uint32_t unique_count;
	struct bsync_unique *uniques; /* by ascending no */
	uint32_t reference_count;
	struct bsync_reference *references;
	uint32_t handover_count;
	struct bsync_handover *handovers;
	uint32_t directory_count;
	struct bsync_directory directory[3];
	struct bsync_bytes dictionary; /* raw zstd dictionary for small changesets, may be empty; owned */
};

/* Finds by number or name; NULL or -1 when there is none.  O(log n) or O(n) in a small n. */
const struct bsync_table *bsync_schema_table(const struct bsync_schema *schema, uint32_t no);
const struct bsync_table *bsync_schema_table_named(const struct bsync_schema *schema, const char *name);
int bsync_schema_circle(const struct bsync_schema *schema, uint32_t no);
int bsync_table_column(const struct bsync_table *table, uint32_t no);
int bsync_table_column_named(const struct bsync_table *table, const char *name);
/* The part of a freeze that table number `index` is, with the freeze; NULL when it is in none. */
const struct bsync_freeze_part *bsync_schema_freeze(const struct bsync_schema *schema, uint32_t index,
						    const struct bsync_freeze **freeze);
const char *bsync_rule_name(enum bsync_rule rule);
/* The word of its rule in the schema; "key" of a key column. */
const char *bsync_column_rule_name(const struct bsync_column *column);
bool bsync_rule_parse(const char *word, enum bsync_rule *rule);
/* True when a person may have to choose between versions that stand: keep and text. */
bool bsync_rule_asks(enum bsync_rule rule);

/* Frees a schema and all it owns; NULL is allowed. */
void bsync_schema_free(struct bsync_schema *schema);

#endif
