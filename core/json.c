/* strfromd: a double as text without stdio. */
#define __STDC_WANT_IEC_60559_BFP_EXT__
#include "core/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT_SIZE = 40, JSON_DEPTH_MAX = 64 };

static const char hex_digits[] = "0123456789abcdef";

static void append(struct bsync_json *json, const void *data, size_t size)
{
	if (json->result == BSYNC_OK)
		json->result = bsync_buffer_append(json->out, data, size);
}

static void append_string(struct bsync_json *json, const char *text)
{
	append(json, text, strlen(text));
}

/* What comes before any value or name. */
static void separate(struct bsync_json *json)
{
	if (json->needs_comma)
		append(json, ",", 1);
	json->needs_comma = false;
}

static void scalar(struct bsync_json *json, const char *text)
{
	separate(json);
	append_string(json, text);
	json->needs_comma = true;
}

void bsync_json_init(struct bsync_json *json, struct bsync_buffer *out)
{
	assert(json != NULL);
	assert(out != NULL);
	*json = (struct bsync_json){.out = out, .result = BSYNC_OK};
}

static void open_bracket(struct bsync_json *json, const char *bracket)
{
	assert(json->depth < JSON_DEPTH_MAX);
	separate(json);
	append(json, bracket, 1);
	json->depth++;
}

static void close_bracket(struct bsync_json *json, const char *bracket)
{
	assert(json->depth > 0);
	append(json, bracket, 1);
	json->depth--;
	json->needs_comma = true;
}

void bsync_json_object(struct bsync_json *json)
{
	open_bracket(json, "{");
}

void bsync_json_object_end(struct bsync_json *json)
{
	close_bracket(json, "}");
}

void bsync_json_array(struct bsync_json *json)
{
	open_bracket(json, "[");
}

void bsync_json_array_end(struct bsync_json *json)
{
	close_bracket(json, "]");
}

void bsync_json_name(struct bsync_json *json, const char *name)
{
	assert(json->depth > 0);
	bsync_json_string(json, name);
	append(json, ":", 1);
	json->needs_comma = false;
}

void bsync_json_null(struct bsync_json *json)
{
	scalar(json, "null");
}

void bsync_json_bool(struct bsync_json *json, bool flag)
{
	scalar(json, flag ? "true" : "false");
}

/* Writes `number` at the end of `text` and returns where it begins. */
static char *decimal(uint64_t number, char text[NUMBER_TEXT_SIZE])
{
	char *at = text + NUMBER_TEXT_SIZE - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	return at;
}

void bsync_json_unsigned(struct bsync_json *json, uint64_t number)
{
	char text[NUMBER_TEXT_SIZE];

	scalar(json, decimal(number, text));
}

void bsync_json_integer(struct bsync_json *json, int64_t number)
{
	char text[NUMBER_TEXT_SIZE];
	char *at;

	if (number >= 0) {
		bsync_json_unsigned(json, (uint64_t)number);
		return;
	}
	at = decimal(0U - (uint64_t)number, text);
	*--at = '-';
	scalar(json, at);
}

void bsync_json_real(struct bsync_json *json, double number)
{
	static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
	char text[NUMBER_TEXT_SIZE] = "";
	bool is_integral = true;

	if (isnan(number)) {
		bsync_json_null(json);
		return;
	}
	if (isinf(number)) {
		scalar(json, number > 0 ? "9e999" : "-9e999");
		return;
	}
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		int size = strfromd(text, sizeof text - 2, formats[i], number);
		double back = strtod(text, NULL);

		assert(size > 0 && (size_t)size < sizeof text - 2);
		if (memcmp(&back, &number, sizeof back) == 0)
			break;
	}
	for (char *at = text; *at != '\0'; at++) {
		/* A host program may have set a locale with another decimal sign. */
		if (strchr("+-0123456789e", *at) == NULL)
			*at = '.';
		if (*at == '.' || *at == 'e')
			is_integral = false;
	}
	if (is_integral)
		memcpy(text + strlen(text), ".0", sizeof ".0");
	scalar(json, text);
}

/* The size of the UTF-8 sequence at the start of `text`, 0 when there is none. */
static size_t sequence_size(struct bsync_bytes text)
{
	uint8_t first = text.data[0];
	size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (size > text.size || !bsync_utf8_valid((struct bsync_bytes){text.data, size}))
		return 0;
	return size;
}

static void append_control(struct bsync_json *json, uint8_t character)
{
	static const char named[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	char escape[] = "\\u0000";

	for (size_t i = 0; i + 1 < sizeof named; i += 2) {
		if ((uint8_t)named[i] == character) {
			escape[1] = named[i + 1];
			append(json, escape, 2);
			return;
		}
	}
	escape[4] = hex_digits[character >> 4];
	escape[5] = hex_digits[character & 15];
	append(json, escape, 6);
}

void bsync_json_text(struct bsync_json *json, struct bsync_bytes text)
{
	size_t plain = 0; /* bytes at the front that need no escape */

	assert(text.data != NULL || text.size == 0);
	separate(json);
	append(json, "\"", 1);
	while (plain < text.size) {
		uint8_t character = text.data[plain];
		size_t size = sequence_size((struct bsync_bytes){text.data + plain, text.size - plain});

		if (size != 0 && character >= 0x20 && character != 0x7f && character != '"' && character != '\\') {
			plain += size;
			continue;
		}
		append(json, text.data, plain);
		if (size == 0)
			append_string(json, "\xef\xbf\xbd");
		else
			append_control(json, character);
		text.data += plain + 1;
		text.size -= plain + 1;
		plain = 0;
	}
	if (plain > 0)
		append(json, text.data, plain);
	append(json, "\"", 1);
	json->needs_comma = true;
}

void bsync_json_string(struct bsync_json *json, const char *text)
{
	if (text == NULL)
		bsync_json_null(json);
	else
		bsync_json_text(json, bsync_bytes_of_string(text));
}

void bsync_json_blob(struct bsync_json *json, struct bsync_bytes blob)
{
	uint8_t *room;

	assert(blob.data != NULL || blob.size == 0);
	separate(json);
	append(json, "\"", 1);
	if (json->result == BSYNC_OK)
		json->result = blob.size > SIZE_MAX / 2 ? BSYNC_TOO_LARGE
							: bsync_buffer_reserve(json->out, blob.size * 2, &room);
	if (json->result == BSYNC_OK) {
		for (size_t i = 0; i < blob.size; i++) {
			room[2 * i] = (uint8_t)hex_digits[blob.data[i] >> 4];
			room[2 * i + 1] = (uint8_t)hex_digits[blob.data[i] & 15];
		}
		bsync_buffer_commit(json->out, blob.size * 2);
	}
	append(json, "\"", 1);
	json->needs_comma = true;
}

void bsync_json_named(struct bsync_json *json, const char *name, const char *text)
{
	bsync_json_name(json, name);
	bsync_json_string(json, text);
}

void bsync_json_id(struct bsync_json *json, const char *name, const uint8_t id[BSYNC_ID_SIZE])
{
	bsync_json_name(json, name);
	bsync_json_blob(json, (struct bsync_bytes){id, BSYNC_ID_SIZE});
}

void bsync_json_time(struct bsync_json *json, const char *name, int64_t ms)
{
	bsync_json_name(json, name);
	if (ms == 0)
		bsync_json_null(json);
	else
		bsync_json_integer(json, ms);
}

void bsync_json_value(struct bsync_json *json, const struct bsync_value *value)
{
	assert(value != NULL);
	switch (value->kind) {
	case BSYNC_NULL:
		bsync_json_null(json);
		return;
	case BSYNC_INTEGER:
		bsync_json_integer(json, value->as.integer);
		return;
	case BSYNC_REAL:
		bsync_json_real(json, value->as.real);
		return;
	case BSYNC_TEXT:
		bsync_json_text(json, value->as.bytes);
		return;
	case BSYNC_BLOB:
		bsync_json_blob(json, value->as.bytes);
		return;
	}
}

enum bsync_result bsync_json_end(struct bsync_json *json)
{
	assert(json->depth == 0);
	append(json, "\n", 1);
	json->needs_comma = false;
	return json->result;
}
