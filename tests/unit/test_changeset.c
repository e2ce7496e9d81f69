#include "core/changeset.h"

#include "tests/support/harness.h"
#include "tests/support/hex.h"

enum { INPUT_MAX = 4096 };

/* The parts of a changeset around its changes, so that a test writes only what it is about. */
static const char HEAD[] = "96 01 03 94 00 00 00 c0 00 92 00 00";

static struct bsync_bytes hex_bytes(const char *hex, uint8_t bytes[INPUT_MAX])
{
	return (struct bsync_bytes){bytes, hex_decode(hex, bytes, INPUT_MAX)};
}

/* Decodes, and where that works encodes again: the bytes must be the same. */
static enum bsync_result round_trip(struct bsync_bytes input)
{
	struct bsync_buffer out = {.size_max = BSYNC_CHANGESET_SIZE_MAX};
	struct bsync_arena arena;
	struct bsync_changeset set = {.schema_version = 4711};
	uint8_t *exact = malloc(input.size + 1);
	enum bsync_result result = BSYNC_NO_MEMORY;

	if (exact == NULL)
		return result;
	memcpy(exact + 1, input.data, input.size);
	bsync_arena_init(&arena, 64 << 20);
	result = bsync_changeset_decode((struct bsync_bytes){exact + 1, input.size}, &arena, &set);
	if (result != BSYNC_OK && set.schema_version != 4711)
		result = BSYNC_MISUSE;
	if (result == BSYNC_OK)
		result = bsync_changeset_encode(&set, &out);
	if (result == BSYNC_OK && !bsync_bytes_equal(bsync_buffer_bytes(&out), input))
		result = BSYNC_MISUSE;
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
	free(exact);
	return result;
}

/* The whole changeset is HEAD and `changes`. */
static enum bsync_result changes_round_trip(const char *changes)
{
	uint8_t bytes[INPUT_MAX];
	size_t size = hex_decode(HEAD, bytes, INPUT_MAX);

	size += hex_decode(changes, bytes + size, INPUT_MAX - size);
	return round_trip((struct bsync_bytes){bytes, size});
}

static enum bsync_result whole_round_trip(const char *hex)
{
	uint8_t bytes[INPUT_MAX];

	return round_trip(hex_bytes(hex, bytes));
}

/* One update of table 1, key [7], whose cells are `cells`. */
static enum bsync_result cells_round_trip(const char *cells)
{
	uint8_t bytes[INPUT_MAX];
	size_t size = hex_decode(HEAD, bytes, INPUT_MAX);

	size += hex_decode("91 94 01 01 91 07", bytes + size, INPUT_MAX - size);
	size += hex_decode(cells, bytes + size, INPUT_MAX - size);
	return round_trip((struct bsync_bytes){bytes, size});
}

#define DOT "93 c410 00000000000000000000000000000001 c410 00000000000000000000000000000002 03"

TEST(every_form_of_a_write_survives_a_round_trip)
{
	CHECK_EQ(cells_round_trip("82"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("90"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 c0"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 a568656c6c6f"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 00 05 92 01 09"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 01 05 91 " DOT), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 01 05 92 " DOT DOT), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 92 02 ff"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 03 90 90"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 03 91 a161 92 a162 a163"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 94 03 91 a161 90 92 01 09"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 04 a161 a162"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 04 c0 a162"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 94 04 a161 a162 92 01 09"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 95 05 a161 a162 92 01 09 91 " DOT), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 95 05 a161 c0 92 01 09 91 " DOT), BSYNC_OK);
	CHECK_EQ(cells_round_trip("96 00 01 01 93 00 c0 92 00 00 ceffffffff 92 02 00"), BSYNC_OK);
}

TEST(a_write_of_another_shape_is_malformed)
{
	static const char *const cells[] = {
		"92 02 90",
		"92 02 91 02",
		"92 02 92 00 05",
		"92 02 92 00 92 01 09",
		"92 02 94 00 05 92 01 09 c0",
		"92 02 92 01 05",
		"92 02 93 01 05 c0",
		"92 02 93 01 05 91 05",
		"92 02 92 02 a131",
		"92 02 93 02 01 92 01 01",
		"92 02 92 02 cf8000000000000000",
		"92 02 92 03 90",
		"92 02 93 03 90 c0",
		"92 02 95 03 90 90 92 01 01 01",
		"92 02 93 04 90 90",
		"92 02 92 04 a161",
		"92 02 93 04 a161 c0",
		"92 02 94 04 a161 c0 92 01 09",
		"92 02 95 04 a161 a162 92 01 09 90",
		"92 02 94 05 a161 a162 92 01 09",
		"92 02 95 05 a161 a162 92 01 09 05",
		"92 02 96 05 a161 a162 92 01 09 90 90",
		"92 02 93 06 a161 a162",
		"92 02 92 c0 05",
		"92 02 93 00 05 92 01 ff",
		"92 02 93 00 05 93 01 01 01",
		"92 02 93 00 90 92 01 09",
		"92 02 c3",
		"92 02 cfffffffffffffffff",
		"92 ff 05",
		"92 a0 05",
		"92 cf0000000100000000 05",
		"92 02 93 00 05 92 01 cf8000000000000000",
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (cells_round_trip(cells[i]) != BSYNC_MALFORMED)
			FAIL("%s gives %s", cells[i], bsync_result_name(cells_round_trip(cells[i])));
	}
}

TEST(columns_ascend_and_none_occurs_twice)
{
	CHECK_EQ(cells_round_trip("94 02 00 03 00"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("94 02 00 02 00"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("94 03 00 02 00"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("93 02 00 03"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("91 02"), BSYNC_MALFORMED);
}

TEST(set_elements_ascend_and_none_occurs_twice)
{
	CHECK_EQ(cells_round_trip("92 02 93 03 90 95 c0 01 cb3ff0000000000000 a131 c40131"), BSYNC_OK);
	CHECK_EQ(cells_round_trip("92 02 93 03 90 92 a162 a161"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("92 02 93 03 90 92 a161 a161"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("92 02 93 03 92 a162 a161 90"), BSYNC_MALFORMED);
	CHECK_EQ(cells_round_trip("92 02 93 03 90 92 cb3ff0000000000000 01"), BSYNC_MALFORMED);
}

TEST(only_a_delete_has_a_base_and_it_has_no_cells)
{
	CHECK_EQ(changes_round_trip("91 94 01 02 91 07 90"), BSYNC_OK);
	CHECK_EQ(changes_round_trip("91 95 01 02 91 07 90 92 01 05"), BSYNC_OK);
	CHECK_EQ(changes_round_trip("91 95 01 01 91 07 90 92 01 05"), BSYNC_MALFORMED);
	CHECK_EQ(changes_round_trip("91 95 01 00 91 07 90 92 01 05"), BSYNC_MALFORMED);
	CHECK_EQ(changes_round_trip("91 94 01 02 91 07 92 02 c0"), BSYNC_MALFORMED);
}

TEST(a_change_of_another_shape_is_malformed)
{
	static const char *const changes[] = {
		"c0",
		"91 c0",
		"91 90",
		"91 93 01 01 91 07",
		"91 96 01 02 91 07 90 92 01 05 c0",
		"91 94 01 03 91 07 90",
		"91 94 ff 01 91 07 90",
		"91 94 01 01 90 90",
		"91 94 01 01 c0 90",
		"91 94 01 01 91 90 90",
		"91 94 01 01 91 07 c0",
		"91 94 01 01 91 c3 90",
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		CHECK_EQ(changes_round_trip(changes[i]), BSYNC_MALFORMED);
	CHECK_EQ(changes_round_trip("90"), BSYNC_OK);
	CHECK_EQ(changes_round_trip("91 94 01 01 98 0102030405060708 90"), BSYNC_OK);
	CHECK_EQ(changes_round_trip("91 94 01 01 99 010203040506070809 90"), BSYNC_TOO_LARGE);
}

TEST(the_head_is_checked_too)
{
	CHECK_EQ(whole_round_trip("96 01 03 94 ff 0c cfffffffffffffffff c0 00 92 00 00 90"), BSYNC_OK);
	CHECK_EQ(whole_round_trip("96 01 03 94 00 00 00 94 05 01 02 03 d0df 92 01 02 90"), BSYNC_OK);
	/* "Never in contact" has one form. */
	CHECK_EQ(whole_round_trip("96 01 03 94 00 00 00 94 00 00 00 00 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 02 03 94 00 00 00 c0 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 00 03 94 00 00 00 c0 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("95 01 03 94 00 00 00 c0 00 92 00 00"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("97 01 03 94 00 00 00 c0 00 92 00 00 90 c0"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 01 03 93 00 00 c0 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 01 03 94 00 00 ff c0 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 01 ff 94 00 00 00 c0 00 92 00 00 90"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("96 01 03 94 00 00 00 c0 00 92 00 00 90 00"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("dd ff 00 00 00"), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip(""), BSYNC_MALFORMED);
	CHECK_EQ(whole_round_trip("91 91 91 91 91 91 91 91 91 00"), BSYNC_TOO_DEEP);
}

TEST(every_cut_of_a_changeset_is_malformed)
{
	uint8_t bytes[INPUT_MAX];
	struct bsync_bytes whole = hex_bytes("96 01 03 94 00 00 00 94 05 01 02 03 00 92 01 02 92"
					     "94 01 01 91 07 96 02 93 00 05 92 01 09 03 93 03 91 a161 92 a162 a163"
					     "05 93 01 05 91 " DOT "95 01 02 91 08 90 92 01 05",
					     bytes);

	CHECK_EQ(round_trip(whole), BSYNC_OK);
	for (size_t cut = 0; cut < whole.size; cut++)
		CHECK_EQ(round_trip((struct bsync_bytes){bytes, cut}), BSYNC_MALFORMED);
}

/* Any single byte changed either still decodes, then to the same bytes, or fails as it should. */
TEST(every_flipped_byte_is_refused_or_survives_a_round_trip)
{
	uint8_t bytes[INPUT_MAX];
	struct bsync_bytes whole = hex_bytes("96 01 03 94 00 00 00 94 05 01 02 03 00 92 01 02 92"
					     "94 01 01 91 07 96 02 93 00 05 92 01 09 03 93 03 91 a161 92 a162 a163"
					     "05 93 01 05 91 " DOT "95 01 02 91 08 90 92 01 05",
					     bytes);

	for (size_t at = 0; at < whole.size; at++) {
		uint8_t before = bytes[at];

		for (int value = 0; value <= UINT8_MAX; value++) {
			enum bsync_result result = BSYNC_OK;

			bytes[at] = (uint8_t)value;
			result = round_trip(whole);
			if (result != BSYNC_OK && result != BSYNC_MALFORMED && result != BSYNC_TOO_LARGE &&
			    result != BSYNC_TOO_DEEP)
				FAIL("byte %zu as %02x gives %s", at, (unsigned)value, bsync_result_name(result));
		}
		bytes[at] = before;
	}
}

/* A changeset of `count` inserts with key and one text cell. */
static struct bsync_changeset inserts_make(struct bsync_arena *arena, uint32_t count)
{
	struct bsync_changeset set = {.schema_version = 1, .change_count = count};

	set.changes = bsync_arena_take(arena, count * sizeof(*set.changes));
	for (uint32_t i = 0; set.changes != NULL && i < count; i++) {
		struct bsync_change *change = &set.changes[i];

		change->key_count = 1;
		change->key = bsync_arena_take(arena, sizeof(*change->key));
		change->cell_count = 1;
		change->cells = bsync_arena_take(arena, sizeof(*change->cells));
		if (change->key == NULL || change->cells == NULL)
			exit(1);
		change->key[0] = bsync_value_integer(i);
		change->cells[0] = (struct bsync_cell_write){.column_no = 1,
							     .value = bsync_value_text(bsync_bytes_of_string("x"))};
	}
	return set;
}

TEST(a_hundred_thousand_rows_are_the_most)
{
	struct bsync_buffer out = {.size_max = 16 << 20};
	struct bsync_arena arena;
	struct bsync_changeset set;

	bsync_arena_init(&arena, 256 << 20);
	set = inserts_make(&arena, BSYNC_CHANGESET_ROWS_MAX + 1);
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_TOO_LARGE);
	CHECK_EQ(out.size, 0);
	set.change_count--;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_OK);
	/* The count follows the twelve bytes of the head; one more is refused at once. */
	CHECK_BYTES(out.data + 12, 5, "\xdd\x00\x01\x86\xa0", 5);
	out.data[16] = 0xa1;
	CHECK_EQ(bsync_buffer_append(&out, "\x94\x01\x02\x91\x07\x90", 6), BSYNC_OK);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_TOO_LARGE);
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
}

TEST(eight_mib_are_the_most)
{
	static uint8_t content[BSYNC_CHANGESET_SIZE_MAX];
	struct bsync_buffer out = {.size_max = 16 << 20};
	struct bsync_arena arena;
	struct bsync_changeset set;
	size_t around = 0;

	bsync_arena_init(&arena, 1 << 20);
	set = inserts_make(&arena, 1);
	set.changes[0].cells[0].value = bsync_value_blob((struct bsync_bytes){content, 1 << 20});
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
	around = out.size - (1 << 20);
	out.size = 0;
	set.changes[0].cells[0].value.as.bytes.size = BSYNC_CHANGESET_SIZE_MAX - around + 1;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_TOO_LARGE);
	CHECK_EQ(out.size, 0);
	set.changes[0].cells[0].value.as.bytes.size--;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
	CHECK_EQ(out.size, BSYNC_CHANGESET_SIZE_MAX);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_OK);
	CHECK_EQ(bsync_buffer_append(&out, "", 1), BSYNC_OK);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_TOO_LARGE);
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
}

TEST(names_and_elements_have_their_limits)
{
	struct bsync_buffer out = {.size_max = 16 << 20};
	struct bsync_arena arena;
	struct bsync_changeset set;
	struct bsync_cell_write *cell = NULL;

	bsync_arena_init(&arena, 16 << 20);
	set = inserts_make(&arena, 1);
	cell = &set.changes[0].cells[0];
	cell->base_kind = BSYNC_BASE_NAMES;
	cell->names = bsync_arena_take(&arena, (BSYNC_CHANGESET_NAMES_MAX + 1) * sizeof(*cell->names));
	CHECK(cell->names != NULL);
	cell->name_count = BSYNC_CHANGESET_NAMES_MAX + 1;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_TOO_LARGE);
	cell->name_count--;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_OK);
	out.size = 0;

	*cell = (struct bsync_cell_write){.column_no = 1, .kind = BSYNC_WRITE_SET};
	cell->adds = bsync_arena_take(&arena, (BSYNC_CHANGESET_ELEMENTS_MAX + 1) * sizeof(*cell->adds));
	CHECK(cell->adds != NULL);
	for (uint32_t i = 0; i <= BSYNC_CHANGESET_ELEMENTS_MAX; i++)
		cell->adds[i] = bsync_value_integer(i);
	cell->add_count = BSYNC_CHANGESET_ELEMENTS_MAX + 1;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_TOO_LARGE);
	cell->add_count--;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_OK);
	CHECK_EQ(round_trip(bsync_buffer_bytes(&out)), BSYNC_OK);
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
}

TEST(a_list_over_its_limit_is_too_large_for_the_decoder_too)
{
	static uint8_t bytes[BSYNC_CHANGESET_NAMES_MAX * 64 + INPUT_MAX];
	uint8_t dot[64];
	size_t dot_size = hex_decode(DOT, dot, sizeof(dot));
	size_t size = hex_decode(HEAD, bytes, INPUT_MAX);

	/* 1001 names. */
	size += hex_decode("91 94 01 01 91 07 92 02 93 01 05 dc03e9", bytes + size, INPUT_MAX - size);
	for (int i = 0; i <= BSYNC_CHANGESET_NAMES_MAX; i++) {
		memcpy(bytes + size, dot, dot_size);
		size += dot_size;
	}
	CHECK_EQ(round_trip((struct bsync_bytes){bytes, size}), BSYNC_TOO_LARGE);
	/* 10 001 elements, 0 to 9 times 1000 and so on would do; the count alone decides. */
	size = hex_decode(HEAD, bytes, INPUT_MAX);
	size += hex_decode("91 94 01 01 91 07 92 02 93 03 90 dc2711", bytes + size, INPUT_MAX - size);
	memset(bytes + size, 0, BSYNC_CHANGESET_ELEMENTS_MAX + 1);
	size += BSYNC_CHANGESET_ELEMENTS_MAX + 1;
	CHECK_EQ(round_trip((struct bsync_bytes){bytes, size}), BSYNC_TOO_LARGE);
	/* 201 columns. */
	size = hex_decode(HEAD, bytes, INPUT_MAX);
	size += hex_decode("91 94 01 01 91 07 dc0192", bytes + size, INPUT_MAX - size);
	memset(bytes + size, 0, 402);
	size += 402;
	CHECK_EQ(round_trip((struct bsync_bytes){bytes, size}), BSYNC_TOO_LARGE);
}

TEST(a_set_out_of_order_is_not_encoded)
{
	struct bsync_value unsorted[] = {bsync_value_integer(2), bsync_value_integer(1)};
	/* As text the first sorts before the second; it travels as bin and then sorts behind it. */
	struct bsync_value travels_later[] = {bsync_value_text((struct bsync_bytes){(const uint8_t *)"a\xff", 2}),
					      bsync_value_text(bsync_bytes_of_string("b"))};
	struct bsync_buffer out = {.size_max = 1000};
	struct bsync_arena arena;
	struct bsync_changeset set;
	struct bsync_cell_write *cell = NULL;

	bsync_arena_init(&arena, 1 << 20);
	CHECK_EQ(bsync_buffer_append(&out, "before", 6), BSYNC_OK);
	set = inserts_make(&arena, 1);
	cell = &set.changes[0].cells[0];
	*cell = (struct bsync_cell_write){.column_no = 1, .kind = BSYNC_WRITE_SET, .add_count = 2, .adds = unsorted};
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_INVALID);
	cell->adds = travels_later;
	CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_INVALID);
	CHECK_BYTES(out.data, out.size, "before", 6);
	bsync_buffer_clear(&out);
	bsync_arena_clear(&arena);
}

TEST(an_arena_that_is_too_small_gives_too_large_and_nothing_else)
{
	uint8_t bytes[INPUT_MAX];
	struct bsync_bytes whole = hex_bytes("96 01 03 94 00 00 00 c0 00 92 00 00 91 94 01 01 91 07 92 02 05", bytes);
	struct bsync_changeset set = {.schema_version = 4711};
	size_t needed = 0;

	for (size_t size_max = 0; size_max <= 1024; size_max += 16) {
		struct bsync_arena arena;
		enum bsync_result result = BSYNC_OK;

		bsync_arena_init(&arena, size_max);
		result = bsync_changeset_decode(whole, &arena, &set);
		bsync_arena_clear(&arena);
		if (result == BSYNC_OK) {
			needed = size_max;
			break;
		}
		CHECK_EQ(result, BSYNC_TOO_LARGE);
		CHECK_EQ(set.schema_version, 4711);
	}
	CHECK(needed > 64);
}

TEST(a_full_buffer_leaves_no_part_of_a_changeset)
{
	struct bsync_arena arena;
	struct bsync_changeset set;

	bsync_arena_init(&arena, 1 << 20);
	set = inserts_make(&arena, 3);
	for (size_t size_max = 0; size_max < 32; size_max++) {
		struct bsync_buffer out = {.size_max = size_max};

		CHECK_EQ(bsync_changeset_encode(&set, &out), BSYNC_TOO_LARGE);
		CHECK_EQ(out.size, 0);
		bsync_buffer_clear(&out);
	}
	bsync_arena_clear(&arena);
}
