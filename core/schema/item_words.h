/* item_words.h: an inbox item as a person reads it, the same words on a device and for the operator.
 *
 * Says who wrote what and when, what stands on the screen now, why it is here, and what one can do. */
#ifndef BSYNC_CORE_SCHEMA_ITEM_WORDS_H
#define BSYNC_CORE_SCHEMA_ITEM_WORDS_H

#include "core/message.h"
#include "core/schema/words.h"

/* A device's clock that is further off than this is mentioned. */
#define BSYNC_ITEM_CLOCK_OFF_MS INT64_C(120000)

struct bsync_item_words_cell {
	const char *column;
	uint32_t variant_count;
	const struct bsync_variant
		*variants;               /* of a conflict those that stand; else what stands, and what was handed in */
	const char *const *author_names; /* one a variant, each may be NULL; or NULL */
	const struct bsync_value *base;  /* what stood before; NULL: not known */
};

struct bsync_item_words {
	const char *program; /* that resolves it: for what one can type */
	uint8_t id[BSYNC_ID_SIZE];
	const char *kind, *table, *reason;
	uint32_t key_count;
	const struct bsync_value *key;
	bool is_row_here;
	const struct bsync_value *shown;  /* of the first cell, on the screen; NULL: not known */
	const struct bsync_worker_id *me; /* the reader; NULL: the operator */
	struct bsync_worker_id author;    /* of what was not taken, or of the delete */
	const char *author_name;          /* NULL: not known */
	int64_t device_ms, stamp_ms;      /* of that, 0 not known */
	uint32_t cell_count;
	const struct bsync_item_words_cell *cells;
};

/* Appends one line: id, kind and what it is about. */
BSYNC_CHECKED enum bsync_result bsync_item_words_line(const struct bsync_item_words *item, enum bsync_language language,
						      struct bsync_buffer *out);
/* Appends all that there is to say. */
BSYNC_CHECKED enum bsync_result bsync_item_words_all(const struct bsync_item_words *item, enum bsync_language language,
						     struct bsync_buffer *out);

#endif
