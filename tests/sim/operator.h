/* operator.h: the operator of the daemon: decides about items of the inbox, moves workers to and fro. */
#ifndef BSYNC_TESTS_SIM_OPERATOR_H
#define BSYNC_TESTS_SIM_OPERATOR_H

#include "tests/sim/world.h"

/* A new world: nobody has moved. */
void operator_begin(void);
/* Moves a worker, or decides about one item of the inbox, if there is any. */
void operator_act(struct world *world);
/* Somebody goes to the other team, or nobody. */
void operator_move(struct world *world);
/* Everybody is in the first team again. */
void operator_gather(struct world *world);

/* True when the worker was in the team that does not hold 'L2' (tests/schemas/lijst), at that place of the store's order. */
bool operator_is_outside(const struct bsync_worker_id *worker, uint64_t counter);
/* True when anybody ever was. */
bool operator_has_moved(void);

/* The counter of the first move behind that one; UINT64_MAX: there is none. */
uint64_t operator_next_move(uint64_t counter);
/* The store has lost all behind that position. */
void operator_restored(uint64_t point);
/* The model has made its items anew: those that were closed are. */
void operator_close_again(void);

#endif
