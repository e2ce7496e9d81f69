/* confine.h: no row reaches a device of a worker who does not hold its scope, and none stays after a scope is dropped. */
#ifndef BSYNC_TESTS_SIM_CONFINE_H
#define BSYNC_TESTS_SIM_CONFINE_H

#include "tests/sim/world.h"

/* Frames that a pull of the snapshot at `position` gives to the device. */
void confine_frames(struct world_device *device, struct bsync_bytes frames, struct bsync_position position);
/* The daemon sends the device whole frames, those of a pull too. */
void confine_send(struct world_device *device, struct bsync_bytes frames);
/* A pull of the device ended before it was done. */
void confine_cut(const struct world_device *device);
/* What the device has, against the scopes that it says it holds. */
void confine_look(struct world_device *device);
/* The device is about to start again. */
void confine_restart(struct world_device *device);

#endif
