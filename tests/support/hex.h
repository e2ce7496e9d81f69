/* hex.h: bytes written as hex in a test. */
#ifndef BSYNC_TESTS_SUPPORT_HEX_H
#define BSYNC_TESTS_SUPPORT_HEX_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes hex digits; other characters between them are skipped.  Returns how many bytes came out, at most `max`. */
static inline size_t hex_decode(const char *text, uint8_t *out, size_t max)
{
	size_t digits = 0;

	for (; *text != '\0'; text++) {
		int digit = hex_digit(*text);

		if (digit < 0)
			continue;
		assert(digits / 2 < max);
		out[digits / 2] = (uint8_t)(digits % 2 == 0 ? digit << 4 : out[digits / 2] | digit);
		digits++;
	}
	assert(digits % 2 == 0);
	return digits / 2;
}

#endif
