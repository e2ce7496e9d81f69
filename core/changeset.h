/* changeset.h: one local transaction as a list of row changes, to and from its plaintext bytes.
 *
 * Pure.  Grammar: schema/PROTOCOL.md section 4.  Neither judges nor applies; see core/merge.h and the
 * stores.  Sealing is core/seal.h. */
#ifndef BSYNC_CORE_CHANGESET_H
#define BSYNC_CORE_CHANGESET_H

#include "core/ids.h"
#include "core/record_type.h"
#include "core/stamp.h"

enum {
	BSYNC_CHANGESET_SIZE_MAX = 8 << 20, /* plaintext bytes */
	BSYNC_CHANGESET_ROWS_MAX = 100000,
	BSYNC_CHANGESET_NAMES_MAX = 1000,     /* versions one write may name */
	BSYNC_CHANGESET_ELEMENTS_MAX = 10000, /* set elements one write may add or remove */
};

enum bsync_change_kind {
	BSYNC_CHANGE_INSERT = 0, /* the row was not there; cells are its non-NULL columns */
	BSYNC_CHANGE_UPDATE = 1, /* cells are the changed columns */
	BSYNC_CHANGE_DELETE = 2, /* no cells */
};

enum bsync_write_kind {
	BSYNC_WRITE_VALUE = 0, /* the cell becomes `value` */
	BSYNC_WRITE_DELTA = 1, /* a counter gets `delta` added */
	BSYNC_WRITE_SET = 2,   /* a set loses `removes`, then gets `adds` */
};

/* What a write replaces.  DEFAULT: what stood at or before the changeset's base; OWN: at or before `base`; NAMES: exactly
 * the named versions (a resolve, or an edit of a cell that shows a conflict); NAMES_OWN: the same of a text, with `base` and
 * `base_value` those of the conflict. */
enum bsync_base_kind { BSYNC_BASE_DEFAULT = 0, BSYNC_BASE_OWN = 1, BSYNC_BASE_NAMES = 2, BSYNC_BASE_NAMES_OWN = 3 };

struct bsync_cell_write {
	uint32_t column_no;
	enum bsync_write_kind kind;
	enum bsync_base_kind base_kind;
	uint32_t add_count, remove_count, name_count;
	struct bsync_value value;           /* VALUE */
	int64_t delta;                      /* DELTA */
	struct bsync_value *adds, *removes; /* SET; ascending by bsync_value_compare, no value twice */
	struct bsync_position base;         /* OWN, NAMES_OWN */
	struct bsync_value base_value; /* VALUE to a text, not NAMES: what the cell showed at the base, NULL nothing */
	struct bsync_dot *names;       /* NAMES, NAMES_OWN */
};

/* The table number of inbox items: a DELETE of key [id] closes one. */
enum { BSYNC_ITEMS_TABLE_NO = 0 };

struct bsync_change {
	uint32_t table_no;
	enum bsync_change_kind kind;
	bool has_base; /* DELETE: its own base instead of the changeset's */
	struct bsync_position base;
	uint32_t key_count;
	struct bsync_value *key;
	uint32_t cell_count;
	struct bsync_cell_write *cells; /* ascending column_no */
};

struct bsync_changeset {
	uint32_t schema_version;
	struct bsync_clock_evidence evidence;
	int64_t seen_ms; /* the highest stamp the author had been shown; 0 none */
	struct bsync_position base;
	uint32_t change_count;
	struct bsync_change *changes; /* a row at most once, in the order of first touch */
};

/* False for an update that does no more than take elements out of sets. */
bool bsync_change_puts(const struct bsync_change *change);
/* The same of one write. */
bool bsync_cell_write_puts(const struct bsync_cell_write *write);

/* Appends the canonical bytes of `set`.  Fails with BSYNC_TOO_LARGE, BSYNC_NO_MEMORY or, where the elements of a set
 * are not ascending, BSYNC_INVALID; then nothing is appended. */
BSYNC_CHECKED enum bsync_result bsync_changeset_encode(const struct bsync_changeset *set, struct bsync_buffer *out);

/* Decodes `plain`; the structure lives in `arena` and borrows text and blobs from `plain`, which must
 * outlive it.  All or nothing.  BSYNC_MALFORMED, BSYNC_TOO_LARGE, BSYNC_TOO_DEEP, BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_changeset_decode(struct bsync_bytes plain, struct bsync_arena *arena,
						       struct bsync_changeset *set);
/* The schema version that a changeset was written in, without decoding the rest. */
BSYNC_CHECKED enum bsync_result bsync_changeset_schema(struct bsync_bytes plain, uint32_t *version);

#endif
