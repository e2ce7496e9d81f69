#include "core/guard.h"

#include <assert.h>

#include "core/value.h"

enum { DEPTH_LIMIT = 16 };

/* What a value's first byte and length say, once they are known to be canonical. */
struct head {
	bool is_array;
	bool is_text;
	uint32_t length; /* bytes behind the head, or elements of an array */
};

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	assert(size <= sizeof(number));
	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* True when a number written in `size` bytes needs that many: it does not fit in half of them. */
static bool is_shortest(uint64_t number, size_t size)
{
	assert(size == 2 || size == 4 || size == 8);
	return number >> (4 * size) != 0;
}

/* An unsigned kind, cc to cf.  PROTOCOL 3.1: "Integers and lengths in their shortest form, a non-negative
 * integer as an unsigned" kind. */
static bool unsigned_is_canonical(const uint8_t *body, size_t size)
{
	if (size == 1)
		return body[0] > 0x7f;
	return is_shortest(big_endian(body, size), size);
}

/* A signed kind, d0 to d3: negative, and below what the next shorter form reaches. */
static bool signed_is_canonical(const uint8_t *body, size_t size)
{
	uint64_t ones = big_endian(body, size);

	assert(size >= 1);
	if ((body[0] & 0x80) == 0)
		return false;
	if (size == 1)
		return ones < 0xe0;
	/* The shorter form exists when all upper bits and its own sign bit are ones. */
	return ones >> (4 * size - 1) != (UINT64_C(1) << (4 * size + 1)) - 1;
}

/* PROTOCOL 3.1: "float64 is never NaN, never -0.0." */
static bool real_is_canonical(const uint8_t *body)
{
	const uint64_t infinity = UINT64_C(0x7ff0000000000000);
	const uint64_t sign = UINT64_C(0x8000000000000000);
	uint64_t bits = big_endian(body, 8);

	return bits != sign && (bits & ~sign) <= infinity;
}

/* A number behind its first byte; `left` counts from behind that byte. */
static bool number_head(uint8_t first, const uint8_t *body, size_t left, struct head *head)
{
	size_t size = first == 0xcb ? 8 : (size_t)1 << (first & 3);

	assert(first == 0xcb || (first >= 0xcc && first <= 0xcf) || (first >= 0xd0 && first <= 0xd3));
	if (size > left)
		return false;
	head->length = (uint32_t)size;
	if (first == 0xcb)
		return real_is_canonical(body);
	if (first <= 0xcf)
		return unsigned_is_canonical(body, size);
	return signed_is_canonical(body, size);
}

/* str, bin or array with `size` bytes of length, of which `least` is the least that needs this form. */
static bool length_head(const uint8_t *body, size_t left, size_t size, uint32_t least, struct head *head)
{
	assert(size == 1 || size == 2 || size == 4);
	if (size > left)
		return false;
	head->length = (uint32_t)big_endian(body, size);
	return head->length >= least;
}

/* Reads the head of the value at `at` that does not fit in its first byte; the bytes it takes, 0 when it is malformed. */
static size_t long_head(const uint8_t *at, size_t left, struct head *head)
{
	uint8_t first = at[0];
	size_t size = 0;
	uint32_t least = 0;

	assert(left > 0);
	left--;
	switch (first) {
	case 0xc0: /* nil */
	case 0xc2: /* false */
	case 0xc3: /* true */
		return 1;
	case 0xc4: /* bin */
	case 0xc5:
	case 0xc6:
		size = (size_t)1 << (first - 0xc4);
		least = size == 1 ? 0 : UINT32_C(1) << (4 * size);
		break;
	case 0xcb: /* float64, uint and int kinds */
	case 0xcc:
	case 0xcd:
	case 0xce:
	case 0xcf:
	case 0xd0:
	case 0xd1:
	case 0xd2:
	case 0xd3:
		return number_head(first, at + 1, left, head) ? 1 : 0;
	case 0xd9: /* str */
	case 0xda:
	case 0xdb:
		head->is_text = true;
		size = (size_t)1 << (first - 0xd9);
		least = size == 1 ? 32 : UINT32_C(1) << (4 * size);
		break;
	case 0xdc: /* array */
	case 0xdd:
		head->is_array = true;
		size = first == 0xdc ? 2 : 4;
		least = first == 0xdc ? 16 : UINT32_C(1) << 16;
		break;
	default: /* float32, ext, map and the byte that is never used */
		return 0;
	}
	return length_head(at + 1, left, size, least, head) ? 1 + size : 0;
}

/* Reads the head of any value; the bytes it takes, 0 when it is malformed. */
static size_t head_read(const uint8_t *at, size_t left, struct head *head)
{
	uint8_t first = at[0];

	assert(left > 0);
	*head = (struct head){.length = 0};
	if (first <= 0x7f || first >= 0xe0)
		return 1;
	if (first >= 0xc0)
		return long_head(at, left, head);
	if (first >= 0xa0) {
		head->is_text = true;
		head->length = first & 0x1f;
		return 1;
	}
	if (first >= 0x90) {
		head->is_array = true;
		head->length = first & 0x0f;
		return 1;
	}
	return 0; /* a map */
}

enum bsync_result bsync_guard_check(struct bsync_bytes input, const struct bsync_guard_limits *limits)
{
	uint32_t open[DEPTH_LIMIT]; /* values still to come, for each array around the present place */
	uint32_t depth = 0;
	uint32_t objects = 0;
	const uint8_t *at = input.data;
	size_t left = input.size;

	assert(limits != NULL);
	assert(limits->depth_max <= DEPTH_LIMIT);
	assert(input.data != NULL || input.size == 0);
	if (input.size > limits->size_max)
		return BSYNC_TOO_LARGE;
	do {
		struct head head;
		size_t taken = 0;

		if (left == 0)
			return BSYNC_MALFORMED;
		taken = head_read(at, left, &head);
		/* Each element takes a byte at least, so one test serves bytes and elements. */
		if (taken == 0 || head.length > left - taken)
			return BSYNC_MALFORMED;
		if (++objects > limits->objects_max)
			return BSYNC_TOO_LARGE;
		at += taken;
		left -= taken;
		if (head.is_array) {
			if (depth == limits->depth_max)
				return BSYNC_TOO_DEEP;
			open[depth++] = head.length;
		} else {
			if (head.is_text && !bsync_utf8_valid((struct bsync_bytes){at, head.length}))
				return BSYNC_MALFORMED;
			at += head.length;
			left -= head.length;
			if (depth > 0)
				open[depth - 1]--;
		}
		/* A finished array is itself an element of the one around it. */
		while (depth > 0 && open[depth - 1] == 0) {
			depth--;
			if (depth > 0)
				open[depth - 1]--;
		}
	} while (depth > 0);
	return left == 0 ? BSYNC_OK : BSYNC_MALFORMED;
}
