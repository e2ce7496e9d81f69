/* A row that a pull takes while a form shows it: what is typed there is handed in, and nothing of the row stays (STORAGE 6). */
#include "tests/support/device_disk.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define RUN(sql) CHECK(device_scene_run(scene.file, sql))

enum { NAAM = 2, TELLER = 4, LABELS = 5, DAY = 86400000 };

static const uint8_t one = 1;
static const struct bsync_value key = {.kind = BSYNC_BLOB, .as.bytes = {&one, 1}};
/* Dossier 1, but for its key. */
static const char content[] =
	"SELECT count(naam) + count(status) + count(teller) + count(labels) + count(lokaal) FROM dossier";

/* Others delete dossier 1. */
static bool row_goes(struct device_scene *scene, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_GONE, 2, 1, 1, counter);
	return pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

static bool row_comes(struct device_scene *scene, const char *naam, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, 1, counter);
	pull_row_text(&row, NAAM, naam);
	return pull_send(scene, pull_scope_dossier(&one), &row) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

static bool access_ends(struct device_scene *scene, uint64_t counter)
{
	return pull_scope(scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)) == BSYNC_OK &&
	       device_scene_pull_end(scene, counter) == BSYNC_OK;
}

static bool form_opens(struct device_scene *scene)
{
	return bsync_file_edit_begin(scene->file, "dossier", &key, 1) == BSYNC_OK;
}

static void form_closes(struct device_scene *scene)
{
	bsync_file_edit_end(scene->file, "dossier", &key, 1);
}

TEST(a_save_in_a_row_that_others_deleted_is_based_on_what_the_form_showed)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(row_goes(&scene, 12));
	INTEGER("SELECT count(*) FROM dossier", 1);
	INTEGER(content, 0);
	RUN("UPDATE dossier SET naam = 'getypt', status = 'nieuw' WHERE id = x'01'");
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].change_count, 1);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_UPDATE);
	/* The status is as the form showed it. */
	CHECK_EQ(sets[0].changes[0].cell_count, 1);
	CHECK_EQ(sets[0].changes[0].cells[0].column_no, NAAM);
	CHECK_EQ(sets[0].changes[0].cells[0].base_kind, BSYNC_BASE_OWN);
	CHECK_EQ(sets[0].changes[0].cells[0].base.counter, 10);
	/* It is off the screen until the store gives the row again. */
	INTEGER(content, 0);
	form_closes(&scene);
	INTEGER("SELECT count(*) FROM dossier", 0);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK(row_comes(&scene, "getypt", 13));
	TEXT("SELECT naam FROM dossier", "getypt");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(a_save_after_access_has_ended_is_handed_in_and_shown_nowhere)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(access_ends(&scene, 12));
	INTEGER(content, 0);
	RUN("UPDATE dossier SET naam = 'getypt', lokaal = 'ook getypt' WHERE id = x'01'");
	INTEGER("SELECT count(*) FROM dossier", 1);
	INTEGER(content, 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cells[0].base.counter, 10);
	scene.reason = "late: access to this had ended (table dossier)";
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 13, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER(content, 0);
	INTEGER("SELECT count(*) FROM dossier", 1);
	form_closes(&scene);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_form", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(also_what_a_device_drops_by_itself_can_be_saved)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;
	bool has_dropped = false;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(pull_scope_until(&scene, BSYNC_SCOPE_MOVE_END, pull_scope_dossier(&one), 1), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	CHECK(form_opens(&scene));
	CHECK_EQ(bsync_file_drop_ended(scene.file, &has_dropped), BSYNC_OK);
	CHECK(has_dropped);
	RUN("UPDATE dossier SET naam = 'getypt' WHERE id = x'01'");
	INTEGER(content, 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].base.counter, 11);
	device_scene_clear(&scene);
}

TEST(a_bare_row_goes_with_the_last_form_that_shows_it)
{
	struct device_scene scene;
	struct bsync_file *other;

	CHECK(pull_scene_make(&scene));
	other = device_scene_open(&scene);
	CHECK(other != NULL);
	CHECK(form_opens(&scene));
	CHECK_EQ(bsync_file_edit_begin(other, "dossier", &key, 1), BSYNC_OK);
	CHECK(row_goes(&scene, 12));
	form_closes(&scene);
	INTEGER("SELECT count(*) FROM dossier", 1);
	/* A file that is closed closes its forms. */
	bsync_file_close(other);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_form", 0);
	device_scene_clear(&scene);
}

TEST(the_application_saves_what_the_agent_has_pulled_away)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	struct bsync_file *application;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	application = device_scene_open(&scene);
	CHECK(application != NULL);
	CHECK_EQ(bsync_file_edit_begin(application, "dossier", &key, 1), BSYNC_OK);
	CHECK(row_goes(&scene, 12));
	CHECK(device_scene_run(application, "BEGIN; UPDATE dossier SET naam = 'getypt' WHERE id = x'01'; COMMIT"));
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].cells[0].base.counter, 10);
	bsync_file_close(application);
	INTEGER("SELECT count(*) FROM dossier", 0);
	device_scene_clear(&scene);
}

TEST(a_save_counts_from_what_the_form_showed_and_the_next_from_that)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(row_goes(&scene, 12));
	RUN("UPDATE dossier SET naam = 'eerst', teller = 11, labels = '[\"b\",\"c\"]' WHERE id = x'01'");
	RUN("UPDATE dossier SET naam = 'Jansen', teller = 13, labels = '[\"b\",\"c\"]' WHERE id = x'01'");
	INTEGER(content, 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 2);
	CHECK_EQ(sets[0].changes[0].cell_count, 3);
	CHECK_EQ(sets[0].changes[0].cells[1].delta, 1);
	CHECK_EQ(sets[0].changes[0].cells[2].add_count, 1);
	CHECK_EQ(sets[0].changes[0].cells[2].remove_count, 1);
	/* The name is that of the beginning again, which is a change. */
	CHECK_EQ(sets[1].changes[0].cell_count, 2);
	CHECK_EQ(sets[1].changes[0].cells[0].column_no, NAAM);
	CHECK_EQ(sets[1].changes[0].cells[1].delta, 2);
	device_scene_clear(&scene);
}

TEST(a_save_that_changes_nothing_leaves_nothing_on_the_screen)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(access_ends(&scene, 12));
	RUN("UPDATE dossier SET naam = 'Jansen' WHERE id = x'01'");
	INTEGER(content, 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 0);
	device_scene_clear(&scene);
}

TEST(a_row_that_comes_back_is_whole_and_stays)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(row_goes(&scene, 12));
	CHECK(row_comes(&scene, "terug", 13));
	TEXT("SELECT naam FROM dossier", "terug");
	form_closes(&scene);
	TEXT("SELECT naam FROM dossier", "terug");
	device_scene_clear(&scene);
}

TEST(what_the_user_deletes_does_not_come_back_bare)
{
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count;

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	RUN("DELETE FROM dossier WHERE id = x'01'");
	CHECK(access_ends(&scene, 12));
	INTEGER("SELECT count(*) FROM dossier", 0);
	device_scene_clear(&scene);

	CHECK(pull_scene_make(&scene));
	CHECK(form_opens(&scene));
	CHECK(row_goes(&scene, 12));
	RUN("DELETE FROM dossier WHERE id = x'01'");
	CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(sets[0].changes[0].kind, BSYNC_CHANGE_DELETE);
	CHECK_EQ(sets[0].changes[0].base.counter, 10);
	device_scene_clear(&scene);
}

TEST(a_form_that_nobody_closed_is_over_after_a_day_or_a_boot)
{
	struct device_scene scene;
	struct bsync_file *other;

	for (int boots = 0; boots < 2; boots++) {
		CHECK(pull_scene_make(&scene));
		CHECK(form_opens(&scene));
		CHECK(row_goes(&scene, 12));
		scene.clock.uptime_ms += DAY;
		CHECK_EQ(device_scene_pull_end(&scene, 13), BSYNC_OK);
		INTEGER("SELECT count(*) FROM dossier", 1);
		scene.clock.uptime_ms += boots == 0;
		scene.clock.boot += (uint64_t)boots;
		/* The next pull looks, and so does who opens the file. */
		other = device_scene_open(&scene);
		CHECK(other != NULL);
		INTEGER("SELECT count(*) FROM dossier", 0);
		INTEGER("SELECT count(*) FROM bsync_form", 0);
		bsync_file_close(other);
		device_scene_clear(&scene);
	}
}

TEST(a_form_that_is_opened_in_a_transaction_is_written_with_it)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("BEGIN");
	CHECK(form_opens(&scene));
	RUN("COMMIT");
	CHECK(row_goes(&scene, 12));
	INTEGER("SELECT count(*) FROM dossier", 1);
	RUN("BEGIN");
	form_closes(&scene);
	RUN("COMMIT");
	INTEGER("SELECT count(*) FROM dossier", 0);
	device_scene_clear(&scene);
}

TEST(a_form_opens_on_a_full_disk_and_keeps_its_base)
{
	struct device_scene scene;
	struct fault_disk *disk = device_disk_make(&scene);

	CHECK(disk != NULL);
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'eerste')");
	fault_disk_set_room(disk, 0);
	CHECK(form_opens(&scene));
	CHECK(form_opens(&scene));
	TEXT("SELECT naam FROM dossier WHERE id = x'01'", "eerste");
	fault_disk_set_room(disk, UINT64_MAX);
	INTEGER("SELECT count(*) FROM bsync_form", 0);
	CHECK(form_opens(&scene));
	INTEGER("SELECT count(*) FROM bsync_form", 1);
	form_closes(&scene);
	INTEGER("SELECT count(*) FROM bsync_form", 0);
	device_disk_clear(&scene, disk);
}
