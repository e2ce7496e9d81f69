/* copies.h: the copies that signatures make of decisions and articles, told by their keys (PROTOCOL 7.10). */
#ifndef BSYNC_TESTS_SIM_COPIES_H
#define BSYNC_TESTS_SIM_COPIES_H

#include "tests/sim/model.h"
#include "tests/sim/world.h"

/* Finds all that there are. */
void copies_read(struct world *world);
/* Makes of the key of a copy that of what it copies; false when it is none. */
bool copies_origin(char hex[2 * BSYNC_ID_SIZE + 1]);
/* True when the set writes to a copy of the row that has this key, whatever else it does. */
bool copies_is_written(const struct model_set *set, const struct bsync_value *key);
/* Each decision and article was inserted by somebody, or is the one copy that a signature makes of another. */
void copies_check(struct world *world);

#endif
