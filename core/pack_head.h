/* pack_head.h: what the first bytes of a msgpack value say; only guard.c and pack_read.c use it.
 *
 * Inline, because every value of every changeset passes here twice. */
#ifndef BSYNC_CORE_PACK_HEAD_H
#define BSYNC_CORE_PACK_HEAD_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum head_kind {
	HEAD_NONE, /* cut off, or not of the format: map, ext, float32, the byte that is never used */
	HEAD_NIL,
	HEAD_BOOL,
	HEAD_UNSIGNED,
	HEAD_NEGATIVE, /* a signed kind, whatever its number */
	HEAD_REAL,
	/* The kinds before lie whole in their head; those from here on have contents behind it. */
	HEAD_TEXT,
	HEAD_BLOB,
	HEAD_ARRAY,
};

/* `number`: the bits of a number, sign-extended; the size of a string; the count of an array.  `size`: the bytes of the
 * head, in which a number lies whole and a string does not. */
struct head {
	enum head_kind kind;
	uint32_t size;
	uint64_t number;
};

/* A first byte from c0 to df: how many bytes of number follow, and the least number that needs so many.  Of a negative
 * number it is what the complement must reach: -33 is ~32. */
struct head_form {
	uint8_t kind;
	uint8_t width;
	uint64_t least;
};

enum { HEAD_FORM_FIRST = 0xc0, HEAD_FORM_COUNT = 32 };
extern const struct head_form bsync_pack_head_forms[HEAD_FORM_COUNT];

/* The big-endian number in `width` bytes, of which there are 1, 2, 4 or 8. */
static inline uint64_t head_number(const uint8_t *at, uint8_t width)
{
	switch (width) {
	case 1:
		return at[0];
	case 2:
		return (uint64_t)at[0] << 8 | at[1];
	case 4:
		return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
	default:
		assert(width == 8);
		return (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 |
		       (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 | (uint64_t)at[6] << 8 | at[7];
	}
}

/* Reads a head whose first byte is from c0 to df. */
static inline struct head head_read_form(const uint8_t *at, size_t left)
{
	const struct head_form *form = &bsync_pack_head_forms[at[0] - HEAD_FORM_FIRST];
	struct head head = {(enum head_kind)form->kind, 1u + form->width, 0};

	if (form->width == 0) {
		head.number = at[0] & 1;
		return head;
	}
	if (form->width >= left)
		return (struct head){HEAD_NONE, 0, 0};
	head.number = head_number(at + 1, form->width);
	if (head.kind == HEAD_NEGATIVE && form->width < 8 && head.number >> (8 * form->width - 1) != 0)
		head.number |= UINT64_MAX << (8 * form->width);
	return head;
}

/* Reads the head of the value at `at`, where `left` bytes are left, at least one. */
static inline struct head head_read(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];

	assert(left > 0);
	if (first <= 0x7f)
		return (struct head){HEAD_UNSIGNED, 1, first};
	if (first >= 0xe0)
		return (struct head){HEAD_NEGATIVE, 1, first | UINT64_MAX << 8};
	if (first >= 0xc0)
		return head_read_form(at, left);
	if (first >= 0xa0)
		return (struct head){HEAD_TEXT, 1, first & 0x1f};
	if (first >= 0x90)
		return (struct head){HEAD_ARRAY, 1, first & 0x0f};
	return (struct head){HEAD_NONE, 0, 0};
}

#endif
