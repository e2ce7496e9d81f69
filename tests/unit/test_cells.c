/* test_cells.c: the bytes beside a row: small, canonical, and safe to read whatever they are. */
#include "core/cells.h"

#include "tests/support/cells_fixture.h"

TEST(fresh_row_costs_at_most_twenty_bytes)
{
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	printf("# %zu bytes\n", fixture.bytes.size);
	CHECK(fixture.bytes.size <= 20);
	tear_down(&fixture);
}

TEST(fresh_row_has_the_bytes_of_the_format)
{
	/* One entry; line 12; seq 345; counter 123456 twice; stamp 189388800000 ms after 2020, twice; face 0; scope 4321. */
	static const uint8_t expected[] = {0x01, 0x0c, 0xd9, 0x02, 0x80, 0x89, 0x0f, 0x80,
					   0x80, 0x9e, 0x87, 0x83, 0x0b, 0x00, 0xe1, 0x21};
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	CHECK_BYTES(fixture.bytes.data, fixture.bytes.size, expected, sizeof(expected));
	tear_down(&fixture);
}

TEST(fresh_row_stands_by_its_birth)
{
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	CHECK_EQ(fixture.cells.cell_count, COLUMNS - 2);
	CHECK_EQ(fixture.cells.changed, born.counter);
	CHECK_EQ(fixture.cells.entry_count, 1);
	CHECK_EQ(fixture.cells.entries[0].scope, 4321);
	CHECK_EQ(fixture.cells.entries[0].counter, born.counter);
	for (uint32_t i = LWW; i < COLUMNS; i++) {
		struct bsync_cell *cell = bsync_cells_find(&fixture.cells, i);

		CHECK(cell != NULL);
		CHECK_EQ(cell->count, i == SET ? 2 : 1);
		CHECK_EQ(cell->changed, born.counter);
		CHECK_EQ(cell->standing[0].version.seq, 345);
		CHECK_EQ(cell->standing[0].version.stamp_ms, STAMP);
		CHECK_EQ(cell->standing[0].is_unwritten, fixture.row[i].kind == BSYNC_NULL);
	}
	CHECK(bsync_value_equal(&bsync_cells_find(&fixture.cells, KEEP)->standing[0].value, &fixture.row[KEEP]));
	CHECK(bsync_cells_find(&fixture.cells, KEY) == NULL);
	CHECK(bsync_cells_find(&fixture.cells, HOME) == NULL);
	CHECK(bsync_cells_find(&fixture.cells, COLUMNS) == NULL);
	tear_down(&fixture);
}

TEST(fresh_row_read_and_written_is_the_same_bytes)
{
	struct fixture fixture;
	uint8_t before[32];
	size_t size = 0;

	set_up(&fixture);
	new_row(&fixture);
	size = fixture.bytes.size;
	memcpy(before, fixture.bytes.data, size);
	CHECK(goes_round(&fixture));
	CHECK_BYTES(fixture.bytes.data, fixture.bytes.size, before, size);
	tear_down(&fixture);
}

TEST(fresh_row_is_known_without_the_row)
{
	struct bsync_entry entries[BSYNC_CELLS_NEW_ENTRIES_MAX];
	struct bsync_version version;
	struct fixture fixture;
	uint32_t count = 0;

	set_up(&fixture);
	new_row(&fixture);
	CHECK(bsync_cells_decode_new(bsync_buffer_bytes(&fixture.bytes), &version, &count, entries));
	CHECK_EQ(version.line, born.line);
	CHECK_EQ(version.seq, born.seq);
	CHECK_EQ(version.counter, born.counter);
	CHECK_EQ(version.stamp_ms, born.stamp_ms);
	CHECK_EQ(count, 1);
	CHECK_EQ(entries[0].face, 0);
	CHECK_EQ(entries[0].scope, 4321);
	CHECK_EQ(entries[0].counter, born.counter);
	for (size_t size = 0; size < fixture.bytes.size; size++)
		CHECK(!bsync_cells_decode_new((struct bsync_bytes){fixture.bytes.data, size}, &version, &count,
					      entries));
	tear_down(&fixture);
}

TEST(row_with_a_story_is_not_fresh)
{
	struct bsync_entry entries[BSYNC_CELLS_NEW_ENTRIES_MAX];
	struct bsync_entry later = {1, 5, born.counter + 1};
	struct bsync_version version;
	struct fixture fixture;
	uint32_t count = 0;

	set_up(&fixture);
	for (int story = 0; story < 6; story++) {
		fixture.bytes.size = 0;
		new_row(&fixture);
		fixture.bytes.size = 0;
		if (story == 0)
			fixture.cells.has_history = true;
		else if (story == 1)
			fixture.cells.changed++;
		else if (story == 2)
			bsync_cells_find(&fixture.cells, LWW)->standing[0].version.seq++;
		else if (story == 3)
			fixture.cells.entries = &later;
		else if (story == 4)
			fixture.cells.is_copy = true;
		else
			fixture.cells.is_deleted = true;
		CHECK_EQ(bsync_cells_encode(&fixture.table, &fixture.cells, &fixture.bytes), BSYNC_OK);
		CHECK(!bsync_cells_decode_new(bsync_buffer_bytes(&fixture.bytes), &version, &count, entries));
	}
	tear_down(&fixture);
}

TEST(changed_deleted_history_and_entries_come_back)
{
	struct fixture fixture;
	struct bsync_entry entries[9];

	set_up(&fixture);
	new_row(&fixture);
	for (uint32_t i = 0; i < 9; i++)
		entries[i] = (struct bsync_entry){i % 2, 1000 + i, i == 3 ? 5 : born.counter + i % 3};
	fixture.cells.entry_count = 9;
	fixture.cells.entries = entries;
	fixture.cells.changed = 999999;
	fixture.cells.is_deleted = true;
	fixture.cells.deleted = (struct bsync_version){7, 8, 130000, INT64_MIN};
	fixture.cells.has_history = true;
	fixture.cells.is_copy = true;
	CHECK(goes_round(&fixture));
	CHECK_EQ(fixture.cells.changed, 999999);
	CHECK(fixture.cells.is_copy);
	CHECK(fixture.cells.is_deleted);
	CHECK_EQ(fixture.cells.deleted.counter, 130000);
	CHECK(fixture.cells.deleted.stamp_ms == INT64_MIN);
	CHECK(fixture.cells.has_history);
	CHECK_EQ(fixture.cells.entry_count, 9);
	for (uint32_t i = 0; i < 9; i++) {
		CHECK_EQ(fixture.cells.entries[i].face, entries[i].face);
		CHECK_EQ(fixture.cells.entries[i].scope, entries[i].scope);
		CHECK_EQ(fixture.cells.entries[i].counter, entries[i].counter);
	}
	tear_down(&fixture);
}

TEST(extreme_numbers_come_back)
{
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	fixture.cells.born = (struct bsync_version){UINT32_MAX, UINT64_MAX, UINT64_MAX, INT64_MAX};
	fixture.cells.changed = 0;
	CHECK(goes_round(&fixture));
	CHECK_EQ(fixture.cells.born.line, UINT32_MAX);
	CHECK(fixture.cells.born.seq == UINT64_MAX);
	CHECK(fixture.cells.born.counter == UINT64_MAX);
	CHECK(fixture.cells.born.stamp_ms == INT64_MAX);
	CHECK_EQ(fixture.cells.changed, 0);
	tear_down(&fixture);
}

/* Replaces a cell's versions. */
static void stand(struct fixture *fixture, uint32_t column, struct bsync_standing *standing, uint32_t count,
		  uint64_t changed)
{
	struct bsync_cell *cell = bsync_cells_find(&fixture->cells, column);

	scene_must(cell != NULL, "no such cell");
	cell->standing = standing;
	cell->count = count;
	cell->changed = changed;
}

TEST(cells_with_other_versions_come_back)
{
	struct fixture fixture;
	double real = -2.5;
	struct bsync_standing edited[] = {
		{{2, 9, 123500, STAMP + 5}, bsync_value_text(bsync_bytes_of_string("lww")), false, NULL}};
	struct bsync_standing conflict[] = {
		{{2, 9, 123500, STAMP + 5}, bsync_value_text(bsync_bytes_of_string("keep")), false, NULL},
		{{3, 1, 5, STAMP - 5}, bsync_value_null(), false, NULL},
		{{4, 1, 6, STAMP - 5}, bsync_value_integer(INT64_MIN), false, NULL},
		{{5, 1, 7, STAMP - 5}, bsync_value_real(real), false, NULL},
		{{6, 1, 8, STAMP - 5}, bsync_value_blob(bsync_bytes_of_string("")), false, NULL}};
	struct bsync_standing counts[] = {{{2, 9, 123500, STAMP + 5}, bsync_value_integer(5), false, NULL},
					  {{3, 9, 123501, STAMP + 5}, bsync_value_integer(-2), false, NULL}};
	struct bsync_standing elements[] = {
		{{2, 9, 123500, STAMP + 5}, bsync_value_integer(1), false, NULL},
		{{3, 9, 123501, STAMP + 5}, bsync_value_text(bsync_bytes_of_string("a")), false, NULL}};

	set_up(&fixture);
	new_row(&fixture);
	stand(&fixture, LWW, edited, 1, 123500);
	stand(&fixture, KEEP, conflict, 5, 123777);
	stand(&fixture, COUNTER, counts, 2, 123501);
	stand(&fixture, SET, elements, 2, 123501);
	CHECK(goes_round(&fixture));
	printf("# %zu bytes\n", fixture.bytes.size);
	CHECK_EQ(bsync_cells_find(&fixture.cells, LWW)->standing[0].version.line, 2);
	CHECK(bsync_value_equal(&bsync_cells_find(&fixture.cells, LWW)->standing[0].value, &edited[0].value));
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->count, 5);
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->changed, 123777);
	for (uint32_t i = 0; i < 5; i++) {
		struct bsync_standing *standing = &bsync_cells_find(&fixture.cells, KEEP)->standing[i];

		CHECK(bsync_value_equal(&standing->value, &conflict[i].value));
		CHECK_EQ(standing->version.counter, conflict[i].version.counter);
		CHECK_EQ(standing->version.stamp_ms, conflict[i].version.stamp_ms);
	}
	CHECK_EQ(bsync_cells_find(&fixture.cells, COUNTER)->count, 2);
	CHECK_EQ(bsync_cells_find(&fixture.cells, SET)->count, 2);
	tear_down(&fixture);
}

TEST(set_added_by_one_version_takes_its_elements_from_the_row)
{
	struct fixture fixture;
	struct bsync_standing elements[] = {
		{{2, 9, 123500, STAMP}, bsync_value_integer(1), false, NULL},
		{{2, 9, 123500, STAMP}, bsync_value_text(bsync_bytes_of_string("a")), false, NULL}};

	set_up(&fixture);
	new_row(&fixture);
	stand(&fixture, SET, elements, 2, 123500);
	CHECK(goes_round(&fixture));
	CHECK(fixture.bytes.size <= 30);
	CHECK_EQ(bsync_cells_find(&fixture.cells, SET)->count, 2);
	CHECK_EQ(bsync_cells_find(&fixture.cells, SET)->standing[1].version.line, 2);
	tear_down(&fixture);
}

TEST(emptied_set_stays_empty)
{
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	stand(&fixture, SET, NULL, 0, 123500);
	fixture.row[SET] = bsync_value_text(bsync_bytes_of_string("[]"));
	CHECK(goes_round(&fixture));
	CHECK_EQ(bsync_cells_find(&fixture.cells, SET)->count, 0);
	CHECK_EQ(bsync_cells_find(&fixture.cells, SET)->changed, 123500);
	tear_down(&fixture);
}

TEST(cleared_field_is_a_write_and_stays_one)
{
	struct fixture fixture;
	struct bsync_standing cleared = {{2, 9, 123500, STAMP}, bsync_value_null(), false, NULL};

	set_up(&fixture);
	new_row(&fixture);
	stand(&fixture, KEEP, &cleared, 1, 123500);
	fixture.row[KEEP] = bsync_value_null();
	CHECK(goes_round(&fixture));
	CHECK(!bsync_cells_find(&fixture.cells, KEEP)->standing[0].is_unwritten);
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->standing[0].version.line, 2);
	tear_down(&fixture);
}

TEST(cleared_field_of_the_write_that_begins_the_row_stays_a_write)
{
	struct fixture fixture;
	struct bsync_standing cleared = {born, bsync_value_null(), false, NULL};

	set_up(&fixture);
	new_row(&fixture);
	stand(&fixture, KEEP, &cleared, 1, born.counter);
	fixture.row[KEEP] = bsync_value_null();
	CHECK(goes_round(&fixture));
	CHECK(!bsync_cells_find(&fixture.cells, KEEP)->standing[0].is_unwritten);
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->changed, born.counter);
	tear_down(&fixture);
}

TEST(texts_keep_what_they_were_made_from)
{
	struct fixture fixture;
	const struct bsync_text_base old = {123460, bsync_value_text(bsync_bytes_of_string("old"))};
	const struct bsync_text_base none = {0, bsync_value_null()};
	struct bsync_standing texts[3] = {
		{{2, 9, 123500, STAMP}, bsync_value_text(bsync_bytes_of_string("a")), false, &old},
		{{3, 1, 123501, STAMP}, bsync_value_null(), false, &none},
		{{4, 1, 123502, STAMP}, bsync_value_text(bsync_bytes_of_string("c")), false, NULL}};
	const struct bsync_cell *cell = NULL;

	set_up(&fixture);
	fixture.columns[KEEP].rule = BSYNC_RULE_TEXT;
	new_row(&fixture);
	stand(&fixture, KEEP, texts, 3, 123502);
	CHECK(goes_round(&fixture));
	cell = bsync_cells_find(&fixture.cells, KEEP);
	CHECK_EQ(cell->count, 3);
	CHECK_EQ(cell->standing[0].base->counter, 123460);
	CHECK(bsync_value_equal(&cell->standing[0].base->value, &old.value));
	CHECK_EQ(cell->standing[1].base->value.kind, BSYNC_NULL);
	CHECK(cell->standing[2].base == NULL);
	/* Alone, with and without its base; by the row's own birth too. */
	stand(&fixture, KEEP, texts, 1, 123500);
	fixture.row[KEEP] = texts[0].value;
	CHECK(goes_round(&fixture));
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->standing[0].base->counter, 123460);
	texts[0].version = born;
	stand(&fixture, KEEP, texts, 1, born.counter);
	CHECK(goes_round(&fixture));
	CHECK_EQ(bsync_cells_find(&fixture.cells, KEEP)->standing[0].base->counter, 123460);
	texts[0].base = NULL;
	stand(&fixture, KEEP, texts, 1, born.counter);
	CHECK(goes_round(&fixture));
	CHECK(bsync_cells_find(&fixture.cells, KEEP)->standing[0].base == NULL);
	tear_down(&fixture);
}

TEST(set_that_is_none_in_the_row_is_damage)
{
	struct fixture fixture;

	set_up(&fixture);
	new_row(&fixture);
	fixture.row[SET] = bsync_value_text(bsync_bytes_of_string("[1.5]"));
	CHECK_EQ(decode(&fixture, bsync_buffer_bytes(&fixture.bytes)), BSYNC_STORAGE_CORRUPT);
	fixture.row[SET] = bsync_value_null();
	fixture.row[COUNTER] = bsync_value_text(bsync_bytes_of_string("3"));
	CHECK_EQ(decode(&fixture, bsync_buffer_bytes(&fixture.bytes)), BSYNC_STORAGE_CORRUPT);
	tear_down(&fixture);
}

TEST(too_many_versions_are_refused_and_nothing_is_written)
{
	struct fixture fixture;
	struct bsync_standing *many = calloc(BSYNC_STANDING_MAX, sizeof(*many));

	scene_must(many != NULL, "no memory");
	set_up(&fixture);
	new_row(&fixture);
	for (uint32_t i = 0; i < BSYNC_STANDING_MAX; i++)
		many[i] = (struct bsync_standing){{i + 1, 1, 1, 1}, bsync_value_integer(1), false, NULL};
	stand(&fixture, COUNTER, many, BSYNC_STANDING_MAX, 1);
	fixture.bytes.size = 3;
	CHECK_EQ(bsync_cells_encode(&fixture.table, &fixture.cells, &fixture.bytes), BSYNC_TOO_LARGE);
	CHECK_EQ(fixture.bytes.size, 3);
	/* The other cells of this row hold eight versions. */
	bsync_cells_find(&fixture.cells, COUNTER)->count = BSYNC_STANDING_MAX - 8;
	CHECK(goes_round(&fixture));
	fixture.cells.entry_count = BSYNC_ENTRIES_MAX + 1;
	CHECK_EQ(bsync_cells_encode(&fixture.table, &fixture.cells, &fixture.bytes), BSYNC_TOO_LARGE);
	tear_down(&fixture);
	free(many);
}

/* Bytes with every part in them. */
static void rich_row(struct fixture *fixture)
{
	static struct bsync_standing versions[3];
	static struct bsync_standing counts[2];
	static struct bsync_entry entries[2];

	new_row(fixture);
	for (uint32_t i = 0; i < 3; i++)
		versions[i] = (struct bsync_standing){{i, 9, 123500 + i, STAMP - i}, fixture->row[KEEP], false, NULL};
	versions[2].value = bsync_value_real(0.25);
	for (uint32_t i = 0; i < 2; i++)
		counts[i] = (struct bsync_standing){{i, 9, 123500 + i, STAMP - i}, bsync_value_integer(i), false, NULL};
	entries[0] = (struct bsync_entry){0, 7, born.counter};
	entries[1] = (struct bsync_entry){1, 8, 123600};
	stand(fixture, LWW, versions, 1, 123900);
	stand(fixture, KEEP, versions, 3, 123502);
	stand(fixture, COUNTER, counts, 2, 123501);
	stand(fixture, SET, NULL, 0, 123502);
	fixture->row[SET] = bsync_value_text(bsync_bytes_of_string("[]"));
	fixture->row[LWW] = fixture->row[KEEP];
	fixture->cells.entries = entries;
	fixture->cells.entry_count = 2;
	fixture->cells.is_deleted = true;
	fixture->cells.deleted = versions[1].version;
	fixture->cells.changed = 124000;
	scene_must(goes_round(fixture), "the row does not go round");
}

/* Decodes an exact copy; true when it is refused as damage, or is what encoding gives again. */
static bool is_refused_or_canonical(struct fixture *fixture, const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size != 0 ? size : 1);
	struct bsync_buffer again;
	enum bsync_result result = BSYNC_OK;
	bool holds = false;

	scene_must(exact != NULL, "no memory");
	memcpy(exact, bytes, size);
	bsync_buffer_init(&again, BYTES_MAX);
	bsync_arena_reset(&fixture->arena);
	result = decode(fixture, (struct bsync_bytes){exact, size});
	if (result == BSYNC_OK)
		holds = bsync_cells_encode(&fixture->table, &fixture->cells, &again) == BSYNC_OK &&
			bsync_bytes_equal(bsync_buffer_bytes(&again), (struct bsync_bytes){exact, size});
	else
		holds = result == BSYNC_STORAGE_CORRUPT;
	bsync_buffer_clear(&again);
	free(exact);
	return holds;
}

TEST(bytes_cut_anywhere_are_refused_or_canonical)
{
	struct fixture fixture;
	uint8_t bytes[256];
	size_t size = 0;

	set_up(&fixture);
	rich_row(&fixture);
	size = fixture.bytes.size;
	scene_must(size <= sizeof(bytes), "the row is too large");
	memcpy(bytes, fixture.bytes.data, size);
	for (size_t i = 0; i < size; i++)
		CHECK(is_refused_or_canonical(&fixture, bytes, i));
	tear_down(&fixture);
}

TEST(any_changed_byte_is_refused_or_canonical)
{
	struct fixture fixture;
	uint8_t bytes[256];
	size_t size = 0;

	set_up(&fixture);
	rich_row(&fixture);
	size = fixture.bytes.size;
	scene_must(size <= sizeof(bytes), "the row is too large");
	memcpy(bytes, fixture.bytes.data, size);
	for (size_t i = 0; i < size; i++) {
		for (uint32_t byte = 0; byte < 256; byte++) {
			uint8_t before = bytes[i];

			bytes[i] = (uint8_t)byte;
			CHECK(is_refused_or_canonical(&fixture, bytes, size));
			bytes[i] = before;
		}
	}
	tear_down(&fixture);
}

TEST(bytes_that_say_too_much_are_refused)
{
	/* Born by line 1, seq 1, counter 1 (twice), stamp 2020-01-01 exactly; then what is wrong. */
	static const struct {
		const char *what;
		uint8_t bytes[24];
		size_t size;
	} cases[] = {
		{"nothing at all", {0}, 0},
		{"a flag of another format", {0x80, 1, 1, 2, 0}, 5},
		{"no stamp", {0x00, 1, 1, 2}, 4},
		{"a number in more bytes than it needs", {0x00, 1, 0x81, 0x00, 2, 0}, 6},
		{"changed when it was born", {0x20, 1, 1, 2, 0, 0}, 6},
		{"an entry that is not there", {0x01, 1, 1, 2, 0}, 5},
		{"a face that the table has not", {0x01, 1, 1, 2, 0, 4, 9}, 7},
		{"an entry later by nothing", {0x01, 1, 1, 2, 0, 1, 9, 0}, 8},
		{"a key column", {0x00, 1, 1, 2, 0, 1, 0, 2, 2, 2, 0}, 11},
		{"a column that stays home", {0x00, 1, 1, 2, 0, 2, 0, 2, 2, 2, 0}, 11},
		{"a column that the table has not", {0x00, 1, 1, 2, 0, 99, 0, 2, 2, 2, 0}, 11},
		{"a column twice", {0x00, 1, 1, 2, 0, 3, 0, 2, 2, 2, 0, 3, 0, 2, 2, 2}, 16},
		{"a version that folds", {0x00, 1, 1, 2, 0, 3, 0, 1, 1, 0, 0}, 11},
		{"one version in a list", {0x00, 1, 1, 2, 0, 3, 4, 2, 2, 2, 0, 0}, 12},
		{"no version of a column that is no set", {0x00, 1, 1, 2, 0, 3, 3, 2}, 8},
		{"more versions than bytes", {0x00, 1, 1, 2, 0, 3, 0xfe, 0xff, 0x03, 0}, 10},
		{"lines out of order", {0x00, 1, 1, 2, 0, 9, 6, 3, 2, 2, 0, 1, 2, 2, 2, 2, 0, 1, 2}, 19},
		{"a line twice", {0x00, 1, 1, 2, 0, 9, 6, 2, 2, 2, 0, 1, 2, 2, 3, 2, 0, 1, 2}, 19},
		{"elements out of order", {0x00, 1, 1, 2, 0, 10, 6, 3, 2, 2, 0, 1, 2, 2, 2, 2, 0, 1, 2}, 19},
		{"a sum that is no integer", {0x00, 1, 1, 2, 0, 9, 6, 2, 2, 2, 0, 0, 3, 2, 2, 0, 0}, 17},
		{"an element that is none", {0x00, 1, 1, 2, 0, 10, 6, 2, 2, 2, 0, 0, 3, 2, 2, 0, 0}, 17},
		{"a value of no kind", {0x00, 1, 1, 2, 0, 3, 6, 2, 2, 2, 0, 5, 3, 2, 2, 0}, 16},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture fixture;

		set_up(&fixture);
		if (decode(&fixture, (struct bsync_bytes){cases[i].bytes, cases[i].size}) != BSYNC_STORAGE_CORRUPT)
			FAIL("it took %s", cases[i].what);
		tear_down(&fixture);
	}
}

/* Appends a cell of `count` versions, by as many lines, each of NULL. */
static void append_many(struct bsync_buffer *bytes, uint8_t column_no, uint32_t count)
{
	uint8_t room[2 * BSYNC_VARINT_SIZE_MAX] = {column_no};
	uint8_t *end = bsync_varint_put(room + 1, ((uint64_t)count + 1) << 1);

	scene_must(bsync_buffer_append(bytes, room, (size_t)(end - room)) == BSYNC_OK, "no memory");
	for (uint32_t i = 0; i < count; i++) {
		end = bsync_varint_put(room, i);
		memset(end, 0, 4);
		scene_must(bsync_buffer_append(bytes, room, (size_t)(end - room) + 4) == BSYNC_OK, "no memory");
	}
}

TEST(versions_of_all_cells_count_together)
{
	static const uint8_t head[] = {0x00, 1, 1, 2, 0};
	/* Five cells with one version and a set of two elements, by the row. */
	const uint32_t others = 7;
	struct fixture fixture;

	set_up(&fixture);
	for (uint32_t over = 0; over < 2; over++) {
		fixture.bytes.size = 0;
		scene_must(bsync_buffer_append(&fixture.bytes, head, sizeof(head)) == BSYNC_OK, "no memory");
		append_many(&fixture.bytes, 3, 60000);
		append_many(&fixture.bytes, 4, BSYNC_STANDING_MAX - 60000 - others + over);
		CHECK_EQ(decode(&fixture, bsync_buffer_bytes(&fixture.bytes)), over ? BSYNC_STORAGE_CORRUPT : BSYNC_OK);
		if (!over)
			CHECK(goes_round(&fixture));
	}
	tear_down(&fixture);
}
