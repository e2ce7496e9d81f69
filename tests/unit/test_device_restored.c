/* A device meets a store that was restored from an older copy: PROTOCOL 7.9, the device's half. */
#include <sqlite3.h>
#include <string.h>

#include "core/frame.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NOTITIE = 3, NAAM = 2, TELLER = 4 };
#define LEAP (UINT64_C(1) << 32)

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

/* A WELCOME of life `number`; ids are made of the number and `branch`. */
static enum bsync_result welcome(struct device_scene *scene, uint32_t number, uint8_t branch, uint64_t durable_seq,
				 bool is_cut, enum bsync_welcome_state state)
{
	struct bsync_life ancestors[4] = {{0}};
	struct bsync_welcome welcome = {.protocol = 1,
					.incarnation = number,
					.server_ms = INT64_C(1767225700000),
					.durable_seq = durable_seq,
					.state = state,
					.is_cut = is_cut,
					.ancestor_count = number - 1,
					.ancestors = ancestors};

	for (uint32_t i = 0; i + 1 < number; i++) {
		ancestors[i].incarnation = i + 1;
		memset(ancestors[i].id, (int)(i + 1), BSYNC_ID_SIZE);
	}
	memset(welcome.incarnation_id, (int)number + branch, BSYNC_ID_SIZE);
	return bsync_file_welcome(scene->file, &welcome);
}

/* Dossier 1 at position 10 in the first life; then an own edit, taken at 12, another's note, and both shown. */
static bool lived(struct device_scene *scene)
{
	return pull_scene_make(scene) && welcome(scene, 1, 0, 0, false, BSYNC_WELCOME_ACTIVE) == BSYNC_OK &&
	       device_scene_run(scene->file, "UPDATE dossier SET naam = 'eigen', teller = teller + 1") &&
	       device_scene_receipt(scene, 1, 1, 12, BSYNC_VERDICT_APPLIED) == BSYNC_OK &&
	       pull_send_note(scene, "van een ander", 14) == BSYNC_OK;
}

/* The kinds of the frames that go out behind `after_seq`. */
static const char *outgoing(struct device_scene *scene, uint64_t after_seq)
{
	static char words[200];
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_buffer frames;
	uint64_t last_seq = 0;
	bool has_more = false;

	words[0] = '\0';
	bsync_buffer_init(&frames, 1 << 20);
	bsync_frame_reader_init(&reader);
	if (bsync_file_outgoing(scene->file, after_seq, 1, 1 << 20, &frames, &last_seq, &has_more) == BSYNC_OK &&
	    bsync_frame_reader_feed(&reader, bsync_buffer_bytes(&frames)) == BSYNC_OK) {
		while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK) {
			size_t used = strlen(words);

			snprintf(words + used, sizeof(words) - used, "%s%s", used == 0 ? "" : " ",
				 bsync_message_name(frame.kind));
		}
	}
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&frames);
	return words;
}

/* What the new life has: dossier 1 with `naam`, and no note. */
static bool pull_anew(struct device_scene *scene, const char *naam, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, DOSSIER, 1, 1, counter);
	pull_row_text(&row, NAAM, naam);
	return pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

TEST(what_the_store_has_lost_is_offered_again_with_its_receipts)
{
	struct device_scene scene;
	struct bsync_hello hello;
	struct bsync_arena arena;
	uint32_t known_epoch = 0;

	CHECK(lived(&scene));
	CHECK_STR(outgoing(&scene, 1), "");
	CHECK_EQ(bsync_file_record_sent(scene.file, 2), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_RECOVERING), BSYNC_OK);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.sent_seq'", 0);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 0", 1);
	CHECK_STR(outgoing(&scene, 0), "shown push");
	/* The screen stays as it is, and the cursor still says what was seen. */
	TEXT("SELECT naam || teller FROM dossier", "eigen11");
	TEXT("SELECT tekst FROM notitie", "van een ander");
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_file_hello(scene.file, &arena, &hello, &known_epoch), BSYNC_OK);
	CHECK_EQ(hello.cursor.incarnation, 1);
	CHECK_EQ(hello.cursor.counter, 14);
	CHECK_EQ(hello.durable_seq, 0);
	CHECK_EQ(hello.incarnation, 2);
	CHECK_EQ(hello.incarnation_id[0], 2);
	bsync_arena_clear(&arena);
	/* What was never answered has no receipt to show. */
	RUN("UPDATE dossier SET naam = 'nieuw'");
	CHECK_STR(outgoing(&scene, 1), "push");
	device_scene_clear(&scene);
}

TEST(an_answer_of_the_new_life_does_not_take_the_place_of_the_lost_one)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_RECOVERING), BSYNC_OK);
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_receipt", 2);
	CHECK_EQ(welcome(&scene, 3, 0, 0, true, BSYNC_WELCOME_RECOVERING), BSYNC_OK);
	CHECK_STR(outgoing(&scene, 0), "shown push");
	device_scene_clear(&scene);
}

TEST(the_first_pull_of_the_new_life_replaces_the_screen)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	RUN("UPDATE dossier SET lokaal = 'alleen hier'");
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'onderweg')");
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	/* All that was offered again is in the pull but the note. */
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 1, 1, LEAP + 1, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK(pull_anew(&scene, "eigen", LEAP + 2));
	TEXT("SELECT naam || coalesce(teller, '-') || lokaal FROM dossier", "eigen-alleen hier");
	TEXT("SELECT group_concat(tekst) FROM notitie", "onderweg");
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.replaces'", 0);
	/* The note is taken by the next one, which replaces nothing. */
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 2, 1, LEAP + 3, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, LEAP + 3), BSYNC_OK);
	TEXT("SELECT group_concat(tekst) FROM notitie", "onderweg");
	TEXT("SELECT naam FROM dossier", "eigen");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(what_is_offered_again_stays_on_the_screen_where_the_pull_does_not_have_it)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	/* The store keeps the edit for later: its scope is not there yet. */
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	CHECK(pull_anew(&scene, "oud", LEAP + 1));
	TEXT("SELECT naam FROM dossier", "eigen");
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 1, 1, LEAP + 2, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, LEAP + 2), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "eigen");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(a_cursor_that_the_store_still_has_goes_on)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	/* An edit that the store took and no pull has shown. */
	RUN("UPDATE dossier SET naam = 'later'");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 16, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 2, 0, 1, false, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 0", 1);
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 2, 1, LEAP + 1, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, LEAP + 1), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "later11");
	TEXT("SELECT tekst FROM notitie", "van een ander");
	device_scene_clear(&scene);
}

TEST(what_was_quarantined_in_the_lost_life_is_carried_out_again)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	RUN("UPDATE dossier SET naam = 'apart'");
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "eigen");
	CHECK_EQ(welcome(&scene, 2, 0, 1, false, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "apart");
	/* This time it is taken; the pull leaves the own cell out. */
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 2, 1, LEAP + 1, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, LEAP + 1), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "apart");
	device_scene_clear(&scene);
}

TEST(a_store_that_does_not_descend_from_the_known_one_is_refused)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(welcome(&scene, 1, 90, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_INCARNATION);
	CHECK(strstr(bsync_file_error_text(scene.file), "does not descend") != NULL);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 1", 1);
	TEXT("SELECT naam FROM dossier", "eigen");
	/* One that has an older life in common is akin. */
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 2, 50, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	device_scene_clear(&scene);
}

TEST(what_a_life_that_was_left_set_aside_is_asked_anew)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	RUN("UPDATE dossier SET naam = 'wacht'");
	RUN("UPDATE dossier SET teller = teller + 1");
	CHECK_EQ(welcome(&scene, 2, 0, 1, false, BSYNC_WELCOME_RECOVERING), BSYNC_OK);
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 2, 2, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	/* Another copy is restored, which has both applied: the next session hands them in and hears so. */
	CHECK_EQ(welcome(&scene, 2, 50, 3, false, BSYNC_WELCOME_ACTIVE), BSYNC_CHANGED);
	INTEGER("SELECT min(seq) FROM bsync_outbox WHERE state = 0", 2);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.durable_seq'", 1);
	CHECK_EQ(welcome(&scene, 2, 50, 3, false, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 15, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 1", 3);
	device_scene_clear(&scene);
}

TEST(what_is_offered_again_and_was_kept_counts_once)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(pull_send_text(&scene, NAAM, "van een ander", 16), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 16), BSYNC_OK);
	TEXT("SELECT naam || teller FROM dossier", "van een ander11");
	RUN("UPDATE dossier SET status = 'niet verstuurd'");
	/* The new life answers again for what the device hands in from the first on; it has this one where it was. */
	CHECK_EQ(welcome(&scene, 2, 0, 0, false, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(pull_send_note(&scene, "later", LEAP + 1), BSYNC_OK);
	TEXT("SELECT naam || teller || status FROM dossier", "van een ander11niet verstuurd");
	device_scene_clear(&scene);
}

TEST(a_store_of_the_same_life_that_has_less_is_refused)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(welcome(&scene, 1, 0, 0, false, BSYNC_WELCOME_ACTIVE), BSYNC_PUT_BACK);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 1", 1);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.durable_seq'", 1);
	device_scene_clear(&scene);
}

TEST(what_was_staged_of_the_lost_life_is_dropped)
{
	struct device_scene scene;

	CHECK(lived(&scene));
	CHECK_EQ(pull_send_text(&scene, NAAM, "half gehaald", 16), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 2, 0, 0, true, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	CHECK_EQ(device_scene_receipt_of(&scene, 2, 1, 1, LEAP + 1, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK(pull_anew(&scene, "eigen", LEAP + 2));
	TEXT("SELECT naam FROM dossier", "eigen");
	device_scene_clear(&scene);
}

TEST(status_says_that_the_server_recovers)
{
	struct device_scene scene;
	struct bsync_file_status status;

	CHECK(lived(&scene));
	CHECK_EQ(welcome(&scene, 2, 0, 1, false, BSYNC_WELCOME_RECOVERING), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK(status.is_recovering);
	CHECK_EQ(welcome(&scene, 2, 0, 1, false, BSYNC_WELCOME_ACTIVE), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK(!status.is_recovering);
	device_scene_clear(&scene);
}
