/* Own changesets that were set aside and are placed later. */
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)

TEST(unplaced_work_stays_on_screen_and_is_settled_when_it_is_placed)
{
	struct device_scene scene;
	struct bsync_file_status status;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO notitie(id, dossier_id, tekst) VALUES(x'09', x'01', 'mijn')");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'Jansen')");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 5, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	TEXT("SELECT tekst FROM notitie", "mijn");
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.unplaced, 2);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 6, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 7), BSYNC_OK);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.unplaced, 0);
	TEXT("SELECT tekst FROM notitie", "mijn");
	INTEGER("SELECT count(*) FROM bsync_pending", 0);
	/* The receipt of the range and that of the placing are both kept. */
	INTEGER("SELECT count(*) FROM bsync_receipt WHERE last_seq = 2", 2);
	device_scene_clear(&scene);
}
