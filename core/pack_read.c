/* The reading half of pack.h. */
#include "core/pack.h"

#include <assert.h>
#include <string.h>

#include "core/pack_head.h"

void bsync_reader_init(struct bsync_reader *reader, struct bsync_bytes input, const struct bsync_guard_limits *limits)
{
	assert(reader != NULL);
	*reader = (struct bsync_reader){input, bsync_guard_check(input, limits)};
}

static const struct head NOTHING = {HEAD_NONE, 0, 0};

/* The value in front, HEAD_NONE when there is none or after an error.  A string it names is there whole. */
static inline struct head peek(const struct bsync_reader *reader)
{
	struct head head;

	assert(reader != NULL);
	if (reader->result != BSYNC_OK || reader->rest.size == 0)
		return NOTHING;
	head = head_read(reader->rest.data, reader->rest.size);
	if ((head.kind == HEAD_TEXT || head.kind == HEAD_BLOB) && head.number > reader->rest.size - head.size)
		return NOTHING;
	return head;
}

void bsync_reader_fail(struct bsync_reader *reader, enum bsync_result result)
{
	assert(reader != NULL);
	assert(result != BSYNC_OK);
	if (reader->result == BSYNC_OK)
		reader->result = result;
}

static inline void advance(struct bsync_reader *reader, size_t size)
{
	assert(size <= reader->rest.size);
	reader->rest.data += size;
	reader->rest.size -= size;
}

/* Takes the head in front when it is of `kind`; else the error sticks and the head is NOTHING. */
static inline struct head take(struct bsync_reader *reader, enum head_kind kind)
{
	struct head head = peek(reader);

	if (head.kind != kind) {
		bsync_reader_fail(reader, BSYNC_MALFORMED);
		return NOTHING;
	}
	advance(reader, head.size);
	return head;
}

/* Takes the string whose head has been taken. */
static inline struct bsync_bytes contents_take(struct bsync_reader *reader, const struct head *head)
{
	struct bsync_bytes contents = {reader->rest.data, (size_t)head->number};

	assert(head->kind == HEAD_TEXT || head->kind == HEAD_BLOB);
	advance(reader, contents.size);
	return contents;
}

/* Takes a string of `kind`; empty after an error. */
static struct bsync_bytes string_take(struct bsync_reader *reader, enum head_kind kind)
{
	struct head head = take(reader, kind);

	assert(kind == HEAD_TEXT || kind == HEAD_BLOB);
	if (head.kind == HEAD_NONE)
		return (struct bsync_bytes){NULL, 0};
	return contents_take(reader, &head);
}

static int64_t signed_of(uint64_t bits)
{
	int64_t number = 0;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

void bsync_read_nil(struct bsync_reader *reader)
{
	(void)take(reader, HEAD_NIL);
}

bool bsync_read_is_nil(const struct bsync_reader *reader)
{
	return peek(reader).kind == HEAD_NIL;
}

bool bsync_read_bool(struct bsync_reader *reader)
{
	return take(reader, HEAD_BOOL).number != 0;
}

uint64_t bsync_read_unsigned(struct bsync_reader *reader, uint64_t max)
{
	struct head head = take(reader, HEAD_UNSIGNED);

	if (head.number > max) {
		bsync_reader_fail(reader, BSYNC_MALFORMED);
		return 0;
	}
	return head.number;
}

int64_t bsync_read_integer(struct bsync_reader *reader)
{
	struct head head = peek(reader);

	if (head.kind == HEAD_NEGATIVE || (head.kind == HEAD_UNSIGNED && head.number <= INT64_MAX)) {
		advance(reader, head.size);
		return signed_of(head.number);
	}
	bsync_reader_fail(reader, BSYNC_MALFORMED);
	return 0;
}

struct bsync_bytes bsync_read_blob(struct bsync_reader *reader)
{
	return string_take(reader, HEAD_BLOB);
}

void bsync_read_fixed(struct bsync_reader *reader, void *out, size_t size)
{
	struct bsync_bytes blob = string_take(reader, HEAD_BLOB);

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
	return string_take(reader, HEAD_TEXT);
}

/* The count of an array; `above` sticks when it has more than `max`. */
static uint32_t array_take(struct bsync_reader *reader, uint32_t min, uint32_t max, enum bsync_result above)
{
	struct head head = take(reader, HEAD_ARRAY);

	assert(min <= max);
	if (head.kind == HEAD_NONE)
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

void bsync_read_value_into(struct bsync_reader *reader, struct bsync_value *out)
{
	struct head head = peek(reader);

	assert(out != NULL);
	switch (head.kind) {
	case HEAD_NIL:
		out->kind = BSYNC_NULL;
		break;
	case HEAD_UNSIGNED:
		/* A cell's integers are signed. */
		if (head.number > INT64_MAX)
			goto fail;
		out->kind = BSYNC_INTEGER;
		out->as.integer = (int64_t)head.number;
		break;
	case HEAD_NEGATIVE:
		out->kind = BSYNC_INTEGER;
		out->as.integer = signed_of(head.number);
		break;
	case HEAD_REAL:
		out->kind = BSYNC_REAL;
		memcpy(&out->as.real, &head.number, sizeof(out->as.real));
		break;
	case HEAD_TEXT:
	case HEAD_BLOB:
		out->kind = head.kind == HEAD_TEXT ? BSYNC_TEXT : BSYNC_BLOB;
		out->as.bytes.data = reader->rest.data + head.size;
		out->as.bytes.size = (size_t)head.number;
		advance(reader, head.size + (size_t)head.number);
		return;
	case HEAD_NONE:
	case HEAD_BOOL:
	case HEAD_ARRAY:
		goto fail;
	}
	advance(reader, head.size);
	return;
fail:
	bsync_reader_fail(reader, BSYNC_MALFORMED);
	*out = bsync_value_null();
}

struct bsync_value bsync_read_value(struct bsync_reader *reader)
{
	struct bsync_value value = {.kind = BSYNC_NULL};

	bsync_read_value_into(reader, &value);
	return value;
}

void bsync_read_skip(struct bsync_reader *reader)
{
	/* Values still to be passed; an array adds its elements, of which each takes a byte at least. */
	uint64_t waiting = 1;

	while (waiting > 0) {
		struct head head = peek(reader);

		if (head.kind == HEAD_NONE) {
			bsync_reader_fail(reader, BSYNC_MALFORMED);
			return;
		}
		waiting--;
		advance(reader, head.size);
		if (head.kind == HEAD_ARRAY)
			waiting += head.number;
		else if (head.kind == HEAD_TEXT || head.kind == HEAD_BLOB)
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
