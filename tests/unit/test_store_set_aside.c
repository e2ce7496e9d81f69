/* One bad changeset stops nothing else. */
#include "daemon/store/line.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_do(&pair->scene, &pair->anna, "insert lijst week; insert punt week,1 titel=een");
}

static bool is_quarantined(struct scene_pair *pair, const char *text, const char *reason)
{
	int64_t before = scene_count(&pair->scene, "SELECT count(*) FROM punt");
	enum bsync_verdict verdict = scene_do(&pair->scene, &pair->anna, text);

	if (verdict != BSYNC_VERDICT_QUARANTINED || strcmp(pair->scene.reason, reason) != 0 ||
	    pair->scene.receipt.counter != 0) {
		printf("# %s: %d %s\n", text, (int)verdict, pair->scene.reason);
		return false;
	}
	return scene_count(&pair->scene, "SELECT count(*) FROM punt") == before;
}

TEST(what_can_not_be_taken_is_set_aside_whole_with_its_reason)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK(is_quarantined(&pair, "insert punt week,2 titel=a; insert niets x",
			     "there is no table 999 in schema version 1"));
	CHECK(is_quarantined(&pair, "insert punt week,3 titel=a; insert punt week,4 kolom=a",
			     "table punt has no column 999"));
	CHECK(is_quarantined(&pair, "insert punt week,5 titel=5",
			     "column punt.titel does not take a value of that type"));
	CHECK(is_quarantined(&pair, "insert punt week,6 hoogste=veel",
			     "column punt.hoogste does not take a value of that type"));
	CHECK(is_quarantined(&pair, "insert punt week titel=a", "a key of table punt has 2 values, not 1"));
	CHECK(is_quarantined(&pair, "insert punt week,zeven titel=a",
			     "column punt.nr does not take the value of its key"));
	CHECK(is_quarantined(&pair, "insert punt null,8 titel=a",
			     "column punt.lijst does not take the value of its key"));
	CHECK(is_quarantined(&pair, "insert punt week,9 titel+=1", "column punt.titel is no counter"));
	CHECK(is_quarantined(&pair, "insert punt week,19 titel+{a}", "column punt.titel is no set"));
	CHECK(is_quarantined(&pair, "insert punt week,10 titel=a; update punt week,10 titel=b",
			     "a row of table punt occurs twice"));
	CHECK_EQ(scene_do_bytes(&pair.scene, &pair.anna, "nonsense"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "it can not be read: the bytes do not follow the format");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_set_aside WHERE kind = 3"), 11);
	CHECK_STR(scene_check(&pair.scene), "");
	/* What does not touch those rows flows. */
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=twee"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(of_500_changesets_with_one_poisoned_499_are_applied)
{
	struct scene_pair pair;
	uint32_t applied = 0, aside = 0;
	char text[80];

	lists_open(&pair);
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "insert punt week,%d titel=%s", 100 + i, i == 250 ? "1" : "een");
		enum bsync_verdict verdict = scene_do(&pair.scene, &pair.anna, text);
		applied += verdict == BSYNC_VERDICT_APPLIED;
		aside += verdict == BSYNC_VERDICT_QUARANTINED;
		if (verdict == BSYNC_VERDICT_QUARANTINED)
			CHECK_STR(pair.scene.reason, "column punt.titel does not take a value of that type");
	}
	CHECK_EQ(applied, 499);
	CHECK_EQ(aside, 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,350 titel=twee"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "it waits behind changeset 252 of this device, which is set aside");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM punt"), 500);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(what_touches_a_quarantined_row_waits_behind_it)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=9"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=twee"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "it waits behind changeset 2 of this device, which is set aside");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=drie; insert punt week,3"),
		 BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "delete punt week,3"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,4"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_reopen(&pair.scene);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=vier"), BSYNC_VERDICT_QUARANTINED);
	scene_close(&pair.scene);
}

static bool count_rows(void *context, const struct bsync_quarantine_row *row)
{
	(void)row;
	++*(int *)context;
	return true;
}

static bool note_seq(void *context, const struct bsync_quarantine_row *row)
{
	uint64_t *seqs = context;

	*seqs = *seqs * 10 + row->seq;
	return true;
}

TEST(what_a_device_writes_that_was_put_back_waits_behind_what_its_image_had)
{
	struct scene_pair pair;
	struct scene_device image;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert lijst later naam=later; insert punt later,2 titel=9"),
		 BSYNC_VERDICT_QUARANTINED);
	image = pair.anna;
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,7 titel=9"), BSYNC_VERDICT_QUARANTINED);
	scene_line(&pair.scene, &image, "tweede", 4);
	CHECK_EQ(scene_do(&pair.scene, &image, "update punt later,2 tekst=meer"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "it waits behind changeset 2 of this device, which is set aside");
	/* That one it never had. */
	CHECK_EQ(scene_do(&pair.scene, &image, "insert punt week,7 titel=zeven"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(the_quarantine_is_listed_in_the_order_of_the_line_whatever_the_clock_said)
{
	struct scene_pair pair;
	uint64_t seqs = 0;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=9");
	pair.scene.now_ms -= 3600000;
	scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=twee");
	CHECK_EQ(bsync_view_quarantine(pair.scene.view, note_seq, &seqs), BSYNC_OK);
	CHECK_EQ(seqs, 23);
	scene_close(&pair.scene);
}

TEST(a_retry_that_succeeds_brings_what_waited_behind)
{
	struct scene_pair pair;
	struct bsync_touched touched;
	enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;
	int count = 0;

	lists_open(&pair);
	/* The table itself refuses the row, until the operator has mended it. */
	scene_damage(&pair.scene, "CREATE TRIGGER hinder BEFORE INSERT ON punt WHEN NEW.nr = 2 "
				  "BEGIN SELECT raise(ABORT, 'nee'); END");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=a"), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "table punt does not take the row: nee");
	scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=b");
	scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=c");
	CHECK_EQ(bsync_view_quarantine(pair.scene.view, count_rows, &count), BSYNC_OK);
	CHECK_EQ(count, 3);
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(pair.scene.store, &pair.anna.id, NULL, 2, pair.scene.now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(verdict, BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(bsync_store_quarantine_retry(pair.scene.store, &pair.anna.id, NULL, 77, pair.scene.now_ms, &verdict),
		 BSYNC_NOT_FOUND);
	CHECK_EQ(bsync_store_group_commit(pair.scene.store, &touched), BSYNC_OK);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_damage(&pair.scene, "DROP TRIGGER hinder");
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(pair.scene.store, &pair.anna.id, NULL, 2, pair.scene.now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(verdict, BSYNC_VERDICT_APPLIED);
	CHECK_EQ(bsync_store_group_commit(pair.scene.store, &touched), BSYNC_OK);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt WHERE nr = 2"), "c");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_set_aside"), 0);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_set_aside_row"), 0);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

/* What the device of Anna asks of changeset `seq`; the verdict then, or -1 when the store refuses. */
static int author_retry(struct scene_pair *pair, uint64_t seq, bool is_given_up)
{
	struct bsync_retry retry = {.line = pair->anna.line, .seq = seq, .is_given_up = is_given_up};
	struct bsync_line_state line;
	struct bsync_touched touched;
	struct bsync_receipts receipts;
	struct bsync_arena arena;
	int verdict = -1;

	bsync_arena_init(&arena, 1 << 20);
	enum bsync_result result = bsync_line_read(&pair->scene.store->base, &pair->anna.id, &retry.line, &line);
	if (result == BSYNC_OK)
		result = bsync_line_hash(&pair->scene.store->base, line.no, seq, &retry.hash);
	if ((result != BSYNC_OK && result != BSYNC_NOT_FOUND) || bsync_store_group_begin(pair->scene.store) != BSYNC_OK)
		return -2;
	result = bsync_store_author_retry(pair->scene.store, &pair->anna.id, &retry, pair->scene.now_ms, &arena,
					  &receipts);
	if (result == BSYNC_OK && receipts.count == 1 && receipts.first_seq == seq)
		verdict = (int)receipts.receipts[0].verdict;
	if (result == BSYNC_OK)
		snprintf(pair->scene.reason, sizeof(pair->scene.reason), "%.*s", (int)receipts.receipts[0].reason.size,
			 receipts.receipts[0].reason.size != 0 ? (const char *)receipts.receipts[0].reason.data : "");
	if (bsync_store_group_commit(pair->scene.store, &touched) != BSYNC_OK)
		verdict = -2;
	bsync_arena_clear(&arena);
	return verdict;
}

TEST(its_author_can_have_it_tried_again)
{
	struct scene_pair pair;

	lists_open(&pair);
	scene_damage(&pair.scene, "CREATE TRIGGER hinder BEFORE INSERT ON punt WHEN NEW.nr = 2 "
				  "BEGIN SELECT raise(ABORT, 'nee'); END");
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=a"), BSYNC_VERDICT_QUARANTINED);
	scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=b");
	CHECK_EQ(author_retry(&pair, 2, false), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "table punt does not take the row: nee");
	scene_damage(&pair.scene, "DROP TRIGGER hinder");
	CHECK_EQ(author_retry(&pair, 2, false), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt WHERE nr = 2"), "b");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_set_aside"), 0);
	/* What is not set aside, or any more, is answered as it is; what never was is refused. */
	CHECK_EQ(author_retry(&pair, 2, true), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(author_retry(&pair, 1, false), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(author_retry(&pair, 4, false), -1);
	pair.anna.line.bytes[3] ^= 1;
	CHECK_EQ(author_retry(&pair, 2, false), -1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(what_its_author_gives_up_stays_in_the_quarantine_and_nothing_waits_behind_it)
{
	struct scene_pair pair;
	int count = 0;

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=9"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=anders"), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(author_retry(&pair, 2, true), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, "given up by its author: column punt.titel does not take a value of that type");
	CHECK_STR(scene_sql(&pair.scene, "SELECT titel FROM punt WHERE nr = 2"), "anders");
	CHECK_EQ(bsync_view_quarantine(pair.scene.view, count_rows, &count), BSYNC_OK);
	CHECK_EQ(count, 1);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update punt week,2 titel=nog"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(what_was_given_up_is_not_tried_again)
{
	struct scene_pair pair;
	struct bsync_touched touched;
	enum bsync_verdict verdict = BSYNC_VERDICT_APPLIED;
	char reason[sizeof(pair.scene.reason)];

	lists_open(&pair);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert punt maand,1 aantal=5"), BSYNC_VERDICT_UNPLACED);
	CHECK_EQ(author_retry(&pair, 2, true), BSYNC_VERDICT_QUARANTINED);
	memcpy(reason, pair.scene.reason, sizeof(reason));
	CHECK_EQ(author_retry(&pair, 2, true), BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(pair.scene.reason, reason);
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "insert lijst maand; insert punt maand,1 aantal=2"),
		 BSYNC_VERDICT_APPLIED);
	CHECK_EQ(author_retry(&pair, 2, false), BSYNC_VERDICT_QUARANTINED);
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	CHECK_EQ(bsync_store_quarantine_retry(pair.scene.store, &pair.anna.id, NULL, 2, pair.scene.now_ms, &verdict),
		 BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(pair.scene.store, &touched), BSYNC_OK);
	CHECK_EQ(verdict, BSYNC_VERDICT_QUARANTINED);
	CHECK_STR(scene_sql(&pair.scene, "SELECT aantal FROM punt WHERE lijst = 'maand'"), "2");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM bsync_set_aside"), 1);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_group_that_is_rolled_back_leaves_no_trace)
{
	struct scene_pair pair;
	struct scene_set set;
	struct bsync_position before;

	lists_open(&pair);
	before = bsync_store_position(pair.scene.store);
	set = scene_make(&pair.scene, &pair.anna, "insert lijst maand; insert punt maand,1; delete punt week,1");
	CHECK_EQ(bsync_store_group_begin(pair.scene.store), BSYNC_OK);
	{
		struct bsync_arena arena;
		struct bsync_opened opened = {
			.seq = set.seq, .hash = set.hash, .plain = bsync_buffer_bytes(&set.plain)};
		struct bsync_batch batch = {
			.device = pair.anna.id,
			.worker = pair.anna.worker,
			.line = pair.anna.line,
			.epoch = 1,
			.first_seq = set.seq,
			.previous = set.previous,
			.count = 1,
			.changesets = &opened,
			.now_ms = pair.scene.now_ms,
		};
		struct bsync_receipts receipts;

		bsync_arena_init(&arena, 1 << 24);
		opened.decoded = bsync_changeset_decode(opened.plain, &arena, &opened.changeset);
		CHECK_EQ(bsync_store_apply(pair.scene.store, &batch, &arena, &receipts), BSYNC_OK);
		bsync_arena_clear(&arena);
	}
	bsync_store_group_rollback(pair.scene.store);
	CHECK_EQ(bsync_store_position(pair.scene.store).counter, before.counter);
	CHECK_STR(scene_check(&pair.scene), "");
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &set), BSYNC_OK);
	CHECK_EQ(pair.scene.receipt.verdict, BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_set_free(&set);
	scene_close(&pair.scene);
}

TEST(a_plain_changeset_that_meets_a_row_is_taken_back_and_merged)
{
	struct scene_pair pair;

	lists_open(&pair);
	/* Only kenmerk has rules that need no merging in a new row. */
	scene_do(&pair.scene, &pair.anna, "insert kenmerk week,c waarde=anna");
	CHECK_EQ(
		scene_do(
			&pair.scene, &pair.bram,
			"insert kenmerk week,a waarde=1a; insert kenmerk week,b waarde=1b; insert kenmerk week,c waarde=1c"),
		BSYNC_VERDICT_MERGED);
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM kenmerk"), 3);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}
