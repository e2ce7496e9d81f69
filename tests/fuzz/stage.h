/* stage.h: a store and two devices on disks in memory, with some content, the same at the beginning of every input.
 *
 * The schema is tests/schemas/lijst.  The store has the lists L1 and L2 with points, handed in by device 0; device 0 has
 * pulled them and has edits of its own that wait; device 1, of another worker, is new. */
#ifndef BSYNC_TESTS_FUZZ_STAGE_H
#define BSYNC_TESTS_FUZZ_STAGE_H

#include "tests/sim/world.h"

enum { STAGE_DEVICES = 2 };

/* Puts everything back as it was; nothing is open.  The first call makes it. */
struct world *stage_begin(void);
/* What a session is told of the store as it was. */
const struct bsync_session_store_facts *stage_facts(void);
/* Opens the store, where it is not, or a device's file, or closes what is open. */
void stage_open_store(struct world *world);
void stage_open_device(struct world *world, uint32_t number);
void stage_end(struct world *world);

/* The views beside an open store: to look something up, and one that a pull takes meanwhile. */
struct bsync_view *stage_view(struct world *world);
struct bsync_view *stage_pull_view(struct world *world);

/* Hands changesets in as they are, unsealed: decodes and applies them in a group of their own. */
enum bsync_result stage_apply(struct world *world, const struct bsync_batch *batch, struct bsync_arena *arena,
			      struct bsync_receipts *receipts, struct bsync_touched *touched);

/* Gives a whole message to a device's file, as its executor does. */
enum bsync_result stage_store(struct bsync_file *file, uint8_t message, struct bsync_bytes payload);
/* Whatever a server says, it is the message that is refused: the file itself does not fail by it. */
void stage_check_refusal(const struct bsync_file *file, uint8_t message, enum bsync_result result);
/* Pulls everything the store has for `device` from its cursor into its file, which must take it. */
void stage_pull(struct world *world, uint32_t device);
/* The file reads and writes as ever: status, inbox, what waits, SQLite's own check, and a new edit that is undone. */
void stage_check_device(struct world *world, uint32_t device);
/* The store keeps its invariants, and a device that is new takes all it gives. */
void stage_check_store(struct world *world);

#endif
