#include "tests/fuzz/stage.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client-sdk/store/file.h"
#include "tests/fuzz/script.h"
#include "tests/support/device_store.h"
#include "tests/support/dutch.h"
#include "tests/support/nursery.h"

#define START_MS INT64_C(1790000000000)

enum { FRAMES_SIZE_MAX = 64 << 20, ARENA_SIZE_MAX = 256 << 20, PULL_BUDGET = 4000, ENROLLED = 8 };

static struct stage the_stage;
static char folder[STAGE_PATH_SIZE];
static struct bsync_session_store_facts stage_told;
static struct fault_image *store_image, *device_images[STAGE_DEVICES];

static void must(enum bsync_result result, const char *what)
{
	if (result == BSYNC_OK)
		return;
	fprintf(stderr, "stage: %s: %s\n", what, bsync_result_text(result));
	abort();
}

static int fill(void *context, uint8_t *out, size_t size)
{
	struct stage *stage = context;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)dutch_random(&stage->random);
	return 0;
}

static void read_clock(void *context, struct bsync_clock_reading *reading)
{
	const struct stage *stage = context;

	*reading = (struct bsync_clock_reading){stage->now_ms, stage->now_ms - START_MS + 60000, 1};
}

/* A signature costs more than all the rest, and nobody here looks at it: the linker gives this one. */
enum bsync_result __wrap_bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
				    uint8_t signature[BSYNC_SIGNATURE_SIZE]);
enum bsync_result __wrap_bsync_sign(const struct bsync_signing_key *key, struct bsync_bytes message,
				    uint8_t signature[BSYNC_SIGNATURE_SIZE])
{
	check(key != NULL && message.size > 0);
	memset(signature, 1, BSYNC_SIGNATURE_SIZE);
	return BSYNC_OK;
}

/* --- Places --- */

static void folder_remove(void)
{
	char path[STAGE_PATH_SIZE + 20];

	snprintf(path, sizeof path, "%s/daemon/store.lock", folder);
	unlink(path);
	snprintf(path, sizeof path, "%s/daemon", folder);
	rmdir(path);
	rmdir(folder);
}

/* The store's lock is a real file, so its folder is a real one. */
static void places_make(void)
{
	char path[STAGE_PATH_SIZE + 20];

	snprintf(folder, sizeof folder, "%s/buurtsync-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	check(mkdtemp(folder) != NULL);
	check(atexit(folder_remove) == 0);
	snprintf(path, sizeof path, "%.150s/daemon", folder);
	check(mkdir(path, 0700) == 0);
	fault_vfs_register();
	the_stage.disk = fault_disk_new(path);
	snprintf(the_stage.store_path, sizeof the_stage.store_path, "%.150s/daemon/store.db", folder);
	for (uint32_t i = 0; i < STAGE_DEVICES; i++) {
		struct stage_device *device = &the_stage.devices[i];

		device->number = i;
		device->surroundings = (struct bsync_surroundings){the_stage.chance, read_clock, &the_stage};
		snprintf(path, sizeof path, "%.150s/%u", folder, i);
		device->disk = fault_disk_new(path);
		snprintf(device->path, sizeof device->path, "%.150s/%u/device.db", folder, i);
	}
}

static void begin(void)
{
	the_stage.random = 1;
	the_stage.now_ms = START_MS;
	fault_vfs_seed(1, the_stage.now_ms);
}

/* --- What is open --- */

const struct bsync_session_store_facts *stage_facts(void)
{
	return &stage_told;
}

void stage_open_store(struct stage *stage)
{
	if (stage->store != NULL)
		return;
	must(bsync_store_open(stage->store_path, &stage->store_key, &stage->chance, &stage->store), "open the store");
}

void stage_open_device(struct stage *stage, uint32_t number)
{
	struct stage_device *device = &stage->devices[number];

	must(bsync_file_open(device->path, &device->surroundings, &device->file), "open a device's file");
}

static struct bsync_view *view_of(struct stage *stage, uint32_t number)
{
	while (stage->view_count <= number)
		must(bsync_view_open(stage->store_path, &stage->store_key, &stage->views[stage->view_count++]),
		     "open a view");
	return stage->views[number];
}

struct bsync_view *stage_view(struct stage *stage)
{
	return view_of(stage, 0);
}

struct bsync_view *stage_pull_view(struct stage *stage)
{
	return view_of(stage, 1);
}

void stage_end(struct stage *stage)
{
	while (stage->view_count > 0)
		bsync_view_close(stage->views[--stage->view_count]);
	if (stage->store != NULL)
		bsync_store_close(stage->store);
	stage->store = NULL;
	for (uint32_t i = 0; i < STAGE_DEVICES; i++) {
		bsync_file_close(stage->devices[i].file);
		stage->devices[i].file = NULL;
	}
}

/* --- Handing in and pulling --- */

enum bsync_result stage_apply(struct stage *stage, struct bsync_batch *batch, struct bsync_arena *arena,
			      struct bsync_receipts *receipts, struct bsync_touched *touched)
{
	enum bsync_result result;

	*touched = (struct bsync_touched){0};
	must(bsync_store_group_begin(stage->store), "begin");
	result = bsync_store_apply(stage->store, batch, arena, receipts);
	if (result == BSYNC_OK)
		must(bsync_store_group_commit(stage->store, touched), "commit");
	else
		bsync_store_group_rollback(stage->store);
	/* Nothing ails the disk, so nothing else can fail. */
	check(result == BSYNC_OK || result == BSYNC_UNEXPECTED || result == BSYNC_OUT_OF_ORDER);
	return result;
}

void stage_check_refusal(const struct bsync_file *file, uint8_t message, enum bsync_result result)
{
	const char *text = bsync_file_error_text(file);

	/* BSYNC_CHANGED: it is kept, and the session is at its end. */
	if (result == BSYNC_OK || result == BSYNC_CHANGED || result == BSYNC_INVALID || result == BSYNC_SCHEMA ||
	    result > 100)
		return;
	/* A value that its column cannot hold is found by SQLite. */
	if (result == BSYNC_STORAGE &&
	    (strncmp(text, "cannot store", 12) == 0 || strstr(text, "constraint failed") != NULL))
		return;
	fprintf(stderr, "stage: a device fails at %s: %s: %s\n", bsync_message_name(message), bsync_result_name(result),
		bsync_file_error_text(file));
	abort();
}

static void take_frames(struct bsync_file *file, struct bsync_bytes frames)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;

	bsync_frame_reader_init(&reader);
	must(bsync_frame_reader_feed(&reader, frames), "feed");
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK) {
		enum bsync_result result = device_store(file, frame.kind, frame.payload);

		if (result != BSYNC_OK)
			fprintf(stderr, "stage: a device refuses %s: %s\n", bsync_message_name(frame.kind),
				bsync_file_error_text(file));
		check(result == BSYNC_OK);
	}
	bsync_frame_reader_clear(&reader);
}

void stage_pull(struct stage *stage, uint32_t number)
{
	struct stage_device *device = &stage->devices[number];
	struct bsync_arena arena;
	struct bsync_hello hello;
	struct bsync_pull *pull = NULL;
	uint32_t epoch;
	bool is_done = false;

	bsync_arena_init(&arena, ARENA_SIZE_MAX);
	must(bsync_file_hello(device->file, &arena, &hello, &epoch), "hello");
	const struct bsync_pull_request request = {
		.device = device->id,
		.worker = device->worker,
		.cursor = hello.cursor,
		.line = hello.line,
		.own_seq = hello.last_seq,
		.schema_version = hello.schema_version,
		.ahead_count = hello.ahead_count,
		.ahead = hello.ahead,
		.token = 1,
		.now_ms = stage->now_ms,
	};
	must(bsync_view_pull_begin(stage_view(stage), &request, &pull), "begin a pull");
	while (!is_done) {
		struct bsync_buffer frames;

		bsync_buffer_init(&frames, FRAMES_SIZE_MAX);
		must(bsync_pull_next(pull, PULL_BUDGET, &frames, &is_done), "go on with a pull");
		take_frames(device->file, bsync_buffer_bytes(&frames));
		bsync_buffer_clear(&frames);
	}
	bsync_pull_free(pull);
	bsync_arena_clear(&arena);
}

/* --- Checks --- */

static bool see_item(void *context, const struct bsync_inbox_item *item)
{
	uint32_t *count = context;

	check(item->kind != NULL && item->table != NULL);
	*count += item->is_yours;
	return true;
}

static bool see_pending(void *context, const struct bsync_pending_row *row)
{
	uint64_t *last = context;

	check(row->seq > *last);
	*last = row->seq;
	return true;
}

static void quick_check(struct bsync_file *file)
{
	sqlite3_stmt *statement = NULL;

	check(sqlite3_prepare_v2(file->db.handle, "PRAGMA integrity_check(1)", -1, &statement, NULL) == SQLITE_OK);
	check(sqlite3_step(statement) == SQLITE_ROW);
	if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		fprintf(stderr, "stage: %s\n", (const char *)sqlite3_column_text(statement, 0));
	check(strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0);
	sqlite3_finalize(statement);
}

static void edit_goes(struct bsync_file *file)
{
	static const char *const lines[] = {
		"BEGIN",
		"INSERT OR REPLACE INTO punt(lijst, nr, tekst, aantal) VALUES('L9', 1, 'na alles', 3)",
		"UPDATE punt SET aantal = aantal + 1, tekst = 'na alles' WHERE typeof(aantal) = 'integer' AND aantal < 1000",
		"COMMIT",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		enum bsync_result result = bsync_file_exec(file, lines[i]);

		if (result != BSYNC_OK)
			fprintf(stderr, "stage: %s: %s\n", lines[i], bsync_file_error_text(file));
		check(result == BSYNC_OK);
	}
}

void stage_check_device(struct stage *stage, uint32_t number)
{
	struct bsync_file_status status;
	struct bsync_file *file = stage->devices[number].file;
	uint32_t items = 0;
	uint64_t open = 0, last = 0;

	bsync_file_pull_cut(file);
	must(bsync_file_status(file, &status), "status");
	must(bsync_file_inbox(file, see_item, &items), "inbox");
	must(bsync_file_items_open(file, &open), "open items");
	check(items <= open);
	must(bsync_file_pending(file, see_pending, &last), "pending");
	check(status.durable_seq <= status.last_seq);
	quick_check(file);
	edit_goes(file);
}

static void print_finding(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "stage: the store: %s\n", text);
}

void stage_check_store(struct stage *stage)
{
	uint32_t findings = 0;

	must(bsync_view_check(stage_view(stage), print_finding, NULL, &findings), "check");
	check(findings == 0);
	stage_open_device(stage, 1);
	stage_pull(stage, 1);
	stage_check_device(stage, 1);
}

/* --- Making it --- */

/* What device 0 writes before and after it has pulled. */
static const char *const first_work[] = {
	"INSERT INTO lijst(naam, titel) VALUES('L1', 'een')",
	"INSERT INTO lijst(naam, titel) VALUES('L2', 'twee')",
	"INSERT INTO punt VALUES('L1', 1, 'titel', 'tekst', 'eerste', NULL, 5, 5, 10, '[1,\"a\"]', 1.5, x'0102', 'vrij', 'een. twee.')",
	"INSERT INTO punt(lijst, nr, tekst, aantal) VALUES('L1', 2, 'nog een', 1), ('L2', 1, 'daar', 2)",
	"INSERT INTO kenmerk(lijst, taal, waarde) VALUES('L1', 'nl', 'ja')",
	"INSERT INTO regel(nr, lijst, tekst) VALUES(1, 'L1', 'regel')",
	"INSERT INTO logboek(id, lijst, op, tekst) VALUES(x'00112233445566778899aabbccddeeff', 'L1', 'nu', 'log')",
};
static const char *const second_work[] = {
	"UPDATE punt SET tekst = 'mijn', aantal = 12, labels = '[1,2]', hoogste = 9, verslag = 'een. drie.' WHERE lijst = 'L1' AND nr = 1",
	"UPDATE punt SET tekst = 'weer', titel = 'ook' WHERE lijst = 'L1' AND nr = 1",
	"DELETE FROM punt WHERE lijst = 'L1' AND nr = 2",
	"INSERT INTO punt(lijst, nr, tekst) VALUES('L2', 2, 'nieuw')",
	"UPDATE regel SET tekst = 'anders'",
};

/* Hands in everything that device 0 has sealed, as its file opens it again. */
static void hand_in(struct stage_device *device)
{
	struct bsync_file_status status;
	struct bsync_arena arena;
	struct bsync_buffer payload;

	bsync_arena_init(&arena, ARENA_SIZE_MAX);
	must(bsync_file_status(device->file, &status), "status");
	for (uint64_t seq = 1; seq <= status.last_seq; seq++) {
		struct bsync_opened opened = {.seq = seq, .stamp_ms = the_stage.now_ms};
		struct bsync_batch batch = {.device = device->id,
					    .worker = device->worker,
					    .line = device->file->sealing.line,
					    .epoch = 1,
					    .first_seq = seq,
					    .count = 1,
					    .changesets = &opened,
					    .now_ms = the_stage.now_ms};
		struct bsync_receipts receipts;
		struct bsync_touched touched;

		must(bsync_outbox_hash(device->file, seq - 1, &batch.previous), "hash");
		must(bsync_outbox_hash(device->file, seq, &opened.hash), "hash");
		must(bsync_outbox_open(device->file, seq, &arena, &opened.changeset), "open");
		must(stage_apply(&the_stage, &batch, &arena, &receipts, &touched), "apply");
		check(receipts.receipts[0].verdict == BSYNC_VERDICT_APPLIED);
		bsync_buffer_init(&payload, 1 << 20);
		must(bsync_receipts_encode(&receipts, &payload), "receipts");
		must(bsync_file_receipts(device->file, bsync_buffer_bytes(&payload)), "receipts");
		bsync_buffer_clear(&payload);
	}
	bsync_arena_clear(&arena);
}

/* More are enrolled than act, which no input sees but in the counters: the corpora hold such. */
static void copy_nursery(void)
{
	const struct nursery_plan plan = {.name = "fuzz",
					  .schema = "tests/schemas/lijst",
					  .random = 1000,
					  .now_ms = START_MS,
					  .device_count = ENROLLED};
	struct nursery nursery;

	nursery_make(&nursery, &plan);
	the_stage.store_key = nursery.store_key;
	fault_disk_put(the_stage.disk, the_stage.store_path, nursery.store.data, nursery.store.size);
	for (uint32_t i = 0; i < STAGE_DEVICES; i++) {
		const struct seedling *seedling = &nursery.devices[i];
		struct stage_device *device = &the_stage.devices[i];

		device->id = seedling->id;
		device->worker = seedling->worker;
		fault_disk_put(device->disk, device->path, seedling->file.data, seedling->file.size);
	}
	nursery_clear(&nursery);
}

static void make(void)
{
	struct stage_device *device = &the_stage.devices[0];

	the_stage.chance = (struct bsync_random){fill, &the_stage};
	places_make();
	begin();
	copy_nursery();
	begin();
	stage_open_store(&the_stage);
	stage_open_device(&the_stage, 0);
	for (size_t i = 0; i < sizeof first_work / sizeof first_work[0]; i++)
		must(bsync_file_exec(device->file, first_work[i]), first_work[i]);
	hand_in(device);
	stage_pull(&the_stage, 0);
	for (size_t i = 0; i < sizeof second_work / sizeof second_work[0]; i++)
		must(bsync_file_exec(device->file, second_work[i]), second_work[i]);
	stage_told = (struct bsync_session_store_facts){
		.organisation = bsync_store_facts(the_stage.store)->organisation,
		.incarnation = bsync_store_facts(the_stage.store)->incarnation,
		.schema_version = bsync_store_schema(the_stage.store)->version,
		.counter = bsync_store_position(the_stage.store).counter,
	};
	stage_end(&the_stage);
	store_image = fault_disk_image(the_stage.disk);
	for (uint32_t i = 0; i < STAGE_DEVICES; i++)
		device_images[i] = fault_disk_image(the_stage.devices[i].disk);
}

/* A disk that nobody has written to is as it was. */
static void restore(struct fault_disk *disk, const struct fault_image *image)
{
	if (fault_disk_count(disk, FAULT_OPS_CHANGES | FAULT_OPS(FAULT_OP_OPEN)) > 0)
		fault_disk_restore(disk, image);
	fault_disk_count_reset(disk);
}

struct stage *stage_begin(void)
{
	if (store_image == NULL)
		make();
	begin();
	restore(the_stage.disk, store_image);
	for (uint32_t i = 0; i < STAGE_DEVICES; i++)
		restore(the_stage.devices[i].disk, device_images[i]);
	return &the_stage;
}
