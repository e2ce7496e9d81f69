/* schema/vectors/changeset.hex: decoded, re-encoded, and compared with the same changeset built in C. */
#include "core/changeset.h"
#include "tests/support/golden.h"
#include "tests/support/harness.h"

static const int64_t MS = INT64_C(1700000000000);

static struct bsync_bytes text(const char *string)
{
	return bsync_bytes_of_string(string);
}

static struct bsync_dot dot(int device, uint64_t seq)
{
	struct bsync_dot dot = {.seq = seq};

	memset(&dot.device, 0xd0 + device, sizeof(dot.device));
	memset(&dot.line, 0x10 + device, sizeof(dot.line));
	return dot;
}

static const uint8_t *id(int byte)
{
	static uint8_t table[256][16];

	memset(table[byte], byte, sizeof(table[byte]));
	return table[byte];
}

static struct bsync_cell_write *inserted(void)
{
	static struct bsync_cell_write cells[3];

	cells[0] = (struct bsync_cell_write){
		.column_no = 2, .value = bsync_value_text(text("Bezoek bij mevrouw De Vries, \xc3\xa9\xc3\xa9n uur"))};
	cells[1] = (struct bsync_cell_write){.column_no = 3, .value = bsync_value_integer(3)};
	cells[2] = (struct bsync_cell_write){.column_no = 5, .value = bsync_value_real(-0.25)};
	return cells;
}

static struct bsync_cell_write *updated(void)
{
	static struct bsync_cell_write cells[5];
	static struct bsync_dot names[2];
	static struct bsync_value removes[1];
	static struct bsync_value adds[3];
	static struct bsync_value bicycle;

	names[0] = dot(1, 11);
	names[1] = dot(2, 3);
	removes[0] = bsync_value_integer(1);
	adds[0] = bsync_value_real(1.0);
	adds[1] = bsync_value_text(text("fiets"));
	/* Not UTF-8, so it travels as a blob, behind all text. */
	adds[2] = bsync_value_text(text("caf\xe9"));
	bicycle = adds[1];
	cells[0] = (struct bsync_cell_write){
		.column_no = 2, .base_kind = BSYNC_BASE_OWN, .value = bsync_value_text(text("b")), .base = {2, 990}};
	cells[1] = (struct bsync_cell_write){
		.column_no = 3, .base_kind = BSYNC_BASE_NAMES, .name_count = 2, .names = names};
	cells[2] = (struct bsync_cell_write){.column_no = 6, .kind = BSYNC_WRITE_DELTA, .delta = -40};
	cells[3] = (struct bsync_cell_write){.column_no = 7,
					     .kind = BSYNC_WRITE_SET,
					     .remove_count = 1,
					     .removes = removes,
					     .add_count = 3,
					     .adds = adds};
	cells[4] = (struct bsync_cell_write){.column_no = 8,
					     .kind = BSYNC_WRITE_SET,
					     .base_kind = BSYNC_BASE_OWN,
					     .base = {2, 995},
					     .add_count = 1,
					     .adds = &bicycle};
	return cells;
}

static struct bsync_changeset full_make(void)
{
	static struct bsync_change changes[4];
	static struct bsync_value keys[6];

	keys[0] = bsync_value_blob((struct bsync_bytes){id(0xb1), 16});
	keys[1] = bsync_value_blob((struct bsync_bytes){id(0xb2), 16});
	keys[2] = bsync_value_text(text("oost"));
	keys[3] = bsync_value_integer(300);
	keys[4] = bsync_value_text(text("west"));
	keys[5] = bsync_value_integer(301);
	changes[0] = (struct bsync_change){
		.table_no = 4, .key_count = 1, .key = &keys[0], .cell_count = 3, .cells = inserted()};
	changes[1] = (struct bsync_change){.table_no = 4,
					   .kind = BSYNC_CHANGE_UPDATE,
					   .key_count = 1,
					   .key = &keys[1],
					   .cell_count = 5,
					   .cells = updated()};
	changes[2] = (struct bsync_change){.table_no = 6, .kind = BSYNC_CHANGE_DELETE, .key_count = 2, .key = &keys[2]};
	changes[3] = changes[2];
	changes[3].key = &keys[4];
	changes[3].has_base = true;
	changes[3].base = (struct bsync_position){1, 17};
	return (struct bsync_changeset){
		.schema_version = 5,
		.evidence = {{MS + 7, 3600000, UINT64_C(0xfedcba9876543210)},
			     {MS - 1000, {MS - 993, 3599000, UINT64_C(0xfedcba9876543210)}}},
		.seen_ms = MS - 2000,
		.base = {2, 1000},
		.change_count = 4,
		.changes = changes,
	};
}

static struct bsync_changeset texts_make(void)
{
	static struct bsync_change change;
	static struct bsync_cell_write cells[3];
	static struct bsync_dot name;
	static struct bsync_value key;

	name = dot(1, 11);
	key = bsync_value_blob((struct bsync_bytes){id(0xb1), 16});
	cells[0] = (struct bsync_cell_write){
		.column_no = 2, .value = bsync_value_text(text("b c d")), .base_value = bsync_value_text(text("b c"))};
	cells[1] = (struct bsync_cell_write){.column_no = 3,
					     .base_kind = BSYNC_BASE_OWN,
					     .base = {2, 990},
					     .base_value = bsync_value_text(text("c"))};
	cells[2] = (struct bsync_cell_write){.column_no = 5,
					     .base_kind = BSYNC_BASE_NAMES_OWN,
					     .value = bsync_value_text(text("d")),
					     .base = {2, 993},
					     .name_count = 1,
					     .names = &name};
	change = (struct bsync_change){.table_no = 4,
				       .kind = BSYNC_CHANGE_UPDATE,
				       .key_count = 1,
				       .key = &key,
				       .cell_count = 3,
				       .cells = cells};
	return (struct bsync_changeset){.schema_version = 1, .base = {2, 1000}, .change_count = 1, .changes = &change};
}

TEST(changesets_are_as_their_vectors_say)
{
	struct bsync_changeset built[] = {full_make(), {.schema_version = 1}, texts_make()};

	for (unsigned i = 0; i < 3; i++) {
		struct bsync_buffer golden = {.size_max = 10000};
		struct bsync_buffer out = {.size_max = 10000};
		struct bsync_changeset set;
		struct bsync_arena arena;

		CHECK(golden_read("changeset.hex", i, &golden));
		CHECK_EQ(bsync_changeset_encode(&built[i], &out), BSYNC_OK);
		CHECK_BYTES(out.data, out.size, golden.data, golden.size);
		out.size = 0;
		bsync_arena_init(&arena, 1 << 20);
		CHECK_EQ(bsync_changeset_decode(bsync_buffer_bytes(&golden), &arena, &set), BSYNC_OK);
		CHECK_EQ(set.change_count, built[i].change_count);
		CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
		CHECK_BYTES(out.data, out.size, golden.data, golden.size);
		bsync_arena_clear(&arena);
		bsync_buffer_clear(&golden);
		bsync_buffer_clear(&out);
	}
}

TEST(a_decoded_changeset_says_what_its_vector_says)
{
	struct bsync_buffer golden = {.size_max = 10000};
	struct bsync_changeset set;
	struct bsync_arena arena;
	const struct bsync_cell_write *cells = NULL;

	CHECK(golden_read("changeset.hex", 0, &golden));
	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_changeset_decode(bsync_buffer_bytes(&golden), &arena, &set), BSYNC_OK);
	CHECK_EQ(set.schema_version, 5);
	CHECK_EQ(set.evidence.clock.wall_ms, MS + 7);
	CHECK_EQ(set.evidence.anchor.clock.uptime_ms, 3599000);
	CHECK_EQ(set.seen_ms, MS - 2000);
	CHECK_EQ(set.base.incarnation, 2);
	CHECK_EQ(set.base.counter, 1000);
	CHECK_EQ(set.changes[1].kind, BSYNC_CHANGE_UPDATE);
	CHECK_EQ(set.changes[1].cell_count, 5);
	cells = set.changes[1].cells;
	CHECK_EQ(cells[0].base_kind, BSYNC_BASE_OWN);
	CHECK_EQ(cells[0].base.counter, 990);
	CHECK_EQ(cells[1].base_kind, BSYNC_BASE_NAMES);
	CHECK_EQ(cells[1].value.kind, BSYNC_NULL);
	CHECK_EQ(cells[1].names[1].seq, 3);
	CHECK_EQ(cells[2].kind, BSYNC_WRITE_DELTA);
	CHECK_EQ(cells[2].delta, -40);
	CHECK_EQ(cells[3].kind, BSYNC_WRITE_SET);
	CHECK_EQ(cells[3].remove_count, 1);
	CHECK_EQ(cells[3].add_count, 3);
	CHECK_EQ(cells[3].adds[2].kind, BSYNC_BLOB);
	CHECK_EQ(cells[4].base.counter, 995);
	CHECK(!set.changes[2].has_base);
	CHECK(set.changes[3].has_base);
	CHECK_EQ(set.changes[3].base.counter, 17);
	CHECK_EQ(set.changes[3].key_count, 2);
	bsync_arena_clear(&arena);
	bsync_buffer_clear(&golden);
}
