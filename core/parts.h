/* parts.h: the pieces that several messages and the changeset are built of, to and from msgpack.
 *
 * Used with core/pack.h, whose rule holds here too: the first error sticks.  Formats: schema/PROTOCOL.md sections
 * 3.2, 4 and 5.1. */
#ifndef BSYNC_CORE_PARTS_H
#define BSYNC_CORE_PARTS_H

#include "core/ids.h"
#include "core/pack.h"
#include "core/stamp.h"

enum { BSYNC_DEPTH_MAX = 8 }; /* PROTOCOL 3.1 */

/* Guard limits for `size_max` bytes at the protocol's depth; the size bounds the number of values too. */
struct bsync_guard_limits bsync_parts_limits(size_t size_max);

/* Fixed bytes: an id, a digest, a key. */
void bsync_write_fixed(struct bsync_writer *writer, const void *bytes, size_t size);

/* A seq, counter, count or token: 0 to BSYNC_COUNTER_MAX; more is a bug in the caller. */
void bsync_write_counter(struct bsync_writer *writer, uint64_t counter);
uint64_t bsync_read_counter(struct bsync_reader *reader);

void bsync_write_position(struct bsync_writer *writer, const struct bsync_position *position);
struct bsync_position bsync_read_position(struct bsync_reader *reader);

void bsync_write_dot(struct bsync_writer *writer, const struct bsync_dot *dot);
void bsync_read_dot(struct bsync_reader *reader, struct bsync_dot *dot);

/* The three fields of a clock reading, without an array around them. */
void bsync_write_clock(struct bsync_writer *writer, const struct bsync_clock_reading *clock);
void bsync_read_clock(struct bsync_reader *reader, struct bsync_clock_reading *clock);

/* A number that fits in 32 bits.  Inline, as nearly all are one byte: the numbers of tables, columns and kinds. */
static inline uint32_t bsync_read_u32(struct bsync_reader *reader)
{
	if (reader->result == BSYNC_OK && reader->rest.size != 0 && reader->rest.data[0] <= 0x7f) {
		reader->rest.size--;
		return *reader->rest.data++;
	}
	return (uint32_t)bsync_read_unsigned(reader, UINT32_MAX);
}

/* Reads the head of a list of at most `max` elements and takes a zeroed array of that many, `size` bytes each, from
 * `arena`; `out` points to the pointer that gets it.  The count, 0 after an error. */
uint32_t bsync_read_elements(struct bsync_reader *reader, struct bsync_arena *arena, uint32_t max, size_t size,
			     void *out);

/* An array of values: a key, or the elements of a set. */
void bsync_write_values(struct bsync_writer *writer, uint32_t count, const struct bsync_value *values);
uint32_t bsync_read_values(struct bsync_reader *reader, struct bsync_arena *arena, uint32_t max,
			   struct bsync_value **values);

/* A key: 1 to BSYNC_KEY_COLUMNS_MAX values. */
void bsync_write_key(struct bsync_writer *writer, uint32_t count, const struct bsync_value *key);
uint32_t bsync_read_key(struct bsync_reader *reader, struct bsync_arena *arena, struct bsync_value **key);

#endif
