/* disk.h: the machines of a world: their disks, what goes wrong with those, and how processes end and start again.
 *
 * What is promised is checked at each start: client-sdk/README.md, "Saved is saved": a COMMIT that returned 0 is on the
 * device after a power cut; and what the daemon gave a receipt for is in its store. */
#ifndef BSYNC_TESTS_SIM_DISK_H
#define BSYNC_TESTS_SIM_DISK_H

#include "tests/sim/ledger.h"

/* Makes the disks of the world's machines, and the paths of the files that will be on them. */
void disks_begin(struct world *world);
void disks_end(struct world *world);
/* The same for one more device. */
void disk_begin(struct world_device *device);

/* True when a fault of the disk explains why the call failed; otherwise the world fails.  `what` says the call. */
bool device_excuses(struct world_device *device, enum bsync_result result, const char *what);
bool daemon_excuses(struct world *world, enum bsync_result result, const char *what);
/* True between the end of a process by a fault and its next start. */
bool device_is_down(const struct world_device *device);
bool daemon_is_down(const struct world *world);

/* A COMMIT of the entries returned 0, or failed: then they are saved or not, which shows at the next start at the latest. */
void disk_saved(struct world_device *device);
void disk_unsure(struct world_device *device, const struct ledger_entry *entries, uint32_t count);
/* True until the next start tells, or the next commit. */
bool disk_is_unsure(const struct world_device *device);

/* The last seq in the outbox. */
uint64_t disk_last_seq(struct world_device *device);
/* The machine's disk is replaced by an older image of it, and its process starts again. */
void disk_put_back(struct world_device *device, const struct fault_image *image);

/* While a check looks, no disk fails. */
void disks_pause(struct world *world, bool is_paused);
/* Something goes wrong, now or at an operation to come. */
void disk_trouble(struct world *world, struct world_device *device);
/* A process ends, in an orderly way or not, and starts again. */
void device_restart(struct world_device *device);
void server_restart(struct world *world);
/* Ends the daemon, in order, and starts it on a disk that was put back meanwhile. */
void server_stop(struct world *world);
void server_go(struct world *world);
/* After each act: what is down starts again, and a fault that has hit is over. */
void disks_settle(struct world *world);

#endif
