/* The public interface against a real daemon: enrolment, live rows, events, barriers of many threads.
 * labels: threads
 * timeout: 240 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "client-sdk/client.h"
#include "client-sdk/surroundings.h"
#include "tests/support/harness.h"
#include "tests/support/process.h"
#include "tests/support/sdk_scene.h"

enum { PATH_SIZE = 200, WRITERS = 3, WRITES = 30, WAIT_MS = 30000 };

/* A daemon with the schema tests/schemas/lijst, and two devices of two workers. */
struct live {
	struct sdk_scene scene;
	char store[PATH_SIZE], a_dir[PATH_SIZE], b_dir[PATH_SIZE];
	struct process daemon;
	struct bsync_client *a, *b;
	struct bsync_error error;
};

static bool is_in_path(void)
{
	const char *const arguments[] = {"buurtsyncd", "--version", NULL};
	static char output[PROCESS_OUTPUT_MAX];
	int status = process_run(arguments, output);
	return status >= 0 && status != 127;
}

static bool enrol(struct live *live, const char *name, const char *team, const char *dir, struct bsync_client **client)
{
	const char *const add[] = {"buurtsyncctl", "--dir", live->store, "worker", "add", name, "--team", team, NULL};
	char worker[PATH_SIZE], code[1000];
	snprintf(worker, sizeof worker, "%s", process_must(add));
	const char *const enroll[] = {"buurtsyncctl", "--dir",    live->store, "device",
				      "enroll",       "--worker", worker,      NULL};
	snprintf(code, sizeof code, "%s", process_must(enroll));
	return bsync_enrol(dir, code, live->daemon.ready, WAIT_MS, &live->error) == BSYNC_DONE &&
	       bsync_open(dir, client, &live->error) == BSYNC_DONE &&
	       bsync_sync(*client, WAIT_MS, &live->error) == BSYNC_DONE;
}

static bool begin(struct live *live)
{
	memset(live, 0, sizeof *live);
	snprintf(live->scene.dir, sizeof live->scene.dir, "/tmp/bsync-live-%ld-%s", (long)getpid(), "XXXXXX");
	if (mkdtemp(live->scene.dir) == NULL)
		return false;
	snprintf(live->store, sizeof live->store, "%s/store", live->scene.dir);
	snprintf(live->a_dir, sizeof live->a_dir, "%s/a", live->scene.dir);
	snprintf(live->b_dir, sizeof live->b_dir, "%s/b", live->scene.dir);
	const char *const init[] = {"buurtsyncd", "init",        "--dir",
				    live->store,  "--schema",    BSYNC_SOURCE_DIR "/tests/schemas/lijst",
				    "--listen",   "127.0.0.1:0", NULL};
	const char *const run[] = {"buurtsyncd", "run", "--dir", live->store, NULL};
	const char *const team_add[] = {"buurtsyncctl", "--dir", live->store, "team", "add", "Zuilen", NULL};
	char team[PATH_SIZE];
	process_must(init);
	if (!process_start(&live->daemon, run))
		return false;
	snprintf(team, sizeof team, "%s", process_must(team_add));
	if (enrol(live, "Anna", team, live->a_dir, &live->a) && enrol(live, "Bram", team, live->b_dir, &live->b))
		return true;
	printf("  %s\n", live->error.text);
	return false;
}

static void end(struct live *live)
{
	bsync_close(live->a);
	bsync_close(live->b);
	process_stop(&live->daemon, 15);
	sdk_scene_clear(&live->scene);
}

static int64_t integer(struct bsync_client *client, const char *sql)
{
	struct bsync_statement *statement = NULL;
	int64_t value = INT64_MIN;
	if (bsync_prepare(client, sql, (size_t)-1, &statement, NULL, NULL) == BSYNC_DONE &&
	    bsync_step(statement, NULL) == BSYNC_ROW)
		value = bsync_column_integer(statement, 0);
	bsync_finalize(statement);
	return value;
}

/* Waits for an event of `kind`; others are dropped. */
static bool is_told(struct bsync_client *client, int kind)
{
	struct bsync_event event = BSYNC_EVENT_INIT;
	for (int i = 0; i < WAIT_MS / 10; i++) {
		while (bsync_event_next(client, &event) == 1)
			if (event.kind == kind)
				return true;
		poll(NULL, 0, 10);
	}
	return false;
}

static void drop_events(struct bsync_client *client)
{
	struct bsync_event event = BSYNC_EVENT_INIT;
	while (bsync_event_next(client, &event) == 1)
		;
}

struct writer {
	struct bsync_client *client;
	atomic_int next, failures;
};

static void *write_and_sync(void *context)
{
	struct writer *writer = context;
	struct bsync_error error = {.text = ""};
	char sql[200];
	for (int i = 0; i < WRITES; i++) {
		int number = atomic_fetch_add(&writer->next, 1);
		snprintf(sql, sizeof sql, "INSERT INTO punt (lijst, nr, tekst) VALUES ('werk', %d, 'x')", number);
		int code = bsync_exec(writer->client, sql, &error);
		if (code == BSYNC_DONE && i % 10 == 9)
			code = bsync_sync(writer->client, WAIT_MS, &error);
		if (code != BSYNC_DONE) {
			printf("  %s\n", error.text);
			atomic_fetch_add(&writer->failures, 1);
		}
	}
	return NULL;
}

TEST(threads_write_and_wait_for_barriers_while_both_devices_are_live)
{
	struct live live;
	struct bsync_status status = BSYNC_STATUS_INIT;
	pthread_t threads[WRITERS];
	if (!is_in_path())
		SKIP("buurtsyncd is not in PATH");
	CHECK(begin(&live));
	CHECK_EQ(bsync_start(live.a, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_start(live.b, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_exec(live.a, "INSERT INTO lijst (naam) VALUES ('werk')", &live.error), BSYNC_DONE);
	struct writer writer = {.client = live.a};
	for (int i = 0; i < WRITERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, write_and_sync, &writer), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(writer.failures, 0);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_status(live.a, &status, &live.error), BSYNC_DONE);
	CHECK_EQ(status.pending_changes, 0);
	CHECK_STR(status.state, "up-to-date");
	CHECK_EQ(status.connected, 1);
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(integer(live.b, "SELECT count(*) FROM punt"), WRITERS * WRITES);
	end(&live);
}

TEST(rows_of_others_and_inbox_items_are_events_also_beside_another_process_that_syncs)
{
	struct live live;
	struct bsync_client *beside = NULL;
	if (!is_in_path())
		SKIP("buurtsyncd is not in PATH");
	CHECK(begin(&live));
	CHECK_EQ(bsync_start(live.b, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_open(live.b_dir, &beside, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_start(beside, &live.error), BSYNC_DONE); /* the lock is the other's */
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE);
	poll(NULL, 0, 2500); /* it has looked at the file once */
	drop_events(live.b);
	drop_events(beside);
	CHECK_EQ(
		bsync_exec(
			live.a,
			"INSERT INTO lijst (naam) VALUES ('werk'); INSERT INTO punt (lijst, nr, tekst) VALUES ('werk', 1, 'x')",
			&live.error),
		BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK(is_told(live.b, BSYNC_EVENT_ROWS));
	CHECK(is_told(beside, BSYNC_EVENT_ROWS));
	CHECK_EQ(bsync_sync(beside, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(integer(beside, "SELECT count(*) FROM punt"), 1);
	/* Both write without having seen the other's. */
	CHECK_EQ(bsync_exec(live.a, "UPDATE punt SET tekst = 'van a'", &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_exec(beside, "UPDATE punt SET tekst = 'van b'", &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK(is_told(live.b, BSYNC_EVENT_INBOX));
	CHECK(is_told(beside, BSYNC_EVENT_INBOX));
	bsync_close(beside);
	end(&live);
}

TEST(a_form_that_is_open_does_not_overwrite_what_it_did_not_show)
{
	struct live live;
	struct bsync_status status = BSYNC_STATUS_INIT;
	if (!is_in_path())
		SKIP("buurtsyncd is not in PATH");
	CHECK(begin(&live));
	CHECK_EQ(
		bsync_exec(
			live.a,
			"INSERT INTO lijst (naam) VALUES ('werk'); INSERT INTO punt (lijst, nr, tekst) VALUES ('werk', 1, 'x')",
			&live.error),
		BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_edit_begin(live.b, "punt", "werk/1", &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_exec(live.a, "UPDATE punt SET tekst = 'van a'", &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE); /* pulled behind the open form */
	CHECK_EQ(bsync_exec(live.b, "UPDATE punt SET tekst = 'van b'", &live.error), BSYNC_DONE);
	bsync_edit_end(live.b, "punt", "werk/1");
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_status(live.b, &status, &live.error), BSYNC_DONE);
	CHECK_EQ(status.conflicts_open, 1);
	/* Without a form open, an edit has seen what is there. */
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	char *text = NULL;
	CHECK_EQ(bsync_inbox_json(live.a, &text, &live.error), BSYNC_DONE);
	CHECK(strncmp(text, "{\"id\":\"", 7) == 0);
	text[7 + 32] = '\0';
	CHECK_EQ(bsync_resolve(live.a, text + 7, "theirs", NULL, &live.error), BSYNC_DONE);
	bsync_free(text);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.b, WAIT_MS, &live.error), BSYNC_DONE);
	CHECK_EQ(integer(live.b, "SELECT tekst = 'van b' FROM punt"), 1);
	CHECK_EQ(bsync_status(live.b, &status, &live.error), BSYNC_DONE);
	CHECK_EQ(status.conflicts_open, 0);
	end(&live);
}

/* The clocks of the system, an hour ahead. */
static void read_fast_clock(void *context, struct bsync_clock_reading *reading)
{
	struct bsync_surroundings system = bsync_surroundings_of_system();
	(void)context;
	system.clock(system.clock_context, reading);
	reading->wall_ms += 3600000;
}

TEST(a_fast_clock_is_told_of_once_and_nothing_is_held_up)
{
	struct live live;
	struct bsync_event event = BSYNC_EVENT_INIT;
	if (!is_in_path())
		return;
	CHECK(begin(&live));
	drop_events(live.a);
	live.a->surroundings.clock = read_fast_clock;
	CHECK_EQ(bsync_exec(live.a, "INSERT INTO lijst(naam) VALUES('klok')", &live.error), BSYNC_DONE);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	int told = 0;
	while (bsync_event_next(live.a, &event) == 1)
		told += event.kind == BSYNC_EVENT_CLOCK && strstr(event.text, "fast") != NULL;
	CHECK_EQ(told, 1);
	CHECK_EQ(bsync_sync(live.a, WAIT_MS, &live.error), BSYNC_DONE);
	while (bsync_event_next(live.a, &event) == 1)
		CHECK(event.kind != BSYNC_EVENT_CLOCK);
	const char *const list[] = {"buurtsyncctl", "--dir", live.store, "device", "list", NULL};
	static char output[PROCESS_OUTPUT_MAX];
	CHECK_EQ(process_run(list, output), 0);
	CHECK(strstr(output, "\tclock\n") != NULL);
	end(&live);
}
