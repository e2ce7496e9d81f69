/* Tables whose deletes win: what is left does not hang on what came first. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { PLAYERS = 3, ORDERS = 6 };

static const int orders[ORDERS][PLAYERS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* Three who hold a note, and one changeset of each, made without knowing of the others. */
struct trio {
	struct scene_pair pair;
	struct scene_device cees;
	struct scene_device *devices[PLAYERS];
	struct scene_set sets[PLAYERS];
};

static void trio_open(struct trio *trio, const char *const does[PLAYERS])
{
	scene_pair_open(&trio->pair, "tests/schemas/lijst");
	scene_worker(&trio->pair.scene, "cees", "Zuid");
	trio->cees = scene_device(&trio->pair.scene, "cees");
	trio->devices[0] = &trio->pair.anna;
	trio->devices[1] = &trio->pair.bram;
	trio->devices[2] = &trio->cees;
	scene_pair_share(&trio->pair, "insert lijst week; insert briefje week,1 titel=een tekst=oud hoogste=5");
	scene_pull(&trio->pair.scene, &trio->cees);
	for (int i = 0; i < PLAYERS; i++)
		trio->sets[i] = scene_make(&trio->pair.scene, trio->devices[i], does[i]);
}

static void trio_close(struct trio *trio)
{
	for (int i = 0; i < PLAYERS; i++)
		scene_set_free(&trio->sets[i]);
	scene_close(&trio->pair.scene);
}

static int64_t deleted_items(struct scene *scene)
{
	return scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'deleted'");
}

/* Plays it in every order: no row is left, and `items` items are, each time the same. */
static void play_in_every_order(const char *const does[PLAYERS], int64_t items, int *harness_failed)
{
	char first[4096] = "";

	for (int order = 0; order < ORDERS; order++) {
		struct trio trio;

		trio_open(&trio, does);
		for (int i = 0; i < PLAYERS; i++) {
			const int which = orders[order][i];

			CHECK_EQ(scene_hand_in(&trio.pair.scene, trio.devices[which], &trio.sets[which]), BSYNC_OK);
		}
		CHECK_EQ(scene_count(&trio.pair.scene, "SELECT count(*) FROM briefje"), 0);
		CHECK_EQ(deleted_items(&trio.pair.scene), items);
		CHECK_STR(scene_check(&trio.pair.scene), "");
		const char *ids = scene_sql(
			&trio.pair.scene, "SELECT group_concat(hex(id)) FROM (SELECT id FROM bsync_item ORDER BY id)");
		if (order == 0)
			snprintf(first, sizeof(first), "%s", ids);
		else
			CHECK_STR(ids, first);
		trio_close(&trio);
	}
}

TEST(a_delete_wins_of_two_edits_in_every_order)
{
	static const char *const does[] = {"delete briefje week,1", "update briefje week,1 tekst=nieuw",
					   "update briefje week,1 titel=twee"};

	play_in_every_order(does, 1, harness_failed);
}

/* Also of an edit that the rule of its column would not have let stand. */
TEST(a_delete_wins_of_an_edit_that_loses_anyway)
{
	static const char *const does[] = {"delete briefje week,1", "update briefje week,1 hoogste=3",
					   "update briefje week,1 hoogste=4"};

	play_in_every_order(does, 1, harness_failed);
}

TEST(each_delete_that_wins_of_an_edit_is_told_of)
{
	static const char *const does[] = {"delete briefje week,1", "delete briefje week,1",
					   "update briefje week,1 tekst=nieuw"};

	play_in_every_order(does, 2, harness_failed);
}

TEST(an_insert_of_the_same_key_is_an_edit_too)
{
	static const char *const does[] = {"delete briefje week,1", "insert briefje week,1 tekst=anders",
					   "delete briefje week,1"};

	play_in_every_order(does, 2, harness_failed);
}

TEST(a_delete_that_had_seen_all_is_told_to_nobody)
{
	struct scene_pair pair;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(&pair, "insert lijst week; insert briefje week,1 titel=een hoogste=5");
	scene_do(&pair.scene, &pair.bram, "update briefje week,1 hoogste=4 titel=twee");
	scene_pull(&pair.scene, &pair.anna);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete briefje week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	/* Again, by one who had seen it all too. */
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete briefje week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(an_edit_that_a_delete_took_is_in_the_history_and_its_author_is_told)
{
	struct scene_pair pair;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(&pair, "insert lijst week; insert briefje week,1 titel=een tekst=oud");
	scene_do(&pair.scene, &pair.anna, "delete briefje week,1");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update briefje week,1 tekst=nieuw"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM briefje"), 0);
	CHECK_STR(scene_sql(&pair.scene, "SELECT group_concat(value) FROM bsync_history"), "nieuw");
	CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "deleted") != NULL);
	CHECK_STR(scene_sql(&pair.scene, "SELECT reason FROM bsync_item"),
		  "somebody deleted this row while another changed it: it is gone");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* Bram deletes; Cees, who knows, begins the row anew; Anna, who knows of nothing, edits it.  Her edit is of the old row. */
TEST(an_edit_of_the_old_row_does_not_come_into_the_new_one)
{
	for (int order = 0; order < 2; order++) {
		struct scene_pair pair;
		struct scene_set edit;

		scene_pair_open(&pair, "tests/schemas/lijst");
		scene_pair_share(&pair, "insert lijst week; insert briefje week,1 titel=een tekst=oud");
		edit = scene_make(&pair.scene, &pair.anna, "update briefje week,1 titel=twee");
		scene_do(&pair.scene, &pair.bram, "delete briefje week,1");
		if (order == 0)
			CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &edit), BSYNC_OK);
		CHECK_EQ(scene_do(&pair.scene, &pair.bram, "insert briefje week,1 tekst=anders"),
			 BSYNC_VERDICT_APPLIED);
		if (order == 1)
			CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &edit), BSYNC_OK);
		CHECK_STR(scene_sql(&pair.scene, "SELECT coalesce(titel, '-') || tekst FROM briefje"), "-anders");
		CHECK_EQ(deleted_items(&pair.scene), 1);
		CHECK_STR(scene_sql(&pair.scene,
				    "SELECT group_concat(value, ' ') FROM (SELECT value FROM bsync_history "
				    "ORDER BY value)"),
			  "een oud twee");
		CHECK_STR(scene_check(&pair.scene), "");
		scene_set_free(&edit);
		scene_close(&pair.scene);
	}
}

/* A delete is of every life that it had not seen begin. */
TEST(a_delete_takes_also_the_row_that_was_begun_anew_meanwhile)
{
	struct scene_pair pair;
	struct scene_set late;

	scene_pair_open(&pair, "tests/schemas/lijst");
	scene_pair_share(&pair, "insert lijst week; insert briefje week,1 titel=een");
	late = scene_make(&pair.scene, &pair.anna, "delete briefje week,1");
	scene_do(&pair.scene, &pair.bram, "delete briefje week,1; insert lijst maand");
	scene_do(&pair.scene, &pair.bram, "insert briefje week,1 titel=anders");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &late), BSYNC_OK);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM briefje"), 0);
	CHECK_EQ(deleted_items(&pair.scene), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&late);
	scene_close(&pair.scene);
}
