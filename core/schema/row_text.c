#include "core/schema/row_text.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 40 };

static const char digits[] = "0123456789abcdef";

static enum bsync_result write_blob(struct bsync_bytes blob, struct bsync_buffer *out)
{
	enum bsync_result result = BSYNC_OK;
	for (size_t i = 0; i < blob.size && result == BSYNC_OK; i++) {
		char pair[2] = {digits[blob.data[i] >> 4], digits[blob.data[i] & 15]};
		result = bsync_buffer_append(out, pair, sizeof pair);
	}
	return result;
}

static enum bsync_result write_text(struct bsync_bytes text, struct bsync_buffer *out)
{
	enum bsync_result result = BSYNC_OK;
	for (size_t i = 0; i < text.size && result == BSYNC_OK; i++) {
		uint8_t byte = text.data[i];
		char escaped[3] = {'%', digits[byte >> 4], digits[byte & 15]};
		bool must_escape = byte == '/' || byte == '%' || byte < 0x20 || byte == 0x7f;
		result = bsync_buffer_append(out, must_escape ? escaped : (const char *)&byte, must_escape ? 3 : 1);
	}
	return result;
}

static enum bsync_result write_value(const struct bsync_value *value, struct bsync_buffer *out)
{
	char number[NUMBER_SIZE];
	switch (value->kind) {
	case BSYNC_NULL:
		return BSYNC_OK;
	case BSYNC_INTEGER:
		snprintf(number, sizeof number, "%" PRId64, value->as.integer);
		return bsync_buffer_append(out, number, strlen(number));
	case BSYNC_REAL:
		snprintf(number, sizeof number, "%.17g", value->as.real);
		return bsync_buffer_append(out, number, strlen(number));
	case BSYNC_TEXT:
		return write_text(value->as.bytes, out);
	case BSYNC_BLOB:
		return write_blob(value->as.bytes, out);
	}
	return BSYNC_INVALID;
}

enum bsync_result bsync_row_text_write(const struct bsync_value *key, uint32_t key_count, struct bsync_buffer *out)
{
	assert(key != NULL && out != NULL);
	enum bsync_result result = BSYNC_OK;
	for (uint32_t i = 0; i < key_count && result == BSYNC_OK; i++) {
		if (i > 0)
			result = bsync_buffer_append(out, "/", 1);
		if (result == BSYNC_OK)
			result = write_value(&key[i], out);
	}
	return result;
}

static int digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

static enum bsync_result read_blob(struct bsync_bytes text, struct bsync_arena *arena, struct bsync_value *value)
{
	if (text.size % 2 != 0)
		return BSYNC_INVALID;
	uint8_t *bytes = bsync_arena_take(arena, text.size / 2 + 1);
	if (bytes == NULL)
		return BSYNC_NO_MEMORY;
	for (size_t i = 0; i < text.size; i += 2) {
		int high = digit(text.data[i]), low = digit(text.data[i + 1]);
		if (high < 0 || low < 0)
			return BSYNC_INVALID;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	*value = bsync_value_blob((struct bsync_bytes){bytes, text.size / 2});
	return BSYNC_OK;
}

static enum bsync_result read_number(enum bsync_affinity affinity, struct bsync_bytes text, struct bsync_value *value)
{
	char number[NUMBER_SIZE], *end = NULL;
	if (text.size == 0 || text.size >= sizeof number || text.data[0] == ' ')
		return BSYNC_INVALID;
	memcpy(number, text.data, text.size);
	number[text.size] = '\0';
	errno = 0;
	*value = affinity == BSYNC_AFFINITY_INTEGER ? bsync_value_integer(strtoll(number, &end, 10))
						    : bsync_value_real(strtod(number, &end));
	return errno == 0 && end == number + text.size ? BSYNC_OK : BSYNC_INVALID;
}

enum bsync_result bsync_row_text_value(enum bsync_affinity affinity, struct bsync_bytes text, struct bsync_arena *arena,
				       struct bsync_value *value)
{
	assert(arena != NULL && value != NULL);
	switch (affinity) {
	case BSYNC_AFFINITY_BLOB:
		return read_blob(text, arena, value);
	case BSYNC_AFFINITY_INTEGER:
	case BSYNC_AFFINITY_REAL:
		return read_number(affinity, text, value);
	case BSYNC_AFFINITY_TEXT:
	case BSYNC_AFFINITY_ANY:
		break;
	}
	if (!bsync_utf8_valid(text))
		return BSYNC_INVALID;
	*value = bsync_value_text(text);
	return BSYNC_OK;
}

/* Takes the %XX out of a text. */
static enum bsync_result unescape(struct bsync_bytes text, struct bsync_arena *arena, struct bsync_bytes *out)
{
	uint8_t *bytes = bsync_arena_take(arena, text.size + 1);
	if (bytes == NULL)
		return BSYNC_NO_MEMORY;
	size_t size = 0;
	for (size_t i = 0; i < text.size; i++) {
		bytes[size++] = text.data[i];
		if (text.data[i] != '%')
			continue;
		int high = text.size - i > 2 ? digit(text.data[i + 1]) : -1;
		int low = text.size - i > 2 ? digit(text.data[i + 2]) : -1;
		if (high < 0 || low < 0)
			return BSYNC_INVALID;
		bytes[size - 1] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	*out = (struct bsync_bytes){bytes, size};
	return BSYNC_OK;
}

enum bsync_result bsync_row_text_read(const struct bsync_table *table, const char *text, struct bsync_arena *arena,
				      struct bsync_value key[BSYNC_KEY_COLUMNS_MAX])
{
	assert(table != NULL && text != NULL && arena != NULL);
	for (uint32_t i = 0; i < table->key_count; i++) {
		size_t size = strcspn(text, "/");
		struct bsync_bytes part = {(const uint8_t *)text, size};
		enum bsync_affinity affinity = table->columns[table->key[i]].affinity;
		enum bsync_result result = BSYNC_OK;
		if (affinity == BSYNC_AFFINITY_TEXT || affinity == BSYNC_AFFINITY_ANY)
			result = unescape(part, arena, &part);
		if (result == BSYNC_OK)
			result = bsync_row_text_value(affinity, part, arena, &key[i]);
		if (result != BSYNC_OK)
			return result;
		text += size;
		bool is_last = i + 1 == table->key_count;
		if (*text != (is_last ? '\0' : '/'))
			return BSYNC_INVALID;
		text += !is_last;
	}
	return BSYNC_OK;
}
