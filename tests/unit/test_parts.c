#include "core/parts.h"

#include "tests/support/harness.h"
#include "tests/support/hex.h"

/* A reader over the bytes of `hex`, which stay in `bytes`. */
static struct bsync_reader reader_of(const char *hex, uint8_t bytes[256])
{
	struct bsync_guard_limits limits = bsync_parts_limits(256);
	struct bsync_reader reader;
	size_t size = hex_decode(hex, bytes, 256);

	bsync_reader_init(&reader, (struct bsync_bytes){bytes, size}, &limits);
	return reader;
}

TEST(limits_are_those_of_the_protocol)
{
	struct bsync_guard_limits limits = bsync_parts_limits(1000);

	CHECK_EQ(limits.depth_max, 8);
	CHECK_EQ(limits.size_max, 1000);
	CHECK_EQ(limits.objects_max, 1000);
}

TEST(a_position_has_32_and_63_bits)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("92 ceffffffff cf7fffffffffffffff", bytes);
	struct bsync_position position = bsync_read_position(&reader);

	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	CHECK_EQ(position.incarnation, UINT32_MAX);
	CHECK_EQ(position.counter, BSYNC_COUNTER_MAX);
	reader = reader_of("92 cf0000000100000000 00", bytes);
	(void)bsync_read_position(&reader);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("92 00 cf8000000000000000", bytes);
	(void)bsync_read_position(&reader);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("92 00 ff", bytes);
	(void)bsync_read_position(&reader);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("91 00", bytes);
	(void)bsync_read_position(&reader);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

TEST(a_dot_is_written_and_read_back)
{
	struct bsync_buffer out = {.size_max = 256};
	struct bsync_guard_limits limits = bsync_parts_limits(256);
	struct bsync_dot dot = {.seq = 70000};
	struct bsync_dot back = {.seq = 1};
	struct bsync_writer writer;
	struct bsync_reader reader;

	memset(&dot.device, 1, sizeof(dot.device));
	memset(&dot.line, 2, sizeof(dot.line));
	bsync_writer_init(&writer, &out);
	bsync_write_dot(&writer, &dot);
	CHECK_EQ(writer.result, BSYNC_OK);
	CHECK_EQ(out.size, 1 + 18 + 18 + 5);
	bsync_reader_init(&reader, bsync_buffer_bytes(&out), &limits);
	bsync_read_dot(&reader, &back);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	CHECK_BYTES(&back, sizeof(back), &dot, sizeof(dot));
	bsync_buffer_clear(&out);
}

TEST(u32_reads_exactly_32_bits)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("93 00 7f ceffffffff", bytes);

	(void)bsync_read_array(&reader, 3, 3);
	CHECK_EQ(bsync_read_u32(&reader), 0);
	CHECK_EQ(bsync_read_u32(&reader), 127);
	CHECK_EQ(bsync_read_u32(&reader), UINT32_MAX);
	CHECK_EQ(bsync_read_u32(&reader), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	CHECK_EQ(bsync_read_u32(&reader), 0);
	reader = reader_of("cf0000000100000000", bytes);
	CHECK_EQ(bsync_read_u32(&reader), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	reader = reader_of("ff", bytes);
	CHECK_EQ(bsync_read_u32(&reader), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
}

TEST(a_list_takes_memory_only_for_elements_that_are_there)
{
	/* No guard has seen these: a count of 2^32 - 1 and one element. */
	static const uint8_t bomb[] = {0xdd, 0xff, 0xff, 0xff, 0xff, 0x00};
	struct bsync_reader reader = {{bomb, sizeof(bomb)}, BSYNC_OK};
	struct bsync_value *values = NULL;
	struct bsync_arena arena;

	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_read_values(&reader, &arena, UINT32_MAX, &values), 0);
	CHECK_EQ(reader.result, BSYNC_MALFORMED);
	CHECK_EQ(arena.used, 0);
	bsync_arena_clear(&arena);
}

TEST(a_list_is_held_to_its_maximum)
{
	uint8_t bytes[256];
	struct bsync_reader reader = reader_of("93 01 a161 c0", bytes);
	struct bsync_value *values = NULL;
	struct bsync_arena arena;

	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_read_values(&reader, &arena, 3, &values), 3);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	CHECK_EQ(values[0].as.integer, 1);
	CHECK_EQ(values[1].kind, BSYNC_TEXT);
	CHECK_EQ(values[2].kind, BSYNC_NULL);
	reader = reader_of("93 01 a161 c0", bytes);
	CHECK_EQ(bsync_read_values(&reader, &arena, 2, &values), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_TOO_LARGE);
	reader = reader_of("90", bytes);
	CHECK_EQ(bsync_read_values(&reader, &arena, 2, &values), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_OK);
	CHECK(values == NULL);
	reader = reader_of("90", bytes);
	CHECK_EQ(bsync_read_key(&reader, &arena, &values), 0);
	CHECK_EQ(bsync_reader_end(&reader), BSYNC_MALFORMED);
	bsync_arena_clear(&arena);
}
