/* replace.h: a pull that replaces the screen: the store has lost what this device last pulled (PROTOCOL 7.9).
 *
 * What is pulled is the whole of what the server has for this device; what it does not bring goes, but for own
 * changesets that it does not include, and for columns that no face gives: those are this device's alone. */
#ifndef BSYNC_CLIENT_STORE_REPLACE_H
#define BSYNC_CLIENT_STORE_REPLACE_H

#include "client-sdk/store/rebase.h"

/* Empties the screen before the first row of the pull, whose end is at `counter`. */
BSYNC_CHECKED enum bsync_result bsync_replace_begin(struct bsync_pull *pull, uint64_t counter);
/* Brings back the columns that no face gives, after the last. */
BSYNC_CHECKED enum bsync_result bsync_replace_end(struct bsync_pull *pull);

#endif
