#include <assert.h>
#include <string.h>

#include "core/merge_rules.h"

/* A set column's text: a JSON array (RFC 8259) of strings and 64-bit integers.  Written without spaces, in ascending
 * order, with the shortest escapes. */

enum { INTEGER_TEXT_MAX = 20, ESCAPE_TEXT_SIZE = 6 };

bool bsync_set_holds(const struct bsync_value *value)
{
	assert(value != NULL);
	return value->kind == BSYNC_INTEGER || (value->kind == BSYNC_TEXT && bsync_utf8_valid(value->as.bytes));
}

/* Counts bytes, and writes them where there is an `out`. */
struct sink {
	uint8_t *out;
	size_t size;
};

static void put(struct sink *sink, const void *bytes, size_t size)
{
	if (sink->out != NULL)
		memcpy(sink->out + sink->size, bytes, size);
	sink->size += size;
}

static void put_integer(struct sink *sink, int64_t integer)
{
	char text[INTEGER_TEXT_MAX];
	size_t at = sizeof(text);
	uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (integer < 0)
		text[--at] = '-';
	put(sink, text + at, sizeof(text) - at);
}

static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";

/* Writes the escape of `byte`, which must have one. */
static void put_escape(struct sink *sink, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	char text[ESCAPE_TEXT_SIZE] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

	for (size_t i = 0; i + 1 < sizeof(escapes); i += 2) {
		if (byte != (uint8_t)escapes[i])
			continue;
		text[1] = escapes[i + 1];
		put(sink, text, 2);
		return;
	}
	put(sink, text, sizeof(text));
}

static void put_text(struct sink *sink, struct bsync_bytes text)
{
	size_t plain = 0;

	put(sink, "\"", 1);
	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		if (byte >= ' ' && byte != '"' && byte != '\\')
			continue;
		if (i > plain)
			put(sink, text.data + plain, i - plain);
		put_escape(sink, byte);
		plain = i + 1;
	}
	if (text.size > plain)
		put(sink, text.data + plain, text.size - plain);
	put(sink, "\"", 1);
}

static size_t write_set(const struct bsync_value *elements, size_t count, uint8_t *out)
{
	struct sink sink = {out, 0};

	put(&sink, "[", 1);
	for (size_t i = 0; i < count; i++) {
		if (i != 0 && bsync_value_equal(&elements[i - 1], &elements[i]))
			continue;
		if (i != 0)
			put(&sink, ",", 1);
		if (elements[i].kind == BSYNC_INTEGER)
			put_integer(&sink, elements[i].as.integer);
		else
			put_text(&sink, elements[i].as.bytes);
	}
	put(&sink, "]", 1);
	return sink.size;
}

enum bsync_result bsync_set_text(const struct bsync_value *elements, uint32_t count, struct bsync_buffer *out)
{
	size_t size = 0;
	uint8_t *room = NULL;
	enum bsync_result result = BSYNC_OK;

	assert(elements != NULL || count == 0);
	assert(out != NULL);
	for (uint32_t i = 0; i < count; i++) {
		if (!bsync_set_holds(&elements[i]))
			return BSYNC_INVALID;
	}
	size = write_set(elements, count, NULL);
	result = bsync_buffer_reserve(out, size, &room);
	if (result != BSYNC_OK)
		return result;
	bsync_buffer_commit(out, write_set(elements, count, room));
	return BSYNC_OK;
}

enum bsync_result bsync_set_shown(const struct bsync_value *elements, uint32_t count, struct bsync_arena *arena,
				  struct bsync_value *shown)
{
	size_t size = write_set(elements, count, NULL);
	uint8_t *text = bsync_arena_take(arena, size);

	if (text == NULL)
		return BSYNC_NO_MEMORY;
	write_set(elements, count, text);
	*shown = bsync_value_text((struct bsync_bytes){text, size});
	return BSYNC_OK;
}
