#include "core/backoff.h"

#include "tests/support/harness.h"

TEST(delays_double_from_half_a_second_to_the_cap)
{
	static const uint32_t whole[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};

	for (uint32_t attempt = 0; attempt < 8; attempt++) {
		CHECK_EQ(bsync_backoff_delay(attempt, 0, 30000, 0), whole[attempt] / 2);
		CHECK_EQ(bsync_backoff_delay(attempt, UINT32_MAX, 30000, 0), whole[attempt]);
	}
}

TEST(half_of_a_delay_is_random)
{
	CHECK_EQ(bsync_backoff_delay(3, UINT32_C(1) << 31, 30000, 0), 3000);
	CHECK_EQ(bsync_backoff_delay(3, UINT32_C(1) << 30, 30000, 0), 2500);
}

TEST(any_attempt_stays_within_the_cap)
{
	static const uint32_t attempts[] = {22, 23, 24, 31, 32, 33, 1000, UINT32_MAX};

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		CHECK_EQ(bsync_backoff_delay(attempts[i], UINT32_MAX, 300000, 0), 300000);
		CHECK(bsync_backoff_delay(attempts[i], UINT32_MAX, UINT32_MAX, 0) >= 2000000000);
	}
	CHECK_EQ(bsync_backoff_delay(5, UINT32_MAX, 0, 0), 0);
	CHECK_EQ(bsync_backoff_delay(5, UINT32_MAX, 1, 0), 1);
}

TEST(the_server_s_advice_is_kept_and_spread)
{
	CHECK_EQ(bsync_backoff_delay(0, 0, 30000, 60000), 60000);
	CHECK_EQ(bsync_backoff_delay(0, UINT32_MAX, 30000, 60000), 60250);
	CHECK_EQ(bsync_backoff_delay(4, 0, 30000, 100), 4000);
	CHECK_EQ(bsync_backoff_delay(9, UINT32_MAX, 30000, UINT32_MAX), UINT32_MAX);
}
