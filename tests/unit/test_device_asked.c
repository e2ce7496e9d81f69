/* What the device asks the server of a row or of a changeset that was set aside, and what becomes of the answers. */
#include "client-sdk/store/asked.h"
#include "client-sdk/store/file.h"
#include "tests/support/device_pull.h"
#include "tests/support/harness.h"

enum { DOSSIER = 2, NAAM = 2, STATUS = 3, FRAMES_MAX = 1 << 16 };

static const uint8_t one = 1;

#define RUN(sql) CHECK(device_scene_run(scene.file, sql))
#define TEXT(sql, expected) CHECK_STR(device_scene_text(scene.file, sql), expected)
#define INTEGER(sql, expected) CHECK_EQ(device_scene_integer(scene.file, sql), expected)

static struct bsync_value key_of(const uint8_t *byte)
{
	return bsync_value_blob((struct bsync_bytes){byte, 1});
}

/* A version by worker 0x22, on device 0xd2. */
static struct bsync_past past(uint32_t column_no, const char *text, uint64_t counter, uint64_t replaced)
{
	struct bsync_past past = {.column_no = column_no,
				  .variant = {.dot = {.seq = counter},
					      .device_ms = 5,
					      .stamp_ms = 6,
					      .counter = counter,
					      .value = bsync_value_text(bsync_bytes_of_string(text))},
				  .replaced_counter = replaced};
	memset(past.variant.dot.device.bytes, 0xd2, BSYNC_ID_SIZE);
	memset(past.variant.author.bytes, 0x22, BSYNC_ID_SIZE);
	memset(past.replaced_by.bytes, 0x22, BSYNC_ID_SIZE);
	return past;
}

static struct bsync_holder holder(uint8_t worker, uint32_t face_no, uint64_t counter)
{
	struct bsync_holder holder = {.face_no = face_no, .counter = counter};
	memset(holder.worker.bytes, worker, BSYNC_ID_SIZE);
	return holder;
}

static enum bsync_result answer(struct device_scene *scene, const struct bsync_history *history)
{
	struct bsync_buffer payload;
	bsync_buffer_init(&payload, FRAMES_MAX);
	enum bsync_result result = bsync_history_encode(history, &payload);
	if (result == BSYNC_OK)
		result = bsync_file_answer(scene->file, bsync_buffer_bytes(&payload));
	bsync_buffer_clear(&payload);
	return result;
}

/* Asks of dossier 1 and answers: naam was Jan and is Jansen, written by 0x22. */
static enum bsync_result ask_and_answer(struct device_scene *scene)
{
	const struct bsync_value key = key_of(&one);
	struct bsync_past entries[] = {past(NAAM, "Jan", 3, 9), past(NAAM, "Jansen", 9, 0)};
	struct bsync_holder holders[] = {holder(0x22, 1, 9)};
	enum bsync_result result = bsync_file_ask(scene->file, "dossier", &key, 1);
	const struct bsync_history history = {(uint64_t)scene->file->state.asked_id, 2, entries,
					      sizeof holders / sizeof holders[0], holders};
	return result == BSYNC_OK ? answer(scene, &history) : result;
}

/* The history of dossier 1 as "column value author stands, …". */
static bool note_past(void *context, const struct bsync_past_row *row)
{
	char *text = context;
	const struct bsync_value *value = &row->past->variant.value;
	size_t used = strlen(text);
	if (strcmp(row->column, "naam") == 0)
		snprintf(text + used, 400 - used, "%.*s %.4s%s, ", (int)value->as.bytes.size,
			 (const char *)value->as.bytes.data, row->author_name != NULL ? row->author_name : "?",
			 row->stands ? " stands" : "");
	return true;
}

static const char *history_of(struct device_scene *scene)
{
	static char text[400];
	const struct bsync_value key = key_of(&one);
	text[0] = '\0';
	if (bsync_file_history(scene->file, "dossier", &key, 1, note_past, text) != BSYNC_OK)
		return "(fails)";
	return text;
}

static uint32_t questions(struct device_scene *scene, uint64_t *last_id, bool *is_waiting)
{
	struct bsync_frame_reader reader;
	struct bsync_frame frame;
	struct bsync_buffer frames;
	uint32_t count = 0;
	bsync_buffer_init(&frames, FRAMES_MAX);
	bsync_frame_reader_init(&reader);
	if (bsync_file_questions(scene->file, last_id, &frames, is_waiting) != BSYNC_OK ||
	    bsync_frame_reader_feed(&reader, bsync_buffer_bytes(&frames)) != BSYNC_OK)
		return 1000;
	while (bsync_frame_reader_next(&reader, &frame) == BSYNC_OK)
		count++;
	bsync_frame_reader_clear(&reader);
	bsync_buffer_clear(&frames);
	return count;
}

TEST(an_answer_fills_the_history_and_is_kept_until_the_row_changes)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_STR(history_of(&scene), "Jansen ? stands, ");
	CHECK_EQ(ask_and_answer(&scene), BSYNC_OK);
	CHECK_STR(history_of(&scene), "Jan 2222, Jansen 2222 stands, ");
	/* The same value can be another's by now. */
	CHECK_EQ(pull_send_text(&scene, NAAM, "Jansen", 12), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	CHECK_STR(history_of(&scene), "Jan 2222, Jansen ? stands, ");
	/* An own edit that waits is nobody else's. */
	CHECK_EQ(ask_and_answer(&scene), BSYNC_OK);
	RUN("UPDATE dossier SET naam = 'Eigen'");
	CHECK_STR(history_of(&scene), "Jan 2222, Jansen ?, Eigen Anna stands, ");
	device_scene_clear(&scene);
}

TEST(answers_go_with_the_row_and_with_any_scope)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(ask_and_answer(&scene), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_asked WHERE answer IS NOT NULL", 1);
	CHECK_EQ(pull_scope(&scene, BSYNC_SCOPE_DROP, pull_scope_dossier(&one)), BSYNC_OK);
	CHECK_EQ(device_scene_pull_end(&scene, 12), BSYNC_OK);
	INTEGER("SELECT count(*) FROM dossier", 0);
	INTEGER("SELECT count(*) FROM bsync_asked", 0);
	INTEGER("SELECT count(*) FROM bsync_past", 0);
	/* One that was on its way when the row went is not kept. */
	CHECK_EQ(ask_and_answer(&scene), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_asked WHERE answer IS NOT NULL OR is_waiting", 0);
	INTEGER("SELECT count(*) FROM bsync_past", 0);
	device_scene_clear(&scene);
}

TEST(an_answer_that_nobody_waits_for_changes_nothing)
{
	struct device_scene scene;
	struct bsync_past entries[] = {past(NAAM, "Jan", 3, 9)};
	const struct bsync_history history = {77, 1, entries, 0, NULL};

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(answer(&scene, &history), BSYNC_OK);
	INTEGER("SELECT count(*) FROM bsync_past", 0);
	CHECK_EQ(bsync_file_answer(scene.file, bsync_bytes_of_string("x")), BSYNC_MALFORMED);
	device_scene_clear(&scene);
}

TEST(questions_go_a_few_at_a_time_and_again_in_the_next_conversation)
{
	struct device_scene scene;
	uint64_t last_id = 0, again = 0;
	bool is_waiting = false;

	CHECK(pull_scene_make(&scene));
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 0);
	CHECK(!is_waiting);
	for (uint8_t i = 1; i <= 10; i++) {
		const struct bsync_value key = key_of(&i);
		CHECK_EQ(bsync_file_ask(scene.file, "dossier", &key, 1), BSYNC_OK);
		CHECK_EQ(bsync_file_ask(scene.file, "dossier", &key, 1), BSYNC_OK);
	}
	CHECK(bsync_file_take_committed(scene.file));
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 8);
	CHECK(!is_waiting);
	CHECK_EQ(last_id, 16);
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 0);
	CHECK(is_waiting);
	CHECK_EQ(questions(&scene, &again, &is_waiting), 8);
	for (uint64_t id = 2; id <= 16; id += 2) {
		const struct bsync_history history = {id, 0, NULL, 0, NULL};
		CHECK_EQ(answer(&scene, &history), BSYNC_OK);
	}
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 2);
	CHECK_EQ(last_id, 20);
	CHECK_EQ(bsync_file_exec(scene.file, "BEGIN"), BSYNC_OK);
	const struct bsync_value key = key_of(&one);
	CHECK_EQ(bsync_file_ask(scene.file, "dossier", &key, 1), BSYNC_MISUSE);
	device_scene_clear(&scene);
}

/* Own writes to dossier 1 as "seq: workers, …". */
static bool note_own(void *context, const struct bsync_own_row *row)
{
	char *text = context;
	size_t used = strlen(text);
	used += (size_t)snprintf(text + used, 400 - used, "%d %d%s%s:", (int)row->seq, (int)row->state,
				 row->is_sent ? " sent" : "", row->asked_ms != 0 ? "" : "?");
	for (uint32_t i = 0; i < row->holder_count; i++)
		used += (size_t)snprintf(text + used, 400 - used, " %.4s", row->holders[i].name);
	snprintf(text + used, 400 - used, ", ");
	return true;
}

static const char *own_of(struct device_scene *scene)
{
	static char text[400];
	const struct bsync_value key = key_of(&one);
	text[0] = '\0';
	if (bsync_file_own(scene->file, "dossier", &key, 1, note_own, text) != BSYNC_OK)
		return "(fails)";
	return text;
}

TEST(a_write_that_a_contact_took_along_is_sent_until_it_is_answered)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'a'");
	RUN("UPDATE dossier SET naam = 'b'");
	RUN("UPDATE dossier SET naam = 'c'");
	CHECK_EQ(bsync_file_record_sent(scene.file, 0), BSYNC_OK);
	CHECK_STR(own_of(&scene), "3 0?:, 2 0?:, 1 0?:, ");
	CHECK_EQ(bsync_file_record_sent(scene.file, 2), BSYNC_OK);
	INTEGER("SELECT value FROM bsync_meta WHERE name = 'sync.sent_seq'", 2);
	CHECK_STR(own_of(&scene), "3 0?:, 2 0 sent?:, 1 0 sent?:, ");
	/* A contact that came less far. */
	CHECK_EQ(bsync_file_record_sent(scene.file, 1), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 20, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_STR(own_of(&scene), "3 0?:, 2 0 sent?:, 1 1?:, ");
	device_scene_clear(&scene);
}

TEST(a_write_is_on_the_devices_that_have_all_its_cells_at_its_position)
{
	struct device_scene scene;
	const struct bsync_value key = key_of(&one);

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'a'");
	RUN("UPDATE dossier SET status = 'b'");
	RUN("UPDATE dossier SET naam = 'c', lokaal = 'd'");
	RUN("UPDATE dossier SET naam = 'e'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 3, 20, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	CHECK_STR(own_of(&scene), "4 0?:, 3 1?:, 2 1?:, 1 1?:, ");
	CHECK_EQ(bsync_file_ask(scene.file, "dossier", &key, 1), BSYNC_OK);
	/* 0x33 has all that there is, by both faces; 0x44 only names; 0x55 has not come far. */
	struct bsync_holder holders[] = {holder(0x33, 1, 22), holder(0x33, 2, 22), holder(0x44, 2, 22),
					 holder(0x55, 1, 20)};
	const struct bsync_history history = {(uint64_t)scene.file->state.asked_id, 0, NULL, 4, holders};
	CHECK_EQ(answer(&scene, &history), BSYNC_OK);
	CHECK_STR(own_of(&scene), "4 0:, 3 1: 3333 4444, 2 1: 3333, 1 1: 3333 4444 5555, ");
	device_scene_clear(&scene);
}

TEST(what_is_set_aside_can_be_tried_again_or_given_up)
{
	struct device_scene scene;
	struct bsync_file_status status;
	uint64_t last_id = 0;
	bool is_waiting = false;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'a'");
	RUN("INSERT INTO dossier(id, naam) VALUES(x'02', 'b')");
	CHECK_EQ(bsync_file_retry(scene.file, 1, false), BSYNC_NOT_FOUND);
	CHECK_EQ(device_scene_receipt(&scene, 1, 2, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	CHECK_EQ(bsync_file_retry(scene.file, 3, false), BSYNC_NOT_FOUND);
	CHECK_EQ(bsync_file_retry(scene.file, 1, false), BSYNC_OK);
	CHECK_EQ(bsync_file_retry(scene.file, 2, true), BSYNC_OK);
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 2);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	scene.reason = "given up: reden";
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	scene.reason = NULL;
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 0);
	CHECK(!is_waiting);
	CHECK_EQ(bsync_file_status(scene.file, &status), BSYNC_OK);
	CHECK_EQ(status.quarantined, 1);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 1", BSYNC_OUTBOX_QUARANTINED);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 2", BSYNC_OUTBOX_GIVEN_UP);
	/* A receipt from before does not undo it; what a store that was put back has applied is applied. */
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 2", BSYNC_OUTBOX_GIVEN_UP);
	CHECK_EQ(bsync_file_retry(scene.file, 2, false), BSYNC_NOT_FOUND);
	CHECK_EQ(device_scene_receipt(&scene, 2, 1, 30, BSYNC_VERDICT_APPLIED), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 2", BSYNC_OUTBOX_DURABLE);
	device_scene_clear(&scene);
}

TEST(the_answer_to_an_earlier_question_does_not_undo_a_giving_up)
{
	struct device_scene scene;
	uint64_t last_id = 0;
	bool is_waiting = false;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'a'");
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	CHECK_EQ(bsync_file_retry(scene.file, 1, false), BSYNC_OK);
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 1);
	CHECK_EQ(bsync_file_retry(scene.file, 1, true), BSYNC_OK);
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_UNPLACED), BSYNC_OK);
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 1);
	scene.reason = "given up: reden";
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 1", BSYNC_OUTBOX_GIVEN_UP);
	CHECK_EQ(questions(&scene, &last_id, &is_waiting), 0);
	CHECK(!is_waiting);
	device_scene_clear(&scene);
}

TEST(a_device_that_did_not_ask_learns_that_its_work_was_given_up)
{
	struct device_scene scene;

	CHECK(pull_scene_make(&scene));
	RUN("UPDATE dossier SET naam = 'a'");
	scene.reason = "given up: reden";
	CHECK_EQ(device_scene_receipt(&scene, 1, 1, 0, BSYNC_VERDICT_QUARANTINED), BSYNC_OK);
	INTEGER("SELECT state FROM bsync_outbox WHERE seq = 1", BSYNC_OUTBOX_GIVEN_UP);
	device_scene_clear(&scene);
}
