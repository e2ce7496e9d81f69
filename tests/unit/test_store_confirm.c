/* How far a device is believed to have seen: what it has confirmed, by CONFIRM or by the next HELLO. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* A list with one point that Anna alone has. */
static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna, "insert lijst week; insert punt week,1 tekst=oud");
	scene_pull(&pair->scene, &pair->anna);
}

/* The device begins a conversation where it stands. */
static bool hello(struct scene_pair *pair, struct scene_device *device, uint64_t counter)
{
	struct bsync_hello hello = {.cursor = {bsync_store_facts(pair->scene.store)->incarnation, counter},
				    .line = device->line,
				    .heartbeat = {.pending = 2, .oldest_pending_ms = 5}};
	struct bsync_touched touched;

	device->cursor = hello.cursor;
	return bsync_store_group_begin(pair->scene.store) == BSYNC_OK &&
	       bsync_store_heartbeat(pair->scene.store, &device->id, &hello, pair->scene.now_ms) == BSYNC_OK &&
	       bsync_store_group_commit(pair->scene.store, &touched) == BSYNC_OK;
}

TEST(cursor_of_a_hello_counts_when_the_confirm_was_lost)
{
	struct scene_pair pair;

	lists_open(&pair);
	/* Bram's device has shown everything, and its CONFIRM was cut off. */
	CHECK(hello(&pair, &pair.bram, bsync_store_position(pair.scene.store).counter));
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=nieuw"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	scene_close(&pair.scene);
}

TEST(what_a_connection_confirmed_counts_before_the_store_has_kept_it)
{
	struct scene_pair pair;

	lists_open(&pair);
	/* The store was busy, or its disk failed: it has nothing of Bram's CONFIRM when his change comes. */
	pair.bram.cursor = bsync_store_position(pair.scene.store);
	pair.bram.said = pair.bram.cursor;
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=nieuw"), BSYNC_VERDICT_APPLIED);
	pair.bram.said = (struct bsync_position){pair.bram.cursor.incarnation, 1};
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "delete punt week,1"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_conflict"), 0);
	scene_close(&pair.scene);
}

TEST(cursor_of_a_hello_never_takes_a_confirm_back)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_pull(&pair.scene, &pair.bram);
	struct bsync_position confirmed = pair.bram.cursor;
	CHECK(hello(&pair, &pair.bram, 0));
	pair.bram.cursor = confirmed;
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=nieuw"), BSYNC_VERDICT_APPLIED);
	scene_close(&pair.scene);
}

TEST(cursor_of_a_hello_beyond_the_store_says_no_more_than_all)
{
	struct scene_pair pair;
	uint64_t counter = 0;

	lists_open(&pair);
	counter = bsync_store_position(pair.scene.store).counter;
	CHECK(hello(&pair, &pair.bram, counter + 1000));
	scene_do(&pair.scene, &pair.anna, "update punt week,1 tekst=anna");
	CHECK_EQ(scene_do(&pair.scene, &pair.bram, "update punt week,1 tekst=bram"), BSYNC_VERDICT_INBOX);
	scene_close(&pair.scene);
}

TEST(what_a_device_hands_in_is_pending_no_more)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK(hello(&pair, &pair.anna, pair.anna.cursor.counter));
	CHECK_EQ(scene_count(&pair.scene, "SELECT sum(pending) FROM bsync_device"), 2);
	scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=een");
	CHECK_EQ(scene_count(&pair.scene, "SELECT sum(pending) FROM bsync_device"), 1);
	CHECK_EQ(scene_count(&pair.scene, "SELECT sum(oldest_pending_ms) FROM bsync_device"), 5);
	scene_do(&pair.scene, &pair.anna, "insert punt week,3 titel=twee");
	CHECK_EQ(scene_count(&pair.scene, "SELECT sum(pending) + sum(oldest_pending_ms) FROM bsync_device"), 0);
	scene_do(&pair.scene, &pair.anna, "insert punt week,4 titel=drie");
	CHECK_EQ(scene_count(&pair.scene, "SELECT min(pending) FROM bsync_device"), 0);
	scene_close(&pair.scene);
}
