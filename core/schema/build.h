/* build.h: what the parts of the compiler share while one schema is being compiled.
 *
 * Order: run the files (compile.c), load tables and columns (tables.c), circles, faces and the rest
 * (circles.c), then check (check_*.c).  Loading reports what it cannot represent; checking reports the rest. */
#ifndef BSYNC_CORE_SCHEMA_BUILD_H
#define BSYNC_CORE_SCHEMA_BUILD_H

#include "core/schema/report.h"
#include "core/schema/run.h"

/* One statement that ran, and the last row of each registry table after it. */
struct bsync_schema_statement {
	size_t file;
	struct bsync_bytes text;
	int64_t last_row[BSYNC_REGISTRY_COUNT];
};

struct bsync_schema_build {
	const struct bsync_schema_source *source;
	size_t kept_count; /* files that are in use; 0: none is */
	struct bsync_schema_report *report;
	struct bsync_db db;      /* in memory: registry and domain tables, no row of the latter */
	sqlite3_stmt *last_rows; /* gives last_row of each registry table */
	struct bsync_schema_statement *statements;
	size_t statement_count;
	size_t statement_capacity;
	struct bsync_schema *schema;
};

/* place.c: where a thing stands in the files, as well as can be known. */

/* The line of a row of the registry, narrowed to the parenthesis that holds the strings `a` and `b` (NULL: any). */
struct bsync_schema_place bsync_schema_place_row(const struct bsync_schema_build *build, enum bsync_registry registry,
						 int64_t row, const char *a, const char *b);
/* The line that makes a table, index or view. */
struct bsync_schema_place bsync_schema_place_object(const struct bsync_schema_build *build, const char *name);
/* The line that makes a column of a table. */
struct bsync_schema_place bsync_schema_place_column(const struct bsync_schema_build *build, const char *table,
						    const char *column);
/* The line of byte `offset` of a file. */
struct bsync_schema_place bsync_schema_place_offset(const struct bsync_schema_source *source, size_t file,
						    size_t offset);

/* Loading: fills build->schema.  A result other than BSYNC_OK is a failure of memory or SQLite; what is wrong
 * with the schema goes to the report. */
BSYNC_CHECKED enum bsync_result bsync_schema_load_tables(struct bsync_schema_build *build);
/* Reads the arguments of a column of rule `order` into column->lattice; reports what is wrong with them. */
/* Reads the arguments of rule `role`. */
BSYNC_CHECKED enum bsync_result bsync_schema_roles_load(struct bsync_schema_build *build,
							const struct bsync_table *table, struct bsync_column *column,
							const char *args, struct bsync_schema_place place);
BSYNC_CHECKED enum bsync_result bsync_schema_states_load(struct bsync_schema_build *build,
							 const struct bsync_table *table, struct bsync_column *column,
							 const char *args, struct bsync_schema_place place);
BSYNC_CHECKED enum bsync_result bsync_schema_load_circles(struct bsync_schema_build *build);
BSYNC_CHECKED enum bsync_result bsync_schema_load_faces(struct bsync_schema_build *build);
BSYNC_CHECKED enum bsync_result bsync_schema_load_directory(struct bsync_schema_build *build);
/* Loads what freezes and checks it; the faces must be there. */
BSYNC_CHECKED enum bsync_result bsync_schema_load_freezes(struct bsync_schema_build *build);
/* Loads what is to be unique and checks it; faces and freezes must be there. */
BSYNC_CHECKED enum bsync_result bsync_schema_load_uniques(struct bsync_schema_build *build);
/* Loads what names other rows and checks it. */
BSYNC_CHECKED enum bsync_result bsync_schema_load_references(struct bsync_schema_build *build);
/* Loads what a hand-over writes and checks it. */
BSYNC_CHECKED enum bsync_result bsync_schema_load_handovers(struct bsync_schema_build *build);
/* Whether an index of the table begins with these `count` columns, in any order. */
BSYNC_CHECKED enum bsync_result bsync_schema_has_index(struct bsync_schema_build *build,
						       const struct bsync_table *table, const bool *has_column,
						       uint32_t count, bool *has_index);

/* Calls `load` for each row of a query. */
typedef enum bsync_result bsync_schema_row_load(struct bsync_schema_build *build, sqlite3_stmt *row);
BSYNC_CHECKED enum bsync_result bsync_schema_rows_load(struct bsync_schema_build *build, const char *sql,
						       bsync_schema_row_load *load);
/* Marks the columns of `table` in a list with commas, which may have a '*': then true.  Reports a name that is no
 * column; `what` begins that report. */
bool bsync_schema_columns_list(struct bsync_schema_build *build, const struct bsync_table *table, const char *what,
			       const char *columns, struct bsync_schema_place place, bool *has_column);

/* Checking: reads build->schema and the database, reports. */
BSYNC_CHECKED enum bsync_result bsync_schema_check_tables(struct bsync_schema_build *build);
BSYNC_CHECKED enum bsync_result bsync_schema_check_columns(struct bsync_schema_build *build);
BSYNC_CHECKED enum bsync_result bsync_schema_check_circles(struct bsync_schema_build *build);
BSYNC_CHECKED enum bsync_result bsync_schema_check_faces(struct bsync_schema_build *build);

/* grow.c: files behind those that are in use only add. */

/* Remembers what the kept files made; nothing else has run. */
BSYNC_CHECKED enum bsync_result bsync_schema_keep(struct bsync_schema_build *build);
/* Looks whether the statement that ran last changed what is kept; then it is reported, and the answer is BSYNC_SCHEMA. */
BSYNC_CHECKED enum bsync_result bsync_schema_kept_check(struct bsync_schema_build *build);
/* What new rows of the registry may not say of what is kept. */
BSYNC_CHECKED enum bsync_result bsync_schema_check_growth(struct bsync_schema_build *build);

/* query.c: what a query of the registry reads. */

enum { BSYNC_SCHEMA_PARAMETERS_MAX = 64 };

struct bsync_schema_query {
	bool is_good;
	char why[400]; /* when it is not */
	int column_count;
	bool reads[BSYNC_TABLES_MAX]; /* by table index */
	bool reads_column;            /* reads a column of `only`, see below */
	int parameter_count;
	char parameters[BSYNC_SCHEMA_PARAMETERS_MAX][80]; /* names with the colon */
	/* Third column, when it comes straight from a table: table index and column index, else -1. */
	int until_table;
	int until_column;
};

/* Prepares `sql` on the schema's tables, allowing only to read synced tables: of all of them, or with `only`
 * not -1 of that one (by index), without a query inside.  `query->is_good` says whether it compiled. */
BSYNC_CHECKED enum bsync_result bsync_schema_query_look(struct bsync_schema_build *build, const char *sql, int only,
							struct bsync_schema_query *query);

/* What somebody who is in a circle has of each table. */
struct bsync_schema_holding {
	bool is_held[BSYNC_TABLES_MAX][BSYNC_COLUMNS_MAX]; /* by index */
};

/* The same, allowing only to read what is held. */
BSYNC_CHECKED enum bsync_result bsync_schema_query_look_held(struct bsync_schema_build *build, const char *sql,
							     const struct bsync_schema_holding *holding,
							     struct bsync_schema_query *query);

/* The same for the scope expression of a face of table `table` (by index). */
BSYNC_CHECKED enum bsync_result bsync_schema_scope_look(struct bsync_schema_build *build, uint32_t table,
							const char *scope, struct bsync_schema_query *query);

/* The index of a table by name, -1 when it is not synced. */
int bsync_schema_table_index(const struct bsync_schema *schema, const char *name);

/* The index of a circle by name, -1 when there is none. */
int bsync_schema_circle_index(const struct bsync_schema *schema, const char *name);

#endif
