/* restore.h: the store is put back from an image of its disk, as a new life of it (PROTOCOL 7.9), and what devices still hold comes
 * back to it.
 *
 * In some worlds only, and there no device is put back: what was acknowledged is on its author's device, so all of it
 * must be found in the end.  Decisions of the operator behind the image are gone, in the model too. */
#ifndef BSYNC_TESTS_SIM_RESTORE_H
#define BSYNC_TESTS_SIM_RESTORE_H

#include "tests/sim/world.h"

/* A new world, and its end. */
void restore_begin(void);
void restore_end(void);
/* True in worlds where the store is put back. */
bool restores_are_made(const struct world *world);
/* Saves an image of the daemon's disk, puts one back, or goes on with the recovery. */
void restore_act(struct world *world);
/* The daemon has started on the image: what is held against it goes back too. */
void restore_started(struct world *world);
/* Everybody has handed in: the recovery is closed. */
void restore_finish(struct world *world);

/* True while a recovery is open. */
bool restore_is_open(void);
/* What the store's lives mean for the device that says this HELLO. */
BSYNC_CHECKED enum bsync_result restore_lives(struct bsync_view *view, const struct bsync_hello *hello,
					      struct bsync_lives *lives);
/* A position as one of the store that is: PROTOCOL 7.9. */
uint64_t restore_position(struct world *world, struct bsync_position position);
/* True when the device has heard of the life that the store is in. */
bool restore_is_known(const struct world *world, const struct bsync_file_status *status);

#endif
