/* markers.h: words that people wrote, as markers of the lists that they were written in: where else they are, somebody has
 * what he may not hold. */
#ifndef BSYNC_TESTS_SIM_MARKERS_H
#define BSYNC_TESTS_SIM_MARKERS_H

#include "tests/sim/world.h"

/* A new world. */
void markers_begin(void);
/* The device writes the word (ledger.h); `lists` is what it is in on its screen, "L0" or "L0,L1" of a pair, or nothing. */
void markers_write(const struct world_device *device, const char *word, const char *lists);
/* The device writes the word, empty: none, into that line, which it says to be in the list. */
void markers_write_line(const struct world_device *device, const char *word, uint32_t line, const char *list);
/* What that line says, is said by another too. */
void markers_move_line(uint32_t from, uint32_t to);

/* The bytes are sent to the device: what its worker does not hold at `counter` is not in them. */
void markers_send(const struct world_device *device, struct bsync_bytes bytes, uint64_t counter);
/* The file of the device, byte for byte: nothing of lists that it does not hold is left, but what its user wrote. */
void markers_look(struct world_device *device);

/* A fault of its disk may have kept it from that; it has opened its file without one. */
void markers_failed(const struct world_device *device);
void markers_opened(const struct world_device *device);

#endif
