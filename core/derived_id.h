/* derived_id.h: an id that all who know what it is of make alike: the first bytes of a hash over a label and a canonical array.
 *
 * Of items and copies: schema/PROTOCOL.md 7.5, 7.10, 7.11. */
#ifndef BSYNC_CORE_DERIVED_ID_H
#define BSYNC_CORE_DERIVED_ID_H

#include "core/ids.h"
#include "core/pack.h"

/* PROTOCOL 8.1. */
extern const char bsync_item_label[], bsync_fork_label[];

/* One in the making; it does not move meanwhile. */
struct bsync_derived_id {
	struct bsync_buffer input;
	struct bsync_writer writer; /* the caller writes the array with it */
};

void bsync_derived_id_begin(struct bsync_derived_id *derived, const char *label, size_t size_max);
/* Three elements of the array. */
void bsync_derived_id_dot(struct bsync_derived_id *derived, const struct bsync_dot *dot);
/* Ends it, and frees what it took.  BSYNC_NO_MEMORY, or BSYNC_TOO_LARGE above `size_max`. */
BSYNC_CHECKED enum bsync_result bsync_derived_id_end(struct bsync_derived_id *derived, uint8_t id[BSYNC_ID_SIZE]);

#endif
