#include "core/value.h"

#include <math.h>

#include "tests/support/harness.h"

static struct bsync_value integer(int64_t number)
{
	return bsync_value_integer(number);
}

static struct bsync_value real(double number)
{
	return bsync_value_real(number);
}

static struct bsync_value text(const char *string)
{
	return bsync_value_text(bsync_bytes_of_string(string));
}

static struct bsync_value blob(const char *string)
{
	return bsync_value_blob(bsync_bytes_of_string(string));
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

TEST(nan_is_null_and_negative_zero_is_zero)
{
	struct bsync_value zero = real(-0.0);

	CHECK_EQ(real(NAN).kind, BSYNC_NULL);
	CHECK_EQ(zero.kind, BSYNC_REAL);
	CHECK(!signbit(zero.as.real));
	CHECK(isinf(real(INFINITY).as.real));
}

TEST(the_order_of_values_is_total)
{
	struct bsync_value ascending[] = {
		bsync_value_null(),
		real(-INFINITY),
		real(-1e300),
		integer(INT64_MIN),
		real(-9223372036854775808.0),
		integer(INT64_MIN + 1),
		integer(-2),
		real(-1.5),
		integer(-1),
		real(-1.0),
		real(-0.5),
		integer(0),
		real(0.0),
		real(5e-324),
		real(0.5),
		integer(1),
		real(1.0),
		real(1.5),
		integer(2),
		integer(INT64_C(9007199254740992)),
		real(9007199254740992.0),
		integer(INT64_C(9007199254740993)),
		integer(INT64_MAX),
		real(9223372036854775808.0),
		real(1e300),
		real(INFINITY),
		text(""),
		text("a"),
		text("aa"),
		text("b"),
		text("\xc3\xa9"),
		blob(""),
		blob("a"),
		blob("b"),
	};
	size_t count = sizeof(ascending) / sizeof(ascending[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int expected = (i > j) - (i < j);

			if (sign(bsync_value_compare(&ascending[i], &ascending[j])) != expected)
				FAIL("values %zu and %zu are out of order", i, j);
			CHECK_EQ(bsync_value_equal(&ascending[i], &ascending[j]), i == j);
		}
	}
}

TEST(equal_needs_the_same_kind)
{
	struct bsync_value one = integer(1);
	struct bsync_value one_real = real(1.0);
	struct bsync_value a_text = text("a");
	struct bsync_value a_blob = blob("a");

	CHECK(!bsync_value_equal(&one, &one_real));
	CHECK(!bsync_value_equal(&a_text, &a_blob));
	CHECK(bsync_value_equal(&a_text, &a_text));
}

TEST(a_copy_borrows_from_the_arena)
{
	char bytes[] = "hello";
	struct bsync_value source = text(bytes);
	struct bsync_value copy = integer(7);
	struct bsync_value expected = text("hello");
	struct bsync_arena arena;

	bsync_arena_init(&arena, 16);
	CHECK(bsync_value_copy(&arena, &source, &copy));
	bytes[0] = 'j';
	CHECK(bsync_value_equal(&copy, &expected));
	copy = integer(7);
	CHECK(!bsync_value_copy(&arena, &source, &copy));
	CHECK_EQ(copy.as.integer, 7);
	source = integer(8);
	CHECK(bsync_value_copy(&arena, &source, &copy));
	CHECK_EQ(copy.as.integer, 8);
	source = text("");
	CHECK(bsync_value_copy(&arena, &source, &copy));
	CHECK_EQ(copy.as.bytes.size, 0);
	bsync_arena_clear(&arena);
}

/* Every sequence of up to four bytes from the edges of the table in the Unicode standard, against its definition. */
TEST(utf8_accepts_exactly_the_scalar_values)
{
	uint32_t accepted = 0;

	for (uint32_t point = 0; point <= 0x110000; point++) {
		uint8_t bytes[4];
		size_t size = 0;
		bool is_scalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

		if (point < 0x80) {
			bytes[size++] = (uint8_t)point;
		} else if (point < 0x800) {
			bytes[size++] = (uint8_t)(0xc0 | point >> 6);
			bytes[size++] = (uint8_t)(0x80 | (point & 0x3f));
		} else if (point < 0x10000) {
			bytes[size++] = (uint8_t)(0xe0 | point >> 12);
			bytes[size++] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
			bytes[size++] = (uint8_t)(0x80 | (point & 0x3f));
		} else {
			bytes[size++] = (uint8_t)(0xf0 | point >> 18);
			bytes[size++] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
			bytes[size++] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
			bytes[size++] = (uint8_t)(0x80 | (point & 0x3f));
		}
		if (bsync_utf8_valid((struct bsync_bytes){bytes, size}) != is_scalar)
			FAIL("U+%04X", (unsigned)point);
		accepted += is_scalar;
	}
	CHECK_EQ(accepted, 0x110000 - 0x800);
}

TEST(utf8_refuses_long_forms_and_stray_bytes)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80",
		"\xff", "\xfe", "a\xc3",    "\xe2\x82", "\xf0\x9f\x98", "\xc3\xa9\xa9",     "ab\xed\xa0\x80"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!bsync_utf8_valid(bsync_bytes_of_string(bad[i])));
	CHECK(bsync_utf8_valid((struct bsync_bytes){NULL, 0}));
}
