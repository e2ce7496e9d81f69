/* An inbox item is closed by a change, as it is resolved on a device. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* Anna and Bram hold a list in which a write of Anna's was refused. */
static void item_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna, "insert lijst L2; insert punt L2,1 titel=een");
	scene_do(&pair->scene, &pair->anna, "update punt L2,1 nummer=3");
	scene_pull(&pair->scene, &pair->anna);
	scene_pull(&pair->scene, &pair->bram);
}

static int64_t open_count(struct scene_pair *pair)
{
	return scene_count(&pair->scene, "SELECT count(*) FROM bsync_item WHERE resolved_counter IS NULL");
}

/* The device closes the one item there is, with the other changes of `rest`. */
static enum bsync_verdict item_close(struct scene_pair *pair, struct scene_device *device, const char *rest)
{
	char text[300];

	snprintf(text, sizeof(text), "%sdelete item x'%s'", rest,
		 scene_sql(&pair->scene, "SELECT hex(id) FROM bsync_item"));
	return scene_do(&pair->scene, device, text);
}

TEST(who_holds_the_scope_closes_an_item_for_everybody)
{
	struct scene_pair pair;

	item_open(&pair);
	CHECK_EQ(open_count(&pair), 1);
	CHECK_EQ(item_close(&pair, &pair.bram, "update punt L2,1 titel=beter; "), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(open_count(&pair), 0);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt"), "beter");
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "item") != NULL);
	CHECK_STR(scene_check(&pair.scene), "");
	/* Twice is once. */
	CHECK_EQ(item_close(&pair, &pair.anna, ""), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* Anna's edit had seen neither delete; that of the first one is a question that a person has done with. */
TEST(an_item_that_the_store_had_closed_is_closed_by_a_person_for_good)
{
	struct scene_pair pair;
	struct scene_set later;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(&pair, "insert lijst L2; insert punt L2,1 titel=een");
	scene_do(&pair.scene, &pair.bram, "update punt L2,1 titel=twee");
	scene_do(&pair.scene, &pair.anna, "delete punt L2,1");
	scene_pull(&pair.scene, &pair.bram);
	later = scene_make(&pair.scene, &pair.anna, "update punt L2,1 titel=drie");
	CHECK_EQ(open_count(&pair), 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete punt L2,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(open_count(&pair), 0);
	CHECK_EQ(item_close(&pair, &pair.bram, ""), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &later), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt"), "drie");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item"), 2);
	CHECK_EQ(open_count(&pair), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&later);
	scene_close(&pair.scene);
}

TEST(who_does_not_hold_the_scope_closes_nothing)
{
	struct scene_pair pair;

	item_open(&pair);
	scene_team(&pair.scene, "buiten");
	scene_worker(&pair.scene, "cor", "buiten");
	struct scene_device cor = scene_device(&pair.scene, "cor");
	CHECK_EQ(item_close(&pair, &cor, ""), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete item x'00112233445566778899aabbccddeeff'"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_EQ(open_count(&pair), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(what_is_no_closing_of_an_item_is_set_aside)
{
	static const char *const texts[] = {"insert item x'00112233445566778899aabbccddeeff'", "delete item x'0011'",
					    "delete item #een,#twee"};
	struct scene_pair pair;

	item_open(&pair);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_EQ(scene_do(&pair.scene, i == 0 ? &pair.anna : &pair.bram, texts[i]), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}
