/* What a device gets back of its own work: only what its screen does not show already. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* A list with one point that both have. */
static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_pair_share(pair, "insert lijst week; insert punt week,1 titel=een tekst=oud labels+{a,b}");
}

TEST(what_came_in_of_a_changeset_that_waits_for_a_person_comes_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=bram");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna,
			  "update punt week,1 titel=twee tekst=anna; insert punt week,2 titel=nieuw"),
		 BSYNC_VERDICT_INBOX);
	/* The device took all of it off its screen at that verdict. */
	const char *text = scene_pull(&pair.scene, &pair.anna);
	CHECK(strstr(text, "  cells punt week,1 titel=twee tekst=") != NULL);
	CHECK(strstr(text, "  whole punt week,2 titel=nieuw\n") != NULL);
	scene_close(&pair.scene);
}

TEST(a_counter_that_a_changeset_in_the_inbox_moved_comes_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=bram");
	scene_do(&pair.scene, &pair.anna, "update punt week,1 aantal+=3 tekst=anna");
	scene_do(&pair.scene, &pair.anna, "update punt week,1 aantal+=4");
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "aantal=7") != NULL);
	scene_close(&pair.scene);
}

TEST(a_set_from_which_another_took_comes_to_its_author)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 labels-{b}");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "rows iedereen week\n  cells punt week,1 labels=[\"a\"]\n");
	scene_do(&pair.scene, &pair.bram, "update punt week,1 labels-{a}");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "rows iedereen week\n  cells punt week,1 labels=[]\n");
	scene_close(&pair.scene);
}

TEST(an_own_earlier_value_that_still_stands_comes_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "update punt week,1 eerste=een hoogste=9 laagste=2");
	scene_pull(&pair.scene, &pair.anna);
	scene_do(&pair.scene, &pair.anna, "update punt week,1 eerste=twee hoogste=4 laagste=5");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna),
		  "rows iedereen week\n  cells punt week,1 eerste=een hoogste=9 laagste=2\n");
	scene_close(&pair.scene);
}

TEST(own_values_that_stand_alone_do_not_come_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=twee eerste=een hoogste=9");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "");
	scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=twee labels+{a} aantal+=3");
	CHECK_STR(scene_pull(&pair.scene, &pair.anna), "");
	scene_close(&pair.scene);
}

TEST(a_remove_that_took_nothing_out_sends_the_set_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 labels+{c}");
	scene_pull(&pair.scene, &pair.anna);
	/* A form that had opened before bram's label came: what it never showed is not taken out. */
	pair.anna.cursor.counter = 0;
	scene_do(&pair.scene, &pair.anna, "update punt week,1 labels-{c}");
	pair.anna.cursor.counter = bsync_store_position(pair.scene.store).counter - 1;
	CHECK_STR(scene_pull(&pair.scene, &pair.anna),
		  "rows iedereen week\n  cells punt week,1 labels=[\"a\",\"b\",\"c\"]\n");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}
