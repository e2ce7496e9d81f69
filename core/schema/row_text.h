/* row_text.h: the key of a row as one word that a person can type and a script can pass on.
 *
 * The key's columns in key order, with "/" between them: a blob as hex, an integer or real in decimal digits, text as it is
 * with "/", "%" and control characters written as %XX. */
#ifndef BSYNC_CORE_SCHEMA_ROW_TEXT_H
#define BSYNC_CORE_SCHEMA_ROW_TEXT_H

#include "core/record_type.h"

/* Appends the word for a key. */
BSYNC_CHECKED enum bsync_result bsync_row_text_write(const struct bsync_value *key, uint32_t key_count,
						     struct bsync_buffer *out);
/* Reads it as a key of `table`; values live in `arena`.  BSYNC_INVALID when it is none. */
BSYNC_CHECKED enum bsync_result bsync_row_text_read(const struct bsync_table *table, const char *text,
						    struct bsync_arena *arena,
						    struct bsync_value key[BSYNC_KEY_COLUMNS_MAX]);
/* Reads what a person typed as a value of a column with this affinity: hex for a blob, digits for a number. */
BSYNC_CHECKED enum bsync_result bsync_row_text_value(enum bsync_affinity affinity, struct bsync_bytes text,
						     struct bsync_arena *arena, struct bsync_value *value);

#endif
