#include "core/bytes.h"

#include <stdalign.h>

#include "tests/support/harness.h"

static struct bsync_bytes of(const char *text)
{
	return bsync_bytes_of_string(text);
}

static const struct bsync_bytes NONE = {NULL, 0};

TEST(slices_compare_bytewise_with_the_shorter_prefix_first)
{
	CHECK(bsync_bytes_compare(of("a"), of("b")) < 0);
	CHECK(bsync_bytes_compare(of("b"), of("a")) > 0);
	CHECK(bsync_bytes_compare(of("a"), of("ab")) < 0);
	CHECK(bsync_bytes_compare(of("ab"), of("a")) > 0);
	CHECK(bsync_bytes_compare(of("\x7f"), of("\x80")) < 0);
	CHECK_EQ(bsync_bytes_compare(of("ab"), of("ab")), 0);
	CHECK_EQ(bsync_bytes_compare(NONE, of("")), 0);
	CHECK(bsync_bytes_compare(NONE, of("a")) < 0);
	CHECK(bsync_bytes_equal(NONE, of("")));
	CHECK(bsync_bytes_equal(of("ab"), of("ab")));
	CHECK(!bsync_bytes_equal(of("ab"), of("ac")));
	CHECK(!bsync_bytes_equal(of("ab"), of("abc")));
}

TEST(a_buffer_holds_up_to_its_maximum_and_not_a_byte_more)
{
	struct bsync_buffer buffer;
	char block[100];

	memset(block, 'x', sizeof(block));
	bsync_buffer_init(&buffer, 250);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 100), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 100), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 51), BSYNC_TOO_LARGE);
	CHECK_EQ(buffer.size, 200);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 50), BSYNC_OK);
	CHECK_EQ(buffer.size, 250);
	CHECK(buffer.capacity <= 250);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 1), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 0), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&buffer, NULL, 0), BSYNC_OK);
	bsync_buffer_clear(&buffer);
	CHECK_EQ(buffer.size, 0);
	CHECK_EQ(buffer.capacity, 0);
	CHECK_EQ(bsync_buffer_append(&buffer, block, 100), BSYNC_OK);
	bsync_buffer_clear(&buffer);
}

TEST(zeros_with_a_maximum_are_an_empty_buffer)
{
	struct bsync_buffer buffer = {.size_max = 8};

	CHECK_EQ(bsync_buffer_bytes(&buffer).size, 0);
	CHECK_EQ(bsync_buffer_append(&buffer, "12345678", 8), BSYNC_OK);
	CHECK_BYTES(buffer.data, buffer.size, "12345678", 8);
	bsync_buffer_clear(&buffer);
	buffer.size_max = 0;
	CHECK_EQ(bsync_buffer_append(&buffer, "", 0), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&buffer, "1", 1), BSYNC_TOO_LARGE);
}

TEST(a_size_near_the_end_of_size_t_does_not_wrap)
{
	struct bsync_buffer buffer;
	uint8_t *room = NULL;

	bsync_buffer_init(&buffer, SIZE_MAX);
	CHECK_EQ(bsync_buffer_append(&buffer, "abc", 3), BSYNC_OK);
	CHECK_EQ(bsync_buffer_reserve(&buffer, SIZE_MAX - 2, &room), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_buffer_reserve(&buffer, SIZE_MAX, &room), BSYNC_TOO_LARGE);
	CHECK_BYTES(buffer.data, buffer.size, "abc", 3);
	bsync_buffer_clear(&buffer);
}

TEST(reserved_room_counts_once_it_is_committed)
{
	struct bsync_buffer buffer;
	uint8_t *room = NULL;

	bsync_buffer_init(&buffer, 16);
	CHECK_EQ(bsync_buffer_append(&buffer, "ab", 2), BSYNC_OK);
	CHECK_EQ(bsync_buffer_reserve(&buffer, 10, &room), BSYNC_OK);
	memcpy(room, "cdef", 4);
	CHECK_EQ(buffer.size, 2);
	bsync_buffer_commit(&buffer, 3);
	CHECK_BYTES(buffer.data, buffer.size, "abcde", 5);
	CHECK_EQ(bsync_buffer_reserve(&buffer, 12, &room), BSYNC_TOO_LARGE);
	bsync_buffer_clear(&buffer);
}

TEST(consume_drops_the_front)
{
	struct bsync_buffer buffer;

	bsync_buffer_init(&buffer, 16);
	CHECK_EQ(bsync_buffer_append(&buffer, "abcdef", 6), BSYNC_OK);
	bsync_buffer_consume(&buffer, 0);
	bsync_buffer_consume(&buffer, 2);
	CHECK_BYTES(buffer.data, buffer.size, "cdef", 4);
	bsync_buffer_consume(&buffer, 4);
	CHECK_EQ(buffer.size, 0);
	bsync_buffer_consume(&buffer, 0);
	CHECK_EQ(bsync_buffer_append(&buffer, "0123456789abcdef", 16), BSYNC_OK);
	bsync_buffer_wipe(&buffer);
	CHECK_EQ(buffer.capacity, 0);
	CHECK_EQ(buffer.size_max, 16);
	bsync_buffer_wipe(&buffer);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

TEST(an_arena_gives_zeroed_aligned_objects_also_after_a_reset)
{
	struct bsync_arena arena;

	bsync_arena_init(&arena, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 400; size++) {
			uint8_t *object = bsync_arena_take(&arena, size);

			CHECK(object != NULL);
			CHECK_EQ((uintptr_t)object % alignof(max_align_t), 0);
			CHECK(is_zero(object, size));
			memset(object, 0xff, size);
		}
		bsync_arena_reset(&arena);
	}
	bsync_arena_clear(&arena);
	CHECK_EQ(arena.used, 0);
}

TEST(an_arena_never_holds_more_than_its_maximum)
{
	struct bsync_arena arena;
	size_t taken = 0;

	bsync_arena_init(&arena, 10000);
	while (bsync_arena_take(&arena, 100) != NULL) {
		taken += 100;
		CHECK(arena.used <= 10000);
	}
	CHECK(taken >= 8000);
	CHECK(bsync_arena_take(&arena, 10000) == NULL);
	CHECK(bsync_arena_take(&arena, SIZE_MAX) == NULL);
	CHECK(bsync_arena_take(&arena, SIZE_MAX - 7) == NULL);
	bsync_arena_clear(&arena);
	CHECK(bsync_arena_take(&arena, 10000) != NULL);
	CHECK(bsync_arena_take(&arena, 1) == NULL);
	bsync_arena_clear(&arena);
	bsync_arena_init(&arena, 0);
	CHECK(bsync_arena_take(&arena, 1) == NULL);
	bsync_arena_clear(&arena);
}

TEST(a_reset_arena_keeps_one_block_and_serves_from_it)
{
	struct bsync_arena arena;
	size_t kept = 0;

	bsync_arena_init(&arena, 1 << 20);
	for (int i = 0; i < 100; i++)
		CHECK(bsync_arena_take(&arena, 1000) != NULL);
	bsync_arena_reset(&arena);
	kept = arena.used;
	CHECK(kept > 0);
	CHECK(bsync_arena_take(&arena, kept) != NULL);
	CHECK_EQ(arena.used, kept);
	bsync_arena_reset(&arena);
	CHECK_EQ(arena.used, kept);
	bsync_arena_clear(&arena);
	bsync_arena_reset(&arena);
	CHECK_EQ(arena.used, 0);
}

TEST(an_array_beyond_the_maximum_is_too_large)
{
	struct bsync_arena arena;
	uint64_t *numbers = NULL;

	bsync_arena_init(&arena, 1000);
	CHECK_EQ(bsync_arena_array(&arena, 100, sizeof(*numbers), &numbers), BSYNC_OK);
	CHECK(is_zero((const uint8_t *)numbers, 800));
	numbers = NULL;
	CHECK_EQ(bsync_arena_array(&arena, 26, sizeof(*numbers), &numbers), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_arena_array(&arena, SIZE_MAX / 8 + 1, sizeof(*numbers), &numbers), BSYNC_TOO_LARGE);
	CHECK_EQ(bsync_arena_array(&arena, SIZE_MAX, 1, &numbers), BSYNC_TOO_LARGE);
	CHECK(numbers == NULL);
	numbers = (uint64_t *)&arena;
	CHECK_EQ(bsync_arena_array(&arena, 0, sizeof(*numbers), &numbers), BSYNC_OK);
	CHECK(numbers == NULL);
	bsync_arena_clear(&arena);
}

TEST(an_arena_copy_is_whole_or_empty)
{
	struct bsync_arena arena;
	struct bsync_bytes copy;
	struct bsync_bytes source = of("0123456789abcdef0");

	bsync_arena_init(&arena, 32);
	copy = bsync_arena_copy(&arena, source);
	CHECK(bsync_bytes_equal(copy, source));
	CHECK(copy.data != source.data);
	copy = bsync_arena_copy(&arena, source);
	CHECK(copy.data == NULL);
	CHECK_EQ(copy.size, 0);
	CHECK_EQ(bsync_arena_copy(&arena, NONE).size, 0);
	bsync_arena_clear(&arena);
}
