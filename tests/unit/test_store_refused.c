/* What a rule does not take: the rest of the changeset is taken, and nothing that was written is lost. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna, "insert lijst week; insert punt week,1 titel=een labels+{a}");
	scene_pull(&pair->scene, &pair->anna);
}

TEST(a_set_that_is_no_set_waits_for_a_person_and_the_rest_is_taken)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=twee labels=geen_lijst"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason, "refused: the rule of this column does not take what was written (table punt)");
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt WHERE nr = 2 AND labels IS NULL"), "twee");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused' AND "
					  "instr(cells, CAST('geen_lijst' AS BLOB)) > 0"),
		 1);
	/* The author took it off the screen and gets what stands, and the item. */
	const char *text = scene_pull(&pair.scene, &pair.anna);
	CHECK(strstr(text, "  whole punt week,2 titel=twee\n") != NULL);
	CHECK(strstr(text, "geen_lijst") != NULL);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_element_that_no_set_holds_waits_for_a_person_and_the_set_stays)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=twee labels+{zeldzaam,1.5}"),
		 BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || labels FROM punt WHERE nr = 1"), "twee[\"a\"]");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused' AND "
					  "instr(cells, CAST('zeldzaam' AS BLOB)) > 0"),
		 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_write_that_is_refused_alone_sends_the_row_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,1 labels+{2.5}"), BSYNC_VERDICT_INBOX);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "  whole punt week,1 titel=een labels=[\"a\"]\n") != NULL);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,1 nummer=3"), BSYNC_VERDICT_INBOX);
	CHECK_STR(pair.scene.reason, "refused: only the store writes this column (table punt)");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_update_of_which_nothing_is_taken_revives_no_row)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_pull(&pair.scene, &pair.bram);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	/* Bram has not seen the delete.  Handed in before it, his write would not have kept the row either. */
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 nummer=3"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 labels+{2.5}"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM punt"), 0);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 2);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted'"), 0);
	/* Nor does it begin one. */
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,7 nummer=3"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM punt"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* An insert of Anna's was refused; her update of the row, which clears fields, begins it, or comes second. */
TEST(an_update_that_begins_a_row_clears_as_one_of_a_row_that_is_there)
{
	for (int is_first = 0; is_first < 2; is_first++) {
		struct scene_pair pair;
		struct scene *scene = &pair.scene;

		lists_open(&pair);
		struct scene_set cleared = scene_make(scene, &pair.anna,
						      "update punt week,4 titel=wis tekst=null eerste=null");
		struct scene_set filled = scene_make(scene, &pair.bram, "insert punt week,4 tekst=vol eerste=vol");

		if (is_first)
			CHECK_EQ(scene_hand_in(scene, &pair.anna, &cleared), BSYNC_OK);
		CHECK_EQ(scene_hand_in(scene, &pair.bram, &filled), BSYNC_OK);
		if (!is_first)
			CHECK_EQ(scene_hand_in(scene, &pair.anna, &cleared), BSYNC_OK);
		CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_INBOX);
		CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_conflict"), 1);
		CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_history"), 1);
		CHECK_STR(scene_sql(scene, "SELECT titel || quote(tekst) || quote(eerste) FROM punt WHERE nr = 4"),
			  "wis'vol'NULL");
		CHECK_STR(scene_check(scene), "");
		scene_set_free(&cleared);
		scene_set_free(&filled);
		scene_close(scene);
	}
}

TEST(an_update_that_begins_a_plain_row_clears_too)
{
	struct scene scene;

	scene_open(&scene, "tests/schemas/lijst");
	scene_team(&scene, "Zuid");
	scene_worker(&scene, "anna", "Zuid");
	struct scene_device anna = scene_device(&scene, "anna"), other = scene_device(&scene, "anna");
	scene_do(&scene, &anna, "insert lijst week");
	scene_do(&scene, &anna, "update regel 1 lijst=week tekst=null");
	CHECK_EQ(scene_do(&scene, &other, "insert regel 1 lijst=week tekst=vol"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&scene, "SELECT count(*) FROM bsync_conflict"), 1);
	CHECK_STR(scene_check(&scene), "");
	scene_close(&scene);
}
