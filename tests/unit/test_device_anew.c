/* Rows that are deleted and made anew here while others change or delete them: what stands on screen in the end. */
#include <sqlite3.h>

#include "client-sdk/store/pending.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NOTITIE = 3, NAAM = 2, STATUS = 3, TELLER = 4, LABELS = 5 };

static const uint8_t one = 1, two = 2;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

TEST(row_deleted_made_and_deleted_again_here_comes_back_with_what_it_holds)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "w208", 20), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'w749')");
	RUN("DELETE FROM notitie");
	CHECK_EQ(pull_send_note(&scene, NULL, 26), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 28, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 28), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 31, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "w749", 31), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 34, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, NULL, 34), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	CHECK_EQ(pull_send_note(&scene, "w585", 53), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "w585");
	device_scene_clear(&scene);
}

/* The first own changeset that the entry of a note counts, 0 without an entry. */
static uint64_t first_seq_of(struct device_scene *scene, uint8_t id)
{
	const struct bsync_value key = bsync_value_blob((struct bsync_bytes){&id, 1});
	struct bsync_pending_entry entry;
	struct bsync_bytes packed;
	bool found = false;

	if (bsync_key_pack(&scene->arena, &key, 1, &packed) != BSYNC_OK ||
	    bsync_pending_get(scene->file, NOTITIE, packed, &scene->arena, &entry, &found) != BSYNC_OK)
		return UINT64_MAX;
	return found ? entry.row.first_seq : 0;
}

TEST(row_made_anew_among_new_rows_still_knows_its_delete)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "een", 20), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id) VALUES(x'01', x'01'), (x'02', x'01')");
	CHECK_EQ(first_seq_of(&scene, 2), 2);
	RUN("INSERT INTO notitie(id, dossier_id) VALUES(x'07', x'01'), (x'08', x'01'), (x'09', x'01')");
	CHECK_EQ(first_seq_of(&scene, 7), 3);
	CHECK_EQ(first_seq_of(&scene, 8), 1);
	CHECK_EQ(first_seq_of(&scene, 9), 3);
	device_scene_clear(&scene);
}

TEST(refused_edit_under_a_later_insert_leaves_what_the_insert_wrote)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'een')");
	RUN("UPDATE notitie SET tekst = 'twee'");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'drie')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 21, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 22, BSYNC_VERDICT_INBOX), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	CHECK_EQ(device_scene_receipt(&scene, 3, 2, 23, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 30), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(undone_insert_over_a_deleted_row_shows_what_was_pulled_last)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("DELETE FROM dossier");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'mijn')");
	CHECK_EQ(pull_send_integer(&scene, TELLER, 99, 22), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, NAAM, "hun", 23), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 23), BSYNC_OK);
	INTEGER("SELECT naam = 'mijn' AND teller IS NULL FROM dossier", 1);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 24, BSYNC_VERDICT_INBOX), BSYNC_OK);
	/* PROTOCOL 6.9: a row that was not deleted comes whole. */
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 24);
	pull_row_text(&row, NAAM, "hun");
	pull_row_text(&row, STATUS, "nieuw");
	pull_row_value(&row, TELLER, bsync_value_integer(99));
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	TEXT("SELECT naam || status || teller FROM dossier", "hunnieuw99");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(cell_of_a_row_made_anew_keeps_the_insert_when_an_edit_before_it_is_undone)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'een')");
	RUN("UPDATE notitie SET tekst = 'twee'");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'drie')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 21, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 22, BSYNC_VERDICT_INBOX), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_CELLS, NOTITIE, 3, 8, 22);
	pull_row_text(&row, 3, "twee");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	CHECK_EQ(device_scene_receipt(&scene, 3, 2, 23, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 24), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_only_we_moved_goes_when_the_store_deletes_it_where_it_was)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "tekst", 20), BSYNC_OK);
	/* The store takes the move, and another version of the cell wins: for the store the row is in dossier 1. */
	RUN("UPDATE notitie SET dossier_id = x'02'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 35, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, NULL, 38), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_we_made_anew_elsewhere_stays_when_the_old_scope_lets_it_go)
{
	struct device_scene scene;
	struct pull_row gone;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "oud", 20), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'02', 'nieuw')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 50, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 53, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	pull_row_init(&gone, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 50);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &gone), BSYNC_OK);
	gone.row.counter = 53;
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &gone), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 60), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "nieuw");
	device_scene_clear(&scene);
}

TEST(counter_of_a_row_made_anew_does_not_build_on_the_old_sum)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET teller = teller + 7");
	RUN("DELETE FROM dossier");
	RUN("INSERT INTO dossier(id, teller, labels) VALUES(x'01', 100, '[\"x\"]')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 21, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(pull_send_integer(&scene, TELLER, 17, 21), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, LABELS, "[\"a\",\"b\",\"c\"]", 22), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 22), BSYNC_OK);
	TEXT("SELECT teller || labels FROM dossier", "100[\"x\"]");
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 23, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	TEXT("SELECT teller || labels FROM dossier", "100[\"x\"]");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_whose_delete_was_refused_keeps_what_a_later_insert_did_not_name)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("DELETE FROM dossier");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'mijn')");
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, 24);
	pull_row_text(&row, NAAM, "hun");
	pull_row_value(&row, TELLER, bsync_value_integer(132));
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	/* The insert is taken while the rows of a state before it are still on their way. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 24, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 26, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "mijn132");
	CHECK_EQ(device_scene_pull_end(&scene, 29), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "mijn132");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_made_anew_stays_when_its_delete_before_shared_a_refusal)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'w718')");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'w769')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 17, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* Another row of this changeset waits for a person; the delete held. */
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 18, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 25, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, NULL, 18), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "w769");
	CHECK_EQ(device_scene_pull_end(&scene, 26), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "w769");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}
