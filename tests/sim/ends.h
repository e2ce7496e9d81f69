/* ends.h: access that has an end, told to a device and moved before the device hears of that.
 *
 * The members queries of these worlds know no time.  So the wire says it: now and then a pull tells that access to the list 'L2'
 * has ended.  The device lets the list go by itself, as it must; the store, for which nothing has ended, is to give it back. */
#ifndef BSYNC_TESTS_SIM_ENDS_H
#define BSYNC_TESTS_SIM_ENDS_H

#include "tests/sim/world.h"

/* Puts that message before what a pull gives. */
void ends_tell(struct world_device *device, struct bsync_buffer *frames);
/* The device looks whether an end has come. */
void ends_come(struct world_device *device);

#endif
