/* asking.h: devices that ask the store: all about a row, to try again what was set aside, or to give it up. */
#ifndef BSYNC_TESTS_SIM_ASKING_H
#define BSYNC_TESTS_SIM_ASKING_H

#include "tests/sim/world.h"

/* A user asks something, connected or not. */
void asking_act(struct world_device *device);
/* Puts the questions that wait to the store, as client-sdk/syncer.c does. */
void asking_send(struct world_device *device);

/* The daemon answers; what it answers is held against the model. */
void asking_history(struct world_device *device, struct bsync_bytes payload);
void asking_retry(struct world_device *device, struct bsync_bytes payload);

/* What the device keeps of answers is of rows that it has, and true. */
void asking_look(struct world_device *device);

#endif
