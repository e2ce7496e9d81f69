#include "core/stamp.h"

#include "tests/support/harness.h"

enum { HOUR = 3600 * 1000 };

/* The session: the server says T; the device's clocks then. */
static const int64_t T = INT64_C(1700000000000);
static const uint64_t BOOT = 7;

static struct bsync_clock_anchor session(int64_t wall_ms, int64_t uptime_ms)
{
	return (struct bsync_clock_anchor){T, {wall_ms, uptime_ms, BOOT}};
}

static struct bsync_clock_evidence evidence(int64_t wall_ms, int64_t uptime_ms, uint64_t boot)
{
	return (struct bsync_clock_evidence){.clock = {wall_ms, uptime_ms, boot}};
}

TEST(in_the_session_s_boot_uptime_gives_the_exact_time)
{
	struct bsync_clock_anchor now = session(T + 9 * HOUR, 5 * HOUR);
	struct bsync_clock_evidence written = evidence(12345, 2 * HOUR, BOOT);

	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 3 * HOUR);
}

TEST(a_clock_set_wrong_between_edits_changes_nothing_within_a_boot)
{
	struct bsync_clock_anchor now = session(T, 5 * HOUR);
	struct bsync_clock_evidence before = evidence(T - INT64_C(365) * 24 * HOUR, HOUR, BOOT);
	struct bsync_clock_evidence after = evidence(T + INT64_C(365) * 24 * HOUR, 2 * HOUR, BOOT);

	CHECK_EQ(bsync_stamp_correct(&before, &now), T - 4 * HOUR);
	CHECK_EQ(bsync_stamp_correct(&after, &now), T - 3 * HOUR);
}

enum { DAY = 24 * HOUR };

/* What a device knows of the time with those clocks, whose last contact was at T by clocks an hour ahead. */
static int64_t known(int64_t known_ms, int64_t wall_ms, int64_t uptime_ms, uint64_t boot)
{
	const struct bsync_clock_anchor anchor = {T, {T + HOUR, 5 * HOUR, BOOT}};
	const struct bsync_clock_reading now = {wall_ms, uptime_ms, boot};

	return bsync_clock_known(known_ms, &anchor, &now);
}

TEST(in_the_boot_of_the_last_contact_only_uptime_says_what_time_it_is)
{
	CHECK_EQ(known(T, T + HOUR, 5 * HOUR, BOOT), T);
	CHECK_EQ(known(T, T + 3 * HOUR, 7 * HOUR, BOOT), T + 2 * HOUR);
	CHECK_EQ(known(T, T + INT64_C(3650) * DAY, 7 * HOUR, BOOT), T + 2 * HOUR);
	CHECK_EQ(known(T, 0, 7 * HOUR, BOOT), T + 2 * HOUR);
}

TEST(in_another_boot_the_clock_counts_corrected_and_never_back)
{
	CHECK_EQ(known(T, T + 3 * HOUR, HOUR, BOOT + 1), T + 2 * HOUR);
	CHECK_EQ(known(T + 2 * HOUR, T - DAY, HOUR, BOOT + 1), T + 2 * HOUR);
	CHECK_EQ(known(T + 2 * HOUR, T - DAY, HOUR, BOOT + 2), T + 2 * HOUR);
	CHECK_EQ(known(0, INT64_MIN, HOUR, BOOT + 1), T);
}

TEST(a_clock_that_is_further_ahead_than_a_device_may_be_away_is_not_believed)
{
	CHECK_EQ(known(T, T + HOUR + BSYNC_CLOCK_AWAY_MS, HOUR, BOOT + 1), T + BSYNC_CLOCK_AWAY_MS);
	CHECK_EQ(known(T, T + HOUR + BSYNC_CLOCK_AWAY_MS + 1, HOUR, BOOT + 1), T);
	CHECK_EQ(known(T + DAY, INT64_MAX, HOUR, BOOT + 1), T + DAY);
}

TEST(who_never_heard_of_the_server_knows_no_time)
{
	const struct bsync_clock_anchor anchor = {0, {0, 0, 0}};
	const struct bsync_clock_reading now = {T, HOUR, BOOT};

	CHECK_EQ(bsync_clock_known(0, &anchor, &now), 0);
}

TEST(in_the_anchor_s_boot_uptime_counts_from_the_anchor)
{
	struct bsync_clock_anchor now = session(T, HOUR);
	struct bsync_clock_evidence written = evidence(0, 30 * HOUR, BOOT - 1);

	written.anchor = (struct bsync_clock_anchor){T - 50 * HOUR, {0, 20 * HOUR, BOOT - 1}};
	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 40 * HOUR);
}

TEST(in_another_boot_the_session_s_offset_of_the_wall_clock_is_assumed)
{
	struct bsync_clock_anchor now = session(T - 100 * HOUR, HOUR);
	struct bsync_clock_evidence written = evidence(T - 110 * HOUR, 3 * HOUR, BOOT - 1);

	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 10 * HOUR);
	/* An anchor of a third boot does not help, except as a bound. */
	written.anchor = (struct bsync_clock_anchor){T - 20 * HOUR, {0, 0, BOOT - 2}};
	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 10 * HOUR);
	written.anchor.server_ms = T - 5 * HOUR;
	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 5 * HOUR);
}

TEST(a_device_that_was_never_in_contact_has_no_anchor)
{
	struct bsync_clock_anchor now = session(T, HOUR);
	struct bsync_clock_evidence written = evidence(T - 2 * HOUR, 3 * HOUR, 0);

	/* Boot 0 of an absent anchor is no boot that matches. */
	CHECK_EQ(bsync_stamp_correct(&written, &now), T - 2 * HOUR);
}

TEST(nothing_is_after_the_session_or_before_the_anchor)
{
	struct bsync_clock_anchor now = session(T, HOUR);
	struct bsync_clock_evidence written = evidence(T + HOUR, 3 * HOUR, BOOT);

	CHECK_EQ(bsync_stamp_correct(&written, &now), T);
	written = evidence(T + HOUR, 0, BOOT - 1);
	CHECK_EQ(bsync_stamp_correct(&written, &now), T);
	written = evidence(T - 90 * HOUR, 0, BOOT - 1);
	written.anchor = (struct bsync_clock_anchor){T - HOUR, {0, 0, BOOT - 2}};
	CHECK_EQ(bsync_stamp_correct(&written, &now), T - HOUR);
	/* An anchor in the future does not lift the bound that the store knows to be true. */
	written.anchor.server_ms = T + HOUR;
	CHECK_EQ(bsync_stamp_correct(&written, &now), T);
}

TEST(absurd_readings_saturate)
{
	static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
	size_t count = sizeof(extremes) / sizeof(extremes[0]);

	for (size_t i = 0; i < count * count * count; i++) {
		struct bsync_clock_anchor now = session(extremes[i % count], extremes[i / count % count]);
		struct bsync_clock_evidence written = evidence(extremes[i / count / count], extremes[i % count], BOOT);

		CHECK(bsync_stamp_correct(&written, &now) <= T);
		written.clock.boot = 1;
		CHECK(bsync_stamp_correct(&written, &now) <= T);
		written.anchor = (struct bsync_clock_anchor){extremes[i / count % count],
							     {0, extremes[i / count / count], 1}};
		CHECK(bsync_stamp_correct(&written, &now) <= T);
	}
}

TEST(a_stamp_is_raised_above_what_its_author_had_seen)
{
	CHECK_EQ(bsync_stamp_raise(100, 0), 100);
	CHECK_EQ(bsync_stamp_raise(100, 99), 100);
	CHECK_EQ(bsync_stamp_raise(100, 100), 101);
	CHECK_EQ(bsync_stamp_raise(100, 500), 501);
	CHECK_EQ(bsync_stamp_raise(0, INT64_MAX), INT64_MAX);
}

TEST(clock_is_off_from_ten_minutes_on_and_right_again_below_five)
{
	CHECK_EQ(bsync_clock_drift(7, 10), -3);
	CHECK_EQ(bsync_clock_drift(INT64_MAX, -1), INT64_MAX);
	CHECK_EQ(bsync_clock_drift(INT64_MIN, 1), INT64_MIN);
	CHECK(!bsync_clock_is_off(599999, false));
	CHECK(bsync_clock_is_off(600000, false));
	CHECK(!bsync_clock_is_off(-599999, false));
	CHECK(bsync_clock_is_off(-600000, false));
	CHECK(bsync_clock_is_off(300000, true));
	CHECK(bsync_clock_is_off(-300000, true));
	CHECK(!bsync_clock_is_off(299999, true));
	CHECK(!bsync_clock_is_off(-299999, true));
	CHECK(bsync_clock_is_off(INT64_MIN, false));
}
