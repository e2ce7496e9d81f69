/* What a change would do to who holds what, without doing it. */
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { TEXT_SIZE = 2000 };

/* "bram gains dossier_kring 2 rows". */
static enum bsync_result note(void *context, const struct bsync_member_change *change)
{
	char *text = context;
	size_t size = strlen(text);

	snprintf(text + size, TEXT_SIZE - size, "%s%s %s %s %u rows", size == 0 ? "" : "; ", change->worker_name,
		 change->is_gained ? "gains" : "loses", change->circle, (unsigned)change->rows);
	if (change->pending > 0)
		snprintf(text + strlen(text), TEXT_SIZE - strlen(text), " %u pending", (unsigned)change->pending);
	return BSYNC_OK;
}

/* The changes that a statement would bring, or what is wrong with it. */
static const char *preview(struct scene *scene, const char *sql)
{
	static char text[TEXT_SIZE], error[BSYNC_SQL_ERROR_SIZE];
	const uint64_t counter = bsync_store_position(scene->store).counter;
	enum bsync_result result = bsync_store_group_begin(scene->store);

	text[0] = '\0';
	if (result == BSYNC_OK)
		result = bsync_store_suppose(scene->store, sql, scene->now_ms, error);
	if (result == BSYNC_OK)
		result = bsync_store_member_changes(scene->store, counter, note, text);
	bsync_store_group_rollback(scene->store);
	return result == BSYNC_OK ? text : error;
}

/* Anna is involved in a household with one person. */
static void household_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "schema/utrecht");
	scene_do(&pair->scene, &pair->anna,
		 "insert dossier #d1 roepnaam=Dam;"
		 "insert persoon #p1 dossier_id=#d1 naam=Noor;"
		 "insert betrokkenheid #b1 dossier_id=#d1 medewerker_id=@anna status=actief");
	scene_pull(&pair->scene, &pair->anna);
}

TEST(who_would_gain_and_who_would_lose_is_told_with_what_there_is)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_STR(preview(&pair.scene, "UPDATE betrokkenheid SET medewerker_id = "
				       "(SELECT id FROM medewerker WHERE naam = 'bram')"),
		  "bram gains dossier_kring 3 rows; anna loses dossier_kring 3 rows");
	CHECK_STR(preview(&pair.scene, "UPDATE betrokkenheid SET status = 'beeindigd'"),
		  "anna loses dossier_kring 3 rows");
	CHECK_STR(preview(&pair.scene, "INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, status) "
				       "SELECT randomblob(16), dossier_id, (SELECT id FROM medewerker "
				       "WHERE naam = 'bram'), 'actief' FROM betrokkenheid"),
		  "bram gains dossier_kring 3 rows");
	CHECK_STR(preview(&pair.scene, "UPDATE persoon SET naam = 'Nora'"), "");
	scene_close(&pair.scene);
}

TEST(a_preview_leaves_nothing_behind)
{
	struct scene_pair pair;
	const char *sql = "SELECT group_concat(medewerker_id IS NULL) || (SELECT count(*) FROM bsync_member_log) || "
			  "(SELECT value FROM bsync_meta WHERE name = 'counter') FROM betrokkenheid";
	char before[200];

	household_open(&pair);
	snprintf(before, sizeof before, "%s", scene_sql(&pair.scene, sql));
	preview(&pair.scene, "UPDATE betrokkenheid SET medewerker_id = NULL");
	CHECK_STR(scene_sql(&pair.scene, sql), before);
	CHECK_STR(scene_check(&pair.scene), "");
	/* The writer goes on as if nothing had been. */
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, "update persoon #p1 naam=Nora"), BSYNC_VERDICT_APPLIED);
	CHECK_STR(scene_pull(&pair.scene, &pair.bram), "");
	scene_close(&pair.scene);
}

TEST(work_that_was_not_handed_in_is_told_of_who_would_lose)
{
	struct scene_pair pair;

	household_open(&pair);
	scene_damage(&pair.scene, "UPDATE bsync_device SET pending = 4");
	CHECK_STR(preview(&pair.scene, "DELETE FROM betrokkenheid"), "anna loses dossier_kring 3 rows 4 pending");
	scene_close(&pair.scene);
}

TEST(a_statement_that_is_no_change_of_the_schemas_tables_is_refused)
{
	struct scene_pair pair;

	household_open(&pair);
	CHECK_STR(preview(&pair.scene, "SELECT 1"), "this is no INSERT, UPDATE or DELETE");
	CHECK_STR(preview(&pair.scene, "DELETE FROM bsync_receipt"), "not authorized");
	CHECK_STR(preview(&pair.scene, "UPDATE persoon SET _bsync = NULL"), "not authorized");
	CHECK_STR(preview(&pair.scene, "UPDATE persoon SET naam = (SELECT hex(secret) FROM bsync_epoch)"),
		  "access to bsync_epoch.secret is prohibited");
	CHECK_STR(preview(&pair.scene, "PRAGMA user_version = 3"), "not authorized");
	CHECK_STR(preview(&pair.scene, "DELETE FROM persoon; DELETE FROM dossier"), "one statement at a time");
	CHECK_STR(preview(&pair.scene, ""), "there is no statement in it");
	CHECK_EQ(scene_count(&pair.scene, "SELECT count(*) FROM persoon"), 1);
	scene_close(&pair.scene);
}
