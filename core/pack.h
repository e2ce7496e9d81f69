/* pack.h: write and read the canonical msgpack of PROTOCOL section 3.1.
 *
 * Writing goes through msgpack-c's packer into a bsync_buffer; the first error sticks in the writer, so
 * a caller checks once at the end.  Reading wants bytes that passed core/guard.h; it walks them in
 * place, borrows strings from them, and the first error sticks in the reader too. */
#ifndef BSYNC_CORE_PACK_H
#define BSYNC_CORE_PACK_H

#include "core/guard.h"
#include "core/value.h"

struct bsync_writer {
	struct bsync_buffer *out; /* borrowed */
	enum bsync_result result;
};

/* Starts a writer that appends to `out`. */
void bsync_writer_init(struct bsync_writer *writer, struct bsync_buffer *out);
void bsync_write_nil(struct bsync_writer *writer);
void bsync_write_bool(struct bsync_writer *writer, bool flag);
void bsync_write_unsigned(struct bsync_writer *writer, uint64_t number);
void bsync_write_integer(struct bsync_writer *writer, int64_t number);
void bsync_write_blob(struct bsync_writer *writer, struct bsync_bytes blob);
/* The text must be UTF-8, else BSYNC_INVALID sticks. */
void bsync_write_text(struct bsync_writer *writer, struct bsync_bytes text);
void bsync_write_string(struct bsync_writer *writer, const char *text);
/* The head of an array; its `count` elements follow as values of their own. */
void bsync_write_array(struct bsync_writer *writer, uint32_t count);
/* Any cell value.  Text that is not UTF-8 is written as bin (PROTOCOL 3.1). */
void bsync_write_value(struct bsync_writer *writer, const struct bsync_value *value);

struct bsync_reader {
	struct bsync_bytes rest;
	enum bsync_result result; /* BSYNC_OK, BSYNC_MALFORMED, BSYNC_TOO_LARGE or, by the guard, BSYNC_TOO_DEEP */
};

/* Checks `input` with the guard and starts reading it; a guard failure sticks. */
void bsync_reader_init(struct bsync_reader *reader, struct bsync_bytes input, const struct bsync_guard_limits *limits);
/* Each returns zero or empty after an error or when the next value is of another kind (then the error sticks). */
void bsync_read_nil(struct bsync_reader *reader);
/* What the next value is, without taking it; false after an error.  Inline, as it is asked of every cell. */
bool bsync_read_is_nil(const struct bsync_reader *reader);
static inline bool bsync_read_is_array(const struct bsync_reader *reader)
{
	uint8_t first = 0;

	if (reader->result != BSYNC_OK || reader->rest.size == 0)
		return false;
	first = reader->rest.data[0];
	return (first & 0xf0) == 0x90 || first == 0xdc || first == 0xdd;
}
bool bsync_read_bool(struct bsync_reader *reader);
/* An integer from 0 to `max`. */
uint64_t bsync_read_unsigned(struct bsync_reader *reader, uint64_t max);
int64_t bsync_read_integer(struct bsync_reader *reader);
struct bsync_bytes bsync_read_blob(struct bsync_reader *reader);
/* A blob of exactly `size` bytes, copied to `out`. */
void bsync_read_fixed(struct bsync_reader *reader, void *out, size_t size);
struct bsync_bytes bsync_read_text(struct bsync_reader *reader);
/* Makes `result` stick, unless another error does: a caller's own rule was broken. */
void bsync_reader_fail(struct bsync_reader *reader, enum bsync_result result);
/* The count of an array whose shape allows `min` to `max` elements, which follow as values of their own. */
uint32_t bsync_read_array(struct bsync_reader *reader, uint32_t min, uint32_t max);
/* The count of an array that is a list with limits: BSYNC_TOO_LARGE sticks when it has more than `max`. */
uint32_t bsync_read_list(struct bsync_reader *reader, uint32_t min, uint32_t max);
/* Any cell value; the second form, for lists of many, writes it where it will stay. */
struct bsync_value bsync_read_value(struct bsync_reader *reader);
void bsync_read_value_into(struct bsync_reader *reader, struct bsync_value *out);
/* Skips one value of any kind. */
void bsync_read_skip(struct bsync_reader *reader);
/* Nothing may be left; returns the sticking result. */
BSYNC_CHECKED enum bsync_result bsync_reader_end(struct bsync_reader *reader);

#endif
