/* golden.h: reads the vectors of schema/vectors/ whose lines are annotated hex; the format is in the README there. */
#ifndef BSYNC_TESTS_SUPPORT_GOLDEN_H
#define BSYNC_TESTS_SUPPORT_GOLDEN_H

#include "core/bytes.h"

/* Reads vector number `index` (from 0) of `file`, as "rows.hex", into `out`; false when there is none. */
bool golden_read(const char *file, unsigned index, struct bsync_buffer *out);

#endif
