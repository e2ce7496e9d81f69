/* A store on a disk that fails: what it acknowledged is there after a power cut, whatever came before. */
#include "tests/support/fault_vfs.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

enum { FILE_MAX = 4 << 20 };

static const struct fault_cut drop_all = {.kind = FAULT_CUT_DROP_ALL};

/* A scene whose store has been moved to a disk in memory. */
static struct fault_disk *set_up(struct scene *scene)
{
	static uint8_t bytes[FILE_MAX];
	scene_open(scene, "tests/schemas/lijst");
	bsync_view_close(scene->view);
	bsync_store_close(scene->store);
	scene->view = NULL;
	scene->store = NULL;
	FILE *file = fopen(scene->path, "rb");
	if (file == NULL)
		abort();
	size_t size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	fault_vfs_register();
	fault_vfs_seed(1, SCENE_NOW_MS);
	struct fault_disk *disk = fault_disk_new(scene->folder);
	fault_disk_put(disk, scene->path, bytes, size);
	scene_reopen(scene);
	return disk;
}

static void tear_down(struct scene *scene, struct fault_disk *disk)
{
	scene_close(scene);
	fault_disk_free(disk);
	fault_vfs_unregister();
}

static enum bsync_result team_add(struct scene *scene, const char *name)
{
	uint8_t id[16];
	struct bsync_touched touched;
	enum bsync_result result = bsync_store_group_begin(scene->store);
	if (result == BSYNC_OK)
		result = bsync_store_team_add(scene->store, name, scene->now_ms, id);
	if (result == BSYNC_OK)
		result = bsync_store_group_commit(scene->store, &touched);
	if (result != BSYNC_OK)
		bsync_store_group_rollback(scene->store);
	return result;
}

static void start_again(struct scene *scene, struct fault_disk *disk)
{
	fault_disk_boot(disk);
	scene_reopen(scene);
}

/* After a sync that failed the kernel may hold pages that it will never write.  A process that starts again reads them,
 * and what it puts behind them in the log would be lost with them. */
TEST(start_does_not_build_on_a_log_that_is_only_in_memory)
{
	struct scene scene;
	struct fault_disk *disk = set_up(&scene);
	struct fault_plan plan = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = "-wal",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	CHECK_EQ(team_add(&scene, "eerste"), BSYNC_OK);
	fault_disk_plan(disk, &plan);
	CHECK_EQ(team_add(&scene, "mislukt"), BSYNC_STORAGE);
	fault_disk_kill(disk);
	start_again(&scene, disk);
	CHECK_EQ(team_add(&scene, "tweede"), BSYNC_OK);
	uint64_t counter = bsync_store_position(scene.store).counter;
	fault_disk_cut(disk, &drop_all);
	start_again(&scene, disk);
	CHECK_EQ(bsync_store_position(scene.store).counter, counter);
	CHECK_STR(scene_check(&scene), "");
	tear_down(&scene, disk);
}

/* A process that is killed between the write and the sync of a commit leaves it in the log, where the next one finds it
 * and tells devices of it. */
TEST(start_makes_safe_what_it_finds_in_the_log)
{
	struct scene scene;
	struct fault_disk *disk = set_up(&scene);
	struct fault_plan plan = {.kind = FAULT_KILL, .ops = FAULT_OPS(FAULT_OP_SYNC), .suffix = "-wal"};
	CHECK_EQ(team_add(&scene, "eerste"), BSYNC_OK);
	fault_disk_plan(disk, &plan);
	CHECK_EQ(team_add(&scene, "tweede"), BSYNC_STORAGE);
	start_again(&scene, disk);
	uint64_t counter = bsync_store_position(scene.store).counter;
	fault_disk_cut(disk, &drop_all);
	start_again(&scene, disk);
	CHECK_EQ(bsync_store_position(scene.store).counter, counter);
	tear_down(&scene, disk);
}

/* Nothing is told to a device that the log alone holds: where it can not be moved, the store does not start. */
TEST(store_does_not_start_on_a_log_that_it_can_not_move)
{
	struct scene scene;
	struct bsync_store *store = NULL;
	struct fault_disk *disk = set_up(&scene);
	struct fault_plan lost = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = "-wal",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	struct fault_plan unmoved = {.kind = FAULT_ERROR, .ops = FAULT_OPS(FAULT_OP_SYNC), .suffix = "store.db"};
	CHECK_EQ(team_add(&scene, "eerste"), BSYNC_OK);
	fault_disk_plan(disk, &lost);
	CHECK_EQ(team_add(&scene, "mislukt"), BSYNC_STORAGE);
	fault_disk_kill(disk);
	bsync_store_close(scene.store);
	scene.store = NULL;
	fault_disk_boot(disk);
	fault_disk_plan(disk, &unmoved);
	CHECK_EQ(bsync_store_open(scene.path, &scene.key, &scene.random, &store), BSYNC_STORAGE);
	CHECK_EQ(fault_disk_hits(disk), 1);
	fault_disk_plan(disk, NULL);
	scene_reopen(&scene);
	CHECK_STR(scene_check(&scene), "");
	tear_down(&scene, disk);
}

/* The log that a start moves can itself be only in memory: cut off half-way, what has been moved of it is without the rest. */
TEST(start_that_is_cut_leaves_no_half_of_a_commit)
{
	const struct fault_plan lost = {.kind = FAULT_ERROR,
					.ops = FAULT_OPS(FAULT_OP_SYNC),
					.skip = 1, /* that of a log begun anew */
					.suffix = "-wal",
					.unsynced = FAULT_UNSYNCED_FORGOT};
	bool is_cut = true;
	uint64_t changes = 0;

	for (; is_cut; changes++) {
		struct scene scene;
		struct bsync_store *store = NULL;
		struct fault_disk *disk = set_up(&scene);
		const struct fault_plan power = {.kind = FAULT_POWER,
						 .ops = FAULT_OPS_CHANGES,
						 .skip = changes,
						 .cut = {.kind = FAULT_CUT_KEEP_ALL}};

		/* Of pages that the medium's log has, that log has the last word. */
		CHECK_EQ(bsync_store_checkpoint(scene.store, 0), BSYNC_OK);
		fault_disk_plan(disk, &lost);
		CHECK_EQ(team_add(&scene, "mislukt"), BSYNC_STORAGE);
		fault_disk_kill(disk);
		bsync_store_close(scene.store);
		scene.store = NULL;
		fault_disk_boot(disk);
		fault_disk_plan(disk, &power);
		if (bsync_store_open(scene.path, &scene.key, &scene.random, &store) == BSYNC_OK)
			bsync_store_close(store);
		is_cut = fault_disk_hits(disk) > 0;
		fault_disk_plan(disk, NULL);
		start_again(&scene, disk);
		CHECK_STR(scene_check(&scene), "");
		CHECK_EQ(scene_count(&scene, "SELECT count(*) = 1 FROM pragma_integrity_check"), 1);
		tear_down(&scene, disk);
	}
	CHECK(changes > 3);
}
