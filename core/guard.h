/* guard.h: proves that bytes are one well-formed, small, canonical msgpack value before any decoder sees them.
 *
 * Linear, allocates nothing, recurses not.  Limits and canonical form: schema/PROTOCOL.md section 3.1. */
#ifndef BSYNC_CORE_GUARD_H
#define BSYNC_CORE_GUARD_H

#include "core/bytes.h"

struct bsync_guard_limits {
	uint32_t depth_max;   /* nested arrays and maps, at most 16 */
	uint32_t objects_max; /* values in all, containers included */
	size_t size_max;      /* of the whole input */
};

/* Checks that `input` is exactly one msgpack value: every declared count and length fits in what is
 * left, no ext, no float32, shortest forms only, UTF-8 in str, nothing behind it.
 * Fails with BSYNC_MALFORMED, BSYNC_TOO_DEEP or BSYNC_TOO_LARGE. */
BSYNC_CHECKED enum bsync_result bsync_guard_check(struct bsync_bytes input, const struct bsync_guard_limits *limits);

#endif
