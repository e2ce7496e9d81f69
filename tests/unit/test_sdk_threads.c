/* Several threads, several clients of one directory, and the three ways to run; no server answers.
 * labels: threads */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "client-sdk/include/buurtsync.h"
#include "tests/support/harness.h"
#include "tests/support/sdk_scene.h"

enum { WRITERS = 3, WRITES = 40 };

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t count_rows(struct bsync_client *client)
{
	struct bsync_statement *statement = NULL;
	struct bsync_error error;
	int64_t value = -1;
	if (bsync_prepare(client, "SELECT count(*) FROM dossier", (size_t)-1, &statement, NULL, &error) == BSYNC_DONE &&
	    bsync_step(statement, &error) == BSYNC_ROW)
		value = bsync_column_integer(statement, 0);
	bsync_finalize(statement);
	return value;
}

struct writer {
	struct bsync_client *client;
	atomic_int failures;
};

static void *write_rows(void *context)
{
	struct writer *writer = context;
	struct bsync_error error;
	for (int i = 0; i < WRITES; i++) {
		int code = bsync_exec(writer->client, "BEGIN", &error);
		for (int j = 0; j < 3 && code == BSYNC_DONE; j++)
			code = bsync_exec(writer->client, "INSERT INTO dossier(id, naam) VALUES(uuid(), 'n')", &error);
		if (code == BSYNC_DONE)
			code = bsync_exec(writer->client, "COMMIT", &error);
		if (code != BSYNC_DONE) {
			printf("  %s\n", error.text);
			atomic_fetch_add(&writer->failures, 1);
		}
	}
	return NULL;
}

TEST(threads_write_transactions_of_their_own_while_the_syncer_runs)
{
	struct sdk_scene scene;
	struct writer writer = {.failures = 0};
	struct bsync_error error;
	struct bsync_status status = BSYNC_STATUS_INIT;
	pthread_t threads[WRITERS];
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &writer.client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(writer.client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(writer.client, &error), BSYNC_DONE); /* once more is no failure */
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, write_rows, &writer), 0);
	for (int i = 0; i < 20; i++)
		CHECK_EQ(bsync_status(writer.client, &status, &error), BSYNC_DONE);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(writer.failures, 0);
	CHECK_EQ(count_rows(writer.client), WRITERS * WRITES * 3);
	CHECK_EQ(bsync_status(writer.client, &status, &error), BSYNC_DONE);
	CHECK_EQ(status.pending_changes, WRITERS * WRITES); /* nobody committed into another's transaction */
	CHECK_EQ(status.syncing, 1);
	bsync_close(writer.client);
	sdk_scene_clear(&scene);
}

struct waiting {
	struct bsync_client *client;
	int code;
};

static void *sync_for_a_while(void *context)
{
	struct bsync_error error;
	struct waiting *waiting = context;
	waiting->code = bsync_sync(waiting->client, 20000, &error);
	return NULL;
}

TEST(stopping_ends_a_wait_that_another_thread_is_in)
{
	struct sdk_scene scene;
	struct waiting waiting = {.code = 1};
	struct bsync_error error;
	pthread_t thread;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &waiting.client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(waiting.client, &error), BSYNC_DONE);
	int64_t begin_ms = now_ms();
	CHECK_EQ(pthread_create(&thread, NULL, sync_for_a_while, &waiting), 0);
	poll(NULL, 0, 200);
	CHECK_EQ(bsync_exec(waiting.client, "INSERT INTO dossier(id) VALUES(uuid())", &error),
		 BSYNC_DONE); /* not blocked */
	bsync_stop(waiting.client);
	pthread_join(thread, NULL);
	CHECK(now_ms() - begin_ms < 10000);
	CHECK_EQ(waiting.code, BSYNC_E_LOCAL);
	bsync_close(waiting.client);
	sdk_scene_clear(&scene);
}

static void check_late(struct bsync_client *client, int *harness_failed)
{
	struct bsync_error error;
	int64_t begin_ms = now_ms();
	CHECK_EQ(bsync_sync(client, 300, &error), BSYNC_E_TIMEOUT);
	CHECK(now_ms() - begin_ms >= 250);
	CHECK(now_ms() - begin_ms < 4000);
	CHECK(strstr(error.text, "1 changes are not handed in") != NULL);
	CHECK(strstr(error.text, "refused") != NULL);
}

TEST(a_barrier_that_is_late_says_what_waits_and_why_in_each_way_to_run)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL, *other = NULL;
	struct bsync_error error;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_open(scene.dir, &other, &error), BSYNC_DONE);
	CHECK_EQ(bsync_exec(client, "INSERT INTO dossier(id) VALUES(uuid())", &error), BSYNC_DONE);
	check_late(client, harness_failed); /* by hand */
	CHECK_EQ(bsync_start(client, &error), BSYNC_DONE);
	check_late(client, harness_failed); /* in the thread */
	check_late(other, harness_failed);  /* asked by another client of the directory */
	bsync_stop(client);
	CHECK(bsync_fd(client) >= 0);
	check_late(client, harness_failed); /* in the application's loop */
	CHECK_EQ(bsync_start(client, &error), BSYNC_E_MISUSE);
	bsync_close(client);
	check_late(other, harness_failed); /* the other takes over */
	bsync_close(other);
	sdk_scene_clear(&scene);
}

TEST(a_barrier_inside_a_transaction_is_misuse)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_error error;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_exec(client, "BEGIN; INSERT INTO dossier(id) VALUES(uuid())", &error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(client, 100, &error), BSYNC_E_MISUSE);
	CHECK_EQ(bsync_exec(client, "COMMIT", &error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(client, 100, &error), BSYNC_E_TIMEOUT);
	CHECK_EQ(bsync_sync(client, -1, &error), BSYNC_E_MISUSE);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

TEST(the_second_client_takes_over_when_the_first_stops)
{
	struct sdk_scene scene;
	struct bsync_client *first = NULL, *second = NULL;
	struct bsync_error error;
	struct bsync_status status = BSYNC_STATUS_INIT;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &first, &error), BSYNC_DONE);
	CHECK_EQ(bsync_open(scene.dir, &second, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(first, &error), BSYNC_DONE);
	CHECK_EQ(bsync_start(second, &error), BSYNC_DONE); /* waits for the lock */
	CHECK_EQ(bsync_status(second, &status, &error), BSYNC_DONE);
	CHECK_EQ(status.syncing, 1); /* the first answers */
	bsync_close(first);
	bool has_taken_over = false;
	for (int i = 0; i < 100 && !has_taken_over; i++) {
		poll(NULL, 0, 50);
		CHECK_EQ(bsync_status(second, &status, &error), BSYNC_DONE);
		has_taken_over = status.syncing == 1;
	}
	CHECK(has_taken_over);
	bsync_close(second);
	sdk_scene_clear(&scene);
}

TEST(a_contact_that_fails_is_an_event_and_in_the_status)
{
	struct sdk_scene scene;
	struct bsync_client *client = NULL;
	struct bsync_error error;
	struct bsync_event event = BSYNC_EVENT_INIT;
	struct bsync_status status = BSYNC_STATUS_INIT;
	bool is_told = false;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &client, &error), BSYNC_DONE);
	CHECK_EQ(bsync_event_next(client, &event), 0);
	int fd = bsync_fd(client);
	CHECK(fd >= 0);
	for (int i = 0; i < 100 && !is_told; i++) {
		struct pollfd watched = {.fd = fd, .events = POLLIN};
		int timeout = bsync_timeout(client);
		CHECK(timeout >= 0 && timeout <= 2000);
		poll(&watched, 1, timeout);
		CHECK_EQ(bsync_dispatch(client, &error), BSYNC_DONE);
		while (bsync_event_next(client, &event) == 1)
			is_told = is_told || event.kind == BSYNC_EVENT_ERROR;
	}
	CHECK(is_told);
	CHECK_EQ(bsync_fd(client), fd);
	CHECK_EQ(bsync_status(client, &status, &error), BSYNC_DONE);
	CHECK(strstr(status.last_error, "refused") != NULL);
	CHECK(status.last_attempt == 0 || status.next_attempt > 0);
	bsync_close(client);
	sdk_scene_clear(&scene);
}

struct holder {
	struct bsync_client *client;
	atomic_bool has_begun;
};

static void *hold_a_transaction(void *context)
{
	struct holder *holder = context;
	struct bsync_error error;
	if (bsync_exec(holder->client, "BEGIN; INSERT INTO dossier(id) VALUES(uuid())", &error) == BSYNC_DONE)
		atomic_store(&holder->has_begun, true);
	poll(NULL, 0, 300);
	return bsync_exec(holder->client, "ROLLBACK", &error) == BSYNC_DONE ? context : NULL;
}

TEST(sql_waits_for_the_transaction_of_another_thread)
{
	struct sdk_scene scene;
	struct holder holder = {.has_begun = false};
	struct bsync_error error;
	pthread_t thread;
	void *outcome = NULL;
	CHECK(sdk_scene_make(&scene, SDK_SCENE_NOWHERE));
	CHECK_EQ(bsync_open(scene.dir, &holder.client, &error), BSYNC_DONE);
	CHECK_EQ(pthread_create(&thread, NULL, hold_a_transaction, &holder), 0);
	while (!atomic_load(&holder.has_begun))
		poll(NULL, 0, 5);
	/* Within the other's transaction this row would be rolled back with it. */
	CHECK_EQ(bsync_exec(holder.client, "INSERT INTO dossier(id) VALUES(x'07')", &error), BSYNC_DONE);
	pthread_join(thread, &outcome);
	CHECK(outcome != NULL);
	CHECK_EQ(count_rows(holder.client), 1);
	bsync_close(holder.client);
	sdk_scene_clear(&scene);
}
