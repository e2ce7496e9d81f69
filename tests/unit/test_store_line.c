/* Devices that were put back from an image, and copies of devices: nothing of theirs is refused, nothing is mixed. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

static const char *const held = "a copy of this device handed in another history: ask the operator to release it";

static void must(bool is_well)
{
	if (!is_well)
		abort();
}

struct home {
	struct scene scene;
	struct scene_device anna, bram;
};

/* A list that both hold; `anna` has made two changesets. */
static void home_open(struct home *home)
{
	scene_open(&home->scene, "tests/schemas/lijst");
	scene_team(&home->scene, "thuis");
	scene_worker(&home->scene, "anna", "thuis");
	scene_worker(&home->scene, "bram", "thuis");
	home->anna = scene_device(&home->scene, "anna");
	home->bram = scene_device(&home->scene, "bram");
	scene_pull(&home->scene, &home->anna);
	scene_do(&home->scene, &home->anna, "insert lijst week titel=Week");
	scene_do(&home->scene, &home->anna, "insert punt week,1 titel=een");
	scene_pull(&home->scene, &home->anna);
}

static enum bsync_device_state state_of(struct home *home, int64_t *restored_ms, int64_t *cloned_ms)
{
	struct bsync_device device;

	must(bsync_view_device(home->scene.view, &home->anna.id, &device) == BSYNC_OK);
	*restored_ms = device.restored_ms;
	*cloned_ms = device.cloned_ms;
	return device.state;
}

static struct bsync_hello hello_of(const struct scene_device *device)
{
	return (struct bsync_hello){
		.line = device->line, .last_seq = device->seq, .durable_seq = device->seq, .chain = device->hash};
}

static struct bsync_line_state meet(struct home *home, const struct bsync_hello *hello)
{
	struct bsync_line_state state;

	must(bsync_store_group_begin(home->scene.store) == BSYNC_OK);
	must(bsync_store_heartbeat(home->scene.store, &home->anna.id, hello, home->scene.now_ms) == BSYNC_OK);
	must(bsync_store_group_commit(home->scene.store, &home->scene.touched) == BSYNC_OK);
	must(bsync_view_meet(home->scene.view, &home->anna.id, hello, &state) == BSYNC_OK);
	return state;
}

static void resume(struct home *home)
{
	must(bsync_store_device_set_state(home->scene.store, &home->anna.id, BSYNC_DEVICE_ACTIVE, 1) == BSYNC_OK);
}

/* Hands in several changesets in one batch; the verdicts as digits. */
static const char *hand_in_all(struct home *home, const struct scene_device *device, const struct scene_set *sets,
			       uint32_t count, bool *is_forked)
{
	static char verdicts[20];
	struct bsync_opened opened[16] = {0};
	struct bsync_receipts receipts;
	struct bsync_arena arena;
	struct bsync_batch batch = {
		.device = device->id,
		.worker = device->worker,
		.line = device->line,
		.epoch = 1,
		.first_seq = sets[0].seq,
		.previous = sets[0].previous,
		.count = count,
		.changesets = opened,
		.now_ms = home->scene.now_ms,
	};

	bsync_arena_init(&arena, 64 << 20);
	for (uint32_t i = 0; i < count; i++) {
		opened[i] = (struct bsync_opened){.seq = sets[i].seq,
						  .hash = sets[i].hash,
						  .plain = bsync_buffer_bytes(&sets[i].plain),
						  .stamp_ms = sets[i].stamp_ms};
		opened[i].decoded = bsync_changeset_decode(opened[i].plain, &arena, &opened[i].changeset);
	}
	memset(verdicts, 0, sizeof verdicts);
	must(bsync_store_group_begin(home->scene.store) == BSYNC_OK);
	must(bsync_store_apply(home->scene.store, &batch, &arena, &receipts) == BSYNC_OK);
	must(bsync_store_group_commit(home->scene.store, &home->scene.touched) == BSYNC_OK);
	must(receipts.count == count);
	must(memcmp(receipts.line.bytes, device->line.bytes, BSYNC_ID_SIZE) == 0);
	for (uint32_t i = 0; i < receipts.count; i++)
		verdicts[i] = (char)('0' + receipts.receipts[i].verdict);
	*is_forked = batch.is_forked;
	bsync_arena_clear(&arena);
	return verdicts;
}

TEST(what_a_copy_hands_in_is_kept_apart_and_both_copies_wait_for_the_operator)
{
	struct home home;
	struct scene_device copy;
	int64_t restored_ms, cloned_ms;

	home_open(&home);
	copy = home.anna;
	CHECK_EQ(scene_do(&home.scene, &home.anna, "update punt week,1 titel=hier"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(scene_do(&home.scene, &copy, "update punt week,1 titel=daar"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(home.scene.reason, held);
	CHECK_EQ(home.scene.receipt.counter, 0);
	CHECK_EQ(home.scene.touched.device_count, 1);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_SUSPENDED);
	CHECK_EQ(restored_ms, 0);
	CHECK(cloned_ms != 0);
	/* Each goes on with its own history. */
	CHECK_EQ(scene_do(&home.scene, &copy, "insert punt week,2 titel=twee"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&home.scene, &home.anna, "insert punt week,3 titel=drie"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_sql(&home.scene, "SELECT group_concat(titel) FROM (SELECT titel FROM punt ORDER BY nr)"),
		  "hier,drie");
	CHECK_STR(scene_sql(&home.scene,
			    "SELECT group_concat(first_seq || '-' || last_seq) FROM bsync_line WHERE no > 0"),
		  "1-4,3-4");
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_line l JOIN bsync_receipt r ON r.line_no = l.no "
					  "AND r.seq = 3 WHERE l.fork_of = 1 AND l.line = substr(r.hash, 1, 16)"),
		 1);
	CHECK_STR(scene_check(&home.scene), "");
	scene_reopen(&home.scene);
	CHECK_EQ(scene_do(&home.scene, &copy, "insert punt week,5"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&home.scene, &home.anna, "insert punt week,6"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&home.scene), "");
	scene_close(&home.scene);
}

TEST(a_batch_that_straddles_the_fork_is_split_there)
{
	struct home home;
	struct scene_device copy;
	struct scene_set sets[4];
	bool is_forked = false;

	home_open(&home);
	copy = home.anna;
	sets[0] = scene_make(&home.scene, &home.anna, "insert punt week,2");
	copy = home.anna;
	CHECK_STR(hand_in_all(&home, &home.anna, sets, 1, &is_forked), "0");
	scene_do(&home.scene, &home.anna, "insert punt week,3 titel=hier");
	scene_do(&home.scene, &home.anna, "insert punt week,4 titel=hier");
	for (uint32_t i = 1; i < 4; i++)
		sets[i] = scene_make(&home.scene, &copy, "update punt week,2 titel=daar");
	CHECK(!is_forked);
	CHECK_STR(hand_in_all(&home, &copy, sets, 4, &is_forked), "0333");
	CHECK(is_forked);
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM punt WHERE titel = 'hier'"), 2);
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_line WHERE fork_of <> 0"), 1);
	/* A repeat, and a part of it, are answered alike, and no other fork comes of it. */
	CHECK_STR(hand_in_all(&home, &copy, sets, 4, &is_forked), "0333");
	CHECK_STR(hand_in_all(&home, &copy, &sets[1], 3, &is_forked), "333");
	CHECK_STR(hand_in_all(&home, &copy, &sets[2], 1, &is_forked), "3");
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_receipt WHERE verdict = 3"), 3);
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_line WHERE fork_of <> 0"), 1);
	/* What follows on nothing that was handed in is refused. */
	sets[3].previous.bytes[0] ^= 1;
	CHECK_EQ(scene_hand_in(&home.scene, &copy, &sets[3]), BSYNC_OUT_OF_ORDER);
	CHECK_STR(scene_check(&home.scene), "");
	for (uint32_t i = 0; i < 4; i++)
		scene_set_free(&sets[i]);
	scene_close(&home.scene);
}

TEST(three_histories_from_one_point_and_one_from_a_fork_are_all_kept)
{
	struct home home;
	struct scene_device copies[3];

	home_open(&home);
	for (int i = 0; i < 3; i++)
		copies[i] = home.anna;
	scene_do(&home.scene, &home.anna, "insert punt week,2 titel=a");
	scene_do(&home.scene, &copies[0], "insert punt week,3 titel=b");
	scene_do(&home.scene, &copies[1], "insert punt week,4 titel=c");
	copies[2] = copies[1];
	scene_do(&home.scene, &copies[1], "insert punt week,5 titel=d");
	CHECK_EQ(scene_do(&home.scene, &copies[2], "insert punt week,6 titel=e"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(scene_sql(&home.scene, "SELECT group_concat(fork_of || ':' || first_seq || '-' || last_seq, ' ') "
					 "FROM bsync_line WHERE no > 0"),
		  "0:1-3 1:3-3 1:3-4 3:4-4");
	CHECK_STR(scene_check(&home.scene), "");
	scene_close(&home.scene);
}

TEST(a_restored_device_goes_on_with_a_new_line_and_is_given_what_it_had_lost)
{
	struct home home;
	struct scene_device image;
	struct bsync_hello hello;
	struct bsync_line_state state;
	int64_t restored_ms, cloned_ms;

	home_open(&home);
	image = home.anna;
	scene_do(&home.scene, &home.anna, "insert punt week,2 titel=verloren");
	scene_pull(&home.scene, &home.anna);
	hello = hello_of(&image);
	state = meet(&home, &hello);
	CHECK_EQ(state.last_seq, 3);
	CHECK(!state.is_hand_in);
	CHECK(!state.is_left);
	scene_line(&home.scene, &image, "tweede regel", 4);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(restored_ms, home.scene.now_ms);
	CHECK_EQ(cloned_ms, 0);
	CHECK_STR(scene_pull(&home.scene, &image), "rows iedereen week\n  whole punt week,2 titel=verloren\n");
	hello = hello_of(&image);
	state = meet(&home, &hello);
	CHECK_EQ(state.last_seq, 3);
	CHECK_EQ(scene_do(&home.scene, &image, "update punt week,2 titel=terug"), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(&home.scene, "SELECT last_seq FROM bsync_line WHERE no = 2"), 4);
	CHECK_STR(scene_check(&home.scene), "");
	/* `device resume` says that the operator has seen it. */
	resume(&home);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(restored_ms, 0);
	scene_close(&home.scene);
}

TEST(the_original_that_lives_on_is_noticed_when_it_greets)
{
	struct home home;
	struct scene_device image;
	struct bsync_hello hello;
	int64_t restored_ms, cloned_ms;

	home_open(&home);
	image = home.anna;
	scene_do(&home.scene, &home.anna, "insert punt week,2");
	scene_line(&home.scene, &image, "tweede regel", 4);
	/* A second restore from the same image is one more restore, and no copy. */
	hello = hello_of(&home.anna);
	hello.last_seq = hello.durable_seq = 2;
	CHECK_EQ(bsync_view_hash(home.scene.view, 1, 2, &hello.chain), BSYNC_OK);
	CHECK(!meet(&home, &hello).is_hand_in);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	hello = hello_of(&home.anna);
	CHECK(meet(&home, &hello).is_hand_in);
	CHECK_EQ(home.scene.touched.device_count, 1);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_SUSPENDED);
	CHECK(cloned_ms != 0);
	/* Whom the operator has resumed is not stopped again by the copy he knows of. */
	resume(&home);
	CHECK(meet(&home, &hello).is_hand_in);
	CHECK_EQ(scene_do(&home.scene, &home.anna, "insert punt week,3"), BSYNC_VERDICT_QUARANTINED);
	hello = hello_of(&home.anna);
	CHECK(meet(&home, &hello).is_hand_in);
	CHECK_EQ(meet(&home, &hello).last_seq, 4);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(cloned_ms, 0);
	hello = hello_of(&image);
	CHECK(!meet(&home, &hello).is_hand_in);
	CHECK_STR(scene_check(&home.scene), "");
	scene_close(&home.scene);
}

TEST(a_copy_is_met_on_its_fork_for_ever_and_the_true_line_goes_on)
{
	struct home home;
	struct scene_device copy;
	struct bsync_hello hello;
	struct bsync_line_state state;
	int64_t restored_ms, cloned_ms;

	home_open(&home);
	copy = home.anna;
	scene_do(&home.scene, &home.anna, "insert punt week,2");
	scene_do(&home.scene, &copy, "insert punt week,3");
	scene_do(&home.scene, &copy, "insert punt week,4");
	resume(&home);
	hello = hello_of(&copy);
	state = meet(&home, &hello);
	CHECK(state.is_hand_in);
	CHECK_EQ(state.last_seq, 4);
	/* Of the last one it has no receipt. */
	hello.durable_seq = 3;
	CHECK_EQ(bsync_view_hash(home.scene.view, 2, 3, &hello.chain), BSYNC_OK);
	CHECK(meet(&home, &hello).is_hand_in);
	CHECK_EQ(scene_do(&home.scene, &copy, "insert punt week,5"), BSYNC_VERDICT_QUARANTINED);
	hello = hello_of(&home.anna);
	state = meet(&home, &hello);
	CHECK(!state.is_hand_in);
	CHECK_EQ(state.last_seq, 3);
	CHECK_EQ(state_of(&home, &restored_ms, &cloned_ms), BSYNC_DEVICE_ACTIVE);
	CHECK_EQ(cloned_ms, 0);
	scene_close(&home.scene);
}

TEST(a_history_that_the_store_never_had_is_offered_from_its_start)
{
	struct home home;
	struct bsync_hello hello;

	home_open(&home);
	hello = hello_of(&home.anna);
	hello.chain.bytes[0] ^= 1;
	CHECK_EQ(meet(&home, &hello).last_seq, 0);
	/* Behind the store's last there is only what it has lost. */
	hello.durable_seq = hello.last_seq = 9;
	CHECK_EQ(meet(&home, &hello).last_seq, 2);
	scene_close(&home.scene);
}

/* What the device asks of its changeset 3 that has this hash; the verdict of the receipt that it gets, or -1. */
static int author_gives_up(struct home *home, const struct bsync_digest *hash)
{
	const struct bsync_retry retry = {.line = home->anna.line, .seq = 3, .hash = *hash, .is_given_up = true};
	struct bsync_receipts receipts;
	struct bsync_arena arena;
	int verdict = -1;

	bsync_arena_init(&arena, 1 << 20);
	if (bsync_store_group_begin(home->scene.store) != BSYNC_OK)
		abort();
	if (bsync_store_author_retry(home->scene.store, &home->anna.id, &retry, home->scene.now_ms, &arena,
				     &receipts) == BSYNC_OK &&
	    memcmp(&receipts.last_hash, hash, sizeof(*hash)) == 0)
		verdict = (int)receipts.receipts[0].verdict;
	if (bsync_store_group_commit(home->scene.store, &home->scene.touched) != BSYNC_OK)
		abort();
	bsync_arena_clear(&arena);
	return verdict;
}

TEST(what_a_copy_handed_in_is_not_given_up_by_its_author_nor_in_the_place_of_it)
{
	struct home home;
	struct scene_device copy;
	struct bsync_digest none = {{0}};

	home_open(&home);
	copy = home.anna;
	CHECK_EQ(scene_do(&home.scene, &home.anna, "insert punt week,2 titel=9"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&home.scene, &copy, "update punt week,1 titel=daar"), BSYNC_VERDICT_QUARANTINED);
	/* Both are changeset 3 of that line, for those who made them. */
	CHECK_EQ(author_gives_up(&home, &copy.hash), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_receipt WHERE reason LIKE 'given up%'"), 0);
	CHECK_EQ(author_gives_up(&home, &home.anna.hash), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_count(&home.scene, "SELECT l.fork_of FROM bsync_receipt r JOIN bsync_line l ON l.no = r.line_no "
					  "WHERE r.reason LIKE 'given up%'"),
		 0);
	CHECK_EQ(author_gives_up(&home, &none), -1);
	CHECK_STR(scene_check(&home.scene), "");
	scene_close(&home.scene);
}

TEST(the_operator_releases_the_changesets_of_a_copy_by_their_line)
{
	struct home home;
	struct scene_device copy;
	struct bsync_line_id fork;
	struct bsync_buffer plain;
	enum bsync_verdict verdict = BSYNC_VERDICT_QUARANTINED;

	home_open(&home);
	copy = home.anna;
	/* The same number is set aside on both lines. */
	CHECK_EQ(scene_do(&home.scene, &home.anna, "insert punt week,2 titel=9"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&home.scene, &copy, "update punt week,1 titel=daar"), BSYNC_VERDICT_QUARANTINED);
	memcpy(fork.bytes, copy.hash.bytes, BSYNC_ID_SIZE);
	bsync_buffer_init(&plain, 1 << 20);
	CHECK_EQ(bsync_view_quarantine_plain(home.scene.view, &home.anna.id, &home.anna.line, 3, &plain), BSYNC_OK);
	CHECK(plain.size != 0);
	fork.bytes[0] ^= 1;
	CHECK_EQ(bsync_view_quarantine_plain(home.scene.view, &home.anna.id, &fork, 3, &plain), BSYNC_NOT_FOUND);
	fork.bytes[0] ^= 1;
	bsync_buffer_clear(&plain);
	CHECK_EQ(bsync_store_group_begin(home.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(home.scene.store, &home.anna.id, &fork, 3, home.scene.now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(home.scene.store, &home.scene.touched), BSYNC_OK);
	CHECK_EQ(verdict, BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_sql(&home.scene, "SELECT titel FROM punt"), "daar");
	CHECK_EQ(scene_count(&home.scene, "SELECT count(*) FROM bsync_set_aside"), 1);
	/* The copy's dot is on its own line, so the true line is told of it like of another's. */
	resume(&home);
	CHECK_STR(scene_pull(&home.scene, &home.anna),
		  "receipt 3 verdict 0\nrows iedereen week\n  cells punt week,1 titel=daar\n");
	CHECK_STR(scene_check(&home.scene), "");
	scene_close(&home.scene);
}
