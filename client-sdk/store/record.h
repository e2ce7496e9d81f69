/* record.h: rows of the schema's tables, by key: read, put, remove, and in which scope a face has them.
 *
 * The capture triggers see none of these writes while the gate of the connection is closed.  Columns and faces are
 * indexes into the compiled schema. */
#ifndef BSYNC_CLIENT_STORE_RECORD_H
#define BSYNC_CLIENT_STORE_RECORD_H

#include "client-sdk/store/file.h"

/* Makes and frees the list of kept statements, one entry a table of file->schema. */
BSYNC_CHECKED enum bsync_result bsync_records_make(struct bsync_file *file);
void bsync_records_clear(struct bsync_file *file);

/* A row by its key. */
struct bsync_record_key {
	uint32_t table; /* index */
	uint32_t count;
	const struct bsync_value *values;
};

/* Reads all columns into `*values` (an array in `arena` by column index); NULL when there is no such row. */
BSYNC_CHECKED enum bsync_result bsync_record_read(struct bsync_file *file, const struct bsync_record_key *key,
						  struct bsync_arena *arena, struct bsync_value **values);
BSYNC_CHECKED enum bsync_result bsync_record_exists(struct bsync_file *file, const struct bsync_record_key *key,
						    bool *exists);
/* Puts the columns of a face: `values` by column index; key columns are taken from the key. */
BSYNC_CHECKED enum bsync_result bsync_record_put_face(struct bsync_file *file, const struct bsync_record_key *key,
						      uint32_t face, const struct bsync_value *values);
/* Makes the row with only its key when it is not there. */
BSYNC_CHECKED enum bsync_result bsync_record_make(struct bsync_file *file, const struct bsync_record_key *key);
/* Makes columns NULL of a row that is there: those of which `is_blank`, by column index, none of the key. */
BSYNC_CHECKED enum bsync_result bsync_record_blank(struct bsync_file *file, const struct bsync_record_key *key,
						   const bool *is_blank);
/* Sets one column of a row that is there. */
BSYNC_CHECKED enum bsync_result bsync_record_set(struct bsync_file *file, const struct bsync_record_key *key,
						 uint32_t column, const struct bsync_value *value);
BSYNC_CHECKED enum bsync_result bsync_record_remove(struct bsync_file *file, const struct bsync_record_key *key);
/* The value of the face's scope expression on the row, in `arena`; NULL when the row is in none or not there. */
BSYNC_CHECKED enum bsync_result bsync_record_scope(struct bsync_file *file, const struct bsync_record_key *key,
						   uint32_t face, struct bsync_arena *arena, struct bsync_value *scope);
/* Calls `each` with the key of every row whose scope in this face is `scope`; the keys are read first, so `each` may
 * change the table. */
BSYNC_CHECKED enum bsync_result bsync_record_in_scope(struct bsync_file *file, uint32_t table, uint32_t face,
						      const struct bsync_value *scope, struct bsync_arena *arena,
						      enum bsync_result (*each)(void *context,
										const struct bsync_record_key *key),
						      void *context);

#endif
