/* trace.h: messages and changesets as lines of the trace. */
#ifndef BSYNC_TESTS_SIM_TRACE_H
#define BSYNC_TESTS_SIM_TRACE_H

#include "tests/sim/world.h"

/* What a frame to the device says, where that is more than its name. */
void trace_down(struct world_device *device, const struct bsync_frame *frame);
/* What the daemon opened. */
void trace_changeset(struct world_device *device, uint64_t seq, int64_t stamp_ms, const struct bsync_changeset *set);

/* The values of a packed array, in words. */
void trace_packed(struct bsync_bytes packed, char *out, size_t size);

/* A sum over all that happens in a world: every frame, every line of the trace, what time it was.  One seed run twice
 * gives the same sum. */
void trace_sum_begin(void);
void trace_sum_add(const void *data, size_t size);
uint64_t trace_sum(void);

#endif
