/* images.h: disks of devices that are put back from an older image, and computers that are cloned (PROTOCOL 8.8).
 *
 * In some worlds only.  A clone is one more device with the identity of another.  What was only on a disk that an image
 * replaces is gone, and the ledger is told; all else must be found in the end, of every copy. */
#ifndef BSYNC_TESTS_SIM_IMAGES_H
#define BSYNC_TESTS_SIM_IMAGES_H

#include "tests/sim/ledger.h"

/* A new world, and its end. */
void images_begin(void);
void images_end(void);
/* True in worlds where they are made. */
bool images_are_made(const struct world *world);
/* Saves an image of the device, puts one back, or clones it; or the operator looks. */
void images_act(struct world_device *device);
/* The device has committed these as changeset `seq`. */
void images_committed(const struct world_device *device, const struct ledger_entry *entries, uint32_t count,
		      uint64_t seq);
/* The operator resumes who is suspended and releases all that copies have handed in. */
void images_release(struct world *world);
/* True when the device is a copy that receives nothing any more; asked once everybody is quiet. */
bool images_is_stray(struct world_device *device);

#endif
