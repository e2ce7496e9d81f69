#include "core/backoff.h"

#include <assert.h>

enum { FIRST_MS = 500, DOUBLINGS_MAX = 23 };

static_assert(((uint64_t)FIRST_MS << DOUBLINGS_MAX) <= UINT32_MAX, "the longest delay fits before the cap");

uint32_t bsync_backoff_delay(uint32_t attempt, uint32_t random_word, uint32_t cap_ms, uint32_t advice_ms)
{
	uint32_t whole = (uint32_t)FIRST_MS << (attempt < DOUBLINGS_MAX ? attempt : DOUBLINGS_MAX);
	uint32_t half = 0;
	uint32_t spread = 0;

	if (whole > cap_ms)
		whole = cap_ms;
	half = whole / 2;
	/* At most half: the high word of a 32 x 32 bit product. */
	spread = (uint32_t)(((uint64_t)half + 1) * random_word >> 32);
	assert(spread <= half);
	/* A fleet that got the same advice must not come back at one moment. */
	if (advice_ms > whole - half)
		return advice_ms > UINT32_MAX - spread ? UINT32_MAX : advice_ms + spread;
	return whole - half + spread;
}
