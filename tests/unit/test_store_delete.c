/* Deletes against edits, inserts of a key that was or is there. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* A list with one point that both have. */
static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_pair_share(pair, "insert lijst week; insert punt week,1 titel=een tekst=oud");
}

TEST(a_delete_takes_the_row_from_every_device)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM punt"), 0);
	CHECK_STR(scene_pull(&pair.scene, &pair.bram), "rows iedereen week\n  gone punt week,1\n");
	CHECK_STR(scene_check(&pair.scene), "");
	/* Again, by who has not heard of it: nothing to take away. */
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_edit_the_delete_had_not_seen_keeps_the_row_whole)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=twee");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete punt week,1"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || tekst FROM punt"), "tweeoud");
	/* The device that deleted it gets it back. */
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "  whole punt week,1 titel=twee tekst=oud") != NULL);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted'"), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_edit_that_had_not_seen_the_delete_revives_the_row_whole)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=twee"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || tekst FROM punt"), "tweeoud");
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "  whole punt week,1 titel=twee tekst=oud") != NULL);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_grave"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(delete_and_edit_end_alike_in_either_order)
{
	struct scene_pair pair;
	char first[4096];

	for (int order = 0; order < 2; order++) {
		struct scene_set gone;
		struct scene_set edit;

		lists_open(&pair);
		gone = scene_make(&pair.scene, &pair.anna, "delete punt week,1");
		edit = scene_make(&pair.scene, &pair.bram, "update punt week,1 tekst=nieuw");
		CHECK_EQ(order == 0 ? scene_hand_in(&pair.scene, &pair.anna, &gone)
				    : scene_hand_in(&pair.scene, &pair.bram, &edit),
			 BSYNC_OK);
		CHECK_EQ(order == 0 ? scene_hand_in(&pair.scene, &pair.bram, &edit)
				    : scene_hand_in(&pair.scene, &pair.anna, &gone),
			 BSYNC_OK);
		CHECK_STR(scene_check(&pair.scene), "");
		if (order == 0)
			snprintf(first, sizeof(first), "%s", scene_view_of(&pair.scene, &pair.bram));
		else
			CHECK_STR(scene_view_of(&pair.scene, &pair.bram), first);
		scene_set_free(&gone);
		scene_set_free(&edit);
		scene_close(&pair.scene);
	}
}

#define OPEN_DELETED \
	"SELECT count(*) FROM bsync_item WHERE kind = 'deleted' AND reason LIKE '%stays' AND resolved_counter IS NULL"

/* Hands in a delete by Anna and an edit by Bram that have not seen each other, in either order; true when each time the
 * row is there with an item, or neither is. */
static bool meet(const char *shared, const char *edit, bool stays)
{
	bool is_good = true;

	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_set sets[2];

		lists_open(&pair);
		scene_pair_share(&pair, shared);
		sets[0] = scene_make(&pair.scene, &pair.anna, "delete punt week,1");
		sets[1] = scene_make(&pair.scene, &pair.bram, edit);
		for (int i = 0; i < 2; i++) {
			const int which = order == 0 ? i : 1 - i;

			is_good = scene_hand_in(&pair.scene, which == 0 ? &pair.anna : &pair.bram, &sets[which]) ==
					  BSYNC_OK &&
				  is_good;
		}
		is_good = is_good && scene_count(&pair.scene, "SELECT count(*) FROM punt") == stays &&
			  scene_count(&pair.scene, OPEN_DELETED) == stays && scene_check(&pair.scene)[0] == '\0';
		scene_set_free(&sets[0]);
		scene_set_free(&sets[1]);
		scene_close(&pair.scene);
	}
	return is_good;
}

TEST(an_edit_that_lost_in_its_cell_is_in_the_way_of_a_delete_in_either_order)
{
	CHECK(meet("update punt week,1 hoogste=5", "update punt week,1 hoogste=3", true));
	CHECK(meet("update punt week,1 laagste=3", "update punt week,1 laagste=5", true));
	CHECK(meet("update punt week,1 eerste=een", "update punt week,1 eerste=twee", true));
}

TEST(what_is_taken_out_of_a_set_is_in_the_way_of_no_delete)
{
	CHECK(meet("update punt week,1 labels+{rood}", "update punt week,1 labels-{rood}", false));
	CHECK(meet("update punt week,1 labels+{rood}", "update punt week,1 labels-{geel}", false));
	CHECK(meet("update punt week,1 labels+{rood}", "update punt week,1 labels-{rood} vrij=a", true));
}

TEST(what_was_taken_out_of_a_deleted_row_is_not_in_it_when_it_comes_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_pair_share(&pair, "update punt week,1 labels+{rood}");
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 labels-{rood}"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=twee"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || labels FROM punt"), "twee[]");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* A question that a later delete answers, and that comes back with the row. */
TEST(a_delete_that_holds_closes_what_earlier_ones_left_open)
{
	struct scene_pair pair;
	struct scene_set later;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=twee");
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 1);
	scene_pull(&pair.scene, &pair.bram);
	scene_pull(&pair.scene, &pair.anna);
	later = scene_make(&pair.scene, &pair.anna, "update punt week,1 titel=drie");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &later), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 2);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&later);
	scene_close(&pair.scene);
}

TEST(a_question_comes_back_with_its_row_though_that_has_moved)
{
	struct scene_pair pair;
	struct scene_device cees;
	struct scene_set moves, gone;

	lists_open(&pair);
	scene_worker(&pair.scene, "cees", "Zuid");
	cees = scene_device(&pair.scene, "cees");
	/* Of two lists that the line was put in the earlier one stands. */
	moves = scene_make(&pair.scene, &pair.anna, "insert regel 1 lijst=week tekst=nul");
	scene_do(&pair.scene, &pair.bram, "insert lijst later; insert regel 1 lijst=later tekst=een");
	scene_pull(&pair.scene, &cees);
	gone = scene_make(&pair.scene, &cees, "delete regel 1");
	scene_do(&pair.scene, &pair.bram, "update regel 1 tekst=twee");
	CHECK_EQ(scene_hand_in(&pair.scene, &cees, &gone), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete regel 1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 0);
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &moves), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT lijst FROM regel"), "week");
	CHECK_EQ(scene_count(&pair.scene, OPEN_DELETED), 2);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&moves);
	scene_set_free(&gone);
	scene_close(&pair.scene);
}

/* Two deletes and an edit that have not seen each other: each delete is noted once, in every order. */
TEST(two_deletes_that_meet_one_edit_are_two_items_in_every_order)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (int order = 0; order < 6; order++) {
		struct scene_pair pair;
		struct scene_device cees;
		struct scene_set sets[3];

		scene_pair_open(&pair, "tests/schemas/lijst");
		scene_worker(&pair.scene, "cees", "Zuid");
		cees = scene_device(&pair.scene, "cees");
		scene_pair_share(&pair, "insert lijst week; insert punt week,1 titel=een tekst=oud");
		scene_pull(&pair.scene, &cees);
		struct scene_device *devices[3] = {&pair.anna, &pair.bram, &cees};
		sets[0] = scene_make(&pair.scene, &pair.anna, "delete punt week,1");
		sets[1] = scene_make(&pair.scene, &pair.bram, "delete punt week,1");
		sets[2] = scene_make(&pair.scene, &cees, "update punt week,1 tekst=nieuw");
		for (int i = 0; i < 3; i++) {
			const int which = orders[order][i];

			CHECK_EQ(scene_hand_in(&pair.scene, devices[which], &sets[which]), BSYNC_OK);
		}
		CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM punt"), "nieuw");
		CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted' AND "
						  "resolved_counter IS NULL"),
			 2);
		CHECK_STR(scene_check(&pair.scene), "");
		for (int i = 0; i < 3; i++)
			scene_set_free(&sets[i]);
		scene_close(&pair.scene);
	}
}

TEST(a_row_made_anew_tells_of_a_delete_that_its_author_had_not_seen)
{
	struct scene_pair pair;
	struct scene_set second;

	lists_open(&pair);
	second = scene_make(&pair.scene, &pair.bram, "delete punt week,1");
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.bram, &second), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_delete"), 2);
	/* Anna knows of her own delete only. */
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,1 titel=weer"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted'"), 1);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_delete"), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&second);
	scene_close(&pair.scene);
}

TEST(a_row_made_anew_after_its_delete_begins_a_new_life)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	scene_pull(&pair.scene, &pair.bram);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert punt week,1 titel=weer"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || coalesce(tekst, '-') FROM punt"), "weer-");
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "  whole punt week,1 titel=weer past:tekst=oud") != NULL);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_insert_that_had_not_seen_the_delete_joins_what_was_there)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "delete punt week,1");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert punt week,1 titel=ook"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel || tekst FROM punt"), "ookoud");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(two_inserts_of_one_key_merge_cell_by_cell)
{
	struct scene_pair pair;
	char first[4096];

	for (int order = 0; order < 2; order++) {
		struct scene_set a;
		struct scene_set b;

		lists_open(&pair);
		a = scene_make(&pair.scene, &pair.anna, "insert punt week,2 titel=a tekst=x hoogste=3");
		pair.scene.now_ms += 5;
		b = scene_make(&pair.scene, &pair.bram, "insert punt week,2 titel=b tekst=y laagste=4");
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.anna : &pair.bram, order == 0 ? &a : &b),
			 BSYNC_OK);
		CHECK_EQ(scene_hand_in(&pair.scene, order == 0 ? &pair.bram : &pair.anna, order == 0 ? &b : &a),
			 BSYNC_OK);
		CHECK_EQ(pair.scene.receipt.verdict, BSYNC_VERDICT_INBOX);
		CHECK_STR(scene_check(&pair.scene), "");
		CHECK_STR(scene_sql(&pair.scene, "SELECT titel || tekst || hoogste || laagste FROM punt WHERE nr = 2"),
			  "by34");
		if (order == 0)
			snprintf(first, sizeof(first), "%s", scene_view_of(&pair.scene, &pair.bram));
		else
			CHECK_STR(scene_view_of(&pair.scene, &pair.bram), first);
		scene_set_free(&a);
		scene_set_free(&b);
		scene_close(&pair.scene);
	}
}

TEST(append_only_rows_are_never_changed_or_deleted)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert logboek #l1 lijst=week tekst=stap"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update logboek #l1 tekst=anders"), BSYNC_VERDICT_INBOX);
	(void)scene_pull(&pair.scene, &pair.anna);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete logboek #l1"), BSYNC_VERDICT_INBOX);
	/* She has taken it off her screen. */
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "whole logboek") != NULL);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert logboek #l1 lijst=week tekst=anders"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT tekst FROM logboek"), "stap");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(rows_without_rowid_come_go_and_come_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert kenmerk week,nl waarde=a"), BSYNC_VERDICT_APPLIED);
	CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "  whole kenmerk week,nl waarde=a") != NULL);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update kenmerk week,nl waarde=b"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete kenmerk week,nl"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update kenmerk week,nl waarde=c"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT waarde FROM kenmerk"), "c");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_delete_by_its_own_base_is_judged_by_that)
{
	struct scene_pair pair;
	char text[100];

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "update punt week,1 titel=twee");
	scene_pull(&pair.scene, &pair.anna);
	/* The screen from which it was deleted was older than what the device has. */
	snprintf(text, sizeof(text), "delete punt week,1 @%d", 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, text), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM punt"), 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}
