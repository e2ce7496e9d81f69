/* What was signed, once it is: who has seen it changes nothing of it. */
#include "tests/support/harness.h"
#include "tests/support/office.h"

#include <sqlite3.h>

/* Anna has signed and all have seen it. */
static void signed_open(struct office *office)
{
	office_open(office);
	scene_pair_share(&office->pair, SIGN);
	scene_pull(&office->pair.scene, &office->dirk);
}

TEST(who_has_seen_the_signature_changes_nothing_of_what_was_signed)
{
	static const char *const texts[] = {
		"update plan #p inzet=anders",
		"insert doel #g3 dossier=#d plan=#p tekst=drie",
		"delete doel #g1",
		"delete plan #p",
		"update stap #s1 plan=#q",
		"update doel #g1 tekst=x",
		"delete stap #s1",
	};
	struct office office;
	static char before[OFFICE_DUMP_SIZE];
	static char after[OFFICE_DUMP_SIZE];
	struct scene *scene = &office.pair.scene;

	signed_open(&office);
	office_dump(scene, before);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK_EQ(scene_do(scene, &office.pair.bram, texts[i]), BSYNC_VERDICT_INBOX);
		CHECK(strstr(scene->reason, "refused: this was signed") != NULL);
		CHECK_STR(scene_check(scene), "");
		scene_pull(scene, &office.pair.bram);
	}
	/* The signer too. */
	CHECK_EQ(scene_do(scene, &office.pair.anna, "update plan #p inzet=toch"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'refused'"), 8);
	scene_damage(scene, "UPDATE bsync_item SET resolved_counter = 1");
	office_dump(scene, after);
	CHECK_STR(after, before);
	scene_close(scene);
}

TEST(a_state_that_goes_on_keeps_what_was_signed_and_a_new_round_lets_go)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;

	office_open(&office);
	late = scene_make(scene, &office.dirk, "update plan #p inzet=laat");
	scene_pair_share(&office.pair, SIGN);
	scene_pair_share(&office.pair, "update plan #p status=vervangen");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=x"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_hand_in(scene, &office.dirk, &late), BSYNC_OK);
	CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan WHERE status = 'concept'"), "laat");
	scene_pair_share(&office.pair, "update plan #p status=concept/2");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=nieuw"), BSYNC_VERDICT_APPLIED);
	scene_pull(scene, &office.pair.anna);
	scene_pair_share(&office.pair, "update plan #p status=ondertekend/2");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #p titel=weer"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT titel || inzet FROM plan WHERE status = 'ondertekend/2'"), "nieuwoud");
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&late);
	scene_close(scene);
}

TEST(a_second_signature_over_the_same_words_is_nothing_new)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set second;

	office_open(&office);
	second = scene_make(scene, &office.pair.bram, "update plan #p status=ondertekend notitie=bram");
	scene_do(scene, &office.pair.anna, SIGN);
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &second), BSYNC_OK);
	CHECK(scene->receipt.verdict != BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT notitie FROM plan"), "bram");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item"), 0);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan"), 1);
	scene_set_free(&second);
	scene_close(scene);
}

TEST(a_second_signature_over_other_words_is_left_to_a_person)
{
	static const char *const edits[] = {
		"update plan #p inzet=anders",
		"update doel #g1 tekst=anders",
		"insert doel #g3 dossier=#d plan=#p tekst=drie",
		"delete doel #g2",
	};

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct office office;
		struct scene *scene = &office.pair.scene;
		struct scene_set sets[2];

		office_open(&office);
		sets[0] = scene_make(scene, &office.pair.bram, edits[i]);
		sets[1] = scene_make(scene, &office.pair.bram, "update plan #p status=ondertekend notitie=bram");
		scene_do(scene, &office.pair.anna, SIGN);
		for (int k = 0; k < 2; k++) {
			CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &sets[k]), BSYNC_OK);
			CHECK_EQ(scene->receipt.verdict, BSYNC_VERDICT_INBOX);
			CHECK_STR(scene_check(scene), "");
			scene_set_free(&sets[k]);
		}
		CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_item WHERE kind = 'late' AND reason = "
					    "'another signature stands, under other words'"),
			 1);
		CHECK_STR(scene_sql(scene, "SELECT inzet || notitie FROM plan WHERE status = 'ondertekend'"),
			  "oudlet-op");
		scene_close(scene);
	}
}

TEST(of_a_conflict_the_signer_saw_the_shown_version_is_signed)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set other;

	office_open(&office);
	other = scene_make(scene, &office.dirk, "update plan #p inzet=dirk");
	scene_do(scene, &office.pair.bram, "update plan #p inzet=bram");
	CHECK_EQ(scene_hand_in(scene, &office.dirk, &other), BSYNC_OK);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_conflict"), 1);
	scene_pull(scene, &office.pair.anna);
	CHECK_EQ(scene_do(scene, &office.pair.anna, SIGN), BSYNC_VERDICT_APPLIED);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_conflict"), 0);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan"), "bram");
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM bsync_history WHERE value = 'dirk'"), 1);
	CHECK_EQ(scene_count(scene, "SELECT count(*) FROM plan"), 1);
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&other);
	scene_close(scene);
}

TEST(a_plan_that_is_born_signed_is_frozen)
{
	struct office office;
	struct scene *scene = &office.pair.scene;

	office_open(&office);
	scene_pair_share(&office.pair, "insert plan #q dossier=#d inzet=meteen status=ondertekend;"
				       "insert doel #h dossier=#d plan=#q tekst=een");
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update plan #q inzet=later"), BSYNC_VERDICT_INBOX);
	CHECK_EQ(scene_do(scene, &office.pair.bram, "update doel #h tekst=later"), BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan WHERE status = 'ondertekend'"), "meteen");
	CHECK_STR(scene_check(scene), "");
	scene_close(scene);
}

TEST(the_author_gets_back_what_was_signed_and_the_copy)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;
	const char *pull = NULL;

	office_open(&office);
	late = scene_make(scene, &office.pair.bram, "update plan #p inzet=laat; delete doel #g1");
	scene_do(scene, &office.pair.anna, SIGN);
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &late), BSYNC_OK);
	CHECK(strstr(scene->reason, "late: signed without having seen this") != NULL);
	pull = scene_pull(scene, &office.pair.bram);
	CHECK(strstr(pull, "titel=samen inzet=oud") != NULL);
	CHECK(strstr(pull, "titel=samen inzet=laat") != NULL);
	CHECK(strstr(pull, "tekst=een") != NULL);
	CHECK(strstr(pull, " late open") != NULL);
	scene_set_free(&late);
	scene_close(scene);
}

TEST(the_operator_changes_nothing_of_what_was_signed)
{
	struct office office;
	struct scene *scene = &office.pair.scene;
	struct scene_set late;
	uint8_t id[16];
	sqlite3 *handle = NULL;
	sqlite3_stmt *row = NULL;

	signed_open(&office);
	late = scene_make(scene, &office.pair.bram, "update plan #p inzet=toch");
	CHECK_EQ(scene_hand_in(scene, &office.pair.bram, &late), BSYNC_OK);
	CHECK_EQ(sqlite3_open(scene->path, &handle), SQLITE_OK);
	CHECK_EQ(sqlite3_prepare_v2(handle, "SELECT id FROM bsync_item", -1, &row, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_step(row), SQLITE_ROW);
	memcpy(id, sqlite3_column_blob(row, 0), sizeof(id));
	sqlite3_finalize(row);
	sqlite3_close(handle);
	CHECK_EQ(bsync_store_group_begin(scene->store), BSYNC_OK);
	CHECK_EQ(bsync_store_inbox_resolve(scene->store, id, 2, NULL, scene->now_ms), BSYNC_INVALID);
	CHECK_STR(bsync_store_refusal(scene->store), "this was signed");
	CHECK_EQ(bsync_store_inbox_resolve(scene->store, id, 1, NULL, scene->now_ms), BSYNC_OK);
	CHECK_EQ(bsync_store_group_commit(scene->store, &scene->touched), BSYNC_OK);
	CHECK_STR(scene_sql(scene, "SELECT inzet FROM plan"), "oud");
	CHECK_STR(scene_check(scene), "");
	scene_set_free(&late);
	scene_close(scene);
}
