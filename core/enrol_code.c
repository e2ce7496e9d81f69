/* enrol_code.c: the enrolment code as text (core/identity.h; PROTOCOL 9.1). */
#include "core/identity.h"

#include <assert.h>
#include <string.h>

#include "core/pack.h"

enum {
	CODE_VERSION = 1,
	CHECK_SIZE = 4,
	BYTES_MAX = 400, /* the array with its check; the longest address makes 340 */
	DIGITS_MAX = (BYTES_MAX * 8 + 4) / 5,
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char prefix[] = "BS1-";

/* HOST:PORT, without anything that could be taken for something else when it is shown. */
static bool address_is_valid(struct bsync_bytes address)
{
	if (address.size == 0 || address.size >= sizeof(((struct bsync_enrol_code *)0)->address))
		return false;
	for (size_t i = 0; i < address.size; i++) {
		if (address.data[i] <= ' ' || address.data[i] > '~')
			return false;
	}
	return true;
}

static enum bsync_result bytes_make(const struct bsync_enrol_code *code, struct bsync_bytes address,
				    struct bsync_buffer *bytes)
{
	struct bsync_writer writer;
	struct bsync_digest digest;

	bsync_writer_init(&writer, bytes);
	bsync_write_array(&writer, 5);
	bsync_write_unsigned(&writer, CODE_VERSION);
	bsync_write_text(&writer, address);
	bsync_write_blob(&writer, (struct bsync_bytes){code->organisation.bytes, BSYNC_ID_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){code->pin.bytes, BSYNC_DIGEST_SIZE});
	bsync_write_blob(&writer, (struct bsync_bytes){code->secret, sizeof(code->secret)});
	if (writer.result != BSYNC_OK)
		return writer.result;
	bsync_sha256(bsync_buffer_bytes(bytes), &digest);
	return bsync_buffer_append(bytes, digest.bytes, CHECK_SIZE);
}

enum bsync_result bsync_enrol_code_text(const struct bsync_enrol_code *code, struct bsync_buffer *out)
{
	const size_t address_size = strlen(code->address);
	const struct bsync_bytes address = {(const uint8_t *)code->address, address_size};
	uint8_t storage[BYTES_MAX] = {0};
	char text[sizeof(prefix) - 1 + DIGITS_MAX];
	struct bsync_buffer bytes = {.data = storage, .capacity = sizeof(storage), .size_max = sizeof(storage)};
	size_t size = sizeof(prefix) - 1;
	uint32_t bits = 0;
	unsigned count = 0;

	assert(out != NULL && memchr(code->address, '\0', sizeof(code->address)) != NULL);
	if (!address_is_valid(address))
		return BSYNC_INVALID;
	enum bsync_result result = bytes_make(code, address, &bytes);
	memcpy(text, prefix, sizeof(prefix) - 1);
	for (size_t i = 0; i < bytes.size; i++) {
		bits = bits << 8 | storage[i];
		for (count += 8; count >= 5; count -= 5)
			text[size++] = alphabet[bits >> (count - 5) & 31];
	}
	if (count != 0)
		text[size++] = alphabet[bits << (5 - count) & 31];
	if (result == BSYNC_OK)
		result = bsync_buffer_append(out, text, size);
	bsync_wipe(storage, sizeof(storage));
	bsync_wipe(text, sizeof(text));
	return result;
}

/* The value of a digit; -1 for what is skipped, -2 for what is none. */
static int digit_value(uint8_t c)
{
	if (c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n')
		return -1;
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	for (int i = 0; i < 32; i++) {
		if (c == (uint8_t)alphabet[i])
			return i;
	}
	return -2;
}

/* Decodes the digits behind the prefix; the bits left over must be zero, so that a code has one form. */
static bool digits_decode(struct bsync_bytes text, uint8_t bytes[BYTES_MAX], size_t *size)
{
	uint32_t bits = 0;
	unsigned count = 0;
	size_t digits = 0;

	*size = 0;
	for (size_t i = 0; i < text.size; i++) {
		int value = digit_value(text.data[i]);

		if (value == -1)
			continue;
		if (value < 0 || digits == 3 + DIGITS_MAX)
			return false;
		if (digits < 3) {
			if (value != digit_value((uint8_t)prefix[digits]))
				return false;
			digits++;
			continue;
		}
		digits++;
		bits = bits << 5 | (uint32_t)value;
		count += 5;
		if (count >= 8) {
			count -= 8;
			bytes[(*size)++] = (uint8_t)(bits >> count);
		}
	}
	return count < 5 && (bits & ((1U << count) - 1)) == 0;
}

static bool code_decode(struct bsync_bytes bytes, struct bsync_enrol_code *code)
{
	static const struct bsync_guard_limits limits = {.depth_max = 1, .objects_max = 6, .size_max = BYTES_MAX};
	struct bsync_reader reader;
	struct bsync_digest digest;

	if (bytes.size <= CHECK_SIZE)
		return false;
	bytes.size -= CHECK_SIZE;
	bsync_sha256(bytes, &digest);
	if (!bsync_secret_equal(digest.bytes, bytes.data + bytes.size, CHECK_SIZE))
		return false;
	bsync_reader_init(&reader, bytes, &limits);
	bsync_read_array(&reader, 5, 5);
	uint64_t version = bsync_read_unsigned(&reader, UINT32_MAX);
	struct bsync_bytes address = bsync_read_text(&reader);
	bsync_read_fixed(&reader, code->organisation.bytes, BSYNC_ID_SIZE);
	bsync_read_fixed(&reader, code->pin.bytes, BSYNC_DIGEST_SIZE);
	bsync_read_fixed(&reader, code->secret, sizeof(code->secret));
	if (bsync_reader_end(&reader) != BSYNC_OK || version != CODE_VERSION || !address_is_valid(address))
		return false;
	memcpy(code->address, address.data, address.size);
	code->address[address.size] = '\0';
	return true;
}

enum bsync_result bsync_enrol_code_parse(struct bsync_bytes text, struct bsync_enrol_code *code)
{
	uint8_t bytes[BYTES_MAX] = {0};
	size_t size = 0;
	struct bsync_enrol_code decoded = {.address = ""};
	enum bsync_result result = BSYNC_BAD_CODE;

	assert(code != NULL && (text.size == 0 || text.data != NULL));
	if (digits_decode(text, bytes, &size) && code_decode((struct bsync_bytes){bytes, size}, &decoded)) {
		*code = decoded;
		result = BSYNC_OK;
	}
	bsync_wipe(bytes, sizeof(bytes));
	bsync_wipe(&decoded, sizeof(decoded));
	return result;
}
