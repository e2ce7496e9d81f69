/* Rows that name rows: orphans, and what is none. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

#define OPEN "SELECT count(*) FROM bsync_item WHERE resolved_counter IS NULL"

/* A household that both hold, with goal #g. */
static void plan_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "schema/utrecht");
	scene_pair_share(pair, "insert dossier #d roepnaam=Pruis; "
			       "insert betrokkenheid #b1 dossier_id=#d medewerker_id=@anna status=actief; "
			       "insert betrokkenheid #b2 dossier_id=#d medewerker_id=@bram status=actief; "
			       "insert doel #g dossier_id=#d tekst=slapen");
}

TEST(a_row_hung_on_what_was_deleted_meanwhile_is_one_item_in_either_order)
{
	char first[200] = "";

	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_set gone, hung;

		plan_open(&pair);
		gone = scene_make(&pair.scene, &pair.anna, "delete doel #g");
		hung = scene_make(&pair.scene, &pair.bram, "insert afspraak #a dossier_id=#d doel_id=#g wat=bellen");
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.anna : &pair.bram, order == 0 ? &gone : &hung),
			 BSYNC_OK);
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.bram : &pair.anna, order == 0 ? &hung : &gone),
			 BSYNC_OK);
		/* Nothing of either waits for a person. */
		CHECK_EQ(pair.scene.receipt.verdict, BSYNC_VERDICT_APPLIED);
		CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM doel"), 0);
		CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM afspraak"), 1);
		CHECK_EQ(scene_count(&pair.scene, OPEN), 1);
		CHECK_STR(scene_sql(&pair.scene, "SELECT kind || (scope_no > 0) FROM bsync_item"), "deleted1");
		CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "item afspraak") != NULL);
		CHECK_STR(scene_check(&pair.scene), "");
		if (order == 0)
			snprintf(first, sizeof(first), "%s",
				 scene_sql(&pair.scene, "SELECT hex(key) || seq || hex(author = (SELECT worker FROM "
							"bsync_device ORDER BY no LIMIT 1)) FROM bsync_item"));
		else
			CHECK_STR(scene_sql(&pair.scene, "SELECT hex(key) || seq || hex(author = (SELECT worker FROM "
							 "bsync_device ORDER BY no LIMIT 1)) FROM bsync_item"),
				  first);
		scene_set_free(&gone);
		scene_set_free(&hung);
		scene_close(&pair.scene);
	}
}

TEST(who_deletes_what_he_sees_in_use_is_not_asked)
{
	struct scene_pair pair;

	plan_open(&pair);
	scene_pair_share(&pair, "insert afspraak #a dossier_id=#d doel_id=#g wat=bellen");
	scene_do(&pair.scene, &pair.bram, "delete doel #g");
	CHECK_EQ(scene_count(&pair.scene, OPEN), 0);
	/* Nor does a row that comes before the one that it names ask, or one that names nothing that ever was. */
	scene_do(&pair.scene, &pair.anna, "insert voortgang #v dossier_id=#d doel_id=#later tekst=x");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM voortgang"), 1);
	CHECK_EQ(scene_count(&pair.scene, OPEN), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(of_two_deletes_one_that_knew_is_enough_in_either_order)
{
	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_set blind, knowing;

		plan_open(&pair);
		blind = scene_make(&pair.scene, &pair.bram, "delete doel #g");
		scene_do(&pair.scene, &pair.anna, "insert afspraak #a dossier_id=#d doel_id=#g wat=bellen");
		scene_pull(&pair.scene, &pair.anna);
		knowing = scene_make(&pair.scene, &pair.anna, "delete doel #g");
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.bram : &pair.anna,
				       order == 0 ? &blind : &knowing),
			 BSYNC_OK);
		CHECK_EQ(scene_count(&pair.scene, OPEN), order == 0 ? 1 : 0);
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.anna : &pair.bram,
				       order == 0 ? &knowing : &blind),
			 BSYNC_OK);
		CHECK_EQ(scene_count(&pair.scene, OPEN), 0);
		CHECK_STR(scene_check(&pair.scene), "");
		scene_set_free(&blind);
		scene_set_free(&knowing);
		scene_close(&pair.scene);
	}
}

TEST(the_item_ends_with_the_row_or_when_what_it_names_is_back)
{
	static const char *const ends[] = {"update doel #g volgorde=1", "delete afspraak #a"};

	for (int i = 0; i < 2; i++) {
		struct scene_pair pair;
		struct scene_set end, hung;

		plan_open(&pair);
		hung = scene_make(&pair.scene, &pair.bram, "insert afspraak #a dossier_id=#d doel_id=#g wat=bellen");
		end = scene_make(&pair.scene, &pair.bram, ends[i]);
		scene_do(&pair.scene, &pair.anna, "delete doel #g");
		CHECK_EQ(scene_hand_in(&pair.scene, &pair.bram, &hung), BSYNC_OK);
		CHECK_EQ(scene_count(&pair.scene,
				     OPEN " AND table_no = (SELECT no FROM sync_table WHERE name = 'afspraak')"),
			 1);
		CHECK_EQ(scene_hand_in(&pair.scene, &pair.bram, &end), BSYNC_OK);
		CHECK_EQ(scene_count(&pair.scene,
				     OPEN " AND table_no = (SELECT no FROM sync_table WHERE name = 'afspraak')"),
			 0);
		CHECK_STR(scene_check(&pair.scene), "");
		scene_set_free(&hung);
		scene_set_free(&end);
		scene_close(&pair.scene);
	}
}

#define OPEN_OF_AGREEMENT OPEN " AND table_no = (SELECT no FROM sync_table WHERE name = 'afspraak')"

/* The agreement goes, and an edit that did not know of it brings it back, without its goal as before. */
TEST(the_item_comes_back_with_the_row_unless_a_person_closed_it)
{
	for (int i = 0; i < 2; i++) {
		struct scene_pair pair;
		struct scene_set hung, edit;
		char close[100];

		plan_open(&pair);
		hung = scene_make(&pair.scene, &pair.bram, "insert afspraak #a dossier_id=#d doel_id=#g wat=bellen");
		edit = scene_make(&pair.scene, &pair.bram, "update afspraak #a wat=mailen");
		scene_do(&pair.scene, &pair.anna, "delete doel #g");
		CHECK_EQ(scene_hand_in(&pair.scene, &pair.bram, &hung), BSYNC_OK);
		CHECK_EQ(scene_count(&pair.scene, OPEN_OF_AGREEMENT), 1);
		scene_pull(&pair.scene, &pair.anna);
		if (i == 1) {
			snprintf(close, sizeof close, "delete item x'%s'",
				 scene_sql(&pair.scene, "SELECT hex(id) FROM bsync_item"));
			CHECK_EQ(scene_do(&pair.scene, &pair.anna, close), BSYNC_VERDICT_APPLIED);
		}
		CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete afspraak #a"), BSYNC_VERDICT_APPLIED);
		CHECK_EQ(scene_count(&pair.scene, OPEN_OF_AGREEMENT), 0);
		CHECK_EQ(scene_hand_in(&pair.scene, &pair.bram, &edit), BSYNC_OK);
		/* Of the agreement's own delete there is one in any case. */
		CHECK_EQ(scene_count(&pair.scene, OPEN_OF_AGREEMENT), i == 0 ? 2 : 1);
		CHECK_EQ(strstr(scene_pull(&pair.scene, &pair.anna), "deleted open\n  item") != NULL, i == 0);
		CHECK_STR(scene_check(&pair.scene), "");
		scene_set_free(&hung);
		scene_set_free(&edit);
		scene_close(&pair.scene);
	}
}

TEST(who_does_not_hold_both_is_not_told)
{
	struct scene_pair pair;

	plan_open(&pair);
	/* Bram's other household names a goal of this one. */
	scene_do(&pair.scene, &pair.bram, "insert dossier #e roepnaam=Asante");
	scene_do(&pair.scene, &pair.bram, "insert afspraak #a dossier_id=#e doel_id=#g wat=bellen");
	scene_pull(&pair.scene, &pair.anna);
	scene_do(&pair.scene, &pair.anna, "update dossier #d roepnaam=P");
	struct scene_set gone = scene_make(&pair.scene, &pair.anna, "delete doel #g @1");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &gone), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, OPEN), 1);
	CHECK_EQ(scene_count(&pair.scene, OPEN " AND scope_no = 0"), 1);
	CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "item") == NULL);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&gone);
	scene_close(&pair.scene);
}

TEST(who_does_not_hold_what_names_it_had_not_seen_it)
{
	struct scene_pair pair;

	plan_open(&pair);
	scene_do(&pair.scene, &pair.bram, "insert dossier #e roepnaam=Asante");
	scene_do(&pair.scene, &pair.bram, "insert afspraak #a dossier_id=#e doel_id=#g wat=bellen");
	/* She has all that there is for her. */
	scene_pull(&pair.scene, &pair.anna);
	scene_do(&pair.scene, &pair.anna, "delete doel #g");
	CHECK_EQ(scene_count(&pair.scene, OPEN " AND scope_no = 0"), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* Cees has no part in the list of the line that names, until that line turns out to be in a list of his. */
TEST(a_row_that_moves_to_who_deleted_what_it_names_asks_no_more)
{
	struct scene_pair pair;
	struct scene_device cees;
	struct scene_set moves;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_team(&pair.scene, "buiten");
	scene_worker(&pair.scene, "cees", "buiten");
	cees = scene_device(&pair.scene, "cees");
	scene_pair_share(&pair, "insert lijst week; insert regel 1 lijst=week tekst=een");
	/* Of two lists that the line was put in the earlier one stands. */
	moves = scene_make(&pair.scene, &pair.anna, "insert regel 2 lijst=week tekst=twee");
	scene_do(&pair.scene, &pair.bram, "insert lijst L2; insert regel 2 lijst=L2 naar=1");
	scene_pull(&pair.scene, &cees);
	CHECK_EQ(scene_do(&pair.scene, &cees, "delete regel 1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, OPEN), 1);
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &moves), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT lijst || naar FROM regel WHERE nr = 2"), "week1");
	CHECK_EQ(scene_count(&pair.scene, OPEN), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&moves);
	scene_close(&pair.scene);
}

/* Who deletes both is asked of both: whether the line may go, and whether it may name what is gone. */
TEST(a_row_that_comes_back_asks_of_itself_and_of_what_it_names)
{
	struct scene_pair pair;
	struct scene_set gone;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(&pair, "insert lijst week; insert regel 1 lijst=week tekst=een; insert regel 2 lijst=week");
	gone = scene_make(&pair.scene, &pair.anna, "delete regel 1; delete regel 2");
	scene_do(&pair.scene, &pair.bram, "update regel 2 naar=1");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &gone), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM regel"), 1);
	CHECK_EQ(scene_count(&pair.scene, OPEN), 2);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&gone);
	scene_close(&pair.scene);
}

TEST(a_row_that_two_hung_on_one_asks_nobody_when_who_deleted_that_knew_of_one)
{
	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_set sets[3];
		static const int orders[2][3] = {{0, 1, 2}, {2, 0, 1}};

		scene_pair_open(&pair, "tests/schemas/lijst");
		scene_pair_share(&pair, "insert lijst week; insert regel 1 lijst=week; insert regel 2 lijst=week");
		sets[0] = scene_make(&pair.scene, &pair.anna, "update regel 2 naar=1");
		sets[1] = scene_make(&pair.scene, &pair.anna, "delete regel 1");
		sets[2] = scene_make(&pair.scene, &pair.bram, "update regel 2 naar=1");
		for (int i = 0; i < 3; i++) {
			const int which = orders[order][i];

			CHECK_EQ(scene_hand_in(&pair.scene, which < 2 ? &pair.anna : &pair.bram, &sets[which]),
				 BSYNC_OK);
		}
		CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM regel"), 1);
		CHECK_EQ(scene_count(&pair.scene, OPEN), 0);
		CHECK_STR(scene_check(&pair.scene), "");
		for (int i = 0; i < 3; i++)
			scene_set_free(&sets[i]);
		scene_close(&pair.scene);
	}
}
