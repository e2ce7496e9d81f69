/* Changesets that were set aside and find their place later: how their device hears of it. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

TEST(a_changeset_that_found_its_scope_is_told_with_the_next_pull)
{
	struct scene_pair pair;

	scene_pair_open(&pair, "tests/schemas/lijst");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,1 titel=een"), BSYNC_VERDICT_UNPLACED);
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert lijst week"), BSYNC_VERDICT_APPLIED);
	/* Where it was placed the device cannot know, so its rows come too. */
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "receipt 1 verdict 0\n"
						       "add iedereen week\n"
						       "rows iedereen week\n"
						       "  whole lijst week\n"
						       "  whole punt week,1 titel=een\n");
	/* Once. */
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(those_that_waited_behind_it_are_told_and_sent_too)
{
	struct scene_pair pair;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_do(&pair.scene, &pair.anna, "insert lijst week; insert punt week,1 titel=een");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt dag,1 titel=een"), BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt dag,1 titel=twee; update punt week,1 titel=twee"),
		 BSYNC_VERDICT_UNPLACED);
	scene_pull(&pair.scene, &pair.anna);
	scene_do(&pair.scene, &pair.bram, "insert lijst dag");
	const char *text = scene_pull(&pair.scene, &pair.anna);
	CHECK(strstr(text, "receipt 2 verdict 0\nreceipt 3 verdict 0\n") == text);
	CHECK(strstr(text, "  cells punt week,1 titel=twee\n") != NULL);
	CHECK(strstr(text, "  whole punt dag,1 titel=twee\n") != NULL);
	scene_close(&pair.scene);
}

TEST(a_batch_that_places_its_own_changeset_says_so_at_once)
{
	struct scene_pair pair;
	struct scene_set first, second;
	struct bsync_opened opened[2] = {0};
	struct bsync_receipts receipts;
	struct bsync_arena arena;

	scene_pair_open(&pair, "tests/schemas/lijst");
	first = scene_make(&pair.scene, &pair.anna, "insert punt week,1 titel=een");
	second = scene_make(&pair.scene, &pair.anna, "insert lijst week");
	bsync_arena_init(&arena, 1 << 20);
	for (int i = 0; i < 2; i++) {
		const struct scene_set *set = i == 0 ? &first : &second;

		opened[i] = (struct bsync_opened){.seq = set->seq,
						  .hash = set->hash,
						  .plain = bsync_buffer_bytes(&set->plain),
						  .stamp_ms = set->stamp_ms};
		opened[i].decoded = bsync_changeset_decode(opened[i].plain, &arena, &opened[i].changeset);
	}
	struct bsync_batch batch = {.device = pair.anna.id,
				    .worker = pair.anna.worker,
				    .line = pair.anna.line,
				    .epoch = 1,
				    .first_seq = 1,
				    .previous = first.previous,
				    .count = 2,
				    .changesets = opened,
				    .now_ms = pair.scene.now_ms};
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_apply(pair.scene.store, &batch, &arena, &receipts), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(pair.scene.store, &pair.scene.touched), BSYNC_OK);
	CHECK_EQ(receipts.receipts[0].verdict, BSYNC_VERDICT_APPLIED);
	CHECK_EQ(receipts.receipts[0].counter, receipts.receipts[1].counter + 1);
	bsync_arena_clear(&arena);
	scene_set_free(&first);
	scene_set_free(&second);
	scene_close(&pair.scene);
}
