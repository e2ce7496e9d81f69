#include "core/guard.h"

#include <assert.h>

#include "core/pack_head.h"
#include "core/value.h"

enum { DEPTH_LIMIT = 16 };

/* PROTOCOL 3.1: "float64 is never NaN, never -0.0." */
static bool real_is_canonical(uint64_t bits)
{
	const uint64_t infinity = UINT64_C(0x7ff0000000000000);
	const uint64_t sign = UINT64_C(0x8000000000000000);

	return bits != sign && (bits & ~sign) <= infinity;
}

/* True when a head of more than its first byte could not be shorter.
 *
 * PROTOCOL 3.1: "Integers and lengths in their shortest form, a non-negative integer as an unsigned kind." */
static bool is_canonical(uint8_t first, const struct head *head)
{
	assert(head->kind != HEAD_NONE);
	assert(head->size > 1);
	assert(first >= 0xc0 && first <= 0xdf);
	if (head->kind == HEAD_REAL)
		return real_is_canonical(head->number);
	if (head->kind == HEAD_NEGATIVE)
		return head->number >> 63 != 0 && ~head->number >= bsync_pack_head_forms[first - HEAD_FORM_FIRST].least;
	return head->number >= bsync_pack_head_forms[first - HEAD_FORM_FIRST].least;
}

enum bsync_result bsync_guard_check(struct bsync_bytes input, const struct bsync_guard_limits *limits)
{
	uint32_t outer[DEPTH_LIMIT]; /* for each array around the present one, the values still to come in it */
	uint32_t waiting = 1;        /* the values still to come here; outside all arrays there is one */
	uint32_t depth = 0;
	uint32_t objects_left = 0;
	const uint8_t *at = input.data;
	size_t left = input.size;

	assert(limits != NULL);
	assert(limits->depth_max <= DEPTH_LIMIT);
	assert(input.data != NULL || input.size == 0);
	objects_left = limits->objects_max;
	if (input.size > limits->size_max)
		return BSYNC_TOO_LARGE;
	for (;;) {
		struct head head;

		while (waiting == 0 && depth > 0)
			waiting = outer[--depth];
		if (waiting == 0)
			return left == 0 ? BSYNC_OK : BSYNC_MALFORMED;
		waiting--;
		if (left == 0)
			return BSYNC_MALFORMED;
		head = head_read(at, left);
		if (head.kind == HEAD_NONE || (head.size > 1 && !is_canonical(at[0], &head)))
			return BSYNC_MALFORMED;
		if (objects_left-- == 0)
			return BSYNC_TOO_LARGE;
		at += head.size;
		left -= head.size;
		if (head.kind < HEAD_TEXT)
			continue;
		/* Each element takes a byte at least, so one test serves bytes and elements. */
		if (head.number > left)
			return BSYNC_MALFORMED;
		if (head.kind == HEAD_ARRAY) {
			if (depth == limits->depth_max)
				return BSYNC_TOO_DEEP;
			outer[depth++] = waiting;
			waiting = (uint32_t)head.number;
			continue;
		}
		if (head.kind == HEAD_TEXT && !bsync_utf8_valid((struct bsync_bytes){at, (size_t)head.number}))
			return BSYNC_MALFORMED;
		at += head.number;
		left -= (size_t)head.number;
	}
}
