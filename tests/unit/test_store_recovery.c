/* A store restored from a copy: a new life, what devices hand in again, and where lost positions are now. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/lives.h"
#include "daemon/store/receipt.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* A changeset that the store acknowledged and then lost, with the receipt that its device has. */
struct lost {
	struct scene_device *device;
	struct scene_set set;
	struct bsync_receipt receipt;
	struct bsync_receipts shown;
};

/* Two workers who both have the list `week` with two points, and a copy of the store as it is then. */
struct night {
	struct scene_pair pair;
	char copy[120];
	uint64_t point; /* the last position in the copy */
};

static bool hello(struct scene *scene, const struct scene_device *device)
{
	struct bsync_hello hello = {.cursor = device->cursor, .line = device->line, .last_seq = device->seq};
	struct bsync_touched touched;

	return bsync_store_group_begin(scene->store) == BSYNC_OK &&
	       bsync_store_heartbeat(scene->store, &device->id, &hello, scene->now_ms) == BSYNC_OK &&
	       bsync_store_group_commit(scene->store, &touched) == BSYNC_OK;
}

static bool night_copy(struct night *night)
{
	struct scene *scene = &night->pair.scene;
	struct bsync_copy_facts facts;

	snprintf(night->copy, sizeof(night->copy), "%s/copy.db", scene->folder);
	unlink(night->copy);
	if (bsync_store_copy(scene->path, night->copy, scene->now_ms, &facts) != BSYNC_OK)
		return false;
	night->point = facts.position.counter;
	return facts.made_ms == scene->now_ms &&
	       memcmp(&facts.organisation, &bsync_store_facts(scene->store)->organisation,
		      sizeof(facts.organisation)) == 0;
}

static bool night_open(struct night *night)
{
	struct scene_pair *pair = &night->pair;

	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna,
		 "insert lijst week titel=oud; insert punt week,1 tekst=oud titel=oud; insert punt week,2 tekst=oud");
	scene_pull(&pair->scene, &pair->anna);
	scene_pull(&pair->scene, &pair->bram);
	return hello(&pair->scene, &pair->anna) && hello(&pair->scene, &pair->bram) && night_copy(night);
}

/* Puts the copy in the place of the store. */
static bool night_restore(struct night *night)
{
	struct scene *scene = &night->pair.scene;
	const struct bsync_revival revival = {scene->path, scene->now_ms, 1000000};
	struct bsync_position position;
	char tail[120];
	enum bsync_result result;

	bsync_view_close(scene->view);
	bsync_store_close(scene->store);
	result = bsync_store_revive(night->copy, &scene->key, &scene->random, &revival, &position);
	snprintf(tail, sizeof(tail), "%s-wal", scene->path);
	unlink(tail);
	snprintf(tail, sizeof(tail), "%s-shm", scene->path);
	unlink(tail);
	return result == BSYNC_OK && rename(night->copy, scene->path) == 0 &&
	       bsync_store_open(scene->path, &scene->key, &scene->random, &scene->store) == BSYNC_OK &&
	       bsync_view_open(scene->path, &scene->key, &scene->view) == BSYNC_OK &&
	       bsync_store_is_recovering(scene->store);
}

static void night_close(struct night *night)
{
	unlink(night->copy);
	scene_close(&night->pair.scene);
}

/* The device makes a changeset and gets its receipt. */
static struct lost lose(struct night *night, struct scene_device *device, const char *text)
{
	struct scene *scene = &night->pair.scene;
	struct lost lost = {.device = device, .set = scene_make(scene, device, text)};

	if (scene_hand_in(scene, device, &lost.set) != BSYNC_OK)
		abort();
	lost.receipt = scene->receipt;
	lost.receipt.reason = bsync_bytes_of_string("");
	lost.shown = (struct bsync_receipts){.line = device->line,
					     .first_seq = lost.set.seq,
					     .last_hash = lost.set.hash,
					     .incarnation = bsync_store_facts(scene->store)->incarnation,
					     .count = 1};
	scene_pull(scene, device);
	return lost;
}

static bool show(struct night *night, struct lost *lost)
{
	struct scene *scene = &night->pair.scene;
	struct bsync_touched touched;

	lost->shown.receipts = &lost->receipt;
	if (lost->shown.mac[0] == 0 &&
	    bsync_receipts_authenticate(&scene->store->receipt_key, &lost->device->id, &lost->shown) != BSYNC_OK)
		return false;
	return bsync_store_group_begin(scene->store) == BSYNC_OK &&
	       bsync_store_shown(scene->store, &lost->device->id, &lost->shown) == BSYNC_OK &&
	       bsync_store_group_commit(scene->store, &touched) == BSYNC_OK;
}

/* The device hands it in again, with its receipt. */
static bool give_back(struct night *night, struct lost *lost)
{
	return hello(&night->pair.scene, lost->device) && show(night, lost) &&
	       scene_hand_in(&night->pair.scene, lost->device, &lost->set) == BSYNC_OK &&
	       night->pair.scene.receipt.verdict == BSYNC_VERDICT_UNPLACED;
}

static bool turn(struct night *night, uint32_t count_max, bool *is_over)
{
	struct scene *scene = &night->pair.scene;
	struct bsync_touched touched;

	return bsync_store_group_begin(scene->store) == BSYNC_OK &&
	       bsync_store_recovery_turn(scene->store, count_max, scene->now_ms, is_over) == BSYNC_OK &&
	       bsync_store_group_commit(scene->store, &touched) == BSYNC_OK;
}

static bool recovery_close(struct night *night)
{
	struct scene *scene = &night->pair.scene;
	struct bsync_touched touched;
	bool is_over = false;

	return bsync_store_group_begin(scene->store) == BSYNC_OK &&
	       bsync_store_recovery_close(scene->store) == BSYNC_OK &&
	       bsync_store_recovery_step(scene->store, 1000, scene->now_ms, &is_over) == BSYNC_OK &&
	       bsync_store_group_commit(scene->store, &touched) == BSYNC_OK && is_over;
}

static const char *point_of(struct night *night, const char *column)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "SELECT %s FROM punt WHERE nr = 1", column);
	return scene_sql(&night->pair.scene, sql);
}

static int64_t conflicts(struct night *night)
{
	return scene_count(&night->pair.scene, "SELECT count(*) FROM bsync_conflict");
}

TEST(a_restore_begins_a_life_far_behind_what_was_lost)
{
	struct night night;
	struct bsync_lives lives;

	CHECK(night_open(&night));
	struct lost lost = lose(&night, &night.pair.anna, "update punt week,1 titel=nieuw");
	CHECK(night_restore(&night));
	struct bsync_position position = bsync_store_position(night.pair.scene.store);
	CHECK_EQ(position.incarnation, 2);
	CHECK(position.counter >= UINT64_C(1) << 32);
	CHECK_STR(point_of(&night, "titel"), "oud");

	/* A cursor in what is lost is cut, one before it is not. */
	struct bsync_hello hello = {.cursor = {1, night.point}, .incarnation = 1};
	CHECK_EQ(bsync_view_lives(night.pair.scene.view, &hello, &lives), BSYNC_OK);
	CHECK(lives.is_recovering);
	CHECK(!lives.is_cut);
	CHECK_EQ(lives.ancestor_count, 1);
	CHECK_EQ(lives.ancestors[0].last_counter, night.point);
	hello.cursor.counter = night.point + 1;
	CHECK_EQ(bsync_view_lives(night.pair.scene.view, &hello, &lives), BSYNC_OK);
	CHECK(lives.is_cut);
	/* One of another life that has the same number as well. */
	hello.cursor.counter = night.point;
	memset(hello.incarnation_id, 7, sizeof(hello.incarnation_id));
	CHECK_EQ(bsync_view_lives(night.pair.scene.view, &hello, &lives), BSYNC_OK);
	CHECK(lives.is_cut);
	scene_set_free(&lost.set);
	CHECK_STR(scene_check(&night.pair.scene), "");
	night_close(&night);
}

TEST(what_is_given_back_is_applied_in_the_order_it_had)
{
	struct night night;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een titel=een");
	scene_pull(&night.pair.scene, &night.pair.bram);
	struct lost second = lose(&night, &night.pair.bram, "update punt week,1 tekst=twee titel=twee");
	int64_t stamp = second.receipt.stamp_ms;
	CHECK_EQ(conflicts(&night), 0);
	CHECK(night_restore(&night));

	/* Who wrote last comes first, much later. */
	night.pair.scene.now_ms += 3600000;
	CHECK(give_back(&night, &second));
	CHECK(give_back(&night, &first));
	CHECK_STR(point_of(&night, "tekst"), "oud");
	CHECK_STR(scene_check(&night.pair.scene), "");
	CHECK(recovery_close(&night));
	CHECK_STR(point_of(&night, "tekst"), "twee");
	CHECK_STR(point_of(&night, "titel"), "twee");
	CHECK_EQ(conflicts(&night), 0);
	CHECK_EQ(scene_count(&night.pair.scene, "SELECT count(*) FROM bsync_history WHERE value = 'een'"), 2);
	CHECK_EQ(scene_count(&night.pair.scene, "SELECT max(stamp_ms) FROM bsync_receipt"), stamp);
	CHECK_EQ(scene_count(&night.pair.scene, "SELECT count(*) FROM bsync_kept"), 0);
	CHECK_STR(scene_check(&night.pair.scene), "");
	scene_set_free(&first.set);
	scene_set_free(&second.set);
	night_close(&night);
}

TEST(without_a_receipt_it_comes_behind_those_that_have_one)
{
	struct night night;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	struct scene_set unsent = scene_make(&night.pair.scene, &night.pair.bram, "update punt week,1 tekst=los");
	CHECK(night_restore(&night));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.bram, &unsent), BSYNC_OK);
	CHECK(give_back(&night, &first));
	CHECK(recovery_close(&night));
	/* It had not seen the other: both stand. */
	CHECK_EQ(conflicts(&night), 1);
	CHECK_EQ(scene_count(&night.pair.scene, "SELECT (SELECT max(counter) FROM bsync_receipt WHERE line_no = 2) > "
						"(SELECT max(counter) FROM bsync_receipt WHERE line_no = 1)"),
		 1);
	scene_set_free(&first.set);
	scene_set_free(&unsent);
	night_close(&night);
}

/* Gives back two edits of which the later had seen the earlier, the earlier with a receipt that does not count. */
static bool has_place(struct night *night, void (*spoil)(struct lost *lost))
{
	struct lost first = lose(night, &night->pair.anna, "update punt week,1 tekst=een");
	bool has_place = false;

	if (!night_restore(night) || !hello(&night->pair.scene, first.device))
		return false;
	first.shown.receipts = &first.receipt;
	if (bsync_receipts_authenticate(&night->pair.scene.store->receipt_key, &first.device->id, &first.shown) !=
	    BSYNC_OK)
		return false;
	spoil(&first);
	if (!show(night, &first) || scene_hand_in(&night->pair.scene, first.device, &first.set) != BSYNC_OK ||
	    !recovery_close(night))
		return false;
	has_place = scene_count(&night->pair.scene, "SELECT count(*) FROM bsync_moved") == 1;
	scene_set_free(&first.set);
	return has_place;
}

static void spoil_nothing(struct lost *lost)
{
	(void)lost;
}

static void spoil_mac(struct lost *lost)
{
	lost->shown.mac[31] ^= 1;
}

static void spoil_counter(struct lost *lost)
{
	lost->receipt.counter++;
}

TEST(a_receipt_that_the_store_did_not_write_counts_for_nothing)
{
	struct night night;

	CHECK(night_open(&night));
	CHECK(has_place(&night, spoil_nothing));
	night_close(&night);
	CHECK(night_open(&night));
	CHECK(!has_place(&night, spoil_mac));
	night_close(&night);
	CHECK(night_open(&night));
	CHECK(!has_place(&night, spoil_counter));
	night_close(&night);
}

TEST(a_receipt_of_another_changeset_gives_no_place)
{
	struct night night;

	CHECK(night_open(&night));
	struct scene_device before = night.pair.anna;
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	CHECK(night_restore(&night));
	/* The same number, other content. */
	night.pair.anna = before;
	struct scene_set other = scene_make(&night.pair.scene, &night.pair.anna, "update punt week,1 tekst=anders");
	CHECK(hello(&night.pair.scene, &night.pair.anna));
	CHECK(show(&night, &first));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.anna, &other), BSYNC_OK);
	CHECK(recovery_close(&night));
	CHECK_EQ(scene_count(&night.pair.scene, "SELECT count(*) FROM bsync_moved"), 0);
	CHECK_STR(point_of(&night, "tekst"), "anders");
	scene_set_free(&first.set);
	scene_set_free(&other);
	night_close(&night);
}

TEST(bases_in_a_lost_life_are_translated_for_ever)
{
	struct night night;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	struct lost other = lose(&night, &night.pair.anna, "update punt week,2 tekst=een");
	scene_pull(&night.pair.scene, &night.pair.bram);
	/* Made in the lost life, handed in long after the recovery. */
	struct scene_set late = scene_make(&night.pair.scene, &night.pair.bram, "update punt week,1 tekst=twee");
	CHECK(night_restore(&night));
	CHECK(give_back(&night, &first));
	CHECK(give_back(&night, &other));
	CHECK(recovery_close(&night));
	scene_reopen(&night.pair.scene);
	CHECK(hello(&night.pair.scene, &night.pair.bram));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.bram, &late), BSYNC_OK);
	CHECK_EQ(night.pair.scene.receipt.verdict, BSYNC_VERDICT_APPLIED);
	CHECK_EQ(conflicts(&night), 0);
	scene_set_free(&first.set);
	scene_set_free(&other.set);
	scene_set_free(&late);
	night_close(&night);
}

TEST(a_base_behind_what_came_back_covers_no_more_than_that)
{
	struct night night;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	scene_pull(&night.pair.scene, &night.pair.bram);
	struct scene_set late = scene_make(&night.pair.scene, &night.pair.bram, "update punt week,2 tekst=twee");
	CHECK(night_restore(&night));
	CHECK(give_back(&night, &first));
	CHECK(recovery_close(&night));
	/* Written in the new life: Bram, in the lost one, can not have seen it. */
	scene_pull(&night.pair.scene, &night.pair.anna);
	CHECK_EQ(scene_do(&night.pair.scene, &night.pair.anna, "update punt week,2 tekst=nieuw"),
		 BSYNC_VERDICT_APPLIED);
	CHECK(hello(&night.pair.scene, &night.pair.bram));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.bram, &late), BSYNC_OK);
	CHECK_EQ(conflicts(&night), 1);
	scene_set_free(&first.set);
	scene_set_free(&late);
	night_close(&night);
}

TEST(a_base_does_not_cover_what_came_before_a_changeset_given_back_late)
{
	struct night night;
	struct bsync_touched touched;

	CHECK(night_open(&night));
	struct lost early = lose(&night, &night.pair.anna, "update punt week,2 aantal+=1");
	struct lost first = lose(&night, &night.pair.anna, "update punt week,2 titel=een");
	struct scene_set unsent = scene_make(&night.pair.scene, &night.pair.bram, "update punt week,1 tekst=los");
	struct scene_set late = scene_make(&night.pair.scene, &night.pair.anna, "update punt week,1 tekst=twee");
	CHECK(night_restore(&night));
	CHECK(give_back(&night, &early));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.bram, &unsent), BSYNC_OK);
	CHECK_EQ(bsync_store_group_begin(night.pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_recovery_close(night.pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(night.pair.scene.store, &touched), BSYNC_OK);
	/* The closing has begun: it comes behind what was there. */
	CHECK(give_back(&night, &first));
	CHECK(recovery_close(&night));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.anna, &late), BSYNC_OK);
	CHECK_EQ(conflicts(&night), 1);
	scene_set_free(&early.set);
	scene_set_free(&first.set);
	scene_set_free(&unsent);
	scene_set_free(&late);
	night_close(&night);
}

TEST(a_changeset_that_comes_after_the_close_is_applied_on_arrival)
{
	struct night night;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 titel=een");
	CHECK(night_restore(&night));
	CHECK(recovery_close(&night));
	night.pair.scene.now_ms += 86400000;
	CHECK(hello(&night.pair.scene, &night.pair.anna));
	CHECK(show(&night, &first));
	CHECK_EQ(scene_hand_in(&night.pair.scene, &night.pair.anna, &first.set), BSYNC_OK);
	CHECK_EQ(night.pair.scene.receipt.verdict, BSYNC_VERDICT_APPLIED);
	CHECK_EQ(night.pair.scene.receipt.stamp_ms, first.receipt.stamp_ms);
	CHECK_STR(point_of(&night, "titel"), "een");
	scene_set_free(&first.set);
	night_close(&night);
}

TEST(a_closing_that_is_cut_goes_on_where_it_was)
{
	struct night night;
	struct lost lost[6];
	bool is_over = false;
	int turns = 0;

	CHECK(night_open(&night));
	for (int i = 0; i < 6; i++) {
		char text[60];

		snprintf(text, sizeof(text), "update punt week,1 tekst=nr%d aantal+=1", i);
		lost[i] = lose(&night, i % 2 == 0 ? &night.pair.anna : &night.pair.bram, text);
		scene_pull(&night.pair.scene, i % 2 == 0 ? &night.pair.bram : &night.pair.anna);
	}
	CHECK(night_restore(&night));
	for (int i = 0; i < 6; i += 2)
		CHECK(give_back(&night, &lost[i]));
	CHECK(turn(&night, 1, &is_over));
	CHECK(!is_over); /* Bram is awaited */
	for (int i = 1; i < 6; i += 2)
		CHECK(give_back(&night, &lost[i]));
	while (!is_over && turns++ < 20) {
		CHECK(turn(&night, 1, &is_over));
		scene_reopen(&night.pair.scene);
		CHECK_STR(scene_check(&night.pair.scene), "");
	}
	CHECK(is_over);
	CHECK_EQ(turns, 7);
	CHECK_STR(point_of(&night, "tekst"), "nr5");
	CHECK_STR(point_of(&night, "aantal"), "6");
	CHECK_EQ(conflicts(&night), 0);
	for (int i = 0; i < 6; i++)
		scene_set_free(&lost[i].set);
	night_close(&night);
}

TEST(a_recovery_closes_by_itself_when_its_time_has_come)
{
	struct night night;
	bool is_over = false;

	CHECK(night_open(&night));
	CHECK(night_restore(&night));
	CHECK(turn(&night, 10, &is_over));
	CHECK(!is_over);
	night.pair.scene.now_ms += 1000000;
	CHECK(turn(&night, 10, &is_over));
	CHECK(is_over);
	CHECK(!bsync_store_is_recovering(night.pair.scene.store));
	night_close(&night);
}

TEST(a_restore_during_a_recovery_and_a_device_that_slept_through_both)
{
	struct night night;
	struct bsync_lives lives;

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	scene_pull(&night.pair.scene, &night.pair.bram);
	struct lost second = lose(&night, &night.pair.bram, "update punt week,1 tekst=twee");
	CHECK(night_restore(&night));
	uint64_t began = bsync_store_position(night.pair.scene.store).counter;
	CHECK(give_back(&night, &first));
	/* A copy of the open recovery, then another receipt, and that is lost too. */
	CHECK(night_copy(&night));
	CHECK(give_back(&night, &second));
	CHECK(night_restore(&night));
	CHECK(bsync_store_position(night.pair.scene.store).counter >> 32 > began >> 32);
	struct bsync_hello asleep = {.cursor = second.device->cursor, .incarnation = 1};
	CHECK_EQ(bsync_view_lives(night.pair.scene.view, &asleep, &lives), BSYNC_OK);
	CHECK_EQ(lives.ancestor_count, 2);
	CHECK(lives.is_cut);
	CHECK(give_back(&night, &second));
	CHECK(recovery_close(&night));
	CHECK_STR(point_of(&night, "tekst"), "twee");
	CHECK_EQ(conflicts(&night), 0);
	CHECK_STR(scene_check(&night.pair.scene), "");
	scene_set_free(&first.set);
	scene_set_free(&second.set);
	night_close(&night);
}

TEST(the_same_copy_restored_twice_never_repeats_a_position)
{
	struct night night;
	char again[130];
	struct bsync_copy_facts facts;

	CHECK(night_open(&night));
	snprintf(again, sizeof(again), "%s.again", night.copy);
	CHECK_EQ(bsync_store_copy(night.copy, again, 1, &facts), BSYNC_OK);
	CHECK(night_restore(&night));
	CHECK(recovery_close(&night));
	CHECK_EQ(scene_do(&night.pair.scene, &night.pair.anna, "update punt week,1 tekst=een"), BSYNC_VERDICT_APPLIED);
	scene_pull(&night.pair.scene, &night.pair.anna);
	struct bsync_position lost = bsync_store_position(night.pair.scene.store);
	CHECK_EQ(rename(again, night.copy), 0);
	CHECK(night_restore(&night));
	struct bsync_position position = bsync_store_position(night.pair.scene.store);
	CHECK_EQ(position.incarnation, 3);
	CHECK(position.counter > lost.counter);
	/* What was seen in the life between is seen up to the copy, and no further. */
	CHECK_EQ(bsync_lives_translate(night.pair.scene.store, &lost), BSYNC_OK);
	CHECK_EQ(lost.counter, night.point);
	CHECK_STR(scene_check(&night.pair.scene), "");
	night_close(&night);
}

TEST(a_position_of_a_life_that_nobody_knows_covers_nothing)
{
	struct night night;
	struct bsync_position stranger = {9, 0};

	CHECK(night_open(&night));
	CHECK(night_restore(&night));
	stranger.counter = night.point + 1;
	CHECK_EQ(bsync_lives_translate(night.pair.scene.store, &stranger), BSYNC_OK);
	CHECK_EQ(stranger.counter, 0);
	night_close(&night);
}

TEST(nobody_decides_while_a_recovery_is_open)
{
	struct night night;
	struct bsync_value value = bsync_value_integer(1);
	enum bsync_verdict verdict;
	uint8_t id[16] = {0};

	CHECK(night_open(&night));
	struct lost first = lose(&night, &night.pair.anna, "update punt week,1 tekst=een");
	CHECK(night_restore(&night));
	CHECK(give_back(&night, &first));
	CHECK_EQ(bsync_store_group_begin(night.pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_inbox_resolve(night.pair.scene.store, id, 0, &value, 1), BSYNC_INVALID);
	CHECK(strstr(bsync_store_refusal(night.pair.scene.store), "recovery close") != NULL);
	CHECK_EQ(bsync_store_quarantine_retry(night.pair.scene.store, &first.device->id, &first.device->line,
					      first.set.seq, 1, &verdict),
		 BSYNC_MISUSE);
	bsync_store_group_rollback(night.pair.scene.store);
	scene_set_free(&first.set);
	night_close(&night);
}

TEST(a_copy_that_is_damaged_is_no_copy)
{
	struct night night;
	struct bsync_copy_facts facts;
	FILE *file = NULL;

	CHECK(night_open(&night));
	CHECK_EQ(bsync_store_copy_read(night.copy, &facts), BSYNC_OK);
	CHECK_EQ(facts.position.counter, night.point);
	CHECK_EQ(bsync_store_copy(night.pair.scene.path, night.copy, 1, &facts), BSYNC_EXISTS);
	file = fopen(night.copy, "r+");
	CHECK(file != NULL);
	CHECK_EQ(fseek(file, 4096 * 3, SEEK_SET), 0);
	for (int i = 0; i < 4096; i++)
		fputc(0xa5, file);
	fclose(file);
	CHECK_EQ(bsync_store_copy_read(night.copy, &facts), BSYNC_STORAGE_CORRUPT);
	night_close(&night);
}
