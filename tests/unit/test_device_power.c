/* A device's file on a disk that fails: what a COMMIT said is saved is there after a power cut, whatever came before. */
#include "tests/support/device_disk.h"
#include "tests/support/harness.h"

static const struct fault_cut drop_all = {.kind = FAULT_CUT_DROP_ALL};

TEST(start_does_not_build_on_a_log_that_is_only_in_memory)
{
	struct device_scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = "-wal",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	struct fault_disk *disk = device_disk_make(&scene);
	CHECK(disk != NULL);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'01', 'eerste')"), BSYNC_OK);
	fault_disk_plan(disk, &plan);
	CHECK(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'02', 'mislukt')") != BSYNC_OK);
	fault_disk_kill(disk);
	CHECK(device_disk_start_again(&scene, disk));
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'03', 'derde')"), BSYNC_OK);
	fault_disk_cut(disk, &drop_all);
	CHECK(device_disk_start_again(&scene, disk));
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier WHERE id = x'01'"), "eerste");
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier WHERE id = x'03'"), "derde");
	device_disk_clear(&scene, disk);
}

/* The disk is full when the device starts again: it can be read, and nothing is promised until there is room. */
TEST(full_disk_at_the_start_leaves_the_file_to_be_read)
{
	struct device_scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = "-wal",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	struct fault_disk *disk = device_disk_make(&scene);
	CHECK(disk != NULL);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'01', 'eerste')"), BSYNC_OK);
	fault_disk_plan(disk, &plan);
	CHECK(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'02', hex(zeroblob(50000)))") !=
	      BSYNC_OK);
	fault_disk_kill(disk);
	fault_disk_set_room(disk, 0);
	CHECK(device_disk_start_again(&scene, disk));
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier WHERE id = x'01'"), "eerste");
	CHECK_EQ(bsync_file_exec(scene.file, "UPDATE dossier SET naam = 'tweede' WHERE id = x'01'"),
		 BSYNC_STORAGE_FULL);
	fault_disk_set_room(disk, UINT64_MAX);
	CHECK_EQ(bsync_file_exec(scene.file, "UPDATE dossier SET naam = 'derde' WHERE id = x'01'"), BSYNC_OK);
	fault_disk_cut(disk, &drop_all);
	CHECK(device_disk_start_again(&scene, disk));
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier WHERE id = x'01'"), "derde");
	device_disk_clear(&scene, disk);
}

/* Texts that do not fit into the page cache, so that they are written before the COMMIT. */
static bool fill(struct device_scene *scene)
{
	return bsync_file_exec(scene->file, "INSERT INTO dossier(id, naam) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
					    "SELECT i + 1 FROM n WHERE i < 40) SELECT randomblob(8), "
					    "hex(zeroblob(400000)) FROM n") == BSYNC_OK;
}

TEST(transaction_that_a_full_disk_ended_is_not_gone_on_with)
{
	struct device_scene scene;
	struct fault_disk *disk = device_disk_make(&scene);
	CHECK(disk != NULL);
	CHECK_EQ(bsync_file_exec(scene.file, "BEGIN"), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'01', 'eerste')"), BSYNC_OK);
	fault_disk_set_room(disk, 1 << 20);
	CHECK(!fill(&scene));
	fault_disk_set_room(disk, UINT64_MAX);
	/* What would have been the rest of the transaction. */
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'02', 'tweede')"), BSYNC_INVALID);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM dossier"), 0);
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_INVALID);
	CHECK_EQ(bsync_file_exec(scene.file, "BEGIN"), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'03', 'derde')"), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(scene.file, "COMMIT"), BSYNC_OK);
	CHECK_EQ(device_scene_integer(scene.file, "SELECT count(*) FROM dossier"), 1);
	/* A ROLLBACK ends it as well. */
	CHECK_EQ(bsync_file_exec(scene.file, "BEGIN"), BSYNC_OK);
	fault_disk_set_room(disk, 1 << 20);
	CHECK(!fill(&scene));
	fault_disk_set_room(disk, UINT64_MAX);
	CHECK_EQ(bsync_file_exec(scene.file, "ROLLBACK"), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(scene.file, "INSERT INTO dossier(id, naam) VALUES(x'04', 'vierde')"), BSYNC_OK);
	device_disk_clear(&scene, disk);
}
