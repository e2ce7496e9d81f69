/* signed.h: what stands signed, held against what the signer's screen showed when it was saved (PROTOCOL 7.10).
 *
 * The model knows nothing of what can be signed: its rows are left out of what is held against it, and of its verdicts.  Of a
 * signature only its word is known, which the signer wrote into `handtekening` with it. */
#ifndef BSYNC_TESTS_SIM_SIGNED_H
#define BSYNC_TESTS_SIM_SIGNED_H

#include "tests/sim/ledger.h"

struct model_set;

/* True of the tables that are looked at here, and not by the model. */
bool signed_has(const struct bsync_table *table);
/* The verdicts that a changeset may have, of which `others` are what the rest of it allows: a bit each. */
unsigned signed_verdicts(const struct model_set *set, unsigned others);

/* What the changeset writes into a column of the row; NULL when it does not. */
const struct bsync_cell_write *signed_write(const struct model_set *set, const char *table, const char *column,
					    const struct bsync_value *key);

/* True when the change is a signature, and work of its line in these tables waits. */
bool signed_waits(const struct model_set *set, const struct bsync_change *change);

/* A new world. */
void signed_begin(struct world *world);
/* A transaction is about to be committed: what it signs is what the screen shows. */
void signed_saves(struct world_device *device, const struct ledger_entry *entries, uint32_t count);

/* What stands signed now. */
void signed_look(struct world *world);
/* In the end: the same, the copies, and whose work was refused. */
void signed_check(struct world *world);

#endif
