/* value.h: the five kinds of value a cell can hold, and their one canonical msgpack form.
 *
 * Format: schema/PROTOCOL.md section 3.1.  The kinds are SQLite's storage classes. */
#ifndef BSYNC_CORE_VALUE_H
#define BSYNC_CORE_VALUE_H

#include "core/bytes.h"

enum bsync_value_kind {
	BSYNC_NULL,
	BSYNC_INTEGER,
	BSYNC_REAL,
	BSYNC_TEXT, /* UTF-8 */
	BSYNC_BLOB,
};

/* A value; `bytes` (text, blob) is borrowed from whoever made it. */
struct bsync_value {
	enum bsync_value_kind kind;
	union {
		int64_t integer;
		double real;
		struct bsync_bytes bytes;
	} as;
};

/* What a cell of rule text showed where a write's author had seen all: up to `counter`. */
struct bsync_text_base {
	uint64_t counter;
	struct bsync_value value; /* text, or NULL for none */
};

struct bsync_value bsync_value_null(void);
struct bsync_value bsync_value_integer(int64_t integer);
/* NaN becomes NULL and -0.0 becomes 0.0, as SQLite does. */
struct bsync_value bsync_value_real(double real);
struct bsync_value bsync_value_text(struct bsync_bytes text);
struct bsync_value bsync_value_blob(struct bsync_bytes blob);

/* True when kind and content are the same (1 and 1.0 differ). */
bool bsync_value_equal(const struct bsync_value *a, const struct bsync_value *b);

/* A total order: NULL < numbers (by value, an integer before an equal real) < text < blob, bytes by
 * memcmp.  Used by the rules max, min and set, so it is part of the contract (PROTOCOL 3.1). */
int bsync_value_compare(const struct bsync_value *a, const struct bsync_value *b);

/* Copies `value` so that it borrows from `arena`; false when the arena is full. */
bool bsync_value_copy(struct bsync_arena *arena, const struct bsync_value *value, struct bsync_value *out);

/* True when `text` is well-formed UTF-8 (no surrogates, shortest forms, at most U+10FFFF). */
bool bsync_utf8_valid(struct bsync_bytes text);

#endif
