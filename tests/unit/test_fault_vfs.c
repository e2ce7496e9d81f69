/* The disks in memory really do to a database what they say, and SQLite on them keeps what it promises. */
#include <sqlite3.h>

#include "tests/support/fault_vfs.h"
#include "tests/support/harness.h"

#define FOLDER "/fault/a"
#define PATH "/fault/a/test.db"
#define WAL_PATH "/fault/a/test.db-wal"
enum { WAL_HEADER_SIZE = 32, WAL_FRAME_SIZE = 24 + 4096 };

/* A disk and a connection opened as bsync_db_open does: WAL, synchronous FULL. */
struct scene {
	struct fault_disk *disk;
	sqlite3 *db;
};

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(db);
}

static long long ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	long long answer = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

static sqlite3 *connect(const char *path, int flags)
{
	sqlite3 *db = NULL;
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK ||
	    run(db, "PRAGMA synchronous=2; PRAGMA wal_autocheckpoint=0") != SQLITE_OK) {
		sqlite3_close(db);
		return NULL;
	}
	return db;
}

static void set_up(struct scene *scene)
{
	fault_vfs_register();
	fault_vfs_seed(1, 0);
	scene->disk = fault_disk_new(FOLDER);
	scene->db = connect(PATH, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (scene->db == NULL || run(scene->db, "PRAGMA journal_mode=WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, b)"))
		abort();
}

static void tear_down(struct scene *scene)
{
	sqlite3_close(scene->db);
	fault_disk_free(scene->disk);
	fault_vfs_unregister();
}

/* The machine starts again after a crash. */
static void start_again(struct scene *scene)
{
	sqlite3_close(scene->db);
	fault_disk_boot(scene->disk);
	scene->db = connect(PATH, SQLITE_OPEN_READWRITE);
}

static bool is_sound(struct scene *scene)
{
	return scene->db != NULL &&
	       ask(scene->db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1;
}

static const struct fault_cut drop_all = {.kind = FAULT_CUT_DROP_ALL};
static const struct fault_cut keep_all = {.kind = FAULT_CUT_KEEP_ALL};

/* --- Power cuts --- */

TEST(synced_write_survives_power_cut)
{
	struct scene scene;
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK_EQ(fault_disk_unsynced(scene.disk), 0);
	fault_disk_cut(scene.disk, &drop_all);
	start_again(&scene);
	CHECK(is_sound(&scene));
	CHECK_EQ(ask(scene.db, "SELECT count(*) FROM t"), 1);
	tear_down(&scene);
}

TEST(unsynced_write_goes_or_stays_as_the_cut_says)
{
	for (int keeps = 0; keeps < 2; keeps++) {
		struct scene scene;
		set_up(&scene);
		CHECK_EQ(run(scene.db, "PRAGMA synchronous=1; INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
		CHECK(fault_disk_unsynced(scene.disk) > 0);
		fault_disk_cut(scene.disk, keeps ? &keep_all : &drop_all);
		start_again(&scene);
		CHECK(is_sound(&scene));
		CHECK_EQ(ask(scene.db, "SELECT count(*) FROM t"), keeps);
		tear_down(&scene);
	}
}

TEST(process_that_is_killed_loses_nothing_written)
{
	struct scene scene;
	set_up(&scene);
	CHECK_EQ(run(scene.db,
		     "PRAGMA synchronous=0; INSERT INTO t VALUES (1, 'one'); BEGIN; INSERT INTO t VALUES (2, 'two')"),
		 SQLITE_OK);
	fault_disk_kill(scene.disk);
	CHECK(run(scene.db, "COMMIT") != SQLITE_OK);
	start_again(&scene);
	CHECK(is_sound(&scene));
	CHECK_EQ(ask(scene.db, "SELECT sum(n) FROM t"), 1);
	tear_down(&scene);
}

TEST(dead_connection_changes_nothing_and_sees_no_living_one)
{
	struct scene scene;
	set_up(&scene);
	CHECK_EQ(run(scene.db, "BEGIN; INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	fault_disk_kill(scene.disk);
	CHECK_EQ(fault_disk_open_count(scene.disk), 0);
	fault_disk_boot(scene.disk);
	sqlite3 *next = connect(PATH, SQLITE_OPEN_READWRITE);
	CHECK_EQ(run(next, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2, 'two')"), SQLITE_OK);
	CHECK(run(scene.db, "ROLLBACK") >= 0);
	CHECK(ask(scene.db, "SELECT count(*) FROM t") == -1);
	CHECK_EQ(sqlite3_close(scene.db), SQLITE_OK);
	scene.db = next;
	CHECK_EQ(run(next, "COMMIT"), SQLITE_OK);
	CHECK_EQ(ask(next, "SELECT sum(n) FROM t"), 2);
	CHECK(is_sound(&scene));
	tear_down(&scene);
}

TEST(torn_frame_fails_its_checksum_and_is_not_used)
{
	struct scene scene;
	size_t whole, torn;
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	fault_disk_medium(scene.disk, WAL_PATH, &whole);
	CHECK_EQ(run(scene.db, "PRAGMA synchronous=1; INSERT INTO t VALUES (2, randomblob(3000))"), SQLITE_OK);
	/* Of the last write, the page of the last frame, two sectors: the frame's head is there and says "commit". */
	struct fault_cut cut = {.kind = FAULT_CUT_TORN_LAST, .keep = 2};
	fault_disk_cut(scene.disk, &cut);
	fault_disk_medium(scene.disk, WAL_PATH, &torn);
	CHECK(torn > whole && (torn - WAL_HEADER_SIZE) % WAL_FRAME_SIZE != 0);
	start_again(&scene);
	CHECK(is_sound(&scene));
	CHECK_EQ(ask(scene.db, "SELECT sum(n) FROM t"), 1);
	tear_down(&scene);
}

TEST(every_prefix_of_unsynced_operations_is_a_sound_database)
{
	int shortest = 100, longest = 0;
	for (uint64_t keep = 0; keep < 40; keep++) {
		struct scene scene;
		struct fault_cut cut = {.kind = FAULT_CUT_PREFIX, .keep = keep};
		set_up(&scene);
		CHECK_EQ(run(scene.db, "PRAGMA synchronous=1"), SQLITE_OK);
		for (int n = 0; n < 8; n++)
			CHECK_EQ(run(scene.db, "INSERT INTO t SELECT 1 + count(*), zeroblob(2000) FROM t"), SQLITE_OK);
		CHECK(fault_disk_unsynced(scene.disk) < 40);
		fault_disk_cut(scene.disk, &cut);
		start_again(&scene);
		CHECK(is_sound(&scene));
		int rows = (int)ask(scene.db, "SELECT count(*) FROM t");
		CHECK_EQ(ask(scene.db, "SELECT coalesce(max(n), 0) FROM t"), rows);
		CHECK(rows >= longest);
		shortest = rows < shortest ? rows : shortest;
		longest = rows > longest ? rows : longest;
		tear_down(&scene);
	}
	CHECK_EQ(shortest, 0);
	CHECK_EQ(longest, 8);
}

/* Runs transactions and checkpoints until the power goes at change `skip`; false when it did not go any more.  The
 * rows acknowledged are counted; SQLite must have at most one more. */
static bool cut_at(uint64_t skip, enum fault_cut_kind kind, const char **problem)
{
	struct scene scene;
	struct fault_plan plan = {
		.kind = FAULT_POWER, .ops = FAULT_OPS_CHANGES, .skip = skip, .cut = {.kind = kind, .seed = skip}};
	int acknowledged = 0;
	set_up(&scene);
	fault_disk_plan(scene.disk, &plan);
	for (int n = 0; n < 12; n++) {
		acknowledged += run(scene.db, "INSERT INTO t SELECT 1 + count(*), randomblob(1500) FROM t") ==
				SQLITE_OK;
		if (n % 3 == 2)
			run(scene.db,
			    n % 6 == 5 ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(RESTART)");
	}
	bool went = fault_disk_is_down(scene.disk);
	if (went)
		start_again(&scene);
	int rows = scene.db != NULL ? (int)ask(scene.db, "SELECT count(*) FROM t WHERE length(b) = 1500") : -1;
	*problem = scene.db == NULL                               ? "does not open"
		   : !is_sound(&scene)                            ? "is not sound"
		   : rows < acknowledged                          ? "lost what was acknowledged"
		   : rows > acknowledged + 1 || acknowledged > 12 ? "has what nobody wrote"
								  : NULL;
	tear_down(&scene);
	return went;
}

TEST(power_cut_at_every_change_loses_nothing_acknowledged)
{
	static const enum fault_cut_kind kinds[] = {FAULT_CUT_DROP_ALL, FAULT_CUT_KEEP_ALL, FAULT_CUT_SUBSET,
						    FAULT_CUT_TORN};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *problem = NULL;
		uint64_t skip = 0;
		while (cut_at(skip, kinds[i], &problem) && problem == NULL)
			skip++;
		if (problem != NULL)
			FAIL("cut %zu at change %llu: %s", i, (unsigned long long)skip, problem);
		CHECK(skip > 50);
	}
}

TEST(file_made_without_a_sync_of_its_folder_may_vanish)
{
	struct fault_cut cut = {.kind = FAULT_CUT_DROP_ALL};
	fault_vfs_register();
	struct fault_disk *disk = fault_disk_new(FOLDER);
	size_t size;
	sqlite3 *db = connect(PATH, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	CHECK_EQ(run(db, "PRAGMA journal_mode=MEMORY; CREATE TABLE t (n)"), SQLITE_OK);
	CHECK(fault_disk_file(disk, PATH, &size) != NULL && size > 0);
	fault_disk_cut(disk, &cut);
	CHECK(fault_disk_file(disk, PATH, &size) == NULL);
	sqlite3_close(db);
	fault_disk_free(disk);
	fault_vfs_unregister();
}

/* --- Syncs --- */

TEST(sync_that_lies_keeps_nothing)
{
	struct scene scene;
	set_up(&scene);
	fault_disk_set_lying(scene.disk, true);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK(fault_disk_unsynced(scene.disk) > 0);
	fault_disk_cut(scene.disk, &drop_all);
	start_again(&scene);
	CHECK_EQ(ask(scene.db, "SELECT count(*) FROM t"), 0);
	tear_down(&scene);
}

/* Commits while the next sync of the WAL fails; the transaction after it says how the data of the first fared. */
static int sync_fails(enum fault_unsynced unsynced, uint64_t *left, size_t *seen, size_t *stored)
{
	struct scene scene;
	struct fault_plan plan = {
		.kind = FAULT_ERROR, .ops = FAULT_OPS(FAULT_OP_SYNC), .suffix = "-wal", .unsynced = unsynced};
	set_up(&scene);
	fault_disk_plan(scene.disk, &plan);
	int code = run(scene.db, "INSERT INTO t VALUES (1, 'one')");
	*left = fault_disk_unsynced(scene.disk);
	fault_disk_file(scene.disk, WAL_PATH, seen);
	fault_disk_medium(scene.disk, WAL_PATH, stored);
	if (run(scene.db, "INSERT INTO t VALUES (2, 'two')") != SQLITE_OK)
		code = -1;
	fault_disk_cut(scene.disk, &drop_all);
	start_again(&scene);
	if (!is_sound(&scene) || ask(scene.db, "SELECT sum(n) FROM t") != 2)
		code = -2;
	tear_down(&scene);
	return code;
}

TEST(sync_that_fails_does_to_its_data_what_it_says)
{
	uint64_t left;
	size_t seen, stored;
	CHECK_EQ(sync_fails(FAULT_UNSYNCED_STAYS, &left, &seen, &stored), SQLITE_IOERR_FSYNC);
	CHECK(left > 0 && seen > stored);
	CHECK_EQ(sync_fails(FAULT_UNSYNCED_FORGOT, &left, &seen, &stored), SQLITE_IOERR_FSYNC);
	CHECK(left == 0 && seen > stored);
	CHECK_EQ(sync_fails(FAULT_UNSYNCED_REVERTS, &left, &seen, &stored), SQLITE_IOERR_FSYNC);
	CHECK(left == 0 && seen == stored);
}

TEST(checkpoint_whose_sync_lost_its_pages_is_done_again)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = ".db",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, randomblob(20000))"), SQLITE_OK);
	fault_disk_plan(scene.disk, &plan);
	CHECK(run(scene.db, "PRAGMA wal_checkpoint(TRUNCATE)") != SQLITE_OK);
	CHECK_EQ(fault_disk_hits(scene.disk), 1);
	CHECK_EQ(run(scene.db, "PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
	fault_disk_cut(scene.disk, &drop_all);
	start_again(&scene);
	CHECK(is_sound(&scene));
	CHECK_EQ(ask(scene.db, "SELECT length(b) FROM t"), 20000);
	tear_down(&scene);
}

/* The log after a failed sync, a new process and one more commit; `moves`: the new process moves the log first. */
static long long rows_after_lost_sync(bool moves)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR,
				  .ops = FAULT_OPS(FAULT_OP_SYNC),
				  .suffix = "-wal",
				  .unsynced = FAULT_UNSYNCED_FORGOT};
	set_up(&scene);
	fault_disk_plan(scene.disk, &plan);
	run(scene.db, "INSERT INTO t VALUES (1, 'failed')");
	fault_disk_kill(scene.disk);
	start_again(&scene);
	if (moves)
		run(scene.db, "PRAGMA wal_checkpoint(PASSIVE)");
	long long acknowledged = run(scene.db, "INSERT INTO t VALUES (2, 'acknowledged')") == SQLITE_OK;
	fault_disk_cut(scene.disk, &drop_all);
	start_again(&scene);
	long long rows = acknowledged ? ask(scene.db, "SELECT count(*) FROM t WHERE n = 2") : -1;
	tear_down(&scene);
	return rows;
}

TEST(log_that_is_only_in_memory_takes_later_commits_with_it_unless_it_is_moved)
{
	CHECK_EQ(rows_after_lost_sync(false), 0);
	CHECK_EQ(rows_after_lost_sync(true), 1);
}

/* --- Errors --- */

TEST(kth_write_fails_once_and_the_next_attempt_succeeds)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR, .ops = FAULT_OPS(FAULT_OP_WRITE), .skip = 1};
	set_up(&scene);
	fault_disk_plan(scene.disk, &plan);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_IOERR_WRITE);
	CHECK_EQ(sqlite3_system_errno(scene.db), 5);
	CHECK_EQ(fault_disk_hits(scene.disk), 1);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (2, 'two')"), SQLITE_OK);
	CHECK_EQ(ask(scene.db, "SELECT sum(n) FROM t"), 2);
	tear_down(&scene);
}

TEST(write_that_fails_for_ever_fails_until_the_plan_goes)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR, .ops = FAULT_OPS(FAULT_OP_WRITE), .is_forever = true};
	set_up(&scene);
	fault_disk_plan(scene.disk, &plan);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_IOERR_WRITE);
	CHECK_EQ(fault_disk_hits(scene.disk), 3);
	fault_disk_plan(scene.disk, NULL);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	tear_down(&scene);
}

TEST(read_fails_and_short_read_is_seen_as_damage)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR, .ops = FAULT_OPS(FAULT_OP_READ), .is_forever = true};
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one'); PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
	sqlite3 *reader = connect(PATH, SQLITE_OPEN_READONLY);
	fault_disk_plan(scene.disk, &plan);
	CHECK_EQ(run(reader, "SELECT * FROM t"), SQLITE_IOERR_READ);
	plan.kind = FAULT_SHORT;
	fault_disk_plan(scene.disk, &plan);
	CHECK(ask(reader, "SELECT n FROM t WHERE b = 'one'") != 1);
	CHECK(fault_disk_hits(scene.disk) > 0);
	sqlite3_close(reader);
	fault_disk_plan(scene.disk, NULL);
	tear_down(&scene);
}

TEST(full_disk_refuses_writes_and_serves_reads)
{
	struct scene scene;
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	fault_disk_set_room(scene.disk, 5000);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (2, zeroblob(50000))"), SQLITE_FULL);
	CHECK_EQ(ask(scene.db, "SELECT count(*) FROM t"), 1);
	fault_disk_set_room(scene.disk, UINT64_MAX);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (2, zeroblob(50000))"), SQLITE_OK);
	CHECK(is_sound(&scene));
	tear_down(&scene);
}

TEST(full_disk_takes_exactly_what_fits)
{
	struct scene scene;
	size_t before, after;
	set_up(&scene);
	fault_disk_file(scene.disk, WAL_PATH, &before);
	fault_disk_set_room(scene.disk, 777);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_FULL);
	fault_disk_file(scene.disk, WAL_PATH, &after);
	CHECK_EQ(after - before, 777);
	tear_down(&scene);
}

TEST(operations_are_counted_by_kind)
{
	struct scene scene;
	set_up(&scene);
	fault_disk_count_reset(scene.disk);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK_EQ(fault_disk_count(scene.disk, FAULT_OPS(FAULT_OP_WRITE)), 2);
	CHECK_EQ(fault_disk_count(scene.disk, FAULT_OPS(FAULT_OP_SYNC)), 1);
	CHECK_EQ(fault_disk_count(scene.disk, FAULT_OPS_CHANGES), 3);
	sqlite3_close(scene.db);
	scene.db = NULL;
	CHECK_EQ(fault_disk_count(scene.disk, FAULT_OPS(FAULT_OP_DELETE)), 1);
	tear_down(&scene);
}

TEST(paused_disk_counts_and_fails_nothing)
{
	struct scene scene;
	struct fault_plan plan = {.kind = FAULT_ERROR, .ops = FAULT_OPS_ALL, .is_forever = true};
	set_up(&scene);
	fault_disk_count_reset(scene.disk);
	fault_disk_plan(scene.disk, &plan);
	fault_disk_set_room(scene.disk, 0);
	fault_disk_set_paused(scene.disk, true);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK_EQ(fault_disk_count(scene.disk, FAULT_OPS_ALL), 0);
	fault_disk_set_paused(scene.disk, false);
	CHECK(run(scene.db, "INSERT INTO t VALUES (2, 'two')") != SQLITE_OK);
	fault_disk_plan(scene.disk, NULL);
	tear_down(&scene);
}

/* --- Connections in one process --- */

TEST(reader_keeps_its_snapshot_beside_a_writer)
{
	struct scene scene;
	set_up(&scene);
	sqlite3 *reader = connect(PATH, SQLITE_OPEN_READONLY), *second = connect(PATH, SQLITE_OPEN_READWRITE);
	CHECK_EQ(run(reader, "BEGIN"), SQLITE_OK);
	CHECK_EQ(ask(reader, "SELECT count(*) FROM t"), 0);
	CHECK_EQ(run(scene.db, "BEGIN IMMEDIATE; INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK_EQ(run(second, "BEGIN IMMEDIATE"), SQLITE_BUSY);
	CHECK_EQ(run(scene.db, "COMMIT"), SQLITE_OK);
	CHECK_EQ(ask(reader, "SELECT count(*) FROM t"), 0);
	CHECK_EQ(ask(second, "SELECT count(*) FROM t"), 1);
	CHECK_EQ(run(reader, "COMMIT"), SQLITE_OK);
	CHECK_EQ(ask(reader, "SELECT count(*) FROM t"), 1);
	sqlite3_close(reader);
	sqlite3_close(second);
	tear_down(&scene);
}

TEST(last_connection_to_close_leaves_no_log)
{
	struct scene scene;
	size_t size;
	set_up(&scene);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	CHECK(fault_disk_file(scene.disk, WAL_PATH, &size) != NULL);
	sqlite3_close(scene.db);
	CHECK(fault_disk_file(scene.disk, WAL_PATH, &size) == NULL);
	scene.db = connect(PATH, SQLITE_OPEN_READWRITE);
	CHECK_EQ(ask(scene.db, "SELECT count(*) FROM t"), 1);
	tear_down(&scene);
}

/* --- Images --- */

TEST(image_brings_the_past_back_and_makes_a_clone)
{
	struct scene scene;
	set_up(&scene);
	struct fault_disk *other = fault_disk_new("/fault/b");
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (1, 'one')"), SQLITE_OK);
	struct fault_image *image = fault_disk_image(scene.disk);
	CHECK_EQ(run(scene.db, "INSERT INTO t VALUES (2, 'two')"), SQLITE_OK);
	sqlite3_close(scene.db);
	fault_disk_restore(other, image);
	sqlite3 *clone = connect("/fault/b/test.db", SQLITE_OPEN_READWRITE);
	CHECK_EQ(ask(clone, "SELECT sum(n) FROM t"), 1);
	sqlite3_close(clone);
	fault_disk_restore(scene.disk, image);
	fault_image_free(image);
	scene.db = connect(PATH, SQLITE_OPEN_READWRITE);
	CHECK(is_sound(&scene));
	CHECK_EQ(ask(scene.db, "SELECT sum(n) FROM t"), 1);
	fault_disk_free(other);
	tear_down(&scene);
}

TEST(paths_elsewhere_go_to_the_system)
{
	struct scene scene;
	char folder[] = "/tmp/fault-vfs.XXXXXX", path[80];
	set_up(&scene);
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/real.db", folder);
	sqlite3 *db = connect(path, SQLITE_OPEN_READWRITE);
	CHECK(db == NULL);
	db = connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	CHECK_EQ(run(db, "PRAGMA journal_mode=WAL; CREATE TABLE t (n)"), SQLITE_OK);
	sqlite3_close(db);
	FILE *file = fopen(path, "rb");
	CHECK(file != NULL);
	fclose(file);
	CHECK_EQ(remove(path), 0);
	CHECK_EQ(remove(folder), 0);
	tear_down(&scene);
}

TEST(one_seed_gives_one_medium)
{
	uint8_t first[60000];
	size_t first_size = 0;
	for (int round = 0; round < 2; round++) {
		struct scene scene;
		size_t size;
		struct fault_cut cut = {.kind = FAULT_CUT_TORN, .seed = 7};
		set_up(&scene);
		CHECK_EQ(run(scene.db, "PRAGMA synchronous=0; INSERT INTO t VALUES (1, randomblob(20000))"), SQLITE_OK);
		fault_disk_cut(scene.disk, &cut);
		const uint8_t *medium = fault_disk_medium(scene.disk, WAL_PATH, &size);
		CHECK(medium != NULL && size < sizeof first);
		if (round == 0)
			memcpy(first, medium, first_size = size);
		else
			CHECK_BYTES(medium, size, first, first_size);
		tear_down(&scene);
	}
}
