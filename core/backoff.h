/* backoff.h: attempt number and a random word in, delay out. */
#ifndef BSYNC_CORE_BACKOFF_H
#define BSYNC_CORE_BACKOFF_H

#include <stdint.h>

/* Milliseconds to wait before attempt `attempt` (0 first): 0.5 s doubling to `cap_ms`, of which half is random
 * (so that a fleet spreads); where `advice_ms`, the server's retry-after, is longer than the fixed half, advice and
 * the random part. */
uint32_t bsync_backoff_delay(uint32_t attempt, uint32_t random_word, uint32_t cap_ms, uint32_t advice_ms);

#endif
