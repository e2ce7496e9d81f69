#include "core/varint.h"

#include <assert.h>

enum { GROUP_BITS = 7, GROUP_MASK = 0x7f, MORE = 0x80, LAST_SHIFT = 63 };

uint8_t *bsync_varint_put(uint8_t *out, uint64_t number)
{
	assert(out != NULL);
	while (number > GROUP_MASK) {
		*out++ = (uint8_t)(number | MORE);
		number >>= GROUP_BITS;
	}
	*out++ = (uint8_t)number;
	return out;
}

bool bsync_varint_get(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
	const uint8_t *next = *at;
	uint64_t sum = 0;
	unsigned shift = 0;

	assert(next <= end);
	for (; next < end; next++, shift += GROUP_BITS) {
		uint64_t group = *next & GROUP_MASK;

		if (shift == LAST_SHIFT && *next > 1)
			return false;
		sum |= group << shift;
		if ((*next & MORE) != 0)
			continue;
		if (group == 0 && shift != 0)
			return false;
		*at = next + 1;
		*number = sum;
		return true;
	}
	return false;
}

uint64_t bsync_varint_difference(uint64_t number, uint64_t origin)
{
	uint64_t difference = number - origin;

	return (difference << 1) ^ (0 - (difference >> LAST_SHIFT));
}

uint64_t bsync_varint_sum(uint64_t origin, uint64_t difference)
{
	return origin + ((difference >> 1) ^ (0 - (difference & 1)));
}
