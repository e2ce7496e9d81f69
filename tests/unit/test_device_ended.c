/* Access that has an end: the device drops the scope by itself (PROTOCOL 7.14), and takes it back when the store says so. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define RUN(sql) CHECK(device_scene_run(scene.file, sql))

enum { NAAM = 2, HOUR = 3600000 };

static const uint8_t one = 1, two = 2;
static const int64_t now_ms = INT64_C(1767225600000);

/* A contact at `server_ms`, by the device's clocks as they are. */
static enum bsync_result meet(struct device_scene *scene, int64_t server_ms)
{
	struct bsync_welcome welcome = {.protocol = 1,
					.incarnation = 1,
					.server_ms = server_ms,
					.schema_version = 1,
					.known_epoch = 1,
					.organisation = scene->enrolled.organisation};

	memset(welcome.incarnation_id, 1, BSYNC_ID_SIZE);
	return bsync_file_welcome(scene->file, &welcome);
}

/* Dossier 1, held until an hour from the contact, which is now. */
static bool consult_make(struct device_scene *scene)
{
	if (!pull_scene_make(scene) || meet(scene, now_ms) != BSYNC_OK)
		return false;
	return pull_scope_until(scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one), now_ms + HOUR) == BSYNC_OK &&
	       device_scene_pull_end(scene, 11) == BSYNC_OK;
}

/* 1 or 0, and below that when it fails. */
static int drops(struct device_scene *scene)
{
	bool has_dropped = false;

	return bsync_file_drop_ended(scene->file, &has_dropped) == BSYNC_OK ? has_dropped : -1;
}

/* What HELLO says of scopes that are staged or dropped: "circle:counter", with a space between. */
static const char *ahead(struct device_scene *scene)
{
	static char words[200];
	struct bsync_hello hello = {0};
	struct bsync_arena arena;
	uint32_t known_epoch = 0;

	bsync_arena_init(&arena, 1 << 20);
	snprintf(words, sizeof words, "%s",
		 bsync_file_hello(scene->file, &arena, &hello, &known_epoch) == BSYNC_OK ? "" : "no hello");
	for (uint32_t i = 0; i < hello.ahead_count; i++) {
		size_t used = strlen(words);

		snprintf(words + used, sizeof words - used, "%s%u:%llu", used == 0 ? "" : " ",
			 hello.ahead[i].scope.circle_no, (unsigned long long)hello.ahead[i].counter);
	}
	bsync_arena_clear(&arena);
	return words;
}

static bool give_anew(struct device_scene *scene, const char *naam, int64_t until_ms, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, counter);
	pull_row_text(&row, NAAM, naam);
	return pull_scope_until(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), until_ms) == BSYNC_OK &&
	       pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

TEST(a_scope_goes_by_itself_when_its_end_has_come)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(consult_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn advies'");
	scene.clock.uptime_ms += HOUR - 1;
	CHECK_EQ(drops(&scene), 0);
	TEXT("SELECT naam FROM dossier", "mijn advies");
	scene.clock.uptime_ms += 1;
	CHECK_EQ(drops(&scene), 1);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_past", 0);
	CHECK_EQ(drops(&scene), 0);
	/* What was written is handed in all the same. */
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_STR(ahead(&scene), "1:0");
	/* The store says so too. */
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK_STR(ahead(&scene), "");
	INTEGER("SELECT count(*) FROM bsync_scope", 0);
	device_scene_clear(&scene);
}

TEST(it_goes_when_the_file_is_opened_after_a_restart_and_no_clock_brings_it_back)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	bsync_file_close(scene.file);
	scene.clock = (struct bsync_clock_reading){scene.clock.wall_ms + 2 * HOUR, 1000, scene.clock.boot + 1};
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	INTEGER("SELECT count(*) FROM dossier", 0);
	bsync_file_close(scene.file);
	scene.clock = (struct bsync_clock_reading){scene.clock.wall_ms - 48 * HOUR, 1000, scene.clock.boot + 1};
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	INTEGER("SELECT count(*) FROM dossier", 0);
	CHECK_STR(ahead(&scene), "1:0");
	device_scene_clear(&scene);
}

TEST(the_time_that_was_known_outlives_a_clock_that_is_put_back)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	scene.clock.boot++;
	scene.clock.wall_ms += HOUR / 2;
	CHECK_EQ(drops(&scene), 0);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.known_ms'", now_ms + HOUR / 2);
	bsync_file_close(scene.file);
	scene.clock.wall_ms -= 24 * HOUR;
	scene.file = device_scene_open(&scene);
	CHECK(scene.file != NULL);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.known_ms'", now_ms + HOUR / 2);
	/* The next contact says what time it is. */
	CHECK_EQ(meet(&scene, now_ms + HOUR / 4), BSYNC_OK);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.known_ms'", now_ms + HOUR / 4);
	INTEGER("SELECT count(*) FROM dossier", 1);
	device_scene_clear(&scene);
}

TEST(a_clock_that_runs_years_ahead_takes_nothing_away)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	scene.clock.wall_ms += INT64_C(87600) * HOUR;
	CHECK_EQ(drops(&scene), 0);
	scene.clock.boot++;
	CHECK_EQ(drops(&scene), 0);
	INTEGER("SELECT count(*) FROM dossier", 1);
	device_scene_clear(&scene);
}

TEST(what_comes_of_a_scope_that_went_by_itself_is_passed_over_until_it_comes_whole)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	/* The store has moved the end meanwhile, and this session began when the scope was here: the next asks for it. */
	CHECK_EQ(pull_send_text(&scene, NAAM, "later", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_CHANGED);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.cursor_counter'", 11);
	CHECK_STR(ahead(&scene), "1:0");
	CHECK_EQ(pull_send_text(&scene, NAAM, "later", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_CHANGED);
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one), now_ms + 9 * HOUR), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_CHANGED);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.cursor_counter'", 13);
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "verlengd", now_ms + 9 * HOUR, 14));
	TEXT("SELECT naam FROM dossier", "verlengd");
	CHECK_STR(ahead(&scene), "");
	CHECK_EQ(drops(&scene), 0);
	scene.clock.uptime_ms += 8 * HOUR;
	CHECK_EQ(drops(&scene), 1);
	device_scene_clear(&scene);
}

TEST(own_work_of_a_scope_that_comes_back_is_on_top_of_it)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	RUN("UPDATE dossier SET naam = 'mijn'");
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "van een ander", now_ms + 9 * HOUR, 14));
	TEXT("SELECT naam FROM dossier", "mijn");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 15, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	TEXT("SELECT naam FROM dossier", "mijn");
	device_scene_clear(&scene);
}

TEST(an_end_that_is_moved_or_taken_away_holds)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one), now_ms + 2 * HOUR), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 0);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	scene.clock.uptime_ms += 9 * HOUR;
	CHECK_EQ(drops(&scene), 0);
	TEXT("SELECT naam FROM dossier", "Jansen");
	device_scene_clear(&scene);
}

TEST(what_is_staged_of_it_goes_too_and_the_rest_of_the_pull_stays)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(consult_make(&scene));
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(pull_send_text(&scene, NAAM, "later", 12), BSYNC_OK);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 2, 13);
	pull_row_text(&row, NAAM, "tweede");
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&two), &row), BSYNC_OK);
	bsync_file_stage_from(scene.file, 1);
	bsync_file_pull_cut(scene.file);
	INTEGER("SELECT count(*) FROM bsync_stage", 3);
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	INTEGER("SELECT count(*) FROM bsync_stage", 2);
	CHECK_STR(ahead(&scene), "1:0 1:13");
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_OK);
	TEXT("SELECT group_concat(naam) FROM dossier", "tweede");
	device_scene_clear(&scene);
}

static bool note_unseen(void *context, const struct bsync_pending_row *row)
{
	char *text = context;
	const size_t used = strlen(text);

	snprintf(text + used, 100 - used, "%llu %s%s;", (unsigned long long)row->seq, row->tables,
		 row->is_late ? "" : " refused");
	return true;
}

static const char *unseen(struct device_scene *scene)
{
	static char text[100];
	struct bsync_file_status status = {.unseen = 0};

	text[0] = '\0';
	if (bsync_file_unseen(scene->file, note_unseen, text) != BSYNC_OK ||
	    bsync_file_status(scene->file, &status) != BSYNC_OK || (status.unseen == 0) != (text[0] == '\0'))
		return "the list and the status do not agree";
	return text;
}

static uint64_t not_taken(struct device_scene *scene)
{
	struct bsync_file_status status = {.not_taken = 0};

	return bsync_file_status(scene->file, &status) == BSYNC_OK ? status.not_taken : UINT64_MAX;
}

/* The old end comes while a pull that gives the scope anew is on its way: its first rows are lost with the old ones. */
TEST(a_pull_that_an_end_comes_into_is_begun_anew)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(consult_make(&scene));
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, 12);
	pull_row_text(&row, NAAM, "anders");
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 10 * HOUR), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_CHANGED);
	INTEGER("SELECT count(*) FROM dossier", 0);
	/* Nothing of it is written down when the connection ends, and the next one asks for all of it. */
	bsync_file_stage_from(scene.file, 1);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	bsync_file_pull_cut(scene.file);
	INTEGER("SELECT count(*) FROM bsync_stage", 0);
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "anders", now_ms + 10 * HOUR, 12));
	TEXT("SELECT naam FROM dossier", "anders");
	CHECK_STR(ahead(&scene), "");
	device_scene_clear(&scene);
}

/* A cut pull has staged the scope anew, and the HELLO that says so is on its way: the store goes on behind what is staged. */
TEST(an_end_between_the_hello_and_the_first_row_loses_nothing_of_a_scope_that_comes_back)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(consult_make(&scene));
	bsync_file_stage_from(scene.file, 1);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, 12);
	pull_row_text(&row, NAAM, "anders");
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 10 * HOUR), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	bsync_file_pull_cut(scene.file);
	CHECK_STR(ahead(&scene), "1:12");
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 10 * HOUR), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 14), BSYNC_CHANGED);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.cursor_counter'", 11);
	bsync_file_pull_cut(scene.file);
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "anders", now_ms + 10 * HOUR, 14));
	TEXT("SELECT naam FROM dossier", "anders");
	device_scene_clear(&scene);
}

TEST(a_pull_is_begun_anew_also_where_another_process_drops_the_scope)
{
	struct device_scene scene;
	struct bsync_file *other;
	struct pull_row row;

	CHECK(consult_make(&scene));
	CHECK_STR(ahead(&scene), "");
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, 12);
	pull_row_text(&row, NAAM, "anders");
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 10 * HOUR), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	scene.clock.uptime_ms += HOUR;
	other = device_scene_open(&scene);
	CHECK(other != NULL);
	CHECK_EQ(device_scene_integer(other, "SELECT count(*) FROM dossier"), 0);
	CHECK_EQ(drops(&scene), 0);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_CHANGED);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.cursor_counter'", 11);
	/* Nor is it written down when the connection is cut. */
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "anders", now_ms + 10 * HOUR, 12));
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 20 * HOUR), BSYNC_OK);
	CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	scene.clock.uptime_ms += 10 * HOUR;
	bsync_file_close(other);
	other = device_scene_open(&scene);
	bsync_file_stage_from(scene.file, 1);
	bsync_file_pull_cut(scene.file);
	INTEGER("SELECT count(*) FROM bsync_stage", 0);
	bsync_file_close(other);
	device_scene_clear(&scene);
}

TEST(what_is_staged_of_a_scope_that_comes_back_does_not_pile_up)
{
	struct device_scene scene;
	struct pull_row row;

	CHECK(consult_make(&scene));
	scene.clock.uptime_ms += HOUR;
	CHECK_EQ(drops(&scene), 1);
	bsync_file_stage_from(scene.file, 1);
	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, 12);
	pull_row_text(&row, NAAM, "anders");
	for (int attempt = 0; attempt < 3; attempt++) {
		CHECK_STR(ahead(&scene), "1:0");
		INTEGER("SELECT count(*) FROM bsync_stage WHERE instr(payload, CAST('anders' AS BLOB))", 0);
		CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one), now_ms + 10 * HOUR),
			 BSYNC_OK);
		CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
		bsync_file_pull_cut(scene.file);
		INTEGER("SELECT count(*) FROM bsync_stage WHERE instr(payload, CAST('anders' AS BLOB))", 1);
	}
	CHECK_STR(ahead(&scene), "1:0");
	CHECK(give_anew(&scene, "anders", now_ms + 10 * HOUR, 12));
	TEXT("SELECT naam FROM dossier", "anders");
	device_scene_clear(&scene);
}

TEST(who_wrote_what_came_in_after_access_had_ended_is_told_once)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	RUN("UPDATE dossier SET naam = 'op tijd'");
	RUN("UPDATE dossier SET naam = 'te laat'");
	RUN("INSERT INTO notitie (id, dossier_id, tekst) VALUES (x'0a', x'01', 'ook te laat')");
	RUN("UPDATE dossier SET eerst = 'mag niet'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_STR(unseen(&scene), "");
	scene.reason = "late: access to this had ended (table dossier)";
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	scene.reason = "refused: the author may not write this (table dossier)";
	CHECK_EQ(device_scene_receipt(&scene, 4, 1, 15, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_STR(unseen(&scene), "2 dossier;3 notitie;");
	CHECK_EQ(not_taken(&scene), 2);
	CHECK_EQ(bsync_file_unseen_told(scene.file, 2), BSYNC_OK);
	CHECK_STR(unseen(&scene), "3 notitie;");
	CHECK_EQ(bsync_file_unseen_told(scene.file, 3), BSYNC_OK);
	CHECK_STR(unseen(&scene), "");
	/* The receipt comes once more. */
	scene.reason = "late: access to this had ended (table dossier)";
	CHECK_EQ(device_scene_receipt(&scene, 2, 2, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_STR(unseen(&scene), "");
	device_scene_clear(&scene);
}

TEST(who_wrote_what_was_refused_where_they_do_not_see_it_is_told_once)
{
	struct device_scene scene;

	CHECK(consult_make(&scene));
	RUN("INSERT INTO notitie (id, dossier_id, tekst) VALUES (x'0a', x'01', 'niet van hem')");
	CHECK_EQ(not_taken(&scene), 0);
	scene.reason = "waits where its author does not see it: the author may not write this (table notitie)";
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_STR(unseen(&scene), "1 notitie refused;");
	CHECK_EQ(bsync_file_unseen_told(scene.file, 1), BSYNC_OK);
	CHECK_STR(unseen(&scene), "");
	CHECK_EQ(not_taken(&scene), 1);
	device_scene_clear(&scene);
}
