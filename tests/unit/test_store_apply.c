/* What the store does with changesets, and what devices get of it. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* A list that the first has founded, and both up to date. */
static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_pair_share(pair, "insert lijst boodschappen titel=Boodschappen");
}

TEST(a_new_row_is_applied_and_reaches_another_device)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt boodschappen,1 titel=melk tekst=halfvol"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(pair.scene.receipt.counter != 0);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt WHERE nr = 1"), "melk");
	CHECK_STR(scene_pull(&pair.scene, &pair.bram),
		  "rows iedereen boodschappen\n  whole punt boodschappen,1 titel=melk tekst=halfvol\n");
	CHECK_STR(scene_pull(&pair.scene, &pair.bram), "");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(own_rows_do_not_come_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt boodschappen,1 titel=melk");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "");
	scene_close(&pair.scene);
}

TEST(an_update_sends_only_the_changed_cells)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt boodschappen,1 titel=melk tekst=halfvol");
	scene_pull(&pair.scene, &pair.bram);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt boodschappen,1 titel=kaas"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_pull(&pair.scene, &pair.anna),
		  "rows iedereen boodschappen\n  cells punt boodschappen,1 titel=kaas\n");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(concurrent_keep_values_both_stand_until_a_resolve_names_them)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt boodschappen,1 tekst=een");
	scene_pull(&pair.scene, &pair.anna);
	scene_pull(&pair.scene, &pair.bram);
	pair.scene.now_ms += 1000;
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt boodschappen,1 tekst=twee"), BSYNC_VERDICT_APPLIED);
	pair.scene.now_ms += 1000;
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt boodschappen,1 tekst=drie"), BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason, "conflict: another value stands, a person chooses");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna),
		  "rows iedereen boodschappen\n  cells punt boodschappen,1 tekst=drie{drie|twee} past:tekst=een\n");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_conflict"), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt boodschappen,1 tekst!=vier"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM punt"), "vier");
	/* An edit that saw the first wording chose nothing. */
	CHECK_STR(
		scene_sql(
			&pair.scene,
			"SELECT group_concat(value || ' ' || is_chosen_against, ', ') FROM (SELECT * FROM bsync_history"
			" ORDER BY value)"),
		"drie 1, een 0, twee 1");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_repeat_is_answered_by_the_first_receipt_and_not_applied)
{
	struct scene_pair pair;
	struct scene_set set;
	uint64_t counter = 0;

	lists_open(&pair);
	set = scene_make(&pair.scene, &pair.anna, "insert punt boodschappen,1 aantal+=5");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &set), BSYNC_OK);
	counter = pair.scene.receipt.counter;
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &set), BSYNC_OK);
	CHECK_EQ(pair.scene.receipt.counter, counter);
	CHECK_EQ(scene_count(&pair.scene, "SELECT aantal FROM punt"), 5);
	set.seq += 5;
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &set), BSYNC_OUT_OF_ORDER);
	scene_set_free(&set);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(every_rule_survives_the_store)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(
		scene_do(
			&pair.scene, &pair.anna,
			"insert punt boodschappen,1 titel=a eerste=anna hoogste=3 laagste=3 aantal+=2 labels+{rood,groen} "
			"maat=1.5 vrij=x'00ff'"),
		BSYNC_VERDICT_APPLIED);
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.bram,
		 "update punt boodschappen,1 eerste=bram hoogste=5 laagste=5 aantal+=4 labels-{rood} maat=2.5");
	CHECK_STR(scene_sql(&pair.scene,
			    "SELECT eerste || hoogste || laagste || aantal || labels || maat || hex(vrij) FROM punt"),
		  "anna536[\"groen\"]2.500FF");
	/* What did not stick goes back to its author. */
	CHECK_STR(
		scene_pull(&pair.scene, &pair.bram),
		"rows iedereen boodschappen\n  cells punt boodschappen,1 eerste=anna laagste=3 aantal=6 labels=[\"groen\"]\n");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_reopen(&pair.scene);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}
