#include "core/people.h"
#include "tests/support/harness.h"

TEST(who_was_added_is_in_the_list_and_nobody_else)
{
	struct bsync_people people = {0};
	struct bsync_arena arena;

	bsync_arena_init(&arena, 1 << 12);
	for (uint8_t i = 0; i < 9; i++) {
		const struct bsync_worker_id worker = {{i, 1}};

		CHECK(!bsync_people_has(&people, &worker));
		CHECK_EQ(bsync_people_add(&arena, &people, &worker), BSYNC_OK);
	}
	CHECK_EQ(people.count, 9);
	for (uint8_t i = 0; i < 9; i++) {
		const struct bsync_worker_id worker = {{i, 1}};

		CHECK(bsync_people_has(&people, &worker));
		CHECK_BYTES(people.list[i].bytes, BSYNC_ID_SIZE, worker.bytes, BSYNC_ID_SIZE);
	}
	CHECK(!bsync_people_has(&people, &(struct bsync_worker_id){{9, 1}}));
	CHECK(!bsync_people_has(&people, &(struct bsync_worker_id){{0}}));
	bsync_arena_clear(&arena);
}
