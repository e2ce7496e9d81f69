/* varint.h: unsigned numbers in 7-bit groups, low group first, shortest form only; used inside stored bytes.
 *
 * Format: schema/STORAGE.md section 3.  The wire uses msgpack instead (core/pack.h). */
#ifndef BSYNC_CORE_VARINT_H
#define BSYNC_CORE_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BSYNC_VARINT_SIZE_MAX = 10 };

/* Writes `number` at `out`, which has room for BSYNC_VARINT_SIZE_MAX bytes; returns the byte behind it. */
uint8_t *bsync_varint_put(uint8_t *out, uint64_t number);

/* Reads at `*at`, before `end`, and moves `*at` behind it; false when the bytes end early, are not the shortest form or
 * are over 64 bits. */
bool bsync_varint_get(const uint8_t **at, const uint8_t *end, uint64_t *number);

/* The difference `number - origin`, modulo 2^64, folded so that small differences of either sign are small numbers. */
uint64_t bsync_varint_difference(uint64_t number, uint64_t origin);
/* Undoes bsync_varint_difference. */
uint64_t bsync_varint_sum(uint64_t origin, uint64_t difference);

#endif
