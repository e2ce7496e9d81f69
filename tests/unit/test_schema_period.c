/* The times that members queries give. */
#include "tests/support/harness.h"

#include "core/schema/period.h"

static struct bsync_value text(const char *string)
{
	return bsync_value_text(bsync_bytes_of_string(string));
}

TEST(date_as_until_means_the_end_of_that_day)
{
	struct bsync_value date = text("2026-02-28");
	int64_t from = 0;
	int64_t until = 0;

	CHECK(bsync_period_from(&date, &from));
	CHECK(bsync_period_until(&date, &until));
	CHECK_EQ(from, INT64_C(1772236800000));
	CHECK_EQ(until, INT64_C(1772236800000) + 86400000);
}

TEST(known_moments_are_the_milliseconds_they_are)
{
	const struct {
		const char *string;
		int64_t ms;
	} moments[] = {
		{"1970-01-01", 0},
		{"1969-12-31", -86400000},
		{"2000-02-29", INT64_C(951782400000)},
		{"2024-12-31 23:59:59", INT64_C(1735689599000)},
		{"2024-12-31T23:59:59Z", INT64_C(1735689599000)},
		{"2024-12-31 23:59", INT64_C(1735689540000)},
	};

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct bsync_value value = text(moments[i].string);
		int64_t ms = 1;
		CHECK(bsync_period_from(&value, &ms));
		CHECK_EQ(ms, moments[i].ms);
	}
}

TEST(moment_as_until_is_that_moment)
{
	struct bsync_value value = text("2024-12-31 23:59:59");
	int64_t ms = 1;

	CHECK(bsync_period_until(&value, &ms));
	CHECK_EQ(ms, INT64_C(1735689599000));
}

TEST(null_is_no_bound_and_integers_are_milliseconds)
{
	struct bsync_value null = bsync_value_null();
	struct bsync_value integer = bsync_value_integer(42);
	int64_t ms = 1;

	CHECK(bsync_period_from(&null, &ms));
	CHECK_EQ(ms, INT64_MIN);
	CHECK(bsync_period_until(&null, &ms));
	CHECK_EQ(ms, INT64_MAX);
	CHECK(bsync_period_until(&integer, &ms));
	CHECK_EQ(ms, 42);
}

TEST(anything_else_is_no_time)
{
	static const char *const bad[] = {"",
					  "2026",
					  "2026-13-01",
					  "2026-02-29",
					  "2026-00-10",
					  "2026-1-1",
					  "2026-01-01 ",
					  "26-01-01",
					  "2026-01-01 24:00",
					  "2026-01-01 12",
					  "2026-01-01x",
					  "2026-01-01 12:00:00 ",
					  "altijd"};
	struct bsync_value real = bsync_value_real(1.0);
	int64_t ms = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bsync_value value = text(bad[i]);
		if (bsync_period_from(&value, &ms) || bsync_period_until(&value, &ms))
			FAIL("'%s' was taken for a time", bad[i]);
	}
	CHECK(!bsync_period_from(&real, &ms));
	CHECK_EQ(ms, 7);
}
