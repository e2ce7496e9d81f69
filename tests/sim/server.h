/* server.h: the daemon's executor in the simulator: carries out the effects of session_server on the real store. */
#ifndef BSYNC_TESTS_SIM_SERVER_H
#define BSYNC_TESTS_SIM_SERVER_H

#include "tests/sim/ask.h"
#include "tests/sim/world.h"

void server_accept(struct world_device *device);
void server_drop(struct world_device *device);
/* The daemon goes on with what it owes the device. */
void server_turn(struct world_device *device);
void server_frame(struct world_device *device, const struct bsync_frame *frame);

/* A view of the store for a question that is answered at once; NULL when the disk fails. */
struct bsync_view *server_view(struct world *world);
/* Asks the store, whose disk does not fail meanwhile (ask.h). */
void server_ask(struct world *world, const char *sql, uint64_t number, ask_row *row, void *context);
/* What WELCOME said to all has changed. */
void server_state_changed(struct world *world);
/* Tells every connected session what a commit touched. */
void server_tell(struct world *world, const struct bsync_touched *touched);
void server_checkpoint(struct world *world);
/* The store has been opened again. */
void server_started(struct world *world);
/* Closes the store and everything that looks at it. */
void server_close(struct world *world);

/* Begins a transaction of the writer's thread; false when the disk fails. */
bool server_group_begin(struct world *world);
/* Commits, or undoes everything when a part of it failed. */
enum bsync_result server_group_end(struct world *world, enum bsync_result result, struct bsync_touched *touched);
/* The store has committed: it is held against the model. */
void server_settle(struct world *world);
/* True when it went well; a failure must have been a fault of the disk. */
bool server_is_well(struct world *world, enum bsync_result result, const char *what);
/* Carries out what a step of the device's session at the daemon asks for. */
void server_carry(struct world_device *device, const struct bsync_effects *effects);

#endif
