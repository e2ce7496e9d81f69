#include "core/pack_head.h"

/* What is not here is not of the format. */
const struct head_form bsync_pack_head_forms[HEAD_FORM_COUNT] = {
	[0xc0 - HEAD_FORM_FIRST] = {HEAD_NIL, 0, 0},
	[0xc2 - HEAD_FORM_FIRST] = {HEAD_BOOL, 0, 0},
	[0xc3 - HEAD_FORM_FIRST] = {HEAD_BOOL, 0, 0},
	[0xc4 - HEAD_FORM_FIRST] = {HEAD_BLOB, 1, 0},
	[0xc5 - HEAD_FORM_FIRST] = {HEAD_BLOB, 2, UINT64_C(1) << 8},
	[0xc6 - HEAD_FORM_FIRST] = {HEAD_BLOB, 4, UINT64_C(1) << 16},
	[0xcb - HEAD_FORM_FIRST] = {HEAD_REAL, 8, 0},
	[0xcc - HEAD_FORM_FIRST] = {HEAD_UNSIGNED, 1, UINT64_C(1) << 7},
	[0xcd - HEAD_FORM_FIRST] = {HEAD_UNSIGNED, 2, UINT64_C(1) << 8},
	[0xce - HEAD_FORM_FIRST] = {HEAD_UNSIGNED, 4, UINT64_C(1) << 16},
	[0xcf - HEAD_FORM_FIRST] = {HEAD_UNSIGNED, 8, UINT64_C(1) << 32},
	[0xd0 - HEAD_FORM_FIRST] = {HEAD_NEGATIVE, 1, UINT64_C(1) << 5},
	[0xd1 - HEAD_FORM_FIRST] = {HEAD_NEGATIVE, 2, UINT64_C(1) << 7},
	[0xd2 - HEAD_FORM_FIRST] = {HEAD_NEGATIVE, 4, UINT64_C(1) << 15},
	[0xd3 - HEAD_FORM_FIRST] = {HEAD_NEGATIVE, 8, UINT64_C(1) << 31},
	[0xd9 - HEAD_FORM_FIRST] = {HEAD_TEXT, 1, UINT64_C(1) << 5},
	[0xda - HEAD_FORM_FIRST] = {HEAD_TEXT, 2, UINT64_C(1) << 8},
	[0xdb - HEAD_FORM_FIRST] = {HEAD_TEXT, 4, UINT64_C(1) << 16},
	[0xdc - HEAD_FORM_FIRST] = {HEAD_ARRAY, 2, UINT64_C(1) << 4},
	[0xdd - HEAD_FORM_FIRST] = {HEAD_ARRAY, 4, UINT64_C(1) << 16},
};
