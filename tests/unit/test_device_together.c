/* Several connections, threads and processes on one file, and processes that are killed.
 * labels: threads
 * timeout: 300 */
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client-sdk/store/file.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

static const uint8_t one = 1;

/* One transaction of three changes: a new note, the counter, and the name of dossier 1. */
static enum bsync_result commit_one(struct bsync_file *file, int number)
{
	char sql[300];

	snprintf(sql, sizeof(sql),
		 "BEGIN; INSERT INTO notitie(id, dossier_id, tekst) VALUES(uuid(), x'01', 'n%d');"
		 "UPDATE dossier SET teller = teller + 1, naam = 'naam %d'; COMMIT",
		 number, number);
	enum bsync_result result = bsync_file_exec(file, sql);
	if (result != BSYNC_OK && bsync_db_in_transaction(&file->db))
		(void)!bsync_file_exec(file, "ROLLBACK");
	return result;
}

TEST(killed_process_loses_no_commit_that_returned)
{
	enum { ROUNDS = 25 };
	struct device_scene scene;
	struct bsync_changeset *sets;
	unsigned seed = 20260101;
	int64_t returned = 0;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id, teller) VALUES(x'01', 0)");
	for (int round = 0; round < ROUNDS; round++) {
		int pipes[2];
		uint8_t buffer[4096];
		ssize_t size;

		bsync_file_close(scene.file);
		scene.file = NULL;
		CHECK_EQ(pipe(pipes), 0);
		pid_t child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			struct bsync_file *file = device_scene_open(&scene);

			close(pipes[0]);
			for (int i = 0; file != NULL && i < 100000; i++) {
				if (commit_one(file, i) != BSYNC_OK || write(pipes[1], "x", 1) != 1)
					break;
			}
			_exit(0);
		}
		close(pipes[1]);
		/* The child lives 5 to 45 ms after its first commit. */
		CHECK_EQ(read(pipes[0], buffer, 1), 1);
		returned++;
		seed = seed * 1103515245u + 12345u;
		const struct timespec pause = {.tv_nsec = (long)(5 + (seed >> 16) % 40) * 1000000};
		nanosleep(&pause, NULL);
		CHECK_EQ(kill(child, SIGKILL), 0);
		CHECK_EQ(waitpid(child, NULL, 0), child);
		while ((size = read(pipes[0], buffer, sizeof(buffer))) > 0)
			returned += size;
		close(pipes[0]);
		scene.file = device_scene_open(&scene);
		CHECK(scene.file != NULL);
		/* The last commit may be durable without having returned. */
		int64_t notes = device_scene_integer(scene.file, "SELECT count(*) FROM notitie");
		if (notes < returned || notes > returned + 1)
			FAIL("round %d: %" PRId64 " rows for %" PRId64 " commits", round, notes, returned);
		returned = notes;
		INTEGER("SELECT teller FROM dossier", notes);
		INTEGER("SELECT count(*) FROM bsync_capture", 0);
		INTEGER("SELECT max(seq) FROM bsync_outbox", notes + 1);
	}
	CHECK_EQ(device_scene_integer(scene.file,
				      "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
		 1);
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, returned + 1);
	for (uint32_t i = 1; i < count; i++)
		CHECK_EQ(sets[i].change_count, 2);
	device_scene_clear(&scene);
}

struct worker {
	struct device_scene *scene;
	int number, commits, failed;
};

static void *work(void *context)
{
	struct worker *worker = context;
	struct bsync_file *file = device_scene_open(worker->scene);

	worker->failed = file == NULL;
	for (int i = 0; file != NULL && i < worker->commits; i++)
		worker->failed += commit_one(file, worker->number * 1000 + i) != BSYNC_OK;
	bsync_file_close(file);
	return NULL;
}

TEST(threads_with_connections_of_their_own_share_one_chain)
{
	enum { THREADS = 3, COMMITS = 60 };
	struct device_scene scene;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	struct bsync_changeset *sets;
	struct pull_row row;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id, teller) VALUES(x'01', 0)");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 2, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.scene = &scene, .number = i, .commits = COMMITS};
		CHECK_EQ(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	/* Meanwhile the server's sum grows, and receipts come. */
	for (uint64_t i = 1; i <= 20; i++) {
		pull_row_init(&row, BSYNC_PULLED_CELLS, 2, 1, 1, 10 * i);
		pull_row_value(&row, 4, bsync_value_integer(1000));
		CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
		CHECK_EQ(device_scene_pull_end(&scene, 10 * i), BSYNC_OK);
	}
	for (int i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
		CHECK_EQ(workers[i].failed, 0);
	}
	INTEGER("SELECT count(*) FROM notitie", (int64_t)THREADS * COMMITS);
	INTEGER("SELECT teller FROM dossier", 1000 + THREADS * COMMITS);
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(count, THREADS * COMMITS);
	int64_t sum = 0;
	for (uint32_t i = 0; i < count; i++)
		sum += sets[i].changes[1].cells[1].delta;
	CHECK_EQ(sum, THREADS * COMMITS);
	device_scene_clear(&scene);
}

TEST(processes_share_one_chain)
{
	enum { PROCESSES = 3, COMMITS = 50 };
	struct device_scene scene;
	struct bsync_changeset *sets;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id, teller) VALUES(x'01', 0)");
	for (int i = 0; i < PROCESSES; i++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (child == 0) {
			struct worker worker = {.scene = &scene, .number = i, .commits = COMMITS};

			work(&worker);
			_exit(worker.failed != 0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = 0;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	CHECK(device_scene_outbox(&scene, 1, &sets, &count));
	CHECK_EQ(count, PROCESSES * COMMITS);
	INTEGER("SELECT teller FROM dossier", (int64_t)PROCESSES * COMMITS);
	device_scene_clear(&scene);
}

TEST(begin_waits_for_another_writer_and_busy_leaves_the_transaction)
{
	struct device_scene scene;

	CHECK(device_scene_make(&scene));
	RUN("INSERT INTO dossier(id, naam) VALUES(x'01', 'a')");
	struct bsync_file *other = device_scene_open(&scene);
	CHECK(other != NULL);
	sqlite3_busy_timeout(other->db.handle, 20);
	RUN("BEGIN; UPDATE dossier SET naam = 'b'");
	CHECK_EQ(bsync_file_exec(other, "BEGIN"), BSYNC_BUSY);
	CHECK_EQ(bsync_file_exec(other, "UPDATE dossier SET naam = 'c'"), BSYNC_BUSY);
	CHECK_EQ(bsync_file_exec(other, "SAVEPOINT s"), BSYNC_BUSY);
	CHECK_STR(device_scene_text(other, "SELECT naam FROM dossier"), "a");
	RUN("COMMIT");
	CHECK_EQ(bsync_file_exec(other, "UPDATE dossier SET naam = naam || 'c'"), BSYNC_OK);
	CHECK_STR(device_scene_text(scene.file, "SELECT naam FROM dossier"), "bc");
	INTEGER("SELECT count(*) FROM bsync_outbox", 3);
	bsync_file_close(other);
	device_scene_clear(&scene);
}

TEST(reader_sees_either_all_of_a_pull_or_nothing)
{
	struct device_scene scene;
	struct pull_row row;
	struct sqlite3_stmt *statement = NULL;
	bool has_row = false;

	CHECK(device_scene_make(&scene));
	for (uint8_t i = 0; i < 10; i++) {
		pull_row_init(&row, BSYNC_PULLED_WHOLE, 2, 1, i, 5);
		CHECK_EQ(pull_send(&scene, pull_scope_dossier(&one), &row), BSYNC_OK);
	}
	struct bsync_file *reader = device_scene_open(&scene);
	CHECK(reader != NULL);
	CHECK_EQ(bsync_file_prepare(reader, "SELECT count(*) FROM dossier", 28, &statement, NULL), BSYNC_OK);
	CHECK_EQ(bsync_file_step(reader, statement, &has_row), BSYNC_OK);
	CHECK_EQ(sqlite3_column_int(statement, 0), 0);
	CHECK_EQ(device_scene_pull_end(&scene, 5), BSYNC_OK);
	CHECK_EQ(sqlite3_column_int(statement, 0), 0);
	/* An older state is being read: a write says so instead of losing what came between. */
	CHECK_EQ(bsync_file_exec(reader, "UPDATE dossier SET naam = 'x'"), BSYNC_BUSY);
	CHECK_EQ(bsync_file_reset(reader, statement), BSYNC_OK);
	CHECK_EQ(bsync_file_exec(reader, "UPDATE dossier SET naam = 'x'"), BSYNC_OK);
	CHECK_EQ(bsync_file_step(reader, statement, &has_row), BSYNC_OK);
	CHECK_EQ(sqlite3_column_int(statement, 0), 10);
	CHECK_EQ(bsync_file_finalize(reader, statement), BSYNC_OK);
	bsync_file_close(reader);
	device_scene_clear(&scene);
}
