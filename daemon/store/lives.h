/* lives.h: the lives of a store: which positions it still has, and where those of a lost life are now.
 *
 * A restore of a copy begins a life (PROTOCOL 3.2, 7.9). */
#ifndef BSYNC_DAEMON_STORE_LIVES_H
#define BSYNC_DAEMON_STORE_LIVES_H

#include "daemon/store/writer.h"

/* Fills store->lives. */
BSYNC_CHECKED enum bsync_result bsync_lives_load(struct bsync_store *store);
/* The first position of the present life; 0 in a store that does not say it. */
uint64_t bsync_lives_begin(const struct bsync_store *store);
/* True when the position is one that the store has, or will have. */
bool bsync_lives_have(const struct bsync_store *store, struct bsync_position position);
/* Makes it a position of the store as it is: the greatest at or before which everything was seen by who had seen all
 * up to `*position`. */
BSYNC_CHECKED enum bsync_result bsync_lives_translate(struct bsync_store *store, struct bsync_position *position);
/* The same for every base in a changeset. */
BSYNC_CHECKED enum bsync_result bsync_lives_translate_set(struct bsync_store *store, struct bsync_changeset *set);

#endif
