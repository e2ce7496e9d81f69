/* city: what a contact, a change and a change of who may hold what cost in the store of a whole city, beside a small one.
 *
 * Both are stores of the Utrecht schema in files, without a network (town.h), in which the worker who is measured holds as much.
 * What is measured is done in both in turn.  Times are of the processor: others may use the machine.  A step is one
 * instruction of SQLite's machine.  BENCH_ROWS_MAX=100000 makes the city smaller. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client-sdk/store/device.h"
#include "core/frame.h"
#include "core/identity.h"
#include "daemon/store/view_internal.h"
#include "daemon/store/writer.h"
#include "tests/support/bench.h"
#include "tests/support/town.h"

#define MUST(call) must(call, #call)

enum {
	CITY_DOSSIERS = 42000,
	CITY_WORKERS = 3000,
	CITY_DEVICES = 3750,
	SMALL_DOSSIERS = 600,
	SMALL_WORKERS = 40,
	SMALL_DEVICES = 50,
	ROUNDS = 15,
	FIRST_ROUNDS = 5,
	TEXT_SIZE = 500,
	FRAMES_MAX = 64 << 20,
	ARENA_MAX = 64 << 20
};

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "city: %s: %s\n", what, bsync_result_text(result));
	exit(1);
}

/* --- Cost --- */

static uint64_t steps;

static int step_count(void *context)
{
	(void)context;
	steps++;
	return 0;
}

static double cpu_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Counts slow down what they count: they are made in a round of their own. */
static void steps_watch(struct town *town, bool is_watched)
{
	steps = 0;
	sqlite3_progress_handler(town->scene.store->base.db.handle, is_watched, step_count, NULL);
	sqlite3_progress_handler(town->scene.view->base.db.handle, is_watched, step_count, NULL);
}

/* --- What is measured --- */

/* Everything that a pull of this request gives. */
static struct bsync_position pull(struct town *town, const struct bsync_pull_request *request,
				  struct bsync_buffer *frames)
{
	struct bsync_pull *pull = NULL;
	bool is_done = false;
	frames->size = 0;
	MUST(bsync_view_pull_begin(town->scene.view, request, &pull));
	while (!is_done)
		MUST(bsync_pull_next(pull, 1 << 20, frames, &is_done));
	const struct bsync_position position = bsync_pull_position(pull);
	bsync_pull_free(pull);
	return position;
}

/* HELLO, a pull, CONFIRM. */
static void contact(struct town *town, struct scene_device *device, struct bsync_buffer *frames)
{
	struct scene *scene = &town->scene;
	const struct bsync_store_facts *facts = bsync_store_facts(scene->store);
	struct bsync_device row;
	struct bsync_line_state line;
	struct bsync_lives lives;
	struct bsync_hello hello = {.organisation = facts->organisation,
				    .cursor = device->cursor,
				    .incarnation = facts->incarnation,
				    .schema_version = bsync_store_schema(scene->store)->version,
				    .line = device->line,
				    .last_seq = device->seq,
				    .durable_seq = device->seq,
				    .chain = device->hash};
	memcpy(hello.incarnation_id, facts->incarnation_id, sizeof hello.incarnation_id);
	MUST(bsync_view_device(scene->view, &device->id, &row));
	MUST(bsync_view_meet(scene->view, &device->id, &hello, &line));
	MUST(bsync_view_lives(scene->view, &hello, &lives));
	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_heartbeat(scene->store, &device->id, &hello, scene->now_ms));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
	const struct bsync_pull_request request = {.device = device->id,
						   .worker = device->worker,
						   .cursor = device->cursor,
						   .line = device->line,
						   .own_seq = device->seq,
						   .schema_version = hello.schema_version,
						   .now_ms = scene->now_ms};
	device->cursor = pull(town, &request, frames);
	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_confirm(scene->store, &device->id, device->cursor, scene->now_ms));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
}

static void push(struct town *town, struct scene_device *device, const struct scene_set *set)
{
	MUST(bsync_store_group_begin(town->scene.store));
	town_take_in(town, device, set);
	MUST(bsync_store_group_commit(town->scene.store, &town->scene.touched));
}

/* The measured worker's device, and a second one of that worker. */
static struct scene_device *first_of(struct town *town)
{
	return &town->devices[0];
}

static struct scene_device *second_of(struct town *town)
{
	return &town->devices[town->workers];
}

/* What the first device hands in in this round. */
static struct scene_set handed_in;

static void goal_say(char text[TEXT_SIZE], uint32_t round)
{
	snprintf(text, TEXT_SIZE, "update doel #g%u.0 volgorde=%u", round % TOWN_HELD, 10 + round);
}

static void nothing_make(struct town *town, uint32_t round)
{
	(void)town;
	(void)round;
}

static void change_come(struct town *town, uint32_t round)
{
	char text[TEXT_SIZE];
	goal_say(text, round);
	struct scene_set set = scene_make(&town->scene, second_of(town), text);
	push(town, second_of(town), &set);
	scene_set_free(&set);
}

static void change_make(struct town *town, uint32_t round)
{
	char text[TEXT_SIZE];
	goal_say(text, TOWN_HELD / 2 + round);
	handed_in = scene_make(&town->scene, first_of(town), text);
}

/* A colleague of another team thinks along. */
static void guest_make(struct town *town, uint32_t round)
{
	uint32_t worker = town->workers - 1 - round;
	char text[TEXT_SIZE], id[TOWN_HEX_SIZE];
	bsync_id_text(town->people[worker].bytes, id);
	snprintf(text, sizeof text,
		 "insert betrokkenheid #guest%u dossier_id=#d%u medewerker_id=x'%s' team_id=x'%s' rol=meekijker"
		 " basis=eigen_taak vanaf=2025-01-01 status=actief",
		 round, round, id, town->teams[worker / TOWN_TEAM]);
	handed_in = scene_make(&town->scene, first_of(town), text);
}

static void guest_end(struct town *town, uint32_t round)
{
	char text[TEXT_SIZE];
	snprintf(text, sizeof text, "update betrokkenheid #guest%u status=beeindigd", round);
	handed_in = scene_make(&town->scene, first_of(town), text);
}

static void household_make(struct town *town, uint32_t round)
{
	handed_in = town_dossier(town, town->dossiers + round, 0);
}

/* Somebody goes to the first worker's team.  The two stores take turns. */
static void mover_go(struct town *town, struct bsync_buffer *frames)
{
	static uint32_t moved;
	struct scene *scene = &town->scene;
	const struct bsync_worker_id *worker = &town->people[town->workers - 1 - moved++ / 2];
	frames->size = 0;
	MUST(bsync_store_group_begin(scene->store));
	MUST(bsync_store_worker_move(scene->store, worker, town->teams[0], scene->now_ms));
	MUST(bsync_store_group_commit(scene->store, &scene->touched));
}

static void contact_run(struct town *town, struct bsync_buffer *frames)
{
	contact(town, first_of(town), frames);
}

static void push_run(struct town *town, struct bsync_buffer *frames)
{
	frames->size = handed_in.plain.size;
	push(town, first_of(town), &handed_in);
	scene_set_free(&handed_in);
}

static const struct measure {
	const char *name;
	void (*prepare)(struct town *town, uint32_t round);
	void (*run)(struct town *town, struct bsync_buffer *frames);
} measures[] = {
	{"reconnect", nothing_make, contact_run}, {"pull_one", change_come, contact_run},
	{"push_one", change_make, push_run},      {"guest_comes", guest_make, push_run},
	{"guest_goes", guest_end, push_run},      {"new_dossier", household_make, push_run},
	{"worker_moves", nothing_make, mover_go},
};

static void print(const char *name, const char *what, double value, const char *unit)
{
	char line[100];
	snprintf(line, sizeof line, "city_%s%s", name, what);
	bench_print(line, value, unit);
}

/* The first round counts steps. */
static void measure(const struct measure *measure, struct town *towns[2], struct bsync_buffer *frames)
{
	double times[2][ROUNDS], counts[2], sizes[2];
	uint32_t scopes[2];
	for (uint32_t round = 0; round <= ROUNDS; round++) {
		for (int i = 0; i < 2; i++) {
			measure->prepare(towns[i], round);
			steps_watch(towns[i], round == 0);
			double began = cpu_us();
			measure->run(towns[i], frames);
			if (round > 0)
				times[i][round - 1] = cpu_us() - began;
			else
				counts[i] = (double)steps;
			sizes[i] = (double)frames->size;
			scopes[i] = towns[i]->scene.touched.scope_count;
		}
	}
	double small = bench_median(times[0], ROUNDS), city = bench_median(times[1], ROUNDS);
	print(measure->name, "", city, "us");
	print(measure->name, "_against_small", city / small, "ratio");
	print(measure->name, "_steps", counts[1], "steps");
	print(measure->name, "_steps_against_small", counts[1] / counts[0], "ratio");
	if (measure->run != contact_run)
		print(measure->name, "_scopes", scopes[1], "scopes");
	else
		print(measure->name, "_bytes", sizes[1], "bytes");
	if (measure->run == contact_run && sizes[0] != sizes[1])
		fprintf(stderr, "city: %s takes %.0f bytes, and %.0f in the small store\n", measure->name, sizes[1],
			sizes[0]);
	if (scopes[0] != scopes[1])
		fprintf(stderr, "city: %s touches %u scopes, and %u in the small store\n", measure->name, scopes[1],
			scopes[0]);
}

/* --- The first sync --- */

static void read_clock(void *context, struct bsync_clock_reading *reading)
{
	(void)context;
	*reading = (struct bsync_clock_reading){.wall_ms = SCENE_NOW_MS, .uptime_ms = 60000, .boot = 1};
}

static struct bsync_file *device_make(struct town *town, const char *path)
{
	static struct bsync_schema_text texts[64];
	const struct bsync_store_facts *facts = bsync_store_facts(town->scene.store);
	const struct bsync_schema_source *source = bsync_store_schema_source(town->scene.store);
	const struct bsync_surroundings surroundings = {.random = town->scene.random, .clock = read_clock};
	const struct bsync_schema_files schema = {.version = bsync_store_schema(town->scene.store)->version,
						  .dictionary = source->dictionary,
						  .count = (uint32_t)source->file_count,
						  .files = texts};
	struct bsync_enrolled enrolled = {.device = first_of(town)->id,
					  .worker = first_of(town)->worker,
					  .organisation = facts->organisation,
					  .organisation_name = bsync_bytes_of_string("Buurt"),
					  .worker_name = bsync_bytes_of_string("worker 0"),
					  .certificate = bsync_bytes_of_string("certificate"),
					  .ca = bsync_bytes_of_string("ca"),
					  .incarnation = facts->incarnation,
					  .server_ms = SCENE_NOW_MS,
					  .schema_version = schema.version};
	struct bsync_signing_key *key = NULL;
	struct bsync_buffer der;
	struct bsync_file *file = NULL;
	for (uint32_t i = 0; i < schema.count; i++)
		texts[i] = (struct bsync_schema_text){bsync_bytes_of_string(source->files[i].name),
						      source->files[i].sql};
	memcpy(enrolled.seal_key, facts->seal_public, sizeof enrolled.seal_key);
	bsync_buffer_init(&der, 1000);
	MUST(bsync_signing_key_make(&town->scene.random, &key));
	MUST(bsync_signing_key_export(key, &der));
	const struct bsync_file_birth birth = {.enrolled = &enrolled,
					       .schema = &schema,
					       .private_key = bsync_buffer_bytes(&der),
					       .address = "localhost:1"};
	MUST(bsync_file_create(path, &birth, &surroundings));
	MUST(bsync_file_open(path, &surroundings, &file));
	bsync_signing_key_free(key);
	bsync_buffer_wipe(&der);
	return file;
}

/* Gives the frames to the device; returns how many rows came. */
static uint64_t device_take(struct bsync_file *file, struct bsync_bytes frames)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows;
	uint64_t count = 0;
	bool has_shown;
	bsync_arena_init(&arena, ARENA_MAX);
	bsync_frame_reader_init(&reader);
	for (size_t at = 0; at < frames.size; at += BSYNC_FRAME_FEED_MAX) {
		size_t size = frames.size - at < BSYNC_FRAME_FEED_MAX ? frames.size - at : BSYNC_FRAME_FEED_MAX;
		MUST(bsync_frame_reader_feed(&reader, (struct bsync_bytes){frames.data + at, size}));
		while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK) {
			if (frame.kind == BSYNC_MESSAGE_SCOPES)
				MUST(bsync_file_scopes(file, frame.payload));
			else if (frame.kind == BSYNC_MESSAGE_PULL_END)
				MUST(bsync_file_pull_end(file, frame.payload, &has_shown));
			else if (frame.kind == BSYNC_MESSAGE_ROWS) {
				MUST(bsync_file_rows(file, frame.payload));
				MUST(bsync_rows_decode(frame.payload, &arena, &rows));
				count += rows.count;
				bsync_arena_reset(&arena);
			}
		}
	}
	bsync_frame_reader_clear(&reader);
	bsync_arena_clear(&arena);
	return count;
}

/* All that the worker holds, from nothing.  Gives the microseconds that the store takes for a row. */
static double first_sync(struct town *town, const char *name, struct bsync_buffer *frames)
{
	const struct bsync_pull_request request = {.device = first_of(town)->id,
						   .worker = first_of(town)->worker,
						   .schema_version = bsync_store_schema(town->scene.store)->version,
						   .now_ms = town->scene.now_ms};
	static const char *const ends[] = {"", "-wal", "-shm"};
	double given[FIRST_ROUNDS], taken[FIRST_ROUNDS];
	uint64_t rows = 0;
	for (uint32_t round = 0; round < FIRST_ROUNDS; round++) {
		char path[BENCH_PATH_SIZE];
		snprintf(path, sizeof path, "%s/device.db", town->scene.folder);
		struct bsync_file *file = device_make(town, path);
		double began = cpu_us();
		(void)pull(town, &request, frames);
		given[round] = cpu_us() - began;
		rows = device_take(file, bsync_buffer_bytes(frames));
		taken[round] = cpu_us() - began - given[round];
		bsync_file_close(file);
		for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
			snprintf(path, sizeof path, "%s/device.db%s", town->scene.folder, ends[i]);
			(void)unlink(path);
		}
	}
	double server = bench_median(given, FIRST_ROUNDS), device = bench_median(taken, FIRST_ROUNDS);
	print(name, "_rows", (double)rows, "rows");
	print(name, "_bytes", (double)frames->size, "bytes");
	print(name, "_server", server / 1e3, "ms");
	print(name, "_device", device / 1e3, "ms");
	print(name, "_speed", (double)rows * 1e6 / (server + device), "rows/s");
	return server / (double)rows;
}

int main(void)
{
	static struct town small, city;
	struct town *towns[2] = {&small, &city};
	struct bsync_buffer frames;
	const char *text = getenv("BENCH_ROWS_MAX");
	uint64_t rows_max = text != NULL ? strtoull(text, NULL, 10) : UINT64_MAX;
	uint32_t dossiers = rows_max / TOWN_ROWS < CITY_DOSSIERS ? (uint32_t)(rows_max / TOWN_ROWS) : CITY_DOSSIERS;
	if (dossiers < 2 * SMALL_DOSSIERS)
		dossiers = 2 * SMALL_DOSSIERS;
	uint32_t workers = (uint32_t)((uint64_t)CITY_WORKERS * dossiers / CITY_DOSSIERS);
	bsync_buffer_init(&frames, FRAMES_MAX);
	town_open(&small, SMALL_DOSSIERS, SMALL_WORKERS, SMALL_DEVICES);
	town_open(&city, dossiers, workers, (uint32_t)((uint64_t)CITY_DEVICES * dossiers / CITY_DOSSIERS));
	bench_print("city_dossiers", city.dossiers, "dossiers");
	bench_print("city_devices", city.device_count, "devices");
	for (int i = 0; i < 2; i++) {
		contact(towns[i], first_of(towns[i]), &frames);
		contact(towns[i], second_of(towns[i]), &frames);
	}
	for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
		measure(&measures[i], towns, &frames);
	double alone = first_sync(&small, "first_sync_small", &frames);
	print("first_sync", "_server_row_against_small", first_sync(&city, "first_sync", &frames) / alone, "ratio");
	bsync_buffer_clear(&frames);
	town_close(&city);
	town_close(&small);
	return 0;
}
