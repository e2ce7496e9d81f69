/* fuzz_enrol_code.c: whatever somebody types or scans as an enrolment code.
 *
 * Input: the text; with a first byte of 0 instead: an array without its check, so that the fuzzer need not guess a
 * hash.  A code that parses has a text that parses to the same code. */
#include <assert.h>
#include <string.h>

#include "core/identity.h"

enum { ARRAY_MAX = 396, TEXT_MAX = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Adds the check and writes the digits, as core/enrol_code.c does for what it made itself. */
static size_t text_of_array(const uint8_t *array, size_t size, uint8_t text[TEXT_MAX])
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t bytes[ARRAY_MAX + 4];
	struct bsync_digest check;
	size_t count = 4;
	uint32_t bits = 0;
	unsigned held = 0;

	bsync_sha256((struct bsync_bytes){array, size}, &check);
	memcpy(bytes, array, size);
	memcpy(bytes + size, check.bytes, 4);
	memcpy(text, "BS1-", 4);
	for (size_t i = 0; i < size + 4; i++) {
		bits = bits << 8 | bytes[i];
		for (held += 8; held >= 5; held -= 5)
			text[count++] = (uint8_t)alphabet[bits >> (held - 5) & 31];
	}
	if (held != 0)
		text[count++] = (uint8_t)alphabet[bits << (5 - held) & 31];
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t text[TEXT_MAX];
	struct bsync_bytes input = {data, size};
	struct bsync_enrol_code code;
	struct bsync_enrol_code again;
	struct bsync_buffer out;
	enum bsync_result result = BSYNC_OK;

	if (size != 0 && data[0] == 0 && size - 1 <= ARRAY_MAX)
		input = (struct bsync_bytes){text, text_of_array(data + 1, size - 1, text)};
	result = bsync_enrol_code_parse(input, &code);
	assert(result == BSYNC_OK || result == BSYNC_BAD_CODE);
	if (result != BSYNC_OK)
		return 0;
	bsync_buffer_init(&out, TEXT_MAX);
	result = bsync_enrol_code_text(&code, &out);
	assert(result == BSYNC_OK);
	result = bsync_enrol_code_parse(bsync_buffer_bytes(&out), &again);
	assert(result == BSYNC_OK && strcmp(code.address, again.address) == 0);
	assert(memcmp(&code.organisation, &again.organisation, sizeof(code.organisation)) == 0);
	assert(memcmp(&code.pin, &again.pin, sizeof(code.pin)) == 0);
	assert(bsync_secret_equal(code.secret, again.secret, sizeof(code.secret)));
	bsync_buffer_clear(&out);
	return 0;
}
