/* Rows that change scope here and on the server: what a `gone` of one scope takes away. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { NOTITIE = 3, HEEL = 3, TEKST = 3 };

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)

static const uint8_t one = 1, two = 2;

/* Note 9 as the server has it in a dossier. */
static enum bsync_result send_whole(struct device_scene *scene, const uint8_t *dossier, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_WHOLE, NOTITIE, HEEL, 9, counter);
	pull_row_value(&row, 2, bsync_value_blob((struct bsync_bytes){dossier, 1}));
	pull_row_text(&row, TEKST, "hun");
	return pull_send(scene, pull_scope_dossier(dossier), &row);
}

static enum bsync_result send_gone(struct device_scene *scene, const uint8_t *dossier, uint64_t counter)
{
	struct pull_row row;

	pull_row_init(&row, BSYNC_PULLED_GONE, NOTITIE, HEEL, 9, counter);
	return pull_send(scene, pull_scope_dossier(dossier), &row);
}

/* Both dossiers' scopes are held, and nothing is in them. */
static bool scene_with_scopes(struct device_scene *scene)
{
	return device_scene_make(scene) && pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&one)) == BSYNC_OK &&
	       pull_scope(scene, BSYNC_SCOPE_ADD, pull_scope_dossier(&two)) == BSYNC_OK &&
	       device_scene_pull_end(scene, 10) == BSYNC_OK;
}

TEST(own_insert_that_the_store_put_elsewhere_is_not_taken_away)
{
	struct device_scene scene;

	CHECK(scene_with_scopes(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 19, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(send_whole(&scene, &two, 28), BSYNC_OK);
	CHECK_EQ(send_gone(&scene, &one, 28), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 28), BSYNC_OK);
	TEXT("SELECT hex(dossier_id) FROM notitie", "02");
	device_scene_clear(&scene);
}

TEST(own_move_that_did_not_stand_does_not_keep_a_deleted_row)
{
	struct device_scene scene;

	CHECK(scene_with_scopes(&scene));
	CHECK_EQ(send_whole(&scene, &one, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("UPDATE notitie SET dossier_id = x'02'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* It stayed in dossier 1 by the rule of the column, and somebody deleted it there. */
	CHECK_EQ(send_gone(&scene, &one, 15), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	device_scene_clear(&scene);
}

TEST(own_move_that_stands_is_not_undone_by_the_scope_it_left)
{
	struct device_scene scene;

	CHECK(scene_with_scopes(&scene));
	CHECK_EQ(send_whole(&scene, &one, 11), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 11), BSYNC_OK);
	RUN("UPDATE notitie SET dossier_id = x'02'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The scope that it went to gives it whole, before or after the one that it left. */
	CHECK_EQ(send_gone(&scene, &one, 12), BSYNC_OK);
	CHECK_EQ(send_whole(&scene, &two, 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	TEXT("SELECT hex(dossier_id) FROM notitie", "02");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}

TEST(word_from_before_an_own_insert_was_taken_takes_nothing_away)
{
	struct device_scene scene;

	CHECK(scene_with_scopes(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 20, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* Of a pull that began before, about an earlier row with this key. */
	CHECK_EQ(send_gone(&scene, &one, 15), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 18), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	CHECK_EQ(device_scene_pull_end(&scene, 20), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	device_scene_clear(&scene);
}

TEST(what_was_made_in_a_scope_goes_with_it_though_it_was_moved_since)
{
	struct device_scene scene;

	CHECK(scene_with_scopes(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'02', 'mijn')");
	RUN("UPDATE notitie SET dossier_id = x'01'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 12, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	/* The pull includes the insert, and not the move: that is late, as access to dossier 2 had ended. */
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&two)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 15), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 16, BSYNC_VERDICT_INBOX), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 17), BSYNC_OK);
	INTEGER("SELECT count(*) FROM notitie", 0);
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	device_scene_clear(&scene);
}
