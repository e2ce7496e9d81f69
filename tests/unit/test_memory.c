/* Every allocation of the codecs fails in turn: BSYNC_NO_MEMORY, and nothing half-done is left behind. */
#include "core/changeset.h"
#include "core/frame.h"
#include "tests/support/count_alloc.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"
#include "tests/support/message_any.h"

enum { ALLOCATIONS_MAX = 100 };

#if COUNT_ALLOC
#define SKIP_UNDER_SANITIZERS()
#else
#define SKIP_UNDER_SANITIZERS() SKIP("the sanitizers bring their own allocator")
#endif

/* A changeset that needs more than one block and more than one growth. */
static struct bsync_changeset changeset_make(struct bsync_arena *arena)
{
	struct bsync_changeset set = {.schema_version = 1, .change_count = 500};

	set.changes = bsync_arena_take(arena, set.change_count * sizeof(*set.changes));
	for (uint32_t i = 0; set.changes != NULL && i < set.change_count; i++) {
		struct bsync_change *change = &set.changes[i];

		change->key_count = 1;
		change->key = bsync_arena_take(arena, sizeof(*change->key));
		change->cell_count = 1;
		change->cells = bsync_arena_take(arena, sizeof(*change->cells));
		if (change->key == NULL || change->cells == NULL)
			exit(1);
		change->key[0] = bsync_value_integer(i);
		change->cells[0].column_no = 2;
		change->cells[0].value = bsync_value_text(bsync_bytes_of_string("some text of a visit"));
	}
	return set;
}

TEST(a_changeset_survives_each_failing_allocation)
{
	struct bsync_arena source;
	struct bsync_changeset set;
	struct bsync_buffer plain = {.size_max = BSYNC_CHANGESET_SIZE_MAX};
	size_t failures = 0;

	SKIP_UNDER_SANITIZERS();
	bsync_arena_init(&source, 1 << 24);
	set = changeset_make(&source);
	for (size_t ahead = 1; ahead < ALLOCATIONS_MAX; ahead++) {
		enum bsync_result result = BSYNC_OK;

		allocation_fail(ahead);
		result = bsync_changeset_encode(&set, &plain);
		allocation_fail(0);
		if (result == BSYNC_OK)
			break;
		CHECK_EQ(result, BSYNC_NO_MEMORY);
		CHECK_EQ(plain.size, 0);
		bsync_buffer_clear(&plain);
		failures++;
	}
	CHECK(failures > 3);
	failures = 0;
	for (size_t ahead = 1; ahead < ALLOCATIONS_MAX; ahead++) {
		struct bsync_changeset decoded = {.schema_version = 4711};
		struct bsync_arena arena;
		enum bsync_result result = BSYNC_OK;

		bsync_arena_init(&arena, 1 << 24);
		allocation_fail(ahead);
		result = bsync_changeset_decode(bsync_buffer_bytes(&plain), &arena, &decoded);
		allocation_fail(0);
		bsync_arena_clear(&arena);
		if (result == BSYNC_OK)
			break;
		CHECK_EQ(result, BSYNC_NO_MEMORY);
		CHECK_EQ(decoded.schema_version, 4711);
		failures++;
	}
	CHECK(failures > 1);
	bsync_buffer_clear(&plain);
	bsync_arena_clear(&source);
}

TEST(rows_survive_each_failing_allocation)
{
	struct bsync_buffer golden = {.size_max = 10000};
	struct bsync_arena arena;
	union message_any message;
	size_t failures = 0;

	SKIP_UNDER_SANITIZERS();
	CHECK(golden_read("rows.hex", 0, &golden));
	bsync_arena_init(&arena, 1 << 20);
	allocation_fail(1);
	CHECK_EQ(bsync_rows_decode(bsync_buffer_bytes(&golden), &arena, &message.rows), BSYNC_NO_MEMORY);
	allocation_fail(0);
	CHECK_EQ(bsync_rows_decode(bsync_buffer_bytes(&golden), &arena, &message.rows), BSYNC_OK);
	for (size_t ahead = 1; ahead < ALLOCATIONS_MAX; ahead++) {
		struct bsync_buffer out = {.size_max = 10000};
		enum bsync_result result = BSYNC_OK;

		allocation_fail(ahead);
		result = bsync_rows_encode(&message.rows, &out);
		allocation_fail(0);
		CHECK(result == BSYNC_OK || out.size == 0);
		bsync_buffer_clear(&out);
		if (result == BSYNC_OK)
			break;
		CHECK_EQ(result, BSYNC_NO_MEMORY);
		failures++;
	}
	CHECK(failures > 2);
	bsync_arena_clear(&arena);
	bsync_buffer_clear(&golden);
}

TEST(a_failing_allocation_leaves_buffers_arenas_and_readers_as_they_were)
{
	static const uint8_t ping[] = {0, 0, 0, 1, 7, 0, 0, 0, 0x90};
	static const uint8_t large[5000];
	struct bsync_buffer buffer = {.size_max = 10000};
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_arena arena;
	uint64_t *numbers = NULL;

	SKIP_UNDER_SANITIZERS();
	CHECK_EQ(bsync_buffer_append(&buffer, "before", 6), BSYNC_OK);
	allocation_fail(1);
	CHECK_EQ(bsync_buffer_append(&buffer, large, sizeof(large)), BSYNC_NO_MEMORY);
	allocation_fail(1);
	CHECK_EQ(bsync_frame_write(&buffer, BSYNC_MESSAGE_PUSH, (struct bsync_bytes){large, sizeof(large)}),
		 BSYNC_NO_MEMORY);
	CHECK_BYTES(buffer.data, buffer.size, "before", 6);
	bsync_buffer_clear(&buffer);

	bsync_arena_init(&arena, 10000);
	allocation_fail(1);
	CHECK_EQ(bsync_arena_array(&arena, 10, sizeof(*numbers), &numbers), BSYNC_NO_MEMORY);
	CHECK(numbers == NULL);
	CHECK_EQ(arena.used, 0);
	CHECK_EQ(bsync_arena_array(&arena, 10, sizeof(*numbers), &numbers), BSYNC_OK);
	bsync_arena_clear(&arena);

	bsync_frame_reader_init(&reader);
	allocation_fail(1);
	CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){ping, sizeof(ping)}), BSYNC_NO_MEMORY);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_AGAIN);
	CHECK_EQ(bsync_frame_reader_feed(&reader, (struct bsync_bytes){ping, sizeof(ping)}), BSYNC_OK);
	CHECK_EQ(bsync_frame_reader_next(&reader, &frame), BSYNC_OK);
	allocation_fail(0);
	bsync_frame_reader_clear(&reader);
}

TEST(decoding_allocates_nothing_but_the_arena)
{
	struct bsync_arena source;
	struct bsync_arena arena;
	struct bsync_changeset set;
	struct bsync_changeset decoded;
	struct bsync_buffer plain = {.size_max = BSYNC_CHANGESET_SIZE_MAX};
	size_t before = 0;

	SKIP_UNDER_SANITIZERS();
	bsync_arena_init(&source, 1 << 24);
	set = changeset_make(&source);
	CHECK_EQ(bsync_changeset_encode(&set, &plain), BSYNC_OK);
	bsync_arena_init(&arena, 1 << 24);
	CHECK(bsync_arena_take(&arena, 1 << 20) != NULL);
	bsync_arena_reset(&arena);
	before = allocations;
	CHECK_EQ(bsync_changeset_decode(bsync_buffer_bytes(&plain), &arena, &decoded), BSYNC_OK);
	CHECK_EQ(allocations, before);
	bsync_arena_clear(&arena);
	bsync_arena_clear(&source);
	bsync_buffer_clear(&plain);
}
