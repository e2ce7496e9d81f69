/* base.h: what the writer and a reader of a store have alike: connection, statements, schema, keys, lines. */
#ifndef BSYNC_DAEMON_STORE_BASE_H
#define BSYNC_DAEMON_STORE_BASE_H

#include "core/keys.h"
#include "core/merge.h"
#include "core/schema/compile.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"
#include "daemon/store/tables.h"

enum {
	BSYNC_LINES_MAX = 10000000,
	BSYNC_KEY_BYTES_MAX = 1 << 20,
	BSYNC_WORK_SIZE_MAX = 1 << 30, /* memory for one changeset while it is applied, or one row while it is read */
	BSYNC_BOX_SIZE_MAX = 4096,
};

/* Whom a line number stands for; all zeros for line 0, the store itself. */
struct bsync_line_info {
	struct bsync_line_id line;
	struct bsync_worker_id worker;
	uint64_t first_seq;
	uint32_t fork_of; /* the line that it leaves at first_seq; 0: it is no fork */
	/* Of a root: the last changeset that its device had when it began the line; 0: none. */
	uint32_t after_no;
	uint64_t after_seq;
};

struct bsync_base {
	struct bsync_db db;
	struct bsync_statements sql;
	struct bsync_key store_key;
	bool is_writer;
	struct bsync_schema *schema;     /* NULL where it could not be loaded again */
	struct bsync_schema_file *files; /* owned, with their names and texts */
	struct bsync_schema_source source;
	struct bsync_tables tables;
	uint32_t line_count, line_capacity;
	struct bsync_line_info *lines;
	struct bsync_device_id *line_devices; /* beside `lines`: what merging wants */
	struct bsync_role *line_roles;
};

/* The prepared statement of that name. */
#define BSYNC_STATEMENT(base, NAME) ((base)->sql.list[BSYNC_SQL_##NAME])

/* Opens the connection, prepares the statements, loads and compiles the schema, loads the lines.
 * On failure the caller still calls bsync_base_close. */
BSYNC_CHECKED enum bsync_result bsync_base_open(struct bsync_base *base, const char *path,
						const struct bsync_db_options *options,
						const struct bsync_key *store_key, bool is_writer);
void bsync_base_close(struct bsync_base *base);

/* Loads the schema again where the database has another version than this, or its statements have been cleared. */
BSYNC_CHECKED enum bsync_result bsync_base_schema(struct bsync_base *base);
/* Keeps the files of `source` from `first` on; the number of the last is the version from then on. */
BSYNC_CHECKED enum bsync_result bsync_base_files_put(struct bsync_base *base, const struct bsync_schema_source *source,
						     size_t first);
/* Begins a reading transaction, in which the schema is that of what it reads. */
BSYNC_CHECKED enum bsync_result bsync_base_begin_read(struct bsync_base *base);

/* Learns of lines that were added since the last call. */
BSYNC_CHECKED enum bsync_result bsync_base_lines(struct bsync_base *base);
/* Borrowed until the next bsync_base_lines. */
struct bsync_lines bsync_base_merge_lines(const struct bsync_base *base);
/* The author of a version; zeros for the store. */
struct bsync_worker_id bsync_base_author(const struct bsync_base *base, uint32_t line);
struct bsync_dot bsync_base_dot(const struct bsync_base *base, uint32_t line, uint64_t seq);

/* Prepares the one statement of an operator's SQL, under an authorizer of its own (as sqlite3_set_authorizer).
 * BSYNC_INVALID with a text when that does not let it through, or it is none, or more than one. */
BSYNC_CHECKED enum bsync_result bsync_base_statement(struct bsync_base *base, const char *sql,
						     int (*authorizer)(void *, int, const char *, const char *,
								       const char *, const char *),
						     void *context, sqlite3_stmt **out,
						     char error[BSYNC_SQL_ERROR_SIZE]);
/* Frees it; until then the connection has that authorizer, under which SQLite may prepare the statement again. */
void bsync_base_statement_end(struct bsync_base *base, sqlite3_stmt **statement);

/* A value of bsync_meta: BSYNC_NOT_FOUND, or BSYNC_STORAGE_CORRUPT when it has another size. */
BSYNC_CHECKED enum bsync_result bsync_meta_integer(struct bsync_base *base, const char *name, int64_t *out);
BSYNC_CHECKED enum bsync_result bsync_meta_data(struct bsync_base *base, const char *name, void *out, size_t size);
BSYNC_CHECKED enum bsync_result bsync_meta_bytes(struct bsync_base *base, const char *name, struct bsync_buffer *out);
BSYNC_CHECKED enum bsync_result bsync_meta_put(struct bsync_base *base, const char *name,
					       const struct bsync_value *value);

/* Boxes a secret for the table and row that `aad` names, and opens it; the plaintext has exactly `size` bytes. */
BSYNC_CHECKED enum bsync_result bsync_base_box(const struct bsync_base *base, const struct bsync_random *random,
					       const char *aad, const void *secret, size_t size,
					       struct bsync_buffer *box);
BSYNC_CHECKED enum bsync_result bsync_base_unbox(const struct bsync_base *base, const char *aad, struct bsync_bytes box,
						 void *secret, size_t size);

/* Appends the canonical array of a key. */
BSYNC_CHECKED enum bsync_result bsync_key_bytes(const struct bsync_value *key, uint32_t count,
						struct bsync_buffer *out);
/* The same in an arena. */
BSYNC_CHECKED enum bsync_result bsync_key_copy(const struct bsync_value *key, uint32_t count, struct bsync_arena *arena,
					       struct bsync_bytes *out);
/* Reads values of a canonical array back; they borrow from `bytes`. */
BSYNC_CHECKED enum bsync_result bsync_values_read(struct bsync_bytes bytes, struct bsync_arena *arena,
						  uint32_t count_max, struct bsync_value **values, uint32_t *count);
/* The same from a copy in the arena. */
BSYNC_CHECKED enum bsync_result bsync_values_copy(struct bsync_bytes bytes, struct bsync_arena *arena,
						  uint32_t count_max, struct bsync_value **values, uint32_t *count);

#endif
