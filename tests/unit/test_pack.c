#include "core/pack.h"

#include <math.h>

#include "tests/support/harness.h"
#include "tests/support/hex.h"

static const struct bsync_guard_limits LIMITS = {8, 1000, 1 << 20};

/* A reader over the bytes of `hex`, which stay in `bytes`. */
static struct bsync_reader reader_of(const char *hex, uint8_t bytes[256])
{
	struct bsync_reader reader;
	size_t size = hex_decode(hex, bytes, 256);

	bsync_reader_init(&reader, (struct bsync_bytes){bytes, size}, &LIMITS);
	return reader;
}

#define CHECK_HEX(buffer, hex)                                                  \
	do {                                                                    \
		uint8_t wanted[256];                                            \
		size_t wanted_size = hex_decode(hex, wanted, sizeof(wanted));   \
		CHECK_BYTES((buffer).data, (buffer).size, wanted, wanted_size); \
	} while (0)

static const struct {
	int64_t number;
	const char *hex;
} INTEGERS[] = {
	{0, "00"},
	{1, "01"},
	{127, "7f"},
	{128, "cc80"},
	{255, "ccff"},
	{256, "cd0100"},
	{65535, "cdffff"},
	{65536, "ce00010000"},
	{INT64_C(4294967295), "ceffffffff"},
	{INT64_C(4294967296), "cf0000000100000000"},
	{INT64_MAX, "cf7fffffffffffffff"},
	{-1, "ff"},
	{-32, "e0"},
	{-33, "d0df"},
	{-128, "d080"},
	{-129, "d1ff7f"},
	{-32768, "d18000"},
	{-32769, "d2ffff7fff"},
	{INT32_MIN, "d280000000"},
	{INT64_C(-2147483649), "d3ffffffff7fffffff"},
	{INT64_MIN, "d38000000000000000"},
};

TEST(integers_are_written_in_their_shortest_form_and_read_back)
{
	for (size_t i = 0; i < sizeof(INTEGERS) / sizeof(INTEGERS[0]); i++) {
		struct bsync_buffer out = {.size_max = 64};
		struct bsync_writer writer;
		struct bsync_reader reader;

		bsync_writer_init(&writer, &out);
		bsync_write_integer(&writer, INTEGERS[i].number);
		CHECK_EQ(writer.result, BSYNC_OK);
		CHECK_HEX(out, INTEGERS[i].hex);
		bsync_reader_init(&reader, bsync_buffer_bytes(&out), &LIMITS);
		CHECK_EQ(bsync_read_integer(&reader), INTEGERS[i].number);
		CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
		bsync_buffer_clear(&out);
	}
}

TEST(unsigned_numbers_reach_to_64_bits_but_integers_do_not)
{
	uint8_t bytes[256];
	struct bsync_buffer out = {.size_max = 64};
	struct bsync_writer writer;
	struct bsync_reader reader;

	bsync_writer_init(&writer, &out);
	bsync_write_unsigned(&writer, UINT64_MAX);
	CHECK_HEX(out, "cfffffffffffffffff");
	bsync_buffer_clear(&out);
	reader = reader_of("cfffffffffffffffff", bytes);
	CHECK(bsync_read_unsigned(&reader, UINT64_MAX) == UINT64_MAX);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	reader = reader_of("cfffffffffffffffff", bytes);
	CHECK_EQ(bsync_read_integer(&reader), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("cf8000000000000000", bytes);
	CHECK_EQ(bsync_read_value(&reader).kind, BSYNC_NULL);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

TEST(unsigned_refuses_what_is_over_its_maximum_or_negative)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("cc80", bytes);

	CHECK_EQ(bsync_read_unsigned(&reader, 128), 128);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	reader = reader_of("cc81", bytes);
	CHECK_EQ(bsync_read_unsigned(&reader, 128), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("ff", bytes);
	CHECK_EQ(bsync_read_unsigned(&reader, UINT64_MAX), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

TEST(simple_kinds_are_written_and_read_back)
{
	uint8_t fixed[4] = {9, 9, 9, 9};
	struct bsync_buffer out = {.size_max = 256};
	struct bsync_writer writer;
	struct bsync_reader reader;
	struct bsync_bytes text;

	bsync_writer_init(&writer, &out);
	bsync_write_array(&writer, 6);
	bsync_write_nil(&writer);
	bsync_write_bool(&writer, true);
	bsync_write_bool(&writer, false);
	bsync_write_string(&writer, "caf\xc3\xa9");
	bsync_write_blob(&writer, (struct bsync_bytes){(const uint8_t *)"\1\2\3\4", 4});
	bsync_write_text(&writer, (struct bsync_bytes){NULL, 0});
	CHECK_EQ(writer.result, BSYNC_OK);
	CHECK_HEX(out, "96 c0 c3 c2 a5636166c3a9 c40401020304 a0");

	bsync_reader_init(&reader, bsync_buffer_bytes(&out), &LIMITS);
	CHECK(bsync_read_is_array(&reader));
	CHECK(!bsync_read_is_nil(&reader));
	CHECK_EQ(bsync_read_array(&reader, 6, 6), 6);
	CHECK(bsync_read_is_nil(&reader));
	CHECK(!bsync_read_is_array(&reader));
	bsync_read_nil(&reader);
	CHECK(bsync_read_bool(&reader));
	CHECK(!bsync_read_bool(&reader));
	text = bsync_read_text(&reader);
	CHECK_BYTES(text.data, text.size, "caf\xc3\xa9", 5);
	bsync_read_fixed(&reader, fixed, sizeof(fixed));
	CHECK_BYTES(fixed, 4, "\1\2\3\4", 4);
	CHECK_EQ(bsync_read_text(&reader).size, 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	bsync_buffer_clear(&out);
}

TEST(lengths_are_written_in_their_shortest_form)
{
	static const size_t sizes[] = {0, 31, 32, 255, 256, 65535, 65536};
	static const size_t text_heads[] = {1, 1, 2, 2, 3, 3, 5};
	static const size_t blob_heads[] = {2, 2, 2, 2, 3, 3, 5};
	static uint8_t content[65536];

	memset(content, 'x', sizeof(content));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct bsync_buffer out = {.size_max = 1 << 20};
		struct bsync_bytes bytes = {content, sizes[i]};
		struct bsync_writer writer;
		struct bsync_reader reader;

		bsync_writer_init(&writer, &out);
		bsync_write_array(&writer, 2);
		bsync_write_text(&writer, bytes);
		CHECK_EQ(out.size, 1 + text_heads[i] + sizes[i]);
		bsync_write_blob(&writer, bytes);
		CHECK_EQ(out.size, 1 + text_heads[i] + blob_heads[i] + 2 * sizes[i]);
		bsync_reader_init(&reader, bsync_buffer_bytes(&out), &LIMITS);
		CHECK_EQ(bsync_read_array(&reader, 2, 2), 2);
		CHECK(bsync_bytes_equal(bsync_read_text(&reader), bytes));
		CHECK(bsync_bytes_equal(bsync_read_blob(&reader), bytes));
		CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
		bsync_buffer_clear(&out);
	}
}

TEST(array_heads_are_written_in_their_shortest_form)
{
	struct bsync_buffer out = {.size_max = 256};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &out);
	bsync_write_array(&writer, 15);
	bsync_write_array(&writer, 16);
	bsync_write_array(&writer, 65535);
	bsync_write_array(&writer, 65536);
	CHECK_HEX(out, "9f dc0010 dcffff dd00010000");
	bsync_buffer_clear(&out);
}

TEST(values_of_every_kind_survive_a_round_trip)
{
	struct bsync_value values[] = {
		bsync_value_null(),
		bsync_value_integer(-5),
		bsync_value_integer(INT64_MAX),
		bsync_value_real(1.5),
		bsync_value_real(-INFINITY),
		bsync_value_real(1e-300),
		bsync_value_text(bsync_bytes_of_string("na\xc3\xafve")),
		bsync_value_text(bsync_bytes_of_string("")),
		bsync_value_blob((struct bsync_bytes){(const uint8_t *)"\xff\x00\xfe", 3}),
		bsync_value_blob((struct bsync_bytes){NULL, 0}),
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct bsync_buffer out = {.size_max = 256};
		struct bsync_writer writer;
		struct bsync_reader reader;
		struct bsync_value back;

		bsync_writer_init(&writer, &out);
		bsync_write_value(&writer, &values[i]);
		bsync_reader_init(&reader, bsync_buffer_bytes(&out), &LIMITS);
		back = bsync_read_value(&reader);
		CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
		CHECK(bsync_value_equal(&values[i], &back));
		bsync_buffer_clear(&out);
	}
}

TEST(a_text_value_that_is_not_utf8_travels_as_bin)
{
	struct bsync_value value = bsync_value_text((struct bsync_bytes){(const uint8_t *)"caf\xe9", 4});
	struct bsync_buffer out = {.size_max = 64};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &out);
	bsync_write_value(&writer, &value);
	CHECK_EQ(writer.result, BSYNC_OK);
	CHECK_HEX(out, "c404636166e9");
	bsync_buffer_clear(&out);
}

TEST(a_value_built_by_hand_still_travels_canonically)
{
	struct bsync_value values[] = {{.kind = BSYNC_REAL, .as.real = NAN}, {.kind = BSYNC_REAL, .as.real = -0.0}};
	struct bsync_buffer out = {.size_max = 64};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &out);
	bsync_write_value(&writer, &values[0]);
	bsync_write_value(&writer, &values[1]);
	CHECK_HEX(out, "c0 cb0000000000000000");
	bsync_buffer_clear(&out);
}

TEST(text_that_is_not_utf8_sticks_in_the_writer)
{
	struct bsync_buffer out = {.size_max = 64};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &out);
	bsync_write_text(&writer, (struct bsync_bytes){(const uint8_t *)"\xff", 1});
	CHECK_EQ(writer.result, BSYNC_INVALID);
	bsync_write_nil(&writer);
	CHECK_EQ(writer.result, BSYNC_INVALID);
	CHECK_EQ(out.size, 0);
	bsync_buffer_clear(&out);
}

TEST(a_full_buffer_sticks_in_the_writer)
{
	struct bsync_buffer out = {.size_max = 3};
	struct bsync_writer writer;

	bsync_writer_init(&writer, &out);
	bsync_write_string(&writer, "ab");
	CHECK_EQ(writer.result, BSYNC_OK);
	bsync_write_nil(&writer);
	CHECK_EQ(writer.result, BSYNC_TOO_LARGE);
	/* The first error stays, whatever comes later. */
	bsync_write_text(&writer, (struct bsync_bytes){(const uint8_t *)"\xff", 1});
	CHECK_EQ(writer.result, BSYNC_TOO_LARGE);
	bsync_buffer_clear(&out);
}

TEST(each_read_of_another_kind_is_malformed_and_sticks)
{
	static const char *const others[] = {"c0", "c2", "05", "ff", "cb3ff0000000000000", "a161", "c40161", "9100"};
	uint8_t bytes[256];
	uint8_t fixed[1];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		for (int read = 0; read < 8; read++) {
			struct bsync_reader reader = reader_of(others[i], bytes);
			bool fits = false;

			switch (read) {
			case 0:
				bsync_read_nil(&reader);
				fits = i == 0;
				break;
			case 1:
				(void)bsync_read_bool(&reader);
				fits = i == 1;
				break;
			case 2:
				(void)bsync_read_unsigned(&reader, UINT64_MAX);
				fits = i == 2;
				break;
			case 3:
				(void)bsync_read_integer(&reader);
				fits = i == 2 || i == 3;
				break;
			case 4:
				(void)bsync_read_text(&reader);
				fits = i == 5;
				break;
			case 5:
				bsync_read_fixed(&reader, fixed, sizeof(fixed));
				fits = i == 6;
				break;
			case 6:
				(void)bsync_read_value(&reader);
				fits = i != 1 && i != 7;
				break;
			default:
				bsync_read_skip(&reader);
				fits = true;
				break;
			}
			CHECK_EQ(bsync_reader_end(&reader), fits ? BSYNC_OK : BSYNC_MALFORMED);
		}
	}
}

TEST(after_an_error_every_read_is_zero_or_empty)
{
	uint8_t bytes[256];
	uint8_t fixed[2] = {7, 7};
	struct bsync_reader reader = reader_of("9205a161", bytes);

	bsync_read_nil(&reader);
	CHECK_EQ(reader.result, BSYNC_MALFORMED);
	CHECK_EQ(bsync_read_array(&reader, 0, 9), 0);
	CHECK_EQ(bsync_read_list(&reader, 0, 9), 0);
	CHECK_EQ(bsync_read_unsigned(&reader, 9), 0);
	CHECK_EQ(bsync_read_integer(&reader), 0);
	CHECK_EQ(bsync_read_text(&reader).size, 0);
	CHECK_EQ(bsync_read_blob(&reader).size, 0);
	CHECK(!bsync_read_bool(&reader));
	CHECK(!bsync_read_is_nil(&reader));
	CHECK(!bsync_read_is_array(&reader));
	CHECK_EQ(bsync_read_value(&reader).kind, BSYNC_NULL);
	bsync_read_fixed(&reader, fixed, sizeof(fixed));
	CHECK_EQ(fixed[0] + fixed[1], 0);
	bsync_read_skip(&reader);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

TEST(a_guard_failure_sticks_in_the_reader)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("91919191919191919100", bytes);

	CHECK_EQ(bsync_read_array(&reader, 1, 1), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_TOO_DEEP);
}

TEST(array_counts_are_held_to_their_limits)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("93000000", bytes);

	CHECK_EQ(bsync_read_array(&reader, 0, 2), 0);
	CHECK_EQ(reader.result, BSYNC_MALFORMED);
	reader = reader_of("93000000", bytes);
	CHECK_EQ(bsync_read_array(&reader, 4, 9), 0);
	CHECK_EQ(reader.result, BSYNC_MALFORMED);
	reader = reader_of("93000000", bytes);
	CHECK_EQ(bsync_read_list(&reader, 0, 2), 0);
	CHECK_EQ(reader.result, BSYNC_TOO_LARGE);
	reader = reader_of("93000000", bytes);
	CHECK_EQ(bsync_read_list(&reader, 4, 9), 0);
	CHECK_EQ(reader.result, BSYNC_MALFORMED);
	reader = reader_of("93000000", bytes);
	CHECK_EQ(bsync_read_list(&reader, 3, 3), 3);
	CHECK_EQ(reader.result, BSYNC_OK);
}

TEST(skip_passes_whole_trees)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("93 92a1619201c0 c4020102 07", bytes);

	CHECK_EQ(bsync_read_array(&reader, 3, 3), 3);
	bsync_read_skip(&reader);
	bsync_read_skip(&reader);
	CHECK_EQ(bsync_read_unsigned(&reader, 9), 7);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
}

TEST(reading_past_the_end_is_malformed)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("9105", bytes);

	(void)bsync_read_array(&reader, 1, 1);
	CHECK_EQ(bsync_read_integer(&reader), 5);
	CHECK_EQ(bsync_read_integer(&reader), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("9105", bytes);
	(void)bsync_read_array(&reader, 1, 1);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

/* Bytes that no guard has seen must not be read past their end either. */
TEST(a_reader_without_a_guard_stays_within_its_bytes)
{
	static const char *const cut[] = {"cd01",   "cf00000001", "a36162",       "c404ff",
					  "cb3ff0", "dc00",       "da0005616161", "d3ff"};
	uint8_t bytes[256];

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		size_t size = hex_decode(cut[i], bytes, sizeof(bytes));
		uint8_t *exact = malloc(size);
		struct bsync_reader reader = {{exact, size}, BSYNC_OK};

		CHECK(exact != NULL);
		memcpy(exact, bytes, size);
		(void)bsync_read_value(&reader);
		CHECK_EQ(reader.result, BSYNC_MALFORMED);
		reader = (struct bsync_reader){{exact, size}, BSYNC_OK};
		bsync_read_skip(&reader);
		CHECK_EQ(reader.result, BSYNC_MALFORMED);
		free(exact);
	}
}
