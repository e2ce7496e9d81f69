/* held.h: in which of its scopes this device has a row. */
#ifndef BSYNC_CLIENT_STORE_HELD_H
#define BSYNC_CLIENT_STORE_HELD_H

#include "client-sdk/store/record.h"

/* Faces of the row, a bit each, whose scope it has left. */
BSYNC_CHECKED enum bsync_result bsync_held_left(struct bsync_file *file, uint32_t table_no, struct bsync_bytes key,
						uint64_t *faces);
/* Whether the device holds the scope; false where `value` is NULL. */
BSYNC_CHECKED enum bsync_result bsync_held_has(struct bsync_file *file, uint32_t circle_no,
					       const struct bsync_value *value, bool *is_held);
/* The scope, in `arena`, in which a face that the row has not left gives it to this device; NULL where it does not. */
BSYNC_CHECKED enum bsync_result bsync_held_scope(struct bsync_file *file, const struct bsync_record_key *key,
						 uint32_t face, uint64_t left, struct bsync_arena *arena,
						 struct bsync_value *scope);

#endif
