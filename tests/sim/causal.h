/* causal.h: what each device shows, checked against what its user was told and what it was shown before. */
#ifndef BSYNC_TESTS_SIM_CAUSAL_H
#define BSYNC_TESTS_SIM_CAUSAL_H

#include "tests/sim/ledger.h"

/* A new world. */
void causal_begin(void);
/* A transaction of the device's user was committed; `entries` is what it saved. */
void causal_committed(struct world_device *device, const struct ledger_entry *entries, uint32_t count);
/* Receipts come to the device. */
void causal_receipts(struct world_device *device);
/* It has taken them: what waits for a scope is not forgotten. */
void causal_received(struct world_device *device, struct bsync_bytes payload);
/* Looks: read your writes, and nothing older than was shown. */
void causal_look(struct world_device *device);

/* A SCOPES message reaches the device. */
void causal_scopes(struct world_device *device, struct bsync_bytes payload);
/* The device has let go a scope by itself. */
void causal_let_go(const struct world_device *device);
/* The device shows what an older image of it showed, or is a new copy of another. */
void causal_rewound(struct world_device *device);
/* The store is about to lose its end: what it has answered counts for nothing. */
void causal_restored(struct world *world);

#endif
