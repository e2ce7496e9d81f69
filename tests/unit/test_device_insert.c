/* Rows that are inserted here and stand on the server too: what of them is own, and what becomes of it. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { NOTITIE = 3, HEEL = 3, TEKST = 3, GEWICHT = 4 };

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)

static const uint8_t one = 1;

/* Note 9 of dossier 1 as the server has it. */
static enum bsync_result send_whole(struct device_scene *scene, const char *text, double weight, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, HEEL, 9, counter);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, TEKST, text);
	pull_row_value(&row, GEWICHT, bsync_value_real(weight));
	return pull_send(scene, pull_scope_dossier(&one), &row);
}

static enum bsync_result send_gone(struct device_scene *scene, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, HEEL, 9, counter);
	return pull_send(scene, pull_scope_dossier(&one), &row);
}

/* The dossier's scope is held, and nothing is in it. */
static bool scene_with_scope(struct device_scene *scene)
{
	return device_scene_make(scene) && pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       device_scene_pull_end(scene, 10) == BSYNC_OK;
}

TEST(cells_an_insert_did_not_name_are_those_of_the_server)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn1.5");
	/* Another value of such a cell is shown too: it was never this device's. */
	CHECK_EQ(send_whole(&scene, "hun", 2.5, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn2.5");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_MERGED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn2.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(refused_insert_of_a_row_that_is_there_leaves_nothing_pending)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count = 0;

	CHECK(scene_with_scope(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "hun1.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	/* So the next edit is based on what is shown now. */
	RUN("UPDATE notitie SET gewicht = 3.5");
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(sets[0].base.counter, 12);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_DEFAULT);
	device_scene_clear(&scene);
}

TEST(insert_between_two_deletes_leaves_nothing_pending)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	RUN("DELETE FROM notitie");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(send_gone(&scene, 14), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	/* Another makes the row again. */
	CHECK_EQ(send_whole(&scene, "weer", 4.5, 15), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "weer4.5");
	device_scene_clear(&scene);
}

TEST(refused_insert_after_a_taken_delete_leaves_nothing_pending)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(send_gone(&scene, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 14), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "hun1.5");
	device_scene_clear(&scene);
}

TEST(verdict_on_an_edit_before_a_delete_does_not_touch_a_later_insert)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'een')");
	RUN("UPDATE notitie SET tekst = 'twee', gewicht = 2.5");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'drie')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 11, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	INTEGER("SELECT gewicht IS NULL FROM notitie", 1);
	CHECK_EQ(device_scene_receipt(&scene, 3, 2, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "drie");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(refused_delete_after_an_edit_shows_the_edit_that_was_taken)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("UPDATE notitie SET tekst = 'mijn'");
	RUN("DELETE FROM notitie");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(send_whole(&scene, "mijn", 1.5, 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn1.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(nothing_of_a_row_from_before_a_delete_shows_in_a_later_one)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'een')");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'twee')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 11, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The first row, with what another wrote into it. */
	CHECK_EQ(send_whole(&scene, "een", 1.5, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "twee");
	/* Both changes stand before the next pull, which has nothing to say of the new row: it is this device's. */
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	INTEGER("SELECT tekst = 'twee' AND gewicht IS NULL FROM notitie", 1);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(older_row_of_another_shows_under_an_insert_that_was_taken)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 20, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* A pull that began before the insert was taken has the row another had made; the next one leaves that out. */
	CHECK_EQ(send_whole(&scene, "hun", 1.5, 15), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 18), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn1.5");
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn1.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_before_an_unanswered_delete_does_not_show_in_the_one_after_it)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	CHECK_EQ(send_whole(&scene, "een", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'twee')");
	CHECK_EQ(send_whole(&scene, "een", 2.5, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT tekst = 'twee' AND gewicht IS NULL FROM notitie", 1);
	/* Another part of that changeset went to the inbox; the delete held, and the insert began the row anew. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(send_gone(&scene, 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	INTEGER("SELECT tekst = 'twee' AND gewicht IS NULL FROM notitie", 1);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_a_delete_did_not_take_shows_under_a_later_insert)
{
	struct device_scene scene;

	CHECK(scene_with_scope(&scene));
	CHECK_EQ(send_whole(&scene, "een", 1.5, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'twee')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(send_whole(&scene, "een", 2.5, 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "twee2.5");
	device_scene_clear(&scene);
}
