/* test_varint.c: numbers in stored bytes: the shortest form and no other. */
#include "core/varint.h"

#include "tests/support/harness.h"

TEST(every_size_of_number_comes_back)
{
	for (unsigned shift = 0; shift < 64; shift++) {
		for (uint64_t near = 0; near < 3; near++) {
			uint64_t number = (UINT64_C(1) << shift) + near - 1;
			uint8_t bytes[BSYNC_VARINT_SIZE_MAX];
			const uint8_t *end = bsync_varint_put(bytes, number);
			const uint8_t *at = bytes;
			uint64_t found = 0;

			CHECK(bsync_varint_get(&at, end, &found));
			CHECK(found == number);
			CHECK(at == end);
			at = bytes;
			CHECK(!bsync_varint_get(&at, end - 1, &found));
			CHECK(at == bytes);
		}
	}
}

TEST(long_forms_and_numbers_over_64_bits_are_refused)
{
	static const uint8_t zero[] = {0x80, 0x00};
	static const uint8_t padded[] = {0xff, 0x80, 0x00};
	static const uint8_t large[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8_t endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
	const uint8_t *at = zero;
	uint64_t number = 0;

	CHECK(!bsync_varint_get(&at, zero + sizeof(zero), &number));
	at = padded;
	CHECK(!bsync_varint_get(&at, padded + sizeof(padded), &number));
	at = large;
	CHECK(!bsync_varint_get(&at, large + sizeof(large), &number));
	at = endless;
	CHECK(!bsync_varint_get(&at, endless + sizeof(endless), &number));
}

TEST(small_differences_of_either_sign_are_small)
{
	CHECK_EQ(bsync_varint_difference(5, 5), 0);
	CHECK_EQ(bsync_varint_difference(4, 5), 1);
	CHECK_EQ(bsync_varint_difference(6, 5), 2);
	CHECK_EQ(bsync_varint_difference(0, UINT64_MAX), 2);
	CHECK(bsync_varint_sum(UINT64_MAX, bsync_varint_difference(3, UINT64_MAX)) == 3);
	CHECK(bsync_varint_sum(0, bsync_varint_difference(UINT64_C(1) << 63, 0)) == UINT64_C(1) << 63);
}
