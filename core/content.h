/* content.h: what is inside a sealed changeset: its plaintext, compressed where that helps, padded to a bucket.
 *
 * Pure.  Format: schema/PROTOCOL.md section 8.3 (`padded`).  Encryption is core/seal.c's. */
#ifndef BSYNC_CORE_CONTENT_H
#define BSYNC_CORE_CONTENT_H

#include "core/seal.h"

/* How many bytes bsync_content_make may write for a plaintext of this size. */
size_t bsync_content_size_max(size_t plain_size);

/* Writes the padded form of `plain`, at most BSYNC_CHANGESET_SIZE_MAX bytes, to `room` and its size to `*size`.
 * The same plaintext and dictionary give the same bytes.  BSYNC_SCHEMA when the dictionary is not valid. */
BSYNC_CHECKED enum bsync_result bsync_content_make(struct bsync_seal_scratch *scratch, struct bsync_bytes plain,
						   uint8_t *room, size_t *size);

/* Appends the plaintext of `padded` to `plain`.  BSYNC_MALFORMED, BSYNC_TOO_LARGE when it would be more than
 * BSYNC_CHANGESET_SIZE_MAX, BSYNC_NOT_FOUND when it needs a dictionary other than the scratch's. */
BSYNC_CHECKED enum bsync_result bsync_content_read(struct bsync_seal_scratch *scratch, struct bsync_bytes padded,
						   struct bsync_buffer *plain);

/* Lends `size` bytes of working memory until the next call; bsync_content_done wipes them and gives large ones back. */
BSYNC_CHECKED enum bsync_result bsync_content_room(struct bsync_seal_scratch *scratch, size_t size, uint8_t **room);
void bsync_content_done(struct bsync_seal_scratch *scratch);

/* True when the scratch was made for this dictionary. */
bool bsync_content_fits(const struct bsync_seal_scratch *scratch, struct bsync_bytes dictionary);

#endif
