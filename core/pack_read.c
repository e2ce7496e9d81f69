/* The reading half of pack.h. */
#include "core/pack.h"

#include <assert.h>
#include <string.h>

void bsync_reader_init(struct bsync_reader *reader, struct bsync_bytes input, const struct bsync_guard_limits *limits)
{
	assert(reader != NULL);
	*reader = (struct bsync_reader){input, bsync_guard_check(input, limits)};
}

/* What stands at the front of a reader. */
enum kind { KIND_NONE, KIND_NIL, KIND_BOOL, KIND_UNSIGNED, KIND_NEGATIVE, KIND_REAL, KIND_TEXT, KIND_BLOB, KIND_ARRAY };

/* One value without its contents.  `number`: the bits of a number, the size of a string, the count of an array. */
struct head {
	enum kind kind;
	uint64_t number;
	size_t size; /* bytes of the head itself */
};

static const struct head NOTHING = {KIND_NONE, 0, 0};

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	assert(size <= sizeof(number));
	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* The two's complement of `size` bytes as 64 bits. */
static uint64_t sign_extended(uint64_t number, size_t size)
{
	assert(size >= 1 && size <= sizeof(number));
	return size == sizeof(number) ? number : number | UINT64_MAX << (8 * size);
}

/* Heads of more than one byte, and nil and bool. */
static struct head long_head(struct bsync_bytes rest)
{
	enum kind kind = KIND_NONE;
	uint8_t first = rest.data[0];
	size_t size = 0;
	uint64_t number = 0;

	assert(rest.size > 0);
	if (first == 0xc0)
		return (struct head){KIND_NIL, 0, 1};
	if (first == 0xc2 || first == 0xc3)
		return (struct head){KIND_BOOL, first & 1, 1};
	if (first >= 0xc4 && first <= 0xc6) {
		kind = KIND_BLOB;
		size = (size_t)1 << (first - 0xc4);
	} else if (first == 0xcb) {
		kind = KIND_REAL;
		size = 8;
	} else if (first >= 0xcc && first <= 0xcf) {
		kind = KIND_UNSIGNED;
		size = (size_t)1 << (first - 0xcc);
	} else if (first >= 0xd0 && first <= 0xd3) {
		kind = KIND_NEGATIVE;
		size = (size_t)1 << (first - 0xd0);
	} else if (first >= 0xd9 && first <= 0xdb) {
		kind = KIND_TEXT;
		size = (size_t)1 << (first - 0xd9);
	} else if (first == 0xdc || first == 0xdd) {
		kind = KIND_ARRAY;
		size = first == 0xdc ? 2 : 4;
	}
	if (kind == KIND_NONE || size > rest.size - 1)
		return NOTHING;
	number = big_endian(rest.data + 1, size);
	if (kind == KIND_NEGATIVE)
		number = sign_extended(number, size);
	if ((kind == KIND_TEXT || kind == KIND_BLOB) && number > rest.size - 1 - size)
		return NOTHING;
	return (struct head){kind, number, 1 + size};
}

/* The value in front, KIND_NONE when there is none or after an error.  A string it names is there whole. */
static struct head peek(const struct bsync_reader *reader)
{
	uint8_t first = 0;

	assert(reader != NULL);
	if (reader->result != BSYNC_OK || reader->rest.size == 0)
		return NOTHING;
	first = reader->rest.data[0];
	if (first <= 0x7f)
		return (struct head){KIND_UNSIGNED, first, 1};
	if (first >= 0xe0)
		return (struct head){KIND_NEGATIVE, sign_extended(first, 1), 1};
	if (first >= 0xc0)
		return long_head(reader->rest);
	if (first >= 0xa0) {
		if ((first & 0x1f) > reader->rest.size - 1)
			return NOTHING;
		return (struct head){KIND_TEXT, first & 0x1f, 1};
	}
	if (first >= 0x90)
		return (struct head){KIND_ARRAY, first & 0x0f, 1};
	return NOTHING;
}

void bsync_reader_fail(struct bsync_reader *reader, enum bsync_result result)
{
	assert(reader != NULL);
	assert(result != BSYNC_OK);
	if (reader->result == BSYNC_OK)
		reader->result = result;
}

static void advance(struct bsync_reader *reader, size_t size)
{
	assert(size <= reader->rest.size);
	reader->rest.data += size;
	reader->rest.size -= size;
}

/* Takes the head in front when it is of `kind`; else the error sticks and the head is NOTHING. */
static struct head take(struct bsync_reader *reader, enum kind kind)
{
	struct head head = peek(reader);

	if (head.kind != kind) {
		bsync_reader_fail(reader, BSYNC_MALFORMED);
		return NOTHING;
	}
	advance(reader, head.size);
	return head;
}

/* Takes a string of `kind`; empty after an error. */
static struct bsync_bytes string_take(struct bsync_reader *reader, enum kind kind)
{
	struct head head = take(reader, kind);
	struct bsync_bytes string = {NULL, 0};

	assert(kind == KIND_TEXT || kind == KIND_BLOB);
	if (head.kind == KIND_NONE)
		return string;
	string = (struct bsync_bytes){reader->rest.data, (size_t)head.number};
	advance(reader, string.size);
	return string;
}

static int64_t signed_of(uint64_t bits)
{
	int64_t number = 0;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

void bsync_read_nil(struct bsync_reader *reader)
{
	(void)take(reader, KIND_NIL);
}

bool bsync_read_is_nil(const struct bsync_reader *reader)
{
	return peek(reader).kind == KIND_NIL;
}

bool bsync_read_is_array(const struct bsync_reader *reader)
{
	return peek(reader).kind == KIND_ARRAY;
}

bool bsync_read_bool(struct bsync_reader *reader)
{
	return take(reader, KIND_BOOL).number != 0;
}

uint64_t bsync_read_unsigned(struct bsync_reader *reader, uint64_t max)
{
	struct head head = take(reader, KIND_UNSIGNED);

	if (head.number > max) {
		bsync_reader_fail(reader, BSYNC_MALFORMED);
		return 0;
	}
	return head.number;
}

int64_t bsync_read_integer(struct bsync_reader *reader)
{
	struct head head = peek(reader);

	if (head.kind == KIND_NEGATIVE || (head.kind == KIND_UNSIGNED && head.number <= INT64_MAX)) {
		advance(reader, head.size);
		return signed_of(head.number);
	}
	bsync_reader_fail(reader, BSYNC_MALFORMED);
	return 0;
}

struct bsync_bytes bsync_read_blob(struct bsync_reader *reader)
{
	return string_take(reader, KIND_BLOB);
}

void bsync_read_fixed(struct bsync_reader *reader, void *out, size_t size)
{
	struct bsync_bytes blob = string_take(reader, KIND_BLOB);

	assert(out != NULL);
	assert(size > 0);
	if (blob.size != size) {
		bsync_reader_fail(reader, BSYNC_MALFORMED);
		memset(out, 0, size);
		return;
	}
	memcpy(out, blob.data, size);
}

struct bsync_bytes bsync_read_text(struct bsync_reader *reader)
{
	return string_take(reader, KIND_TEXT);
}

/* The count of an array; `above` sticks when it has more than `max`. */
static uint32_t array_take(struct bsync_reader *reader, uint32_t min, uint32_t max, enum bsync_result above)
{
	struct head head = take(reader, KIND_ARRAY);

	assert(min <= max);
	if (head.kind == KIND_NONE)
		return 0;
	if (head.number < min || head.number > max) {
		bsync_reader_fail(reader, head.number > max ? above : BSYNC_MALFORMED);
		return 0;
	}
	return (uint32_t)head.number;
}

uint32_t bsync_read_array(struct bsync_reader *reader, uint32_t min, uint32_t max)
{
	return array_take(reader, min, max, BSYNC_MALFORMED);
}

uint32_t bsync_read_list(struct bsync_reader *reader, uint32_t min, uint32_t max)
{
	return array_take(reader, min, max, BSYNC_TOO_LARGE);
}

struct bsync_value bsync_read_value(struct bsync_reader *reader)
{
	struct head head = peek(reader);
	double real = 0.0;

	switch (head.kind) {
	case KIND_NIL:
		advance(reader, head.size);
		return bsync_value_null();
	case KIND_UNSIGNED:
		/* A cell's integers are signed. */
		if (head.number > INT64_MAX)
			break;
		advance(reader, head.size);
		return bsync_value_integer((int64_t)head.number);
	case KIND_NEGATIVE:
		advance(reader, head.size);
		return bsync_value_integer(signed_of(head.number));
	case KIND_REAL:
		advance(reader, head.size);
		memcpy(&real, &head.number, sizeof(real));
		return bsync_value_real(real);
	case KIND_TEXT:
		return bsync_value_text(string_take(reader, KIND_TEXT));
	case KIND_BLOB:
		return bsync_value_blob(string_take(reader, KIND_BLOB));
	case KIND_NONE:
	case KIND_BOOL:
	case KIND_ARRAY:
		break;
	}
	bsync_reader_fail(reader, BSYNC_MALFORMED);
	return bsync_value_null();
}

void bsync_read_skip(struct bsync_reader *reader)
{
	/* Values still to be passed; an array adds its elements, of which each takes a byte at least. */
	uint64_t waiting = 1;

	while (waiting > 0) {
		struct head head = peek(reader);

		if (head.kind == KIND_NONE) {
			bsync_reader_fail(reader, BSYNC_MALFORMED);
			return;
		}
		waiting--;
		advance(reader, head.size);
		if (head.kind == KIND_ARRAY)
			waiting += head.number;
		else if (head.kind == KIND_TEXT || head.kind == KIND_BLOB)
			advance(reader, (size_t)head.number);
		if (waiting > reader->rest.size) {
			bsync_reader_fail(reader, BSYNC_MALFORMED);
			return;
		}
	}
}

enum bsync_result bsync_reader_end(struct bsync_reader *reader)
{
	assert(reader != NULL);
	if (reader->result == BSYNC_OK && reader->rest.size != 0)
		reader->result = BSYNC_MALFORMED;
	return reader->result;
}
