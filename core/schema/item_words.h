/* item_words.h: an inbox item as a person reads it, the same words on a device and for the operator.
 *
 * Says who wrote what and when, what stands on the screen now, why it is here, and what one can do. */
#ifndef BSYNC_CORE_SCHEMA_ITEM_WORDS_H
#define BSYNC_CORE_SCHEMA_ITEM_WORDS_H

#include "core/inbox_item.h"
#include "core/schema/words.h"

/* A device's clock that is further off than this is mentioned. */
#define BSYNC_ITEM_CLOCK_OFF_MS INT64_C(120000)

/* Who reads it. */
struct bsync_item_reader {
	const char *program;              /* that resolves it: for what one can type */
	const struct bsync_worker_id *me; /* NULL: the operator */
	enum bsync_language language;
};

/* Appends one line: id, kind and what it is about. */
BSYNC_CHECKED enum bsync_result bsync_item_words_line(const struct bsync_inbox_item *item,
						      const struct bsync_item_reader *reader, struct bsync_buffer *out);
/* Appends all that there is to say. */
BSYNC_CHECKED enum bsync_result bsync_item_words_all(const struct bsync_inbox_item *item,
						     const struct bsync_item_reader *reader, struct bsync_buffer *out);

#endif
