/* One worker hands all work over to another: what the schema says of it, in one act of the store. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { TEXT_SIZE = 2000 };

/* Households of Anna: she leads d1, alone; in d2 she is until a day and Bram is too; d3 has ended. */
static void caseload_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "schema/utrecht");
	scene_do(
		&pair->scene, &pair->anna,
		"insert dossier #d1 roepnaam=Dam vaste_hulpverlener_id=@anna; insert dossier #d2 roepnaam=Vos;"
		"insert dossier #d3 roepnaam=Kok; insert persoon #p1 dossier_id=#d1 naam=Noor;"
		"insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna rol=hulpverlener basis=eigen_taak status=actief;"
		"insert betrokkenheid #b2 dossier_id=#d2 medewerker_id=@anna status=actief tot=2030-01-01;"
		"insert betrokkenheid #b3 dossier_id=#d2 medewerker_id=@bram status=actief;"
		"insert betrokkenheid #b4 dossier_id=#d3 medewerker_id=@anna status=beeindigd;"
		"insert betrokkenheid #b5 dossier_id=#d3 medewerker_id=@bram status=actief");
	scene_pull(&pair->scene, &pair->anna);
	scene_pull(&pair->scene, &pair->bram);
}

static enum bsync_result hand_over(struct scene_pair *pair, const struct scene_device *from,
				   const struct scene_device *to, uint64_t *rows, char error[BSYNC_SQL_ERROR_SIZE])
{
	struct scene *scene = &pair->scene;
	enum bsync_result result = bsync_store_group_begin(scene->store);

	scene->now_ms += 1000;
	if (result == BSYNC_OK)
		result = bsync_store_hand_over(scene->store, &from->worker, &to->worker, scene->now_ms, rows, error);
	if (result == BSYNC_OK)
		return bsync_store_group_commit(scene->store, &scene->touched);
	bsync_store_group_rollback(scene->store);
	return result;
}

TEST(all_work_goes_over_at_one_position_and_is_written_down)
{
	struct scene_pair pair;
	char error[BSYNC_SQL_ERROR_SIZE];
	uint64_t rows = 0, counter = 0;

	caseload_open(&pair);
	counter = bsync_store_position(pair.scene.store).counter;
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_OK);
	/* A new involvement in d1, the ends of two, and the lead. */
	CHECK_EQ(rows, 4);
	CHECK_EQ(bsync_store_position(pair.scene.store).counter, counter + 1);
	CHECK_STR(scene_sql(&pair.scene,
			    "SELECT group_concat(m.naam || ' ' || d.roepnaam || ' ' || b.status || ' ' || "
			    "coalesce(b.rol || ' ' || b.basis, '-'), '; ' ORDER BY d.roepnaam, m.naam) FROM "
			    "betrokkenheid b JOIN medewerker m ON m.id = b.medewerker_id "
			    "JOIN dossier d ON d.id = b.dossier_id"),
		  "anna Dam beeindigd hulpverlener eigen_taak; bram Dam actief hulpverlener eigen_taak; "
		  "anna Kok beeindigd -; bram Kok actief -; anna Vos beeindigd -; bram Vos actief -");
	CHECK_STR(scene_sql(&pair.scene, "SELECT group_concat(naam) FROM medewerker JOIN dossier ON "
					 "vaste_hulpverlener_id = medewerker.id"),
		  "bram");
	CHECK_STR(
		scene_sql(&pair.scene, "SELECT reason FROM bsync_receipt WHERE line_no = 0 ORDER BY seq DESC LIMIT 1"),
		"handover");
	CHECK_STR(scene_sql(&pair.scene, "SELECT group_concat(act, '') FROM (SELECT act FROM bsync_member_log WHERE "
					 "counter = (SELECT max(counter) FROM bsync_member_log) ORDER BY act)"),
		  "011");
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(the_successor_gets_the_households_and_who_left_is_told_to_drop_them)
{
	struct scene_pair pair;
	char error[BSYNC_SQL_ERROR_SIZE];
	const char *pulled = NULL;
	uint64_t rows = 0;

	caseload_open(&pair);
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_OK);
	pulled = scene_pull(&pair.scene, &pair.bram);
	CHECK(strstr(pulled, "add dossier_kring") != NULL);
	CHECK(strstr(pulled, "naam=Noor") != NULL);
	pulled = scene_pull(&pair.scene, &pair.anna);
	CHECK(strstr(pulled, "drop dossier_kring") != NULL);
	CHECK(strstr(pulled, "Noor") == NULL);
	CHECK(strstr(scene_view_of(&pair.scene, &pair.anna), "add dossier_kring") == NULL);
	scene_close(&pair.scene);
}

TEST(work_that_comes_after_it_waits_for_the_new_lead)
{
	struct scene_pair pair;
	struct scene_set late;
	char error[BSYNC_SQL_ERROR_SIZE];
	uint64_t rows = 0;

	caseload_open(&pair);
	late = scene_make(&pair.scene, &pair.anna, "update persoon #p1 naam=Noortje");
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_OK);
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &late), BSYNC_OK);
	CHECK_EQ(pair.scene.receipt.verdict, BSYNC_VERDICT_INBOX);
	CHECK_STR(scene_sql(&pair.scene, "SELECT naam FROM persoon"), "Noor");
	CHECK(strstr(scene_pull(&pair.scene, &pair.bram), "late") != NULL);
	CHECK(strstr(scene_pull(&pair.scene, &pair.anna), "Noortje") == NULL);
	scene_set_free(&late);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(a_second_time_there_is_nothing_to_hand_over)
{
	struct scene_pair pair;
	char error[BSYNC_SQL_ERROR_SIZE];
	uint64_t rows = 0, counter = 0;

	caseload_open(&pair);
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_OK);
	counter = bsync_store_position(pair.scene.store).counter;
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_OK);
	CHECK_EQ(rows, 0);
	CHECK_EQ(bsync_store_position(pair.scene.store).counter, counter);
	/* And back. */
	CHECK_EQ(hand_over(&pair, &pair.bram, &pair.anna, &rows, error), BSYNC_OK);
	CHECK_EQ(rows, 7);
	CHECK_STR(scene_check(&pair.scene), "");
	scene_close(&pair.scene);
}

TEST(who_hands_over_to_themselves_or_without_a_schema_for_it_hears_why)
{
	struct scene_pair pair;
	char error[BSYNC_SQL_ERROR_SIZE];
	uint64_t rows = 0;

	caseload_open(&pair);
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.anna, &rows, error), BSYNC_INVALID);
	CHECK(strstr(error, "two workers") != NULL);
	scene_close(&pair.scene);
	scene_pair_open(&pair, "tests/schemas/lijst");
	CHECK_EQ(hand_over(&pair, &pair.anna, &pair.bram, &rows, error), BSYNC_INVALID);
	CHECK(strstr(error, "sync_handover") != NULL);
	scene_close(&pair.scene);
}
