/* Pulled rows, scopes and what they meet: pending edits, shadows, other faces, a cut. */
#include <sqlite3.h>

#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NOTITIE = 3, NAAM = 2, STATUS = 3, TELLER = 4, LABELS = 5 };

static const uint8_t one = 1, two = 2;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

static enum bsync_result send_gone(struct device_scene *scene, uint32_t face_no, struct bsync_scope_ref scope,
				   uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_GONE, DOSSIER, face_no, 1, counter);
	return pull_send(scene, scope, &row);
}

TEST(pull_is_shown_whole_at_its_end_and_is_not_captured)
{
	struct device_scene scene;
	struct bsync_file_status status;

	CHECK(pull_scene_make(&scene));
	TEXT("SELECT naam || status || teller || labels FROM dossier", "Jansennieuw10[\"a\",\"b\"]");
	CHECK_EQ(pull_send_text(&scene, NAAM, "Pietersen", 12), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "Jansen");
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "Pietersen");
	INTEGER("SELECT count(*) FROM bsync_capture", 0);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.cursor.counter, 15);
	CHECK_EQ(status.pending, 0);
	CHECK(status.first_sync_done);
	device_scene_clear(&scene);
}

TEST(whole_row_makes_unnamed_columns_null_and_leaves_those_of_no_face)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET lokaal = 'hier'");
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 12);
	pull_row_text(&row, STATUS, "oud");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT naam IS NULL AND teller IS NULL AND status = 'oud' AND lokaal = 'hier' FROM dossier", 1);
	device_scene_clear(&scene);
}

TEST(changeset_carries_cursor_and_seen_stamp)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'x'");
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(sets[0].base.incarnation, 1);
	CHECK_EQ(sets[0].base.counter, 10);
	CHECK_EQ(sets[0].seen_ms, 1767225600010);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_DEFAULT);
	device_scene_clear(&scene);
}

TEST(cell_with_an_unsent_edit_keeps_it_and_its_first_base)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	CHECK_EQ(pull_send_text(&scene, NAAM, "ander", 12), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, STATUS, "oud", 13), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	TEXT("SELECT status FROM dossier", "oud");
	RUN("UPDATE dossier SET naam = 'mijn 2', status = 'weer'");
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(sets[0].base.counter, 20);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_OWN);
	CHECK_EQ(sets[0].changes[0].cells[0].base.counter, 10);
	CHECK_EQ(sets[0].changes[0].cells[1].base_kind, BSYNC_BASE_DEFAULT);
	device_scene_clear(&scene);
}

TEST(refused_edit_goes_back_to_what_the_server_has)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn', status = 'mijn'");
	CHECK_EQ(pull_send_text(&scene, NAAM, "ander", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "ander");
	TEXT("SELECT status FROM dossier", "nieuw");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	INTEGER("SELECT count(*) FROM bsync_capture", 0);
	device_scene_clear(&scene);
}

TEST(quarantined_edit_under_a_later_one_leaves_the_later_one)
{
	struct device_scene scene;
	struct bsync_file_status status;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'een', status = 'een'");
	RUN("UPDATE dossier SET naam = 'twee'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "twee");
	TEXT("SELECT status FROM dossier", "nieuw");
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.quarantined, 1);
	CHECK_EQ(status.pending, 1);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "Jansen");
	device_scene_clear(&scene);
}

TEST(taken_edit_stays_until_its_pull_is_shown)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 21, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_pending", 1);
	/* A snapshot from before position 21 says nothing about the cell. */
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 18);
	pull_row_text(&row, NAAM, "oud");
	pull_row_text(&row, STATUS, "nieuwer");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	TEXT("SELECT naam || status FROM dossier", "mijnnieuwer");
	INTEGER("SELECT count(*) FROM bsync_pending", 1);
	CHECK_EQ(device_scene_pull_end(&scene, 25), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(counter_shows_the_server_plus_what_is_unsent)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET teller = teller + 3");
	RUN("UPDATE dossier SET teller = teller + 4");
	CHECK_EQ(pull_send_integer(&scene, TELLER, 110, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT teller FROM dossier", 117);
	/* The first delta is taken at 13; the sum that comes then has it. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_MERGED), BSYNC_OK);
	INTEGER("SELECT teller FROM dossier", 117);
	CHECK_EQ(pull_send_integer(&scene, TELLER, 1113, 14), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	INTEGER("SELECT teller FROM dossier", 1117);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 15, BSYNC_VERDICT_MERGED), BSYNC_OK);
	CHECK_EQ(pull_send_integer(&scene, TELLER, 1117, 15), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	INTEGER("SELECT teller FROM dossier", 1117);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(refused_delta_is_taken_back_from_the_sum)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET teller = teller + 3");
	RUN("UPDATE dossier SET teller = teller + 4");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT teller FROM dossier", 14);
	device_scene_clear(&scene);
}

TEST(set_replays_unsent_adds_and_removes_over_the_server)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET labels = '[\"b\",\"mijn\"]'");
	CHECK_EQ(pull_send_text(&scene, LABELS, "[\"a\",\"b\",\"hun\"]", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"b\",\"hun\",\"mijn\"]");
	/* What came is on screen, so a remove has seen it although the first edit had not. */
	RUN("UPDATE dossier SET labels = '[\"b\"]'");
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(sets[0].changes[0].cells[0].remove_count, 2);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_DEFAULT);
	CHECK_EQ(sets[0].base.counter, 12);
	device_scene_clear(&scene);
}

TEST(undone_remove_brings_back_only_what_the_server_still_has)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET labels = '[\"mijn\"]'");
	CHECK_EQ(pull_send_text(&scene, LABELS, "[\"a\",\"hun\"]", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"hun\",\"mijn\"]");
	RUN("UPDATE dossier SET labels = '[\"hun\",\"later\",\"mijn\"]'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"a\",\"hun\",\"later\"]");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 14, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"a\",\"hun\"]");
	device_scene_clear(&scene);
}

TEST(gone_row_leaves)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(send_gone(&scene, 1, pull_scope_dossier(&one), 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	device_scene_clear(&scene);
}

TEST(gone_row_with_an_unsent_edit_stays_until_the_verdict)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	CHECK_EQ(send_gone(&scene, 1, pull_scope_dossier(&one), 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(row_that_another_face_gives_stays_with_its_columns)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 2, 1, 10);
	pull_row_text(&row, NAAM, "Jansen");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_team()), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_team(), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	/* What stood in such a column, and beside what it shows, leaves with it. */
	pull_row_init(&row, BSYNC_PULLED_CELLS, DOSSIER, 1, 1, 11);
	pull_row_conflict(&row, STATUS, "open", "dicht", 0x33);
	pull_row_past(&row, STATUS, "geheim", 4, 11);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	INTEGER("SELECT (SELECT count(*) FROM bsync_variant) + (SELECT count(*) FROM bsync_past)", 3);
	CHECK_EQ(send_gone(&scene, 1, pull_scope_dossier(&one), 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT (SELECT count(*) FROM bsync_variant) + (SELECT count(*) FROM bsync_past)", 0);
	INTEGER("SELECT naam = 'Jansen' AND status IS NULL AND teller IS NULL FROM dossier", 1);
	/* Then the other face goes too: a row that was deleted leaves each scope in turn. */
	CHECK_EQ(send_gone(&scene, 2, pull_scope_team(), 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_left", 0);
	device_scene_clear(&scene);
}

TEST(row_that_moved_to_another_held_scope_is_not_removed_by_the_old_one)
{
	struct device_scene scene;
	struct pull_row row, gone;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, 9, 20);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&two, 1}));
	pull_row_text(&row, 3, "verhuisd");
	pull_row_init(&gone, BSYNC_PULLED_GONE, NOTITIE, 3, 9, 20);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &row), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &gone), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "verhuisd");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &gone), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 21), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	device_scene_clear(&scene);
}

TEST(dropped_scope_takes_its_rows_and_all_that_hangs_on_them)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'a'), (x'09', x'02', 'b')");
	RUN("UPDATE dossier SET naam = 'mijn'");
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	TEXT("SELECT group_concat(tekst) FROM notitie", "b");
	/* Which changesets touch them stays known, and nothing that they say. */
	INTEGER("SELECT count(*) FROM bsync_pending", 3);
	INTEGER("SELECT count(*) FROM bsync_pending WHERE length(edits) > 12", 1);
	INTEGER("SELECT count(*) FROM bsync_scope", 0);
	INTEGER("SELECT count(*) FROM bsync_capture", 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 2);
	/* The verdict comes for rows that are not here any more. */
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	device_scene_clear(&scene);
}

TEST(delete_that_was_refused_brings_the_row_back)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("DELETE FROM dossier");
	CHECK_EQ(pull_send_text(&scene, STATUS, "oud", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, 13);
	pull_row_text(&row, NAAM, "Jansen");
	pull_row_text(&row, STATUS, "oud");
	pull_row_value(&row, TELLER, bsync_value_integer(10));
	pull_row_text(&row, LABELS, "[\"a\",\"b\"]");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	TEXT("SELECT naam || status || teller || labels FROM dossier", "Jansenoud10[\"a\",\"b\"]");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(insert_that_was_refused_is_not_on_screen)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id) VALUES(x'08', x'01')");
	RUN("UPDATE notitie SET tekst = 'later'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "later");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(own_insert_that_others_changed_meanwhile_is_merged_by_cell)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(pull_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'08', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	RUN("UPDATE notitie SET tekst = 'mijn 2'");
	pull_row_init(&row, BSYNC_PULLED_CELLS, NOTITIE, 3, 8, 14);
	pull_row_text(&row, 3, "hun");
	pull_row_value(&row, 4, bsync_value_real(1.5));
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT tekst || gewicht FROM notitie", "mijn 21.5");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 15, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "hun");
	device_scene_clear(&scene);
}

enum { LONG_ROWS = 40, LONG_TEXT_SIZE = 400000 };

/* Sixteen megabytes of rows that come at one every `pause_ms`; false when one is not taken. */
static bool long_pull_send(struct device_scene *scene, int64_t pause_ms)
{
	char *text = malloc(LONG_TEXT_SIZE + 1);
	enum bsync_result result = text != NULL ? BSYNC_OK : BSYNC_NO_MEMORY;

	if (text != NULL) {
		memset(text, 'x', LONG_TEXT_SIZE);
		text[LONG_TEXT_SIZE] = '\0';
	}
	for (uint8_t i = 0; result == BSYNC_OK && i < LONG_ROWS; i++) {
		struct pull_row row;

		scene->clock.uptime_ms += pause_ms;
		pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, 3, i, 20u + i);
		pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){&one, 1}));
		pull_row_text(&row, 3, text);
		result = pull_send(scene, pull_scope_dossier(&one), &row);
	}
	free(text);
	return result == BSYNC_OK;
}

TEST(long_pull_that_comes_fast_is_written_once)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK(long_pull_send(&scene, 1));
	INTEGER("SELECT count(*) FROM bsync_stage", 0);
	CHECK_EQ(device_scene_pull_end(&scene, 100), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", LONG_ROWS);
	device_scene_clear(&scene);
}

TEST(long_pull_is_staged_and_survives_a_cut)
{
	struct device_scene scene;
	struct bsync_hello hello;
	uint32_t known_epoch = 0;

	CHECK(pull_scene_make(&scene));
	CHECK(long_pull_send(&scene, 100));
	INTEGER("SELECT count(*) > 0 FROM bsync_stage", 1);
	INTEGER("SELECT count(*) FROM notitie", 0);
	bsync_file_pull_cut(scene.file);
	bsync_file_close(scene.file);
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	CHECK_EQ(bsync_file_hello(scene.file, &scene.arena, &hello, &known_epoch), BSYNC_OK);
	CHECK_EQ(hello.cursor.counter, 10);
	CHECK_EQ(hello.ahead_count, 1);
	CHECK_EQ(hello.ahead[0].scope.circle_no, 1);
	CHECK_EQ(hello.ahead[0].counter, 20 + LONG_ROWS - 1);
	CHECK_EQ(device_scene_pull_end(&scene, 100), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", LONG_ROWS);
	INTEGER("SELECT count(*) FROM bsync_stage", 0);
	CHECK_EQ(bsync_file_hello(scene.file, &scene.arena, &hello, &known_epoch), BSYNC_OK);
	CHECK_EQ(hello.ahead_count, 0);
	device_scene_clear(&scene);
}

TEST(malformed_rows_change_nothing)
{
	struct device_scene scene;
	bool shown = false;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_send_text(&scene, NAAM, "ander", 12), BSYNC_OK);
	CHECK_EQ(bsync_file_rows(scene.file, bsync_bytes_of_string("\x93\x01\x02")), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_MALFORMED);
	TEXT("SELECT naam FROM dossier", "Jansen");
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.cursor_counter'", 10);
	CHECK_EQ(bsync_file_pull_end(scene.file, bsync_bytes_of_string("\xc0"), &shown), BSYNC_MALFORMED);
	device_scene_clear(&scene);
}

TEST(pull_waits_for_no_open_form_and_edit_keeps_the_base_of_the_form)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	const struct bsync_value key = bsync_value_blob((struct bsync_bytes){&one, 1});
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(bsync_file_edit_begin(scene.file, "dossier", &key, 1), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, NAAM, "ander", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	RUN("UPDATE dossier SET naam = 'formulier'");
	bsync_file_edit_end(scene.file, "dossier", &key, 1);
	RUN("UPDATE dossier SET status = 'los'");
	bsync_file_set_base(scene.file, (struct bsync_position){1, 4});
	RUN("UPDATE dossier SET teller = 1, labels = '[]'");
	RUN("INSERT INTO notitie(id) VALUES(x'01')");
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 4);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_OWN);
	CHECK_EQ(sets[0].changes[0].cells[0].base.counter, 10);
	CHECK_EQ(sets[1].changes[0].cells[0].base_kind, BSYNC_BASE_DEFAULT);
	CHECK_EQ(sets[2].base.counter, 4);
	CHECK_EQ(sets[3].base.counter, 12);
	device_scene_clear(&scene);
}

TEST(taken_edit_without_effect_gives_way_to_what_the_store_has)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	/* Another device has emptied the set meanwhile: the remove finds nothing, and the row does not change by it. */
	RUN("UPDATE dossier SET labels = '[\"a\"]'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 54, BSYNC_VERDICT_MERGED), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, LABELS, "[\"hun\"]", 44), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 55), BSYNC_OK);
	TEXT("SELECT labels FROM dossier", "[\"hun\"]");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}
