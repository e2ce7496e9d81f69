/* lattice.h: the states of a column of rule `order`, and which state two of them make together.
 *
 * Pure.  A join that is commutative, associative and idempotent gives the same state whatever the order in which states
 * are joined (a join-semilattice: Shapiro et al., "Conflict-free replicated data types", 2011, section 2.2).  A value is the
 * name of a state, or, where the column has rounds, that name, '/' and the round: a higher round wins whatever the state, which
 * is how something begins again.  PROTOCOL 7.3. */
#ifndef BSYNC_CORE_LATTICE_H
#define BSYNC_CORE_LATTICE_H

#include "core/value.h"

enum { BSYNC_STATES_MAX = 32, BSYNC_STATE_NAME_MAX = 64, BSYNC_ROUND_MAX = 999999 };

struct bsync_lattice {
	uint32_t count;
	char names[BSYNC_STATES_MAX][BSYNC_STATE_NAME_MAX + 1];
	uint8_t join[BSYNC_STATES_MAX][BSYNC_STATES_MAX]; /* indexes into names */
	bool has_rounds;
};

/* What a value of the column says. */
struct bsync_state {
	bool is_none; /* NULL: below every state */
	uint32_t round;
	uint32_t state;
};

/* Makes the join of a chain: of two states the later one in the list. */
void bsync_lattice_chain(struct bsync_lattice *lattice);

/* The index of a state by its name; -1 when there is none, and for NULL. */
int bsync_lattice_find(const struct bsync_lattice *lattice, const char *name);

/* Looks for states for which the join depends on order: `a`, `b`, `c` are three of them.  NULL when there are none, else the
 * law that is broken: "commutative", "associative" or "idempotent". */
const char *bsync_lattice_flaw(const struct bsync_lattice *lattice, uint32_t *a, uint32_t *b, uint32_t *c);

/* Reads a value; false when it is no state of the column. */
bool bsync_lattice_read(const struct bsync_lattice *lattice, const struct bsync_value *value,
			struct bsync_state *state);
struct bsync_state bsync_lattice_join(const struct bsync_lattice *lattice, struct bsync_state a, struct bsync_state b);
bool bsync_state_equal(struct bsync_state a, struct bsync_state b);
/* Writes a state as a value, with text in `arena`.  BSYNC_NO_MEMORY. */
BSYNC_CHECKED enum bsync_result bsync_lattice_write(const struct bsync_lattice *lattice, struct bsync_state state,
						    struct bsync_arena *arena, struct bsync_value *value);

#endif
