/* A device's file on a disk that lies about syncs, or whose bytes change while nobody looks: what is left is a state that
 * there was, or it is said that the file is damaged; never another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/device_disk.h"
#include "tests/support/harness.h"

enum { COMMITS = 6, PATH_SIZE = 200, BODY_MAX = 4096 };

static bool commit(struct device_scene *scene, int number)
{
	char sql[120];
	snprintf(sql, sizeof sql, "INSERT INTO dossier(id, naam) VALUES(x'%02d', 'naam %d')", number, number);
	return bsync_file_exec(scene->file, sql) == BSYNC_OK;
}

/* How many of the commits there are; -1 when it is not the first so many, each in the outbox too, in an unbroken chain. */
static int64_t commits_left(struct device_scene *scene)
{
	struct bsync_changeset *sets = NULL;
	uint32_t in_outbox = 0;
	int64_t count = device_scene_integer(scene->file,
					     "SELECT count(*) FROM dossier WHERE naam = 'naam ' || (hex(id) + 0)");
	int64_t last = device_scene_integer(scene->file, "SELECT coalesce(max(hex(id) + 0), 0) FROM dossier");
	bsync_arena_reset(&scene->arena);
	if (!device_scene_outbox(scene, 0, &sets, &in_outbox) || count != last || in_outbox != count)
		return -1;
	return count;
}

/* A disk whose syncs do nothing loses at a power cut all that came after some moment, and nothing in between. */
TEST(disk_that_lies_about_syncs_takes_whole_commits_from_the_end)
{
	struct device_scene scene;
	struct fault_disk *disk = device_disk_make(&scene);
	CHECK(disk != NULL);
	bsync_file_close(scene.file);
	struct fault_image *image = fault_disk_image(disk);
	int64_t most = 0;
	uint64_t unsynced = 1;
	for (uint64_t keep = 0; keep <= unsynced; keep++) {
		const struct fault_cut cut = {.kind = FAULT_CUT_PREFIX, .keep = keep};
		fault_disk_restore(disk, image);
		fault_disk_set_lying(disk, true);
		scene.file = device_scene_open(&scene);
		CHECK(scene.file != NULL);
		for (int i = 1; i <= COMMITS; i++) {
			/* A second connection moves the log that it finds into the file. */
			struct bsync_file *first = scene.file;
			if (i == COMMITS / 2)
				scene.file = device_scene_open(&scene);
			CHECK(scene.file != NULL && commit(&scene, i));
			if (i == COMMITS / 2)
				bsync_file_close(scene.file);
			scene.file = first;
		}
		unsynced = fault_disk_unsynced(disk);
		fault_disk_cut(disk, &cut);
		fault_disk_set_lying(disk, false);
		CHECK(device_disk_start_again(&scene, disk));
		int64_t left = commits_left(&scene);
		CHECK(left >= most);
		most = left;
		CHECK(commit(&scene, (int)left + 1));
		CHECK_EQ(commits_left(&scene), left + 1);
		bsync_file_close(scene.file);
		scene.file = NULL;
	}
	CHECK_EQ(most, COMMITS);
	CHECK(unsynced > 3 * COMMITS);
	fault_image_free(image);
	device_disk_clear(&scene, disk);
}

/* The log has a checksum in each frame: it ends before the first that does not fit. */
TEST(byte_that_changed_in_the_log_ends_it_there)
{
	struct device_scene scene;
	struct fault_disk *disk = device_disk_make(&scene);
	char log[PATH_SIZE];
	size_t size = 0;
	bool were[COMMITS + 1] = {false};
	CHECK(disk != NULL);
	for (int i = 1; i <= COMMITS; i++)
		CHECK(commit(&scene, i));
	fault_disk_kill(disk);
	bsync_file_close(scene.file);
	fault_disk_boot(disk);
	struct fault_image *image = fault_disk_image(disk);
	snprintf(log, sizeof log, "%s-wal", scene.path);
	(void)fault_disk_file(disk, log, &size);
	CHECK(size > 10000);
	for (size_t at = 0; at < size; at += 211) {
		fault_disk_restore(disk, image);
		uint8_t *bytes = fault_disk_file(disk, log, &size);
		bytes[at] ^= (uint8_t)(1 << at % 8);
		scene.file = device_scene_open(&scene);
		CHECK(scene.file != NULL);
		int64_t left = commits_left(&scene);
		CHECK(left >= 0 && left <= COMMITS);
		were[left] = true;
		bsync_file_close(scene.file);
	}
	for (int i = 0; i < COMMITS; i++)
		CHECK(were[i]);
	scene.file = NULL;
	fault_image_free(image);
	device_disk_clear(&scene, disk);
}

/* The content of a column of changeset 3, as it lies in the file, whose log is empty. */
static uint8_t *bytes_of(struct device_scene *scene, struct fault_disk *disk, const char *column, size_t *size)
{
	char sql[100];
	uint8_t wanted[BODY_MAX];
	snprintf(sql, sizeof sql, "SELECT hex(%s) FROM bsync_outbox WHERE seq = 3", column);
	const char *hex = device_scene_text(scene->file, sql);
	*size = strlen(hex) / 2;
	for (size_t i = 0; i < *size && i < BODY_MAX; i++) {
		const char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
		wanted[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	bsync_file_close(scene->file);
	scene->file = NULL;
	size_t file_size = 0;
	uint8_t *file = fault_disk_file(disk, scene->path, &file_size);
	return memmem(file, file_size, wanted, *size);
}

/* What was sealed is opened by the store as it was, or not at all: the seal, the chain and the signature see each bit. */
TEST(byte_that_changed_in_a_sealed_changeset_is_not_handed_in_as_another)
{
	static const char *const columns[] = {"body", "salt", "hash"};
	for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
		struct device_scene scene;
		struct fault_disk *disk = device_disk_make(&scene);
		size_t size = 0;
		CHECK(disk != NULL);
		for (int i = 1; i <= COMMITS; i++)
			CHECK(commit(&scene, i));
		uint8_t *bytes = bytes_of(&scene, disk, columns[c], &size);
		CHECK(bytes != NULL && size >= 24);
		for (size_t at = 0; at < size; at += 5) {
			struct bsync_changeset *sets = NULL;
			uint32_t count = 0;
			bytes[at] ^= (uint8_t)(1 << at % 8);
			scene.file = device_scene_open(&scene);
			CHECK(scene.file != NULL);
			bsync_arena_reset(&scene.arena);
			/* Of a hash the others know what it was. */
			bool opens = device_scene_outbox(&scene, 0, &sets, &count);
			CHECK(!opens || (strcmp(columns[c], "hash") == 0 && count == COMMITS));
			bsync_file_close(scene.file);
			bytes[at] ^= (uint8_t)(1 << at % 8);
		}
		scene.file = device_scene_open(&scene);
		CHECK(scene.file != NULL);
		CHECK_EQ(commits_left(&scene), COMMITS);
		device_disk_clear(&scene, disk);
	}
}
