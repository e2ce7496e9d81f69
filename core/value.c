#include "core/value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct bsync_value bsync_value_null(void)
{
	return (struct bsync_value){.kind = BSYNC_NULL};
}

struct bsync_value bsync_value_integer(int64_t integer)
{
	return (struct bsync_value){.kind = BSYNC_INTEGER, .as.integer = integer};
}

struct bsync_value bsync_value_real(double real)
{
	if (isnan(real))
		return bsync_value_null();
	return (struct bsync_value){.kind = BSYNC_REAL, .as.real = real == 0.0 ? 0.0 : real};
}

struct bsync_value bsync_value_text(struct bsync_bytes text)
{
	assert(text.data != NULL || text.size == 0);
	return (struct bsync_value){.kind = BSYNC_TEXT, .as.bytes = text};
}

struct bsync_value bsync_value_blob(struct bsync_bytes blob)
{
	assert(blob.data != NULL || blob.size == 0);
	return (struct bsync_value){.kind = BSYNC_BLOB, .as.bytes = blob};
}

bool bsync_value_equal(const struct bsync_value *a, const struct bsync_value *b)
{
	assert(a != NULL);
	assert(b != NULL);
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case BSYNC_NULL:
		return true;
	case BSYNC_INTEGER:
		return a->as.integer == b->as.integer;
	case BSYNC_REAL:
		return a->as.real >= b->as.real && a->as.real <= b->as.real;
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		return bsync_bytes_equal(a->as.bytes, b->as.bytes);
	}
	assert(false && "a kind of value");
	return false;
}

/* PROTOCOL 3.1: "numbers by value, an integer before an equal real".  Exact: no int64 is rounded to a double. */
static int integer_compare_real(int64_t integer, double real)
{
	const double beyond = 9223372036854775808.0; /* 2^63, the least double above every int64 */
	int64_t whole = 0;

	assert(!isnan(real));
	if (real >= beyond)
		return -1;
	if (real < -beyond)
		return 1;
	whole = (int64_t)real;
	if (integer != whole)
		return integer < whole ? -1 : 1;
	return real < (double)whole ? 1 : -1;
}

static int number_compare(const struct bsync_value *a, const struct bsync_value *b)
{
	assert(a->kind == BSYNC_INTEGER || a->kind == BSYNC_REAL);
	assert(b->kind == BSYNC_INTEGER || b->kind == BSYNC_REAL);
	if (a->kind == BSYNC_INTEGER && b->kind == BSYNC_INTEGER)
		return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
	if (a->kind == BSYNC_INTEGER)
		return integer_compare_real(a->as.integer, b->as.real);
	if (b->kind == BSYNC_INTEGER)
		return -integer_compare_real(b->as.integer, a->as.real);
	return (a->as.real > b->as.real) - (a->as.real < b->as.real);
}

/* The place of a kind in the order; the two kinds of number share one. */
static int kind_rank(enum bsync_value_kind kind)
{
	switch (kind) {
	case BSYNC_NULL:
		return 0;
	case BSYNC_INTEGER:
	case BSYNC_REAL:
		return 1;
	case BSYNC_TEXT:
		return 2;
	case BSYNC_BLOB:
		return 3;
	}
	assert(false && "a kind of value");
	return 0;
}

int bsync_value_compare(const struct bsync_value *a, const struct bsync_value *b)
{
	int a_rank = 0;
	int b_rank = 0;

	assert(a != NULL);
	assert(b != NULL);
	a_rank = kind_rank(a->kind);
	b_rank = kind_rank(b->kind);
	if (a_rank != b_rank)
		return a_rank < b_rank ? -1 : 1;
	switch (a->kind) {
	case BSYNC_NULL:
		return 0;
	case BSYNC_INTEGER:
	case BSYNC_REAL:
		return number_compare(a, b);
	case BSYNC_TEXT:
	case BSYNC_BLOB:
		return bsync_bytes_compare(a->as.bytes, b->as.bytes);
	}
	return 0;
}

bool bsync_value_copy(struct bsync_arena *arena, const struct bsync_value *value, struct bsync_value *out)
{
	struct bsync_value copy = *value;

	assert(arena != NULL);
	assert(out != NULL);
	if (value->kind == BSYNC_TEXT || value->kind == BSYNC_BLOB) {
		copy.as.bytes = bsync_arena_copy(arena, value->as.bytes);
		if (copy.as.bytes.size != value->as.bytes.size)
			return false;
	}
	*out = copy;
	return true;
}

/* Eight bytes as they lie in memory. */
static uint64_t word_at(const uint8_t *text)
{
	uint64_t word = 0;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* The number of bytes at the start of `text` that are ASCII. */
static size_t ascii_span(const uint8_t *text, size_t size)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	size_t at = 0;

	assert(text != NULL);
	for (; size - at >= 32; at += 32) {
		const uint8_t *words = text + at;

		if (((word_at(words) | word_at(words + 8) | word_at(words + 16) | word_at(words + 24)) & high_bits) !=
		    0)
			break;
	}
	while (size - at >= 8 && (word_at(text + at) & high_bits) == 0)
		at += 8;
	while (at < size && text[at] < 0x80)
		at++;
	return at;
}

/* The size of the well-formed sequence that starts with the non-ASCII byte at `text`, 0 when there is none.
 * The first continuation byte is what rules out long forms, surrogates and all above U+10FFFF. */
static size_t sequence_size(const uint8_t *text, size_t left)
{
	uint8_t lead = text[0];
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t size = 0;

	assert(left > 0);
	assert(lead >= 0x80);
	if (lead >= 0xc2 && lead <= 0xdf)
		size = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		size = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		size = 4;
	else
		return 0;
	if (size > left)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return size;
}

bool bsync_utf8_valid(struct bsync_bytes text)
{
	size_t at = 0;

	assert(text.data != NULL || text.size == 0);
	while (at < text.size) {
		size_t step = 0;

		at += ascii_span(text.data + at, text.size - at);
		if (at == text.size)
			break;
		step = sequence_size(text.data + at, text.size - at);
		if (step == 0)
			return false;
		at += step;
	}
	return true;
}
