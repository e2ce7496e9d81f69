/* A device's file that was put back from an image: it notices, and goes on with a new line. */
#include <string.h>

#include "client-sdk/store/file.h"
#include "core/frame.h"
#include "tests/support/device_scene.h"
#include "tests/support/harness.h"

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

static const char *const three_rows =
	"INSERT INTO dossier(id, naam) VALUES(x'01', 'een'); INSERT INTO dossier(id, naam) VALUES(x'02', 'twee');"
	"INSERT INTO dossier(id, naam) VALUES(x'03', 'drie')";

struct greeting {
	struct bsync_hello hello;
	struct bsync_arena arena;
	uint32_t known_epoch;
};

static enum bsync_result greet(struct device_scene *scene, struct greeting *greeting)
{
	bsync_arena_reset(&greeting->arena);
	return bsync_file_hello(scene->file, &greeting->arena, &greeting->hello, &greeting->known_epoch);
}

static enum bsync_result welcome(struct device_scene *scene, uint64_t durable_seq, uint32_t known_epoch)
{
	const struct bsync_welcome message = {.protocol = 1,
					      .incarnation = 1,
					      .server_ms = 1767225600000,
					      .durable_seq = durable_seq,
					      .known_epoch = known_epoch};

	return bsync_file_welcome(scene->file, &message);
}

/* The same of a store that was restored from an older copy. */
static enum bsync_result welcome_anew(struct device_scene *scene, uint64_t durable_seq, uint32_t known_epoch)
{
	struct bsync_life before = {.incarnation = 1};
	const struct bsync_welcome message = {.protocol = 1,
					      .incarnation = 2,
					      .incarnation_id = {2},
					      .server_ms = 1767225600000,
					      .durable_seq = durable_seq,
					      .known_epoch = known_epoch,
					      .ancestor_count = 1,
					      .ancestors = &before};

	return bsync_file_welcome(scene->file, &message);
}

static bool is_line(const struct bsync_line_id *a, const struct bsync_line_id *b)
{
	return memcmp(a->bytes, b->bytes, BSYNC_ID_SIZE) == 0;
}

static bool is_zero(const struct bsync_digest *digest)
{
	static const struct bsync_digest zeros = {{0}};

	return memcmp(digest->bytes, zeros.bytes, BSYNC_DIGEST_SIZE) == 0;
}

enum { KINDS_SIZE = 100 };

static void add(char kinds[KINDS_SIZE], const char *word)
{
	size_t size = strlen(kinds);

	snprintf(kinds + size, KINDS_SIZE - size, "%s", word);
}

/* What OUTGOING gives: the kinds of its frames, and up to which seq. */
static const char *outgoing(struct device_scene *scene, uint64_t after_seq, uint32_t known_epoch, uint64_t *last_seq)
{
	static char kinds[KINDS_SIZE];
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_buffer frames;
	bool has_more = false;

	bsync_buffer_init(&frames, 1 << 20);
	bsync_frame_reader_init(&reader);
	kinds[0] = '\0';
	if (bsync_file_outgoing(scene->file, after_seq, known_epoch, 1 << 20, &frames, last_seq, &has_more) !=
		    BSYNC_OK ||
	    bsync_frame_reader_feed(&reader, bsync_buffer_bytes(&frames)) != BSYNC_OK)
		add(kinds, "failed ");
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK)
		add(kinds, frame.kind == BSYNC_MESSAGE_EPOCH ? "epoch " : "push ");
	if (has_more)
		add(kinds, "more");
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&frames);
	return kinds;
}

TEST(store_that_has_more_than_was_ever_made_begins_a_new_line)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_file_status status;
	struct bsync_changeset *sets = NULL;
	struct bsync_line_id old;
	uint64_t last_seq = 0;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(greeting.hello.last_seq, 3);
	old = greeting.hello.line;
	CHECK_EQ(welcome(&scene, 3, 1), BSYNC_OK);
	CHECK(!bsync_file_take_restored(scene.file));
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_CHANGED);
	CHECK(bsync_file_take_restored(scene.file));
	CHECK(!bsync_file_take_restored(scene.file));
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 0);
	CHECK_EQ(status.restored_ms, 1767225600000);

	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK(!is_line(&greeting.hello.line, &old));
	CHECK_EQ(greeting.hello.last_seq, 9);
	CHECK_EQ(greeting.hello.durable_seq, 9);
	CHECK_EQ(greeting.hello.push_count, 0);
	CHECK(is_zero(&greeting.hello.chain));
	CHECK_EQ(greeting.known_epoch, 0);
	/* The new line is opened before anything is written on it. */
	CHECK_STR(outgoing(&scene, 9, 0, &last_seq), "epoch ");
	CHECK_EQ(welcome(&scene, 9, 0), BSYNC_OK);
	RUN("UPDATE dossier SET naam = 'vier' WHERE id = x'01'");
	INTEGER("SELECT max(seq) FROM bsync_outbox", 10);
	CHECK_STR(outgoing(&scene, 9, 2, &last_seq), "push ");
	CHECK_EQ(last_seq, 10);
	CHECK(device_scene_outbox(&scene, 3, &sets, &count));
	CHECK_EQ(count, 1);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 1);
	CHECK(status.pending_bytes > 0);
	CHECK_EQ(device_scene_receipt(&scene, 10, 1, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK(!is_zero(&greeting.hello.chain));
	CHECK_EQ(welcome(&scene, 10, 2), BSYNC_OK);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}

TEST(what_is_unanswered_on_the_old_line_is_handed_in_there_first)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_file_status status;
	struct bsync_line_id old;
	uint64_t last_seq = 0;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	old = greeting.hello.line;
	/* Two are unanswered, so the session goes on with them. */
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_OK);
	CHECK(bsync_file_take_restored(scene.file));
	RUN("UPDATE dossier SET naam = 'vier' WHERE id = x'01'");
	INTEGER("SELECT max(seq) FROM bsync_outbox", 10);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.pending, 3);
	CHECK_EQ(status.last_seq, 10);
	CHECK_EQ(status.durable_seq, 1);
	CHECK_STR(outgoing(&scene, 1, 0, &last_seq), "epoch push ");
	CHECK_EQ(last_seq, 3);
	CHECK_STR(outgoing(&scene, 3, 1, &last_seq), "");
	/* Cut off, and again: it is the old line that is spoken of. */
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK(is_line(&greeting.hello.line, &old));
	CHECK_EQ(greeting.hello.last_seq, 3);
	CHECK_EQ(greeting.hello.push_count, 2);
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_OK);
	CHECK(!bsync_file_take_restored(scene.file));
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_DIGEST);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}

/* Receipts of a line that the device has left, as the store words them. */
static enum bsync_result old_receipt(struct device_scene *scene, const struct bsync_line_id *line, uint64_t seq,
				     uint64_t counter, enum bsync_verdict verdict, bool is_other)
{
	struct bsync_receipt receipt = {.counter = counter, .verdict = verdict, .reason = bsync_bytes_of_string("")};
	struct bsync_receipts receipts = {
		.line = *line, .first_seq = seq, .incarnation = 1, .count = 1, .receipts = &receipt};
	struct bsync_buffer payload;
	enum bsync_result result = BSYNC_OK;

	if (!is_other)
		result = bsync_outbox_hash(scene->file, seq, &receipts.last_hash);
	bsync_buffer_init(&payload, 10000);
	if (result == BSYNC_OK)
		result = bsync_receipts_encode(&receipts, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_receipts(scene->file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

TEST(the_last_receipt_of_the_old_line_ends_its_session)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_line_id old;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	old = greeting.hello.line;
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_OK);
	CHECK_EQ(old_receipt(&scene, &old, 1, 7, BSYNC_VERDICT_APPLIED, false), BSYNC_OK);
	CHECK_EQ(old_receipt(&scene, &old, 2, 0, BSYNC_VERDICT_QUARANTINED, false), BSYNC_OK);
	CHECK_EQ(old_receipt(&scene, &old, 3, 0, BSYNC_VERDICT_QUARANTINED, false), BSYNC_CHANGED);
	INTEGER("SELECT count(*) FROM bsync_outbox WHERE state = 2", 2);
	INTEGER("SELECT count(*) FROM dossier", 1);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK(!is_line(&greeting.hello.line, &old));
	CHECK_EQ(greeting.hello.durable_seq, 9);
	/* Placed after all: the device hears of it on whatever line it speaks of. */
	CHECK_EQ(old_receipt(&scene, &old, 2, 20, BSYNC_VERDICT_APPLIED, false), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 2", 1);
	/* What a copy handed in and the operator released is not this device's affair. */
	CHECK_EQ(old_receipt(&scene, &old, 3, 21, BSYNC_VERDICT_APPLIED, true), BSYNC_OK);
	CHECK_EQ(old_receipt(&scene, &old, 4, 22, BSYNC_VERDICT_APPLIED, true), BSYNC_OK);
	/* Also while one with that number is on its way. */
	RUN("UPDATE dossier SET naam = 'vier' WHERE id = x'01'");
	CHECK_EQ(old_receipt(&scene, &old, 10, 23, BSYNC_VERDICT_APPLIED, true), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 3", 2);
	INTEGER("SELECT count(*) FROM bsync_outbox", 4);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 10", 0);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}

TEST(another_connection_writes_on_the_new_line_at_once)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_changeset *sets = NULL;
	struct bsync_file *other = NULL;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	other = device_scene_open(&scene);
	CHECK(device_scene_run(other, "UPDATE dossier SET naam = 'vier' WHERE id = x'01'"));
	CHECK_EQ(device_scene_receipt(&scene, 4, 1, 11, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(welcome(&scene, 6, 1), BSYNC_CHANGED);
	CHECK(device_scene_run(other, "UPDATE dossier SET naam = 'vijf' WHERE id = x'01'"));
	INTEGER("SELECT max(seq) FROM bsync_outbox", 7);
	CHECK(device_scene_outbox(&scene, 4, &sets, &count));
	CHECK_EQ(count, 1);
	bsync_file_close(other);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}

TEST(store_without_the_new_line_says_how_far_it_has_the_old_one)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_line_id old;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 7, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	old = greeting.hello.line;
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_CHANGED);
	RUN("UPDATE dossier SET naam = 'vier' WHERE id = x'01'");
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 10, 1, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	/* Restored to a time before the new line: its changeset is unsent again, and the last of the old line. */
	CHECK_EQ(welcome_anew(&scene, 0, 0), BSYNC_CHANGED);
	INTEGER("SELECT group_concat(seq) = '3,10' FROM bsync_outbox WHERE state = 0", 1);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK(is_line(&greeting.hello.line, &old));
	CHECK_EQ(greeting.hello.last_seq, 3);
	CHECK_EQ(greeting.hello.durable_seq, 2);
	/* It is asked, not told, how far that life has it. */
	CHECK_EQ(greeting.hello.incarnation, 0);
	CHECK_EQ(welcome_anew(&scene, 1, 1), BSYNC_OK);
	INTEGER("SELECT group_concat(seq) = '2,3,10' FROM bsync_outbox WHERE state = 0", 1);
	CHECK_EQ(old_receipt(&scene, &old, 2, 12, BSYNC_VERDICT_APPLIED, false), BSYNC_OK);
	CHECK_EQ(old_receipt(&scene, &old, 3, 13, BSYNC_VERDICT_APPLIED, false), BSYNC_CHANGED);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(greeting.hello.last_seq, 10);
	CHECK_EQ(greeting.hello.durable_seq, 9);
	CHECK_EQ(greeting.hello.incarnation, 2);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}

TEST(numbers_between_two_lines_are_of_no_changeset)
{
	struct device_scene scene;
	struct greeting greeting = {0};
	struct bsync_changeset *sets = NULL;
	uint32_t count = 0;

	CHECK(device_scene_make(&scene));
	bsync_arena_init(&greeting.arena, 1 << 20);
	RUN(three_rows);
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(welcome(&scene, BSYNC_COUNTER_MAX, 1), BSYNC_MALFORMED);
	CHECK(!bsync_file_take_restored(scene.file));
	CHECK_EQ(greet(&scene, &greeting), BSYNC_OK);
	CHECK_EQ(greeting.hello.last_seq, 3);
	CHECK_EQ(welcome(&scene, 9, 1), BSYNC_OK);
	RUN("UPDATE dossier SET naam = 'vier' WHERE id = x'02'");
	/* The old ones still open, on their own line and chain. */
	CHECK(device_scene_outbox(&scene, 0, &sets, &count));
	CHECK_EQ(count, 4);
	bsync_arena_clear(&greeting.arena);
	device_scene_clear(&scene);
}
