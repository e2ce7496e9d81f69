/* The writer's queue over a real store.  labels: threads */
#include "tests/support/harness.h"

#include <unistd.h>

#include "core/schema/folder.h"
#include "daemon/disk.h"
#include "daemon/machine.h"
#include "daemon/writer_thread.h"

enum { JOBS = 50 };

static char folder[] = "/tmp/buurtsync-writer.XXXXXX";
static uv_loop_t loop;
static struct bsync_store *store;
static struct bsync_writer_thread *writer;
static unsigned touched_count;

/* A job that adds a team. */
struct adding {
	struct bsync_writer_job job;
	int number;
	enum bsync_result fails_with; /* after it has added */
	int fails_times;
	unsigned runs;
	int answered_as; /* which answer it was, from 1 */
};
static int answers;

static enum bsync_result add(struct bsync_writer_job *job, struct bsync_store *target)
{
	struct adding *adding = (struct adding *)job;
	char name[40];
	uint8_t id[16];
	enum bsync_result result;

	adding->runs++;
	snprintf(name, sizeof name, "groep %d", adding->number);
	result = bsync_store_team_add(target, name, bsync_machine_now_ms(), id);
	if (result == BSYNC_OK && adding->fails_times > 0) {
		adding->fails_times--;
		return adding->fails_with;
	}
	return result;
}

static void answer(struct bsync_writer_job *job)
{
	((struct adding *)job)->answered_as = ++answers;
}

static void touched(void *context, const struct bsync_touched *news)
{
	(void)context;
	(void)news;
	touched_count++;
}

static void begin(void)
{
	const struct bsync_key key = {{1}};
	struct bsync_schema_folder schema = {0};
	struct bsync_schema *compiled = NULL;
	struct bsync_store_birth birth = {.name = "Proef"};
	struct bsync_writer_settings settings = {.loop = &loop, .wal_pages_max = 1000, .touched = touched};
	char path[BSYNC_PATH_SIZE];

	snprintf(folder, sizeof folder, "%s", "/tmp/buurtsync-writer.XXXXXX");
	answers = 0;
	touched_count = 0;
	if (mkdtemp(folder) == NULL || bsync_disk_path(path, folder, "store.db") != BSYNC_OK ||
	    bsync_schema_load(BSYNC_SOURCE_DIR "/tests/schemas/lijst", &schema, &compiled, NULL) != BSYNC_OK)
		abort();
	birth.schema = schema.source;
	birth.now_ms = bsync_machine_now_ms();
	if (bsync_store_create(path, &birth, &key, bsync_machine_random()) != BSYNC_OK ||
	    bsync_store_open(path, &key, bsync_machine_random(), &store) != BSYNC_OK || uv_loop_init(&loop) != 0)
		abort();
	bsync_schema_free(compiled);
	bsync_schema_folder_clear(&schema);
	settings.store = store;
	if (bsync_writer_thread_start(&settings, &writer) != BSYNC_OK)
		abort();
}

/* Teams in the store, once the writer has ended. */
static int64_t end(void)
{
	struct bsync_writer_stats stats = bsync_writer_thread_stats(writer);
	uint64_t counter;

	bsync_writer_thread_stop(writer);
	uv_run(&loop, UV_RUN_DEFAULT);
	bsync_writer_thread_free(writer);
	counter = bsync_store_position(store).counter;
	bsync_store_close(store);
	uv_loop_close(&loop);
	bsync_disk_remove(folder);
	(void)stats;
	return (int64_t)counter;
}

static void submit(struct adding *adding, int number)
{
	adding->number = number;
	adding->job.run = add;
	adding->job.done = answer;
	bsync_writer_thread_submit(writer, &adding->job);
}

/* Each team is one position, behind the one the store began with. */
TEST(everything_submitted_is_done_and_answered_in_order)
{
	static struct adding jobs[JOBS];
	int64_t before;

	begin();
	before = (int64_t)bsync_store_position(store).counter;
	memset(jobs, 0, sizeof jobs);
	for (int i = 0; i < JOBS; i++)
		submit(&jobs[i], i);
	CHECK_EQ(end(), before + JOBS);
	for (int i = 0; i < JOBS; i++) {
		CHECK_EQ(jobs[i].job.result, BSYNC_OK);
		CHECK_EQ(jobs[i].answered_as, i + 1);
	}
	CHECK(touched_count > 0);
}

TEST(a_job_that_breaks_the_store_stops_no_other)
{
	static struct adding jobs[JOBS];
	int64_t before;

	begin();
	before = (int64_t)bsync_store_position(store).counter;
	memset(jobs, 0, sizeof jobs);
	jobs[7].fails_with = BSYNC_STORAGE;
	jobs[7].fails_times = 100;
	/* This one only fails when it is first tried. */
	jobs[20].fails_with = BSYNC_STORAGE_FULL;
	jobs[20].fails_times = 1;
	for (int i = 0; i < JOBS; i++)
		submit(&jobs[i], i);
	CHECK_EQ(end(), before + JOBS - 1 - (jobs[20].job.result != BSYNC_OK));
	for (int i = 0; i < JOBS; i++) {
		CHECK_EQ(jobs[i].answered_as != 0, 1);
		if (i != 7 && i != 20)
			CHECK_EQ(jobs[i].job.result, BSYNC_OK);
	}
	CHECK_EQ(jobs[7].job.result, BSYNC_STORAGE);
}

TEST(what_a_lone_job_refuses_is_undone)
{
	struct adding refused = {.fails_with = BSYNC_INVALID, .fails_times = 1, .job = {.is_alone = true}};
	struct adding taken = {.job = {.is_alone = true}};
	struct adding shared = {.fails_with = BSYNC_INVALID, .fails_times = 1};
	int64_t before;

	begin();
	before = (int64_t)bsync_store_position(store).counter;
	submit(&refused, 1);
	submit(&taken, 1); /* the same name: free again */
	submit(&shared, 2);
	CHECK_EQ(end(), before + 2);
	CHECK_EQ(refused.job.result, BSYNC_INVALID);
	CHECK_EQ(taken.job.result, BSYNC_OK);
	/* In company a refusal is the job's own affair: what it did stands. */
	CHECK_EQ(shared.job.result, BSYNC_INVALID);
	CHECK_EQ(shared.runs, 1);
}

static void wait_thread(void *argument)
{
	struct adding *adding = argument;

	adding->job.run = add;
	adding->fails_with = bsync_writer_thread_run(writer, &adding->job);
}

TEST(a_thread_can_wait_for_its_job)
{
	struct adding jobs[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
	uv_thread_t threads[4];
	int64_t before;

	begin();
	before = (int64_t)bsync_store_position(store).counter;
	for (int i = 0; i < 4; i++)
		CHECK_EQ(uv_thread_create(&threads[i], wait_thread, &jobs[i]), 0);
	for (int i = 0; i < 4; i++) {
		uv_thread_join(&threads[i]);
		CHECK_EQ(jobs[i].fails_with, BSYNC_OK);
	}
	CHECK_EQ(end(), before + 4);
}

static void stop_timer(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

TEST(a_lazy_job_waits_for_company_but_not_for_ever)
{
	struct adding lazy = {.job = {.is_lazy = true}};
	uv_timer_t timer;

	begin();
	uv_timer_init(&loop, &timer);
	submit(&lazy, 1);
	uv_timer_start(&timer, stop_timer, 60, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(lazy.answered_as, 0);
	uv_timer_start(&timer, stop_timer, 2000, 0);
	while (lazy.answered_as == 0 && uv_is_active((uv_handle_t *)&timer))
		uv_run(&loop, UV_RUN_ONCE);
	CHECK_EQ(lazy.answered_as, 1);
	uv_close((uv_handle_t *)&timer, NULL);
	end();
}
