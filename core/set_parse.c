#include <assert.h>

#include "core/merge_rules.h"

/* Reads the JSON array that core/set_text.c writes, and any other spelling of the same set (RFC 8259). */

enum { SURROGATE_FIRST = 0xd800, SURROGATE_LOW = 0xdc00, SURROGATE_END = 0xe000, PLANE_ONE = 0x10000 };

/* The rest of the array.  Without an arena elements are only counted and checked. */
struct scan {
	const uint8_t *at;
	const uint8_t *end;
	struct bsync_arena *arena;
};

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

/* Takes `byte`, after white space, when it is next. */
static bool accept(struct scan *scan, uint8_t byte)
{
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != byte)
		return false;
	scan->at++;
	return true;
}

static enum bsync_result read_integer(struct scan *scan, struct bsync_value *value)
{
	bool is_negative = *scan->at == '-';
	uint64_t limit = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	uint64_t sum = 0;
	const uint8_t *first = NULL;

	if (is_negative)
		scan->at++;
	first = scan->at;
	for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++) {
		uint64_t digit = (uint64_t)(*scan->at - '0');

		if (sum > (limit - digit) / 10)
			return BSYNC_MALFORMED;
		sum = sum * 10 + digit;
	}
	if (scan->at == first || (*first == '0' && scan->at - first > 1))
		return BSYNC_MALFORMED;
	/* A fraction or exponent that follows is no comma or bracket, so the caller refuses it. */
	*value = bsync_value_integer((int64_t)(is_negative ? 0 - sum : sum));
	return BSYNC_OK;
}

static bool read_hex(const uint8_t *digits, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		uint8_t digit = digits[i];

		if (digit >= '0' && digit <= '9')
			digit = (uint8_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			digit = (uint8_t)(digit - 'a' + 10);
		else if (digit >= 'A' && digit <= 'F')
			digit = (uint8_t)(digit - 'A' + 10);
		else
			return false;
		*unit = *unit << 4 | digit;
	}
	return true;
}

static uint8_t *put_utf8(uint8_t *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (uint8_t)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (uint8_t)(0xc0 | code >> 6);
	} else {
		if (code < PLANE_ONE) {
			*out++ = (uint8_t)(0xe0 | code >> 12);
		} else {
			*out++ = (uint8_t)(0xf0 | code >> 18);
			*out++ = (uint8_t)(0x80 | (code >> 12 & 0x3f));
		}
		*out++ = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (uint8_t)(0x80 | (code & 0x3f));
	return out;
}

/* Reads the four digits behind \u, and the second half of a pair; false when it is no character. */
static bool read_code(const uint8_t **at, const uint8_t *end, uint32_t *code)
{
	uint32_t low = 0;

	if (end - *at < 4 || !read_hex(*at, code))
		return false;
	*at += 4;
	if (*code < SURROGATE_FIRST || *code >= SURROGATE_END)
		return true;
	if (*code >= SURROGATE_LOW || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
	    !read_hex(*at + 2, &low) || low < SURROGATE_LOW || low >= SURROGATE_END)
		return false;
	*at += 6;
	*code = PLANE_ONE + ((*code - SURROGATE_FIRST) << 10) + (low - SURROGATE_LOW);
	return true;
}

/* Writes the text between the quotes at `out` without its escapes, never longer than with them; NULL when it has an
 * escape that is none. */
static uint8_t *unescape(struct bsync_bytes raw, uint8_t *out)
{
	static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	const uint8_t *at = raw.data;
	const uint8_t *end = raw.data + raw.size;

	while (at < end) {
		uint8_t byte = *at++;
		uint32_t code = 0;
		size_t i = 0;

		if (byte != '\\') {
			*out++ = byte;
			continue;
		}
		byte = *at++;
		if (byte == 'u') {
			if (!read_code(&at, end, &code))
				return NULL;
			out = put_utf8(out, code);
			continue;
		}
		while (i + 1 < sizeof(escapes) && byte != (uint8_t)escapes[i])
			i += 2;
		if (i + 1 >= sizeof(escapes))
			return NULL;
		*out++ = (uint8_t)escapes[i + 1];
	}
	return out;
}

static enum bsync_result read_text(struct scan *scan, struct bsync_value *value)
{
	struct bsync_bytes raw = {scan->at, 0};
	bool has_escape = false;
	uint8_t *copy = NULL;
	uint8_t *copy_end = NULL;

	for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
		if (*scan->at < ' ')
			return BSYNC_MALFORMED;
		if (*scan->at != '\\')
			continue;
		has_escape = true;
		if (++scan->at == scan->end)
			return BSYNC_MALFORMED;
	}
	if (scan->at == scan->end)
		return BSYNC_MALFORMED;
	raw.size = (size_t)(scan->at++ - raw.data);
	*value = bsync_value_text(raw);
	if (scan->arena == NULL)
		return BSYNC_OK;
	if (has_escape) {
		copy = bsync_arena_take(scan->arena, raw.size);
		if (copy == NULL)
			return BSYNC_NO_MEMORY;
		copy_end = unescape(raw, copy);
		if (copy_end == NULL)
			return BSYNC_MALFORMED;
		assert((size_t)(copy_end - copy) <= raw.size);
		*value = bsync_value_text((struct bsync_bytes){copy, (size_t)(copy_end - copy)});
	}
	return bsync_utf8_valid(value->as.bytes) ? BSYNC_OK : BSYNC_MALFORMED;
}

/* Reads the whole array; `elements` may be NULL to count only. */
static enum bsync_result read_array(struct scan scan, struct bsync_value *elements, uint32_t *count)
{
	bool is_first = true;

	*count = 0;
	if (!accept(&scan, '['))
		return BSYNC_MALFORMED;
	while (!accept(&scan, ']')) {
		struct bsync_value value = {0};
		enum bsync_result result = BSYNC_OK;

		if (!is_first && !accept(&scan, ','))
			return BSYNC_MALFORMED;
		is_first = false;
		if (*count == BSYNC_STANDING_MAX)
			return BSYNC_TOO_LARGE;
		if (accept(&scan, '"'))
			result = read_text(&scan, &value);
		else
			result = scan.at < scan.end ? read_integer(&scan, &value) : BSYNC_MALFORMED;
		if (result != BSYNC_OK)
			return result;
		if (elements != NULL)
			elements[*count] = value;
		(*count)++;
	}
	skip_space(&scan);
	return scan.at == scan.end ? BSYNC_OK : BSYNC_MALFORMED;
}

enum bsync_result bsync_set_parse(struct bsync_bytes json, struct bsync_arena *arena, struct bsync_value **elements,
				  uint32_t *count)
{
	struct scan scan = {json.data, NULL, NULL};
	uint32_t total = 0;
	uint32_t distinct = 0;
	enum bsync_result result = BSYNC_OK;

	assert(arena != NULL);
	assert(elements != NULL);
	assert(count != NULL);
	*elements = NULL;
	*count = 0;
	if (json.size == 0)
		return BSYNC_OK;
	scan.end = json.data + json.size;
	result = read_array(scan, NULL, &total);
	if (result != BSYNC_OK || total == 0)
		return result;
	*elements = bsync_arena_take(arena, total * sizeof(**elements));
	if (*elements == NULL)
		return BSYNC_NO_MEMORY;
	scan.arena = arena;
	result = read_array(scan, *elements, &total);
	if (result != BSYNC_OK)
		return result;
	bsync_set_sort(*elements, total);
	for (uint32_t i = 0; i < total; i++) {
		if (distinct == 0 || !bsync_value_equal(&(*elements)[distinct - 1], &(*elements)[i]))
			(*elements)[distinct++] = (*elements)[i];
	}
	*count = distinct;
	return BSYNC_OK;
}
