/* What a pull gives: whole rows, changed cells, pieces, and where it goes on. */
#include "core/frame.h"
#include "core/merge.h"
#include "tests/support/harness.h"
#include "tests/support/store_scene.h"

/* Two lists that both have. */
static void lists_open(struct scene_pair *pair)
{
	scene_pair_open(pair, "tests/schemas/lijst");
	scene_pair_share(pair, "insert lijst week; insert lijst maand");
}

static struct bsync_pull_request request_of(struct scene_pair *pair, const struct scene_device *device)
{
	return (struct bsync_pull_request){
		.device = device->id,
		.worker = device->worker,
		.cursor = device->cursor,
		.line = device->line,
		.own_seq = device->seq,
		.schema_version = 1,
		.now_ms = pair->scene.now_ms,
	};
}

/* Frames one behind the other, and how far they were read. */
struct frames {
	struct bsync_buffer bytes;
	size_t at;
};

/* Runs a pull to the end, or for one step of `budget` bytes; keeps the frames. */
static enum bsync_result pull_frames(struct scene_pair *pair, const struct bsync_pull_request *request, size_t budget,
				     bool is_one, struct frames *frames)
{
	struct bsync_pull *pull = NULL;
	bool is_done = false;
	enum bsync_result result = bsync_view_pull_begin(pair->scene.view, request, &pull);

	*frames = (struct frames){0};
	bsync_buffer_init(&frames->bytes, 64 << 20);
	while (result == BSYNC_OK && !is_done) {
		result = bsync_pull_next(pull, budget, &frames->bytes, &is_done);
		if (is_one)
			break;
	}
	bsync_pull_free(pull);
	return result;
}

static bool frame_next(struct frames *frames, struct bsync_frame *frame)
{
	const uint8_t *at = frames->bytes.data + frames->at;

	if (frames->at >= frames->bytes.size)
		return false;
	frame->payload.size = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	frame->payload.data = at + BSYNC_FRAME_HEADER_SIZE;
	frame->kind = at[4];
	frames->at += BSYNC_FRAME_HEADER_SIZE + frame->payload.size;
	return true;
}

TEST(a_pull_with_nothing_to_give_is_one_small_frame)
{
	struct scene_pair pair;

	lists_open(&pair);
	CHECK_STR(scene_pull(&pair.scene, &pair.bram), "");
	CHECK(scene_pull_size() < 64);
	scene_close(&pair.scene);
}

TEST(an_older_device_gets_the_schema_first)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_schema_files files;

	lists_open(&pair);
	request = request_of(&pair, &pair.bram);
	request.schema_version = 0;
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_SCHEMA);
	bsync_arena_init(&arena, 1 << 22);
	CHECK_EQ(bsync_schema_decode(frame.payload, &arena, &files), BSYNC_OK);
	CHECK_EQ(files.version, 1);
	CHECK_EQ(files.count, 1);
	bsync_arena_clear(&arena);
	bsync_buffer_clear(&frames.bytes);
	scene_close(&pair.scene);
}

/* Many rows: what is left after a cut, named in `ahead`, is exactly the rest. */
TEST(a_pull_goes_on_where_it_was_cut_off)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct frames cut;
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows = {0};
	struct bsync_ahead ahead;
	uint32_t first = 0;
	uint32_t second = 0;
	char text[2100];

	lists_open(&pair);
	for (int i = 0; i < 100; i++) {
		int at = snprintf(text, sizeof(text), "insert punt week,%d tekst=", i);

		memset(text + at, 'a', 2000);
		text[at + 2000] = '\0';
		CHECK_EQ(scene_do(&pair.scene, &pair.anna, text), BSYNC_VERDICT_APPLIED);
	}
	bsync_arena_init(&arena, 1 << 24);
	request = request_of(&pair, &pair.bram);
	CHECK_EQ(pull_frames(&pair, &request, 1, true, &cut), BSYNC_OK);
	CHECK(frame_next(&cut, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_ROWS);
	CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
	first = rows.count;
	CHECK(first > 10 && first < 100);
	CHECK_EQ(rows.rows[first - 1].counter, rows.upto);
	CHECK(frame.payload.size > 60000 && frame.payload.size < 80000);
	ahead = (struct bsync_ahead){rows.scope, rows.upto};
	request.ahead = &ahead;
	request.ahead_count = 1;
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	while (frame_next(&frames, &frame) && frame.kind == BSYNC_MESSAGE_ROWS) {
		CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
		for (uint32_t i = 0; i < rows.count; i++)
			CHECK_EQ(rows.rows[i].key[1].as.integer, first + second++);
	}
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_PULL_END);
	CHECK_EQ(first + second, 100);
	bsync_buffer_clear(&frames.bytes);
	bsync_buffer_clear(&cut.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

/* A row moves back in the order of a scope with each change: what is named as `ahead` holds other rows, and not this one. */
TEST(a_row_changed_before_and_after_a_cut_comes_with_both_changes)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct bsync_ahead ahead = {
		.scope = {.circle_no = 2, .value = bsync_value_text(bsync_bytes_of_string("week"))}};
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows = {0};

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt week,1 titel=a tekst=b; insert punt week,2 titel=a");
	scene_pull(&pair.scene, &pair.bram);
	scene_do(&pair.scene, &pair.anna, "update punt week,1 titel=c");
	ahead.counter = bsync_store_position(pair.scene.store).counter;
	scene_do(&pair.scene, &pair.anna, "update punt week,1 tekst=d");
	request = request_of(&pair, &pair.bram);
	request.ahead = &ahead;
	request.ahead_count = 1;
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_ROWS);
	CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
	CHECK_EQ(rows.count, 1);
	CHECK_EQ(rows.rows[0].kind, BSYNC_PULLED_CELLS);
	CHECK_EQ(rows.rows[0].cell_count, 2);
	bsync_buffer_clear(&frames.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

/* PROTOCOL 7.14: whoever has dropped a scope by itself has nothing of it, not what it wrote there either. */
TEST(a_scope_that_its_device_dropped_comes_whole_where_it_is_still_held)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct bsync_ahead ahead = {
		.scope = {.circle_no = 2, .value = bsync_value_text(bsync_bytes_of_string("week"))}};
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_scopes scopes = {0};
	struct bsync_rows rows = {0};

	lists_open(&pair);
	scene_do(&pair.scene, &pair.bram, "insert punt week,1 titel=a; insert punt maand,1 titel=b");
	scene_pull(&pair.scene, &pair.bram);
	request = request_of(&pair, &pair.bram);
	request.ahead = &ahead;
	request.ahead_count = 1;
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_SCOPES);
	CHECK_EQ(bsync_scopes_decode(frame.payload, &arena, &scopes), BSYNC_OK);
	CHECK_EQ(scopes.count, 1);
	CHECK_EQ(scopes.changes[0].act, BSYNC_SCOPE_ADD);
	CHECK_EQ(scopes.changes[0].until_ms, 0);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_ROWS);
	CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
	CHECK_EQ(rows.count, 2);
	CHECK_EQ(rows.rows[1].kind, BSYNC_PULLED_WHOLE);
	CHECK_EQ(rows.rows[1].cell_count, 1);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(frame.kind, BSYNC_MESSAGE_PULL_END);
	bsync_buffer_clear(&frames.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

/* One changeset of many rows: the frames before the last do not name its position as sent. */
TEST(a_position_is_named_only_when_all_of_it_was_sent)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows = {0};
	uint64_t counter = 0;
	char *text = calloc(1, 300000);
	size_t at = 0;
	int count = 0;

	lists_open(&pair);
	for (int i = 0; i < 100; i++) {
		at += (size_t)snprintf(text + at, 100, "insert punt week,%d tekst=", i);
		memset(text + at, 'a', 900);
		at += 900;
		text[at++] = ';';
	}
	CHECK_EQ(scene_do(&pair.scene, &pair.anna, text), BSYNC_VERDICT_APPLIED);
	free(text);
	counter = pair.scene.receipt.counter;
	bsync_arena_init(&arena, 1 << 24);
	request = request_of(&pair, &pair.bram);
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	while (frame_next(&frames, &frame) && frame.kind == BSYNC_MESSAGE_ROWS) {
		CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
		if (count++ == 0)
			CHECK(rows.upto < counter);
	}
	CHECK_EQ(count, 2);
	CHECK_EQ(rows.upto, counter);
	bsync_buffer_clear(&frames.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

/* Two values of 600 000 bytes do not fit in one frame. */
TEST(a_row_larger_than_a_frame_travels_in_pieces)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows = {0};
	struct bsync_cell_write cells[2] = {{.column_no = 3}, {.column_no = 4}};
	struct bsync_value key[2] = {bsync_value_text(bsync_bytes_of_string("week")), bsync_value_integer(1)};
	struct bsync_change change = {.table_no = 5, .key_count = 2, .key = key, .cell_count = 2, .cells = cells};
	struct bsync_changeset set = {.schema_version = 1, .change_count = 1, .changes = &change};
	struct scene_set made;
	char *large = malloc(600001);
	int count = 0;

	lists_open(&pair);
	memset(large, 'a', 600000);
	large[600000] = '\0';
	cells[0].value = bsync_value_text(bsync_bytes_of_string(large));
	cells[1].value = cells[0].value;
	made = scene_make(&pair.scene, &pair.anna, "insert punt week,1");
	made.plain.size = 0;
	CHECK_EQ(bsync_changeset_encode(&set, &made.plain), BSYNC_OK);
	CHECK_EQ(scene_hand_in(&pair.scene, &pair.anna, &made), BSYNC_OK);
	CHECK_EQ(pair.scene.receipt.verdict, BSYNC_VERDICT_APPLIED);
	scene_set_free(&made);
	free(large);
	bsync_arena_init(&arena, 1 << 24);
	request = request_of(&pair, &pair.bram);
	CHECK_EQ(pull_frames(&pair, &request, 1 << 22, false, &frames), BSYNC_OK);
	while (frame_next(&frames, &frame) && frame.kind == BSYNC_MESSAGE_ROWS) {
		CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
		CHECK_EQ(rows.count, 1);
		CHECK_EQ(rows.rows[0].kind, count++ == 0 ? BSYNC_PULLED_WHOLE : BSYNC_PULLED_CELLS);
		CHECK_EQ(rows.rows[0].cell_count, 1);
	}
	CHECK_EQ(count, 2);
	bsync_buffer_clear(&frames.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

TEST(a_conflict_has_the_same_id_where_it_is_computed_from_what_travels)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct frames frames;
	struct bsync_frame frame;
	struct bsync_arena arena;
	struct bsync_rows rows = {0};
	struct bsync_dot dots[2];
	uint8_t id[16];
	char text[BSYNC_ID_TEXT_SIZE];

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt week,1 tekst=een");
	scene_do(&pair.scene, &pair.bram, "insert punt week,1 tekst=twee");
	request = request_of(&pair, &pair.bram);
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(pull_frames(&pair, &request, 1 << 20, false, &frames), BSYNC_OK);
	CHECK(frame_next(&frames, &frame));
	CHECK_EQ(bsync_rows_decode(frame.payload, &arena, &rows), BSYNC_OK);
	CHECK_EQ(rows.rows[0].cells[0].variant_count, 2);
	for (int i = 0; i < 2; i++)
		dots[i] = rows.rows[0].cells[0].variants[1 - i].dot;
	bsync_conflict_id(5, rows.rows[0].key, 2, rows.rows[0].cells[0].column_no, 2, dots, id);
	bsync_id_text(id, text);
	CHECK_STR(scene_sql(&pair.scene, "SELECT lower(hex(id)) FROM bsync_conflict"), text);
	CHECK(memcmp(rows.rows[0].cells[0].variants[0].author.bytes, pair.bram.worker.bytes, 16) == 0);
	bsync_buffer_clear(&frames.bytes);
	bsync_arena_clear(&arena);
	scene_close(&pair.scene);
}

TEST(a_pull_sees_one_snapshot_whatever_is_written_meanwhile)
{
	struct scene_pair pair;
	struct bsync_pull_request request;
	struct bsync_pull *pull = NULL;
	struct bsync_buffer frames;
	bool is_done = false;

	lists_open(&pair);
	scene_do(&pair.scene, &pair.anna, "insert punt week,1 titel=een");
	request = request_of(&pair, &pair.bram);
	CHECK_EQ(bsync_view_pull_begin(pair.scene.view, &request, &pull), BSYNC_OK);
	{
		struct bsync_view *other = pair.scene.view;

		CHECK_EQ(bsync_view_open(pair.scene.path, &pair.scene.key, &pair.scene.view), BSYNC_OK);
		scene_do(&pair.scene, &pair.anna, "insert punt week,2 titel=twee; delete punt week,1");
		bsync_view_close(pair.scene.view);
		pair.scene.view = other;
	}
	bsync_buffer_init(&frames, 1 << 20);
	CHECK_EQ(bsync_pull_next(pull, 1 << 20, &frames, &is_done), BSYNC_OK);
	CHECK(is_done);
	CHECK(memmem(frames.data, frames.size, "een", 3) != NULL);
	CHECK(memmem(frames.data, frames.size, "twee", 4) == NULL);
	bsync_buffer_clear(&frames);
	bsync_pull_free(pull);
	scene_close(&pair.scene);
}

TEST(a_suspicious_key_opens_nothing)
{
	struct scene_pair pair;
	struct bsync_store *store = NULL;
	struct bsync_key wrong = {{1}};

	lists_open(&pair);
	CHECK_EQ(bsync_store_open(pair.scene.path, &pair.scene.key, &pair.scene.random, &store), BSYNC_BUSY);
	bsync_store_close(pair.scene.store);
	CHECK_EQ(bsync_store_open(pair.scene.path, &wrong, &pair.scene.random, &store), BSYNC_KEY);
	CHECK_EQ(bsync_store_open(pair.scene.path, &pair.scene.key, &pair.scene.random, &pair.scene.store), BSYNC_OK);
	scene_close(&pair.scene);
}

TEST(three_devices_end_alike_whatever_the_order_of_arrival)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	char first[8192];

	for (int n = 0; n < 6; n++) {
		struct scene_pair pair;
		struct scene_device devices[3];
		struct scene_set sets[3];

		lists_open(&pair);
		scene_do(&pair.scene, &pair.anna,
			 "insert punt week,1 titel=nul tekst=nul eerste=nul hoogste=1 laagste=9 aantal+=1 labels+{a}");
		scene_worker(&pair.scene, "cees", "Zuid");
		devices[0] = pair.anna;
		devices[1] = pair.bram;
		devices[2] = scene_device(&pair.scene, "cees");
		for (int i = 0; i < 3; i++)
			scene_pull(&pair.scene, &devices[i]);
		sets[0] = scene_make(
			&pair.scene, &devices[0],
			"update punt week,1 titel=a tekst=a hoogste=5 aantal+=2 labels-{a}; insert punt week,2 titel=a");
		sets[1] = scene_make(
			&pair.scene, &devices[1],
			"update punt week,1 titel=b tekst=b laagste=3 aantal+=4 labels+{b}; insert punt week,2 titel=b");
		sets[2] = scene_make(
			&pair.scene, &devices[2],
			"update punt week,1 titel=c tekst=a hoogste=4 laagste=4 aantal+=8 labels+{a}; delete punt week,2");
		for (int i = 0; i < 3; i++)
			CHECK_EQ(scene_hand_in(&pair.scene, &devices[orders[n][i]], &sets[orders[n][i]]), BSYNC_OK);
		CHECK_STR(scene_check(&pair.scene), "");
		if (n == 0) {
			snprintf(
				first, sizeof(first), "%s",
				scene_sql(
					&pair.scene,
					"SELECT group_concat(nr||titel||coalesce(tekst,'-')||coalesce(hoogste,'-')||coalesce(laagste,'-')||"
					"coalesce(aantal,'-')||coalesce(labels,'-')) FROM (SELECT * FROM punt ORDER BY nr)"));
		} else {
			CHECK_STR(
				scene_sql(
					&pair.scene,
					"SELECT group_concat(nr||titel||coalesce(tekst,'-')||coalesce(hoogste,'-')||coalesce(laagste,'-')||"
					"coalesce(aantal,'-')||coalesce(labels,'-')) FROM (SELECT * FROM punt ORDER BY nr)"),
				first);
		}
		for (int i = 0; i < 3; i++)
			scene_set_free(&sets[i]);
		scene_close(&pair.scene);
	}
}
