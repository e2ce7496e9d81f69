/* signing.h: what people write into decisions and their articles (tables besluit and artikel), which a signature freezes
 * (PROTOCOL 7.10).  In some worlds only; there it is most of what is written. */
#ifndef BSYNC_TESTS_SIM_SIGNING_H
#define BSYNC_TESTS_SIM_SIGNING_H

#include "tests/sim/ledger.h"

bool signing_is_done(const struct world *world);
/* One random statement, inside a transaction. */
void signing_write(struct world_device *device, struct ledger_entry *entry, const char *list);

#endif
