/* What is on screen while own changesets and the store's word cross on the way: PROTOCOL 6.9 and 6.12, rebase.h. */
#include <sqlite3.h>

#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NOTITIE = 3, NAAM = 2, TELLER = 4 };

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

TEST(pull_that_overtakes_a_receipt_keeps_what_another_wrote_later)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	/* The store took ours at 12 and theirs at 14; it read the pull at 15 and told us of 12 only then. */
	CHECK_EQ(pull_send_text(&scene, NAAM, "hun", 14), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "hun");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(pull_that_overtakes_a_receipt_and_left_the_own_cell_out_keeps_it)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'mijn')");
	RUN("UPDATE notitie SET tekst = 'later'");
	CHECK_EQ(pull_send_integer(&scene, TELLER, 99, 14), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "mijn99");
	TEXT("SELECT tekst FROM notitie", "later");
	INTEGER("SELECT count(*) FROM bsync_pending", 1);
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 16, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 16), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "later");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(good_part_of_a_changeset_with_a_refused_part_never_leaves_the_screen)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("BEGIN");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'goed')");
	RUN("UPDATE dossier SET naam = 'geweigerd'");
	RUN("COMMIT");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "goed");
	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, 8, 12);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, 3, "goed");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "goed");
	TEXT("SELECT naam FROM dossier", "Jansen");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_others_deleted_stays_with_an_edit_on_the_way_and_comes_back_whole)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET tekst = 'mijn'");
	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 12);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	RUN("UPDATE notitie SET gewicht = 2.5");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "mijn", 13), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn2.5");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn2.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_others_deleted_goes_where_something_is_only_taken_out_of_its_set)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET labels = '[\"a\"]'");
	pull_row_init(&row, BSYNC_PULLED_GONE, DOSSIER, 1, 1, 11);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(edit_before_an_own_delete_is_no_part_of_the_row_that_was_made_anew)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET gewicht = 2.5");
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The old scope lets it go, and the new one tells what another wrote in it. */
	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 14);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_CELLS, NOTITIE, 3, 8, 15);
	pull_row_text(&row, 3, "anders");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT tekst || coalesce(gewicht, '-') FROM notitie", "anders-");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

/* A row of a table whose deletes win, as the server has it at `counter`; NULL: gone. */
static enum bsync_result send_stand(struct device_scene *scene, const char *waarde, uint64_t counter)
{
	struct bsync_value key[] = {bsync_value_blob((struct bsync_bytes){&one, 1}),
				    bsync_value_text(bsync_bytes_of_string("a"))};
	struct pull_row row;
	enum bsync_result result;

	pull_row_init(&row, waarde != NULL ? BSYNC_PULLED_WHOLE : BSYNC_PULLED_GONE, 4, 4, 0, counter);
	row.row.key = key;
	row.row.key_count = 2;
	if (waarde != NULL)
		pull_row_text(&row, 3, waarde);
	result = pull_send(scene, pull_scope_dossier(&one), &row);
	return result == BSYNC_OK ? device_scene_pull_end(scene, counter) : result;
}

TEST(row_that_others_deleted_goes_with_an_edit_on_the_way_where_deletes_win)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(send_stand(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE stand SET waarde = 'mijn'");
	CHECK_EQ(send_stand(&scene, NULL, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM stand", 0);
	/* Who knows of the delete can begin it anew, though the edit is on the way still. */
	RUN("INSERT INTO stand VALUES(x'01', 'a', 'anders')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT waarde FROM stand", "anders");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT waarde FROM stand", "anders");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_was_deleted_and_made_anew_stays_when_the_own_delete_comes_back_where_deletes_win)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(send_stand(&scene, "hun", 11), BSYNC_OK);
	RUN("DELETE FROM stand");
	RUN("INSERT INTO stand VALUES(x'01', 'a', 'anders')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(send_stand(&scene, NULL, 12), BSYNC_OK);
	TEXT("SELECT waarde FROM stand", "anders");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT waarde FROM stand", "anders");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

/* Of what nobody may insert the store says that it is not there. */
TEST(row_that_was_inserted_comes_back_when_it_is_taken_though_it_was_said_not_to_be_there)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO stand VALUES(x'01', 'a', 'mijn')");
	CHECK_EQ(send_stand(&scene, NULL, 11), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT waarde FROM stand", "mijn");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(edit_of_a_row_that_others_deleted_has_seen_what_the_screen_still_shows)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET gewicht = 2.5");
	/* Before it was deleted the text was changed, which the pull has no reason to tell. */
	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 14);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "hun");
	RUN("UPDATE notitie SET tekst = 'mijn'");
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 2);
	CHECK_EQ(sets[1].changes[0].cells[0].base_kind, BSYNC_BASE_OWN);
	CHECK_EQ(sets[1].changes[0].cells[0].base.counter, sets[0].base.counter);
	device_scene_clear(&scene);
}

TEST(quarantined_changeset_leaves_the_screen_and_later_edits_of_the_row_stay)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET teller = teller + 5, naam = 'fout'");
	RUN("UPDATE dossier SET teller = teller + 2");
	INTEGER("SELECT teller FROM dossier", 17);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "Jansen12");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "Jansen12");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(edit_under_a_dropped_scope_shows_again_when_the_scope_comes_back)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET tekst = 'mijn'");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	/* Of what was there only the key is left. */
	INTEGER("SELECT count(*) FROM bsync_pending WHERE instr(edits, 'hun')", 0);
	/* The scope comes back as it stood before the store took the edit, which the next pull then leaves out as ours. */
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, 8, 11);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, 3, "hun");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_made_under_the_key_of_one_that_a_dropped_scope_took_stays)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET tekst = 'mijn', gewicht = 1.5");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'02', 'nieuw')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	INTEGER("SELECT tekst = 'nieuw' AND gewicht IS NULL FROM notitie", 1);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_made_anew_under_a_key_that_was_hidden_stays_whatever_is_written_on)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'eerst')");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'02', 'nieuw')");
	RUN("UPDATE notitie SET gewicht = 2.5");
	/* Whatever makes it be played again. */
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, (struct bsync_scope_ref){1, bsync_value_integer(9)}), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "nieuw2.5");
	device_scene_clear(&scene);
}

TEST(edit_under_a_dropped_scope_is_in_the_row_that_comes_back_under_an_own_insert)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	RUN("UPDATE notitie SET gewicht = 1.5");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'02', 'nieuw')");
	INTEGER("SELECT gewicht IS NULL FROM notitie", 1);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, 8, 11);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
	pull_row_text(&row, 3, "hun");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "nieuw1.5");
	/* Of the edit, which is ours, the store says no more than that it took it. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_MERGED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "nieuw1.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(own_row_in_a_dropped_scope_shows_again_when_the_scope_comes_back)
{
	struct device_scene scene;
	const uint8_t two = 2;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'hier')");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'02', 'daar')");
	RUN("UPDATE notitie SET gewicht = 2.5");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	/* The store has nothing to say of it yet. */
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT group_concat(tekst || gewicht) FROM notitie", "daar2.5");
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 16), BSYNC_OK);
	TEXT("SELECT group_concat(tekst || gewicht) FROM notitie", "daar2.5");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_made_in_a_scope_that_is_held_and_moved_to_one_that_is_dropped_comes_back_where_it_was_made)
{
	struct device_scene scene;
	struct pull_row row;
	const uint8_t two = 2;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'mijn')");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'02', 'ook mijn')");
	RUN("UPDATE notitie SET dossier_id = x'02' WHERE id = x'08'");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	/* What of the move did not come in the store tells; the rest of the row is ours, in a scope that we hold. */
	CHECK_EQ(device_scene_receipt(&scene, 3, 1, 15, BSYNC_VERDICT_MERGED), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_CELLS, NOTITIE, 3, 8, 15);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT group_concat(tekst || hex(dossier_id)) FROM notitie", "mijn01");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_moved_by_an_own_insert_and_deleted_there_by_another_is_gone)
{
	struct device_scene scene;
	struct pull_row row;
	const uint8_t two = 2;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_note(&scene, "hun", 11), BSYNC_OK);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("DELETE FROM notitie");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'02', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* Which scope a pull tells of first has no meaning. */
	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 15);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &row), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, 3, 8, 13);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(update_that_was_taken_begins_the_row_whose_insert_was_not)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst, gewicht) VALUES(x'08', x'01', 'te laat', 1.5)");
	RUN("UPDATE notitie SET dossier_id = x'01', tekst = 'later'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The row is ours, so the store has nothing to say of it. */
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	INTEGER("SELECT tekst = 'later' AND gewicht IS NULL FROM notitie", 1);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}
